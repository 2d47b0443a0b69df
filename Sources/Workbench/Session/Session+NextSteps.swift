import CommandLanguage
import Tensors
import Foundation
import Learning
import NeuralNetworks
import Presentation

/// What somebody might do next: the session is looked at along the way from pictures to a saved network.
extension Session {
    /// A few cells with the reason for each, the most useful first.
    public func nextSteps() -> [(cell: String, why: String)] {
        guard let (data, dataset) = currentDataset else { return withoutData }
        guard let (net, network) = currentNetwork else {
            return [
                ("show \(data)", "counts, sizes and warnings"), ("check \(data)", "decodes every picture before training does"),
                networkStep,
            ]
        }
        let model = network.model
        let outputs = (try? model.graph().outputShape.elementCount) ?? 0
        if outputs != dataset.dataset.classes.count { return headSteps(net, model, outputs: outputs, data, dataset.dataset) }
        let trainable = model.trainableNames
        if trainable.isEmpty {
            let head = model.head ?? "fc"
            return [
                ("unfreeze \(net).\(head)", "everything is frozen, so nothing can learn: let the head train"),
                ("params \(net)", "what is frozen"),
            ]
        }
        if !hasTrained(net) { return trainingSteps(net, model, data, trainable) }
        return trainedSteps(net, model, data, trainable)
    }

    // MARK: - Before training

    private var withoutData: [(cell: String, why: String)] {
        let folder = Self.likelyData() ?? "folder"
        var steps = [("data = ImageFolder(\"\(folder)\")", "there is no data yet: a folder with a folder for each class")]
        if currentNetwork == nil {
            steps.append(networkStep)
        } else {
            steps.append(("predict \"picture.jpg\"", "what the network says as it is"))
        }
        return steps
    }

    private var networkStep: (cell: String, why: String) {
        ("net = resnet18(weights=imagenet)", "there is no network yet: a pretrained one knows what pictures are made of")
    }

    private func headSteps(
        _ net: String, _ model: ModelState, outputs: Int, _ data: String, _ dataset: Dataset
    ) -> [(cell: String, why: String)] {
        let head = model.head ?? "fc"
        let swap = (
            "\(net).\(head) = Linear(classes)",
            "the head has \(outputs) outputs, \(data) has \(Format.counted(dataset.classes.count, "class", "classes"))"
        )
        // A head that comes after the freezing trains by itself.
        let isWholeBodyTraining = model.weights != "none" && model.trainableNames.count == model.parameters.parameterNames.count
        return isWholeBodyTraining ? [("freeze \(net)", "keeps what the weights know: the new head alone learns"), swap] : [swap]
    }

    private func trainingSteps(
        _ net: String, _ model: ModelState, _ data: String, _ trainable: [String]
    ) -> [(cell: String, why: String)] {
        var steps: [(cell: String, why: String)] = []
        let all = trainable.count == model.parameters.parameterNames.count
        if all, model.weights != "none", let head = model.head {
            steps.append(
                (
                    "freeze \(net); unfreeze \(net).\(head)",
                    "everything learns at once: with few pictures the head alone does better at first"
                ))
        }
        if let rate = rateProblem(net, model, trainable) { steps.append(rate) }
        steps.append(
            (
                "train \(net) on \(data) epochs=5",
                "\(all ? "the whole network" : "what is not frozen") has not learned from \(data) yet"
            ))
        if model.weights != "none" {
            steps.append(
                ("finetune \(net) on \(data)", "the same in two phases: first the head, then everything at a lower rate"))
        }
        return steps
    }

    // MARK: - After training

