import CommandLanguage
import Learning
import Presentation

/// `compare runs`: trainings side by side.
enum CompareRuns: Verb {
    static let declaration = VerbDeclaration(
        "compare runs", group: "look", "Shows trainings side by side: what differed, what came of it, and their curves.",
        discussion:
            "Every training is a line of the run log, with its cell, seed, versions and a hash of its data; the log outlives the session.",
        parameters: [
            .positional("names", .list(.text), defaultText: "the last ones", "names of runs, in quotes"),
            .option("last", .integer(1...50), default: .integer(6), "how many, the newest"),
        ], examples: ["compare runs", "compare runs last=2"], setup: "trained")

    static func run(_ call: BoundCall, in session: Session) throws {
        guard let log = session.state.trainer.runLog else { throw call.error(.state, "The session keeps no log of its runs.") }
        let records = try chosen(log.read(), call)
        let comparison = RunComparison(records)
        var report = Report([.table(table(comparison))])
        if !comparison.differences.isEmpty { report.append(.table(differences(comparison))) }
        report.append(.row(charts(records)))
        if !comparison.sameData {
            report.append(
                .notice(Notice(.warning, ["the runs did not see the same data: their figures can't be compared as they stand"])))
        }
        session.output.result(report.bundle)
    }

    private static func chosen(_ records: [RunRecord], _ call: BoundCall) throws -> [RunRecord] {
        guard !records.isEmpty else {
            throw call.error(.state, "There are no runs yet.", hint: "`train net on data epochs=5` makes one.")
        }
        let names = call.list("names").compactMap { if case .text(let text) = $0 { text } else { nil } }
        guard !names.isEmpty else { return Array(records.suffix(try call.integer("last"))) }
        return try names.map { name in
            // Of several runs of one name the newest is meant.
            if let record = records.last(where: { $0.name == name }) { return record }
            throw call.error(
                .value, at: "names", "No run is called \(Value.text(name).source).",
                hint: "The newest are \(Session.listed(records.suffix(10).map(\.name))).",
                suggestions: Spelling.nearest(to: name, among: records.map(\.name)).map { Value.text($0).source })
        }
    }

    private static func table(_ comparison: RunComparison) -> Table {
        let best = comparison.rows.compactMap { $0.bestAccuracy?.estimate }.max()
        return Table(
            [
                Table.Column("run"), Table.Column("network"), Table.Column("data"), Table.Column("epochs", .right),
                Table.Column("best accuracy", .right),
                Table.Column("95 % interval", .right), Table.Column("in epoch", .right), Table.Column("train loss", .right),
                Table.Column("val loss", .right),
                Table.Column("time", .right),
            ],
            rows: comparison.rows.map { row in
                let isBest = row.bestAccuracy.map { $0.estimate == best } ?? false
                return [
                    Table.Cell(row.name), Table.Cell(row.architecture), Table.Cell(row.dataset), Table.Cell("\(row.epochs)"),
                    Table.Cell(
                        row.bestAccuracy.map { Format.percent($0.estimate) } ?? "–", mood: isBest ? .good : .plain, strong: isBest
                    ),
                    Table.Cell(row.bestAccuracy?.written ?? "–"), Table.Cell(row.bestEpoch.map(String.init) ?? "–"),
                    Table.Cell(row.finalTrainLoss.map { Format.fixed($0, 4) } ?? "–"),
                    Table.Cell(row.finalValLoss.map { Format.fixed($0, 4) } ?? "–"),
                    Table.Cell(Format.duration(row.seconds)),
                ]
            })
    }

    private static func differences(_ comparison: RunComparison) -> Table {
        Table(
            [Table.Column("what differs")] + comparison.rows.map { Table.Column($0.name) },
            rows: comparison.differences.map { [Table.Cell($0.setting)] + $0.values.map { Table.Cell($0) } })
    }

    /// Runs that went on from one another lie beside each other, by their epochs.
    private static func charts(_ records: [RunRecord]) -> [Chart] {
        func series(_ value: (EpochRecord) -> Double?) -> [Chart.Series] {
            records.map { record in
                Chart.Series(record.name, record.epochs.compactMap { epoch in value(epoch).map { (Double(epoch.epoch), $0) } })
            }
        }
        return [
            Chart(.lines(series { $0.valAccuracy ?? $0.trainAccuracy }), title: "validation accuracy", x: "epoch", width: 420),
            Chart(.lines(series { $0.valLoss ?? $0.trainLoss }), title: "validation loss", x: "epoch", width: 420),
        ]
    }
}
