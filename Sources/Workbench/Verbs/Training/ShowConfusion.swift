import CommandLanguage
import Learning
import Presentation

/// `show confusion`
enum ShowConfusion: Verb {
    static let declaration = VerbDeclaration(
        "show confusion", group: "look", "Shows which classes were taken for which.",
        discussion:
            "Rows are true classes, columns what the network said. It evaluates first where there is no evaluation of these weights yet.",
        parameters: [
            .option("normalize", .choice(["true", "false"]), default: .text("false"), "shares of each row instead of counts")
        ],
        examples: ["show confusion", "show confusion normalize=true"], setup: "trained")

    static func run(_ call: BoundCall, in session: Session) throws {
        let part = try session.currentEvaluation(for: "show confusion")
        let evaluation = part.evaluation
        let asShares = call.optionalText("normalize") == "true"
        let sums = evaluation.confusion.map { max($0.reduce(0, +), 1) }
        let shares = zip(evaluation.confusion, sums).map { row, sum in row.map { Double($0) / Double(sum) } }
        let title =
            "\(part.network) on \(part.data), \(part.split.rawValue): \(evaluation.accuracy.successes) of \(evaluation.count) right"
        // A thousand classes make no matrix that anybody can read.
        guard evaluation.classes.count <= 40 else { return session.output.result(pairs(evaluation, title: title)) }
        let texts =
            asShares ? shares.map { $0.map { Format.percent($0, digits: 0) } } : evaluation.confusion.map { $0.map(String.init) }
        let chart = Chart(
            .matrix(rows: evaluation.classes, columns: evaluation.classes, shares: shares, texts: texts), x: "said", y: "true")
        // The heading is wider than a small matrix.
        session.output.result(Report([.text(title), .chart(chart)]).bundle)
    }

    private static func pairs(_ evaluation: Evaluation, title: String) -> MIMEBundle {
        Table(
            [Table.Column("class"), Table.Column("taken for"), Table.Column("times", .right)], caption: title,
            rows: evaluation.mostConfused().prefix(40).map {
                [
                    Table.Cell(evaluation.classes[$0.label]), Table.Cell(evaluation.classes[$0.predicted]),
                    Table.Cell("\($0.count)"),
                ]
            }
        ).bundle
    }
}
