import CommandLanguage
import Learning
import Presentation
import Tensors

/// `show predictions`
enum ShowPredictions: Verb {
    static let declaration = VerbDeclaration(
        "show predictions", group: "look",
        "Shows pictures with what the network says of them: drawn at random, right ones and wrong ones.",
        parameters: [
            .positional("n", .integer(1...200), default: .integer(8), "how many"),
            .option(
                "order", .choice(["random", "worst", "best", "unsure"]), default: .text("random"),
                "which ones: by loss, or by confidence", aliases: ["sort"]),
        ], examples: ["show predictions", "show predictions n=4 order=unsure"], setup: "trained")

    static func run(_ call: BoundCall, in session: Session) throws {
        let part = try session.currentEvaluation(for: "show predictions")
        let count = try call.integer("n")
        let chosen = choose(
            part.evaluation, count, call.optionalText("order") ?? "random", seed: session.state.trainer.settings.seed)
        let pictures = TrainingPictures(width: session.state.display.pictureWidth, decoding: part.dataset.decoding)
        let classes = part.evaluation.classes
        let grid = pictures.grid(
            chosen.map { prediction in
                let said = "\(classes[prediction.predicted]) \(Format.percent(Double(prediction.confidence), digits: 0))"
                return .init(
                    path: prediction.path,
                    caption: "[\(prediction.index)] \(said)" + (prediction.isRight ? "" : ", is \(classes[prediction.label])"),
                    mood: prediction.isRight ? .good : .bad)
            }, title: "\(part.network) on \(part.data).\(part.split.rawValue)")
        session.output.result(grid.bundle)
    }

    private static func choose(_ evaluation: Evaluation, _ count: Int, _ order: String, seed: UInt64) -> [Evaluation.Prediction] {
        switch order {
        case "worst": return Array(evaluation.worst.prefix(count))
        case "best": return Array(evaluation.worst.reversed().prefix(count))
        case "unsure":
            return Array(evaluation.predictions.sorted { ($0.confidence, $0.index) < ($1.confidence, $1.index) }.prefix(count))
        default:
            var random = RandomSource(seed: seed, 0x5348_4F57)
            return random.permutation(evaluation.count).prefix(count).map { evaluation.predictions[$0] }
        }
    }
}