    private func trainedSteps(
        _ net: String, _ model: ModelState, _ data: String, _ trainable: [String]
    ) -> [(cell: String, why: String)] {
        var steps: [(cell: String, why: String)] = []
        if let rate = rateProblem(net, model, trainable) { steps.append(rate) }
        guard let last = state.evaluated, last.network == net, stillHolds(last) else {
            steps.append(("evaluate", "accuracy with its interval, and precision and recall of each class"))
            return steps
        }
        if !last.evaluation.mistakes.isEmpty {
            steps.append(("show mistakes", "what it gets wrong, the worst first: wrong labels show here too"))
        }
        if let part = nextPart(model), Self.isHeadOnly(model, trainable) {
            let rate = Value.written(state.trainer.settings.effectiveRates.principal / 10)
            steps.append(
                ("unfreeze \(net).\(part); train epochs=5 lr=\(rate)", "thaws the last block and goes on at a tenth of the rate"))
        }
        steps.append(("save \(net) to \"\(net).safetensors\"", "weights, classes and preprocessing in one file"))
        steps.append(("predict \"picture.jpg\"", "what the network says of a new picture"))
        return steps
    }

    /// Whether the trainer has trained this network.
    private func hasTrained(_ net: String) -> Bool {
        state.trainer.epochCount > 0 && (object(named: net) as? NetworkObject)?.identity == state.trainedNetwork
    }

    /// A rate that does not fit the optimiser, or that is too high for what was thawed.
    private func rateProblem(_ net: String, _ model: ModelState, _ trainable: [String]) -> (cell: String, why: String)? {
        let settings = state.trainer.settings
        let rate = settings.effectiveRates.principal
        let highest = Self.highestRate(settings.optimizer)
        if rate > highest {
            return (
                "train lr=\(Value.written(highest / 10))",
                "\(settings.optimizer.name) at \(Value.written(rate)) will most likely diverge"
            )
        }
        guard hasTrained(net), case .uniform = settings.effectiveRates, !Self.isHeadOnly(model, trainable),
            model.weights != "none"
        else { return nil }
        // Layers without an optimiser's state have not moved yet: the rate that was good for a new head moves them too far.
        let moved = Set(state.trainer.momentumNames)
        guard rate >= 1e-3, !moved.isEmpty, trainable.contains(where: { !moved.contains($0) }) else { return nil }
        return (
            "train epochs=5 lr=\(Value.written(rate / 10))",
            "pretrained layers are thawed: a tenth of the head's rate keeps what they know"
        )
    }

    /// Beyond this rate a pretrained network usually diverges.
    private static func highestRate(_ rule: OptimizerRule) -> Double {
        switch rule {
        case .sgd: 0.5
        case .adam, .adamW, .rmsprop: 0.02
        }
    }

    private static func isHeadOnly(_ model: ModelState, _ trainable: [String]) -> Bool {
        guard let head = model.head else { return false }
        return trainable.allSatisfy { $0.hasPrefix(head + ".") }
    }

    /// The last part before the head that has parameters.
    private func nextPart(_ model: ModelState) -> String? {
        guard let head = model.head else { return nil }
        let first = head.prefix { $0 != "." }
        let body = model.parameters.parameterNames.prefix { $0.prefix { $0 != "." } != first }
        guard let last = body.last?.split(separator: ".") else { return nil }
        // Where all layers are children of one part, the last of them.
        let isOnePart = body.allSatisfy { $0.hasPrefix("\(last[0]).") }
        return last.prefix(isOnePart && last.count > 2 ? 2 : 1).joined(separator: ".")
    }

    /// A folder here that looks like data.
    private static func likelyData() -> String? {
        let files = FileManager.default
        let entries = ((try? files.contentsOfDirectory(atPath: ".")) ?? []).filter { !$0.hasPrefix(".") }.sorted().prefix(100)
        func isFolder(_ path: String) -> Bool {
            var isFolder: ObjCBool = false
            return unsafe files.fileExists(atPath: path, isDirectory: &isFolder) && isFolder.boolValue
        }
        return entries.first { isFolder($0 + "/train") } ?? entries.first { $0 == "data" && isFolder($0) }
    }
}
