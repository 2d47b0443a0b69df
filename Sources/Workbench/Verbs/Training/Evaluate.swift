import CommandLanguage
import Learning
import NeuralNetworks
import Presentation

/// `evaluate`: how good a network is on pictures that it did not learn from.
enum Evaluate: Verb {
    static let declaration = VerbDeclaration(
        "evaluate", group: "train", "Measures a network on labelled pictures.",
        discussion: """
            Tells accuracy with its 95 % interval (Wilson), what always saying the largest class would reach, and precision, recall and F1 of each \
            class. `show confusion`, `show mistakes`, `show predictions` and `show calibration` look closer.
            """,
        parameters: [
            .positional("model", .path(["network"]), defaultText: "the trainer's, else the newest", "the network"),
            .connected(
                "on", "data", .path(["dataset", "loader"]), defaultText: "the trainer's, else the newest",
                "the pictures: `bees`, or a part `bees.test`"),
            .option("split", .choice(["train", "val", "test"]), defaultText: "val", "the part"),
            .option(
                "views", .integer(1...2), default: .integer(1), "2 averages over each picture and its mirror image",
                aliases: ["tta"]),
        ], aliases: ["validate"], examples: ["evaluate", "evaluate net on bees split=train", "evaluate net on bees.val views=2"],
        setup: "trained")

    static func run(_ call: BoundCall, in session: Session) throws {
        let (name, network) = try session.trainedNetwork(call.optionalPath("model"), for: "evaluate")
        let (dataName, data, split) = try session.evaluatedPart(call)
        let views = try call.integer("views")
        let part = try session.evaluation(of: name, network, on: dataName, data, split: split, views: views)
        session.note { $0.evaluated = part }
        session.output.show(
            EvaluationReport(
                evaluation: part.evaluation, network: name, data: dataName, views: views, limit: session.state.display.rows
            ).report.bundle)
    }
}

extension Session {
    /// The part of a data set that `on` and `split=` name.
    func evaluatedPart(_ call: BoundCall) throws -> (name: String, data: Dataset, split: Split) {
        let path = namingPart(call.optionalPath("data"))
        let (name, data) = try dataset(path, for: call.name)
        var split = call.optionalText("split").flatMap(Split.init(rawValue:))
        if let path, !path.steps.isEmpty {
            guard let word = path.segments.first, path.steps.count == 1, let named = Split(folderName: word) else {
                throw try notWhole(path, data, call.name)
            }
            guard split == nil || split == named else {
                throw call.error(.value, at: "split", "`\(path)` and split=\(split?.rawValue ?? "") name different parts.")
            }
            split = named
        }
        return (name, data, split ?? loadedPart(path) ?? (data.val.isEmpty && !data.test.isEmpty ? .test : .val))
    }

    /// The refusal of what is neither a data set nor a whole part of one. A path that leads nowhere says so itself.
    private func notWhole(_ path: Path, _ data: Dataset, _ verb: String) throws -> Diagnostic {
        let place = try DatasetPlace(data, path, of: DatasetObject(data))
        let hint: String?
        if place.property != nil { hint = nil } else if place.sample != nil {
            hint = "`predict \(path)` tells what the network says of it."
        } else {
            hint = "A dataset in which a part has these pictures alone: `few = Subset(\(path))`, then `\(verb) on few\(place.split.map { ".\($0.rawValue)" } ?? "")`."
        }
        let what = place.property != nil ? "neither" : place.sample != nil ? "one picture" : "some pictures of a part"
        return Diagnostic(.value, "\(verb) takes a dataset or a whole part of one, and `\(path)` is \(what).", at: path.span, hint: hint)
    }

    /// Measures a network, from cached features where the last training left them.
    func evaluation(
        of name: String, _ network: NetworkObject, on dataName: String, _ data: Dataset, split: Split, views: Int = 1
    ) throws -> EvaluatedPart {
        let check = interruptionCheck
        let evaluation = try withProgress("evaluating", count: data[split].count) { progress in
            try state.trainer.evaluate(
                network.model, on: data, split: split, loss: measure(data), views: views, progress: progress, isInterrupted: check
            )
        }
        return EvaluatedPart(
            evaluation: evaluation, network: name, data: dataName, dataset: data, split: split, model: network.model)
    }

    /// The trainer's loss, where it fits the data's classes.
    private func measure(_ data: Dataset) -> Loss {
        let loss = state.trainer.settings.loss
        return loss.classWeights.map { $0.count == data.classes.count } ?? true ? loss : .crossEntropy()
    }

    /// Whether the network still has the layers and weights that were evaluated, and the data still gives the same pictures under the same labels.
    func stillHolds(_ part: EvaluatedPart) -> Bool {
        guard let model = (object(named: part.network) as? NetworkObject)?.model, model.agrees(with: part.model) else { return false }
        guard let data = dataset(named: part.data)?.dataset else { return true }
        guard data.transform(part.split) != nil || model.preprocessing == part.model.preprocessing else { return false }
        return data.fingerprint == part.dataset.fingerprint && data.decoding == part.dataset.decoding
            && data.transform(part.split) == part.dataset.transform(part.split)
    }

    /// The last evaluation if it still holds, else a new one of the network and data in use.
    func currentEvaluation(for verb: String) throws -> EvaluatedPart {
        if let part = state.evaluated, stillHolds(part) { return part }
        let (name, network) = try network(
            state.evaluated.flatMap { object(named: $0.network) is NetworkObject ? Path($0.network) : nil }, for: verb)
        let (dataName, data) = try dataset(nil, for: verb)
        let split = state.evaluated?.split ?? (data.val.isEmpty && !data.test.isEmpty ? .test : .val)
        let part = try evaluation(of: name, network, on: dataName, data, split: split)
        note { $0.evaluated = part }
        let accuracy = part.evaluation.accuracy
        say(
            .info,
            "evaluated \(name) on \(dataName), \(split.rawValue): \(Format.percent(accuracy.estimate)) right (\(accuracy.successes) of \(accuracy.count))"
        )
        return part
    }
}
