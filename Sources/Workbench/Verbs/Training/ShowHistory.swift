import CommandLanguage
import Learning
import Presentation

/// `show history`
enum ShowHistory: Verb {
    static let declaration = VerbDeclaration(
        "show history", group: "look", "Shows every epoch of the trainer as a table and as curves.", examples: ["show history"],
        setup: "trained")

    static func run(_ call: BoundCall, in session: Session) throws {
        let history = session.state.trainer.history
        guard !history.epochs.isEmpty else {
            throw call.error(
                .state, "The trainer has made no epoch yet.",
                hint: "`train net on data epochs=5` makes some; `history` lists the cells that were run.")
        }
        session.output.result(TrainingHistory(epochs: history.epochs, rows: session.state.display.rows).report.bundle)
    }
}

/// `show calibration`
enum ShowCalibration: Verb {
    static let declaration = VerbDeclaration(
        "show calibration", group: "look", "Shows how far the network's confidence can be believed.",
        discussion:
            "Of the pictures said with a confidence of 80 %, four in five should be right. Bars below the diagonal are overconfident.",
        parameters: [.positional("bins", .integer(2...50), default: .integer(10), "how many groups by confidence")],
        examples: ["show calibration"], setup: "trained")

    static func run(_ call: BoundCall, in session: Session) throws {
        let part = try session.currentEvaluation(for: "show calibration")
        let bins = part.evaluation.calibration(bins: try call.integer("bins"))
        let filled = bins.filter { $0.count > 0 }
        let chart = Chart(
            .lines([
                Chart.Series("as it is", filled.map { ($0.confidence, $0.accuracy) }),
                Chart.Series("as it should be", [(0, 0), (1, 1)], dashed: true),
            ]), title: "calibration of \(part.network)", x: "confidence", y: "share that is right", width: 340, height: 260,
            yRange: 0...1)
        let table = Table(
            [
                Table.Column("confidence"), Table.Column("pictures", .right), Table.Column("mean confidence", .right),
                Table.Column("right", .right),
            ],
            rows: filled.map { bin in
                [
                    Table.Cell("\(Format.percent(bin.low, digits: 0)) to \(Format.percent(bin.high, digits: 0))"),
                    Table.Cell("\(bin.count)"),
                    Table.Cell(Format.percent(bin.confidence)), Table.Cell(Format.percent(bin.accuracy)),
                ]
            })
        let error = part.evaluation.expectedCalibrationError(bins: bins.count)
        session.output.result(
            Report([.chart(chart), .table(table), .text("expected calibration error: \(Format.percent(error))")]).bundle)
    }
}
