import CommandLanguage
import Learning
import NeuralNetworks
import Presentation

/// `advise`: which recipe suits the data.
enum Advise: Verb {
    static let declaration = VerbDeclaration(
        "advise", group: "train", "Says which recipe suits the data, with the reasons and the cells.",
        discussion: """
            Two questions decide: how many pictures there are, and whether the network's features fit them. The second is measured: how often \
            the nearest neighbour of a training picture in feature space has the same class.
            """,
        parameters: [
            .positional("model", .path(["network"]), defaultText: "the trainer's, else the newest", "the network"),
            .connected("on", "data", .path(["dataset", "loader"]), defaultText: "the trainer's, else the newest", "the data"),
        ], examples: ["advise net on bees"], setup: "net")

    static func run(_ call: BoundCall, in session: Session) throws {
        let (name, network) = try session.trainedNetwork(call.optionalPath("model"), for: "advise")
        let (dataName, data) = try session.trainingData(call.optionalPath("data"), for: "advise")
        let options = session.state.trainer.options
        let check = session.interruptionCheck
        let share = try session.withProgress("features of \(dataName).train", count: data.train.count) { progress in
            try network.model.embed(
                data, split: .train, options: options, caches: session.state.trainer.caches, progress: progress,
                isInterrupted: check
            ).neighbourAccuracy(isInterrupted: check)
        }
        let advice = Advice(data, neighbourAccuracy: share.estimate)
        session.output.result(
            Report([
                .heading(title(advice.recipe)), .text(advice.reasons.joined(separator: ";\n") + "."),
                .facts([
                    ("pictures of the smallest class", Format.count(advice.picturesPerClass)),
                    ("nearest neighbour is right", "\(Format.percent(share.estimate)), interval \(share.written)"),
                    ("always the largest class", Format.percent(advice.chance)),
                ]), .code(try cells(advice.recipe, name, network, dataName).joined(separator: "\n")),
            ]).bundle)
    }

    private static func title(_ recipe: Advice.Recipe) -> String {
        switch recipe {
        case .headOnly: "train a new head on fixed features"
        case .headOnEarlierLayer: "train a head on the features of an earlier layer"
        case .fineTuneTop: "train the head first, then the top of the network"
        case .fineTuneAll: "train the head first, then everything"
        }
    }

    private static func cells(
        _ recipe: Advice.Recipe, _ name: String, _ network: NetworkObject, _ data: String
    ) throws -> [String] {
        let head = network.model.head ?? "fc"
        let parts = topParts(network.model, before: head)
        switch recipe {
        case .headOnly:
            return [
                "freeze \(name)", "\(name).\(head) = Linear(classes)", "train \(name) on \(data) epochs=20 lr=0.01 patience=5",
            ]
        case .headOnEarlierLayer:
            let earlier = parts.dropLast().last ?? parts.last ?? head
            return [
                "trunk = \(name).until(\(earlier))",
                "own = Sequential(trunk=trunk, pool=AdaptiveAvgPool2d(1), flatten=Flatten, head=Linear(classes))",
                "freeze own.trunk", "train own on \(data) epochs=20 lr=0.01 patience=5",
            ]
        case .fineTuneTop:
            return ["finetune \(name) on \(data) epochs=5" + (parts.last.map { " until=\(name).\($0)" } ?? "")]
        case .fineTuneAll: return ["finetune \(name) on \(data) epochs=10"]
        }
    }

    /// The parts with parameters before the head.
    private static func topParts(_ model: ModelState, before head: String) -> [String] {
        ParameterGroups.parts(of: model.module).filter { head != $0 && !head.hasPrefix($0 + ".") }
    }
}
