import CommandLanguage
import Learning
import Presentation

/// `show mistakes`
enum ShowMistakes: Verb {
    static let declaration = VerbDeclaration(
        "show mistakes", group: "look", "Shows the pictures that are wrong, the worst loss first.",
        discussion:
            "Where the label is wrong and not the network, the cells below the pictures correct it: `relabel`, `quarantine`.",
        parameters: [
            .positional("n", .integer(1...200), default: .integer(8), "how many"),
            .option("label", .className, defaultText: "every class", "only pictures of this class", aliases: ["class"]),
        ], examples: ["show mistakes", "show mistakes n=3"], setup: "trained")

    static func run(_ call: BoundCall, in session: Session) throws {
        let part = try session.currentEvaluation(for: "show mistakes")
        let evaluation = part.evaluation
        let all = "\(part.data).\(part.split.rawValue)"
        var mistakes = evaluation.mistakes
        var whole = "\(Format.counted(evaluation.count, "picture")) of \(all)"
        var praise = "no mistakes: all \(Format.count(evaluation.count)) pictures of \(all) are right"
        if let name = call.optionalText("label") {
            guard let label = evaluation.classes.firstIndex(of: name) else {
                throw LearningError.unknownClass(name: name, known: evaluation.classes)
            }
            mistakes = mistakes.filter { $0.label == label }
            let count = evaluation.predictions.count { $0.label == label }
            whole = "\(Format.counted(count, "picture")) of \(name) in \(all)"
            praise = "no mistakes among the \(whole)"
        }
        guard let worst = mistakes.first else { return session.say(.done, praise) }
        let shown = Array(mistakes.prefix(try call.integer("n")))
        let pictures = TrainingPictures(width: session.state.display.pictureWidth, decoding: part.dataset.decoding)
        let grid = pictures.grid(
            shown.map { .init(path: $0.path, caption: caption($0, part), mood: .bad) },
            title: "\(Format.counted(mistakes.count, "mistake")) of \(part.network) in \(whole)")
        let path = "\(all)[\(worst.index)]"
        session.output.result(
            Report([
                .images(grid), .text("Where the label is wrong:"),
                .code("relabel \(path) as \(Value.text(evaluation.classes[worst.predicted]).source)\nquarantine \(path)"),
            ]).bundle)
    }

    private static func caption(_ prediction: Evaluation.Prediction, _ part: EvaluatedPart) -> String {
        let classes = part.evaluation.classes
        let file = prediction.path.split(separator: "/").last ?? ""
        return
            "[\(prediction.index)] said \(classes[prediction.predicted]) \(Format.percent(Double(prediction.confidence), digits: 0)), is \(classes[prediction.label]), loss \(Format.fixed(Double(prediction.loss), 2)) · \(file)"
    }
}
