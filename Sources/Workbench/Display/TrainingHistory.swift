import Learning
import Presentation

/// Epochs as a table and as curves.
struct TrainingHistory {
    let epochs: [EpochRecord]
    /// Rows of the table beyond so many are folded.
    var rows = 60

    private var hasValidation: Bool { epochs.contains { $0.valLoss != nil } }
    private var hasNorms: Bool { epochs.contains { $0.gradientNorm != nil } }

    var table: Table {
        var columns = [Table.Column("epoch", .right), Table.Column("train loss", .right), Table.Column("accuracy", .right)]
        if hasValidation { columns += [Table.Column("val loss", .right), Table.Column("accuracy", .right)] }
        columns += [Table.Column("lr", .right)]
        if hasNorms { columns.append(Table.Column("gradient", .right)) }
        columns += [Table.Column("images/s", .right), Table.Column("time", .right), Table.Column("")]
        return Table(columns, rows: epochs.map(row), limit: rows)
    }

    private func row(_ record: EpochRecord) -> [Table.Cell] {
        var cells: [Table.Cell] = [
            "\(record.epoch)", Table.Cell(Format.fixed(record.trainLoss, 4)), Table.Cell(Format.percent(record.trainAccuracy)),
        ]
        if hasValidation {
            cells.append(Table.Cell(record.valLoss.map { Format.fixed($0, 4) } ?? "–"))
            cells.append(Table.Cell(record.valAccuracy.map { Format.percent($0) } ?? "–", strong: record.isBestValidated))
        }
        cells.append(Table.Cell(Self.rates(record)))
        if hasNorms { cells.append(Table.Cell(record.gradientNorm.map { Format.significant($0, 3) } ?? "–")) }
        cells.append(Table.Cell(Format.speed(record.imagesPerSecond)))
        cells.append(Table.Cell(Format.duration(record.seconds)))
        cells.append(record.isBestValidated ? Table.Cell("best", mood: .good) : Table.Cell(""))
        return cells
    }

    private static func rates(_ record: EpochRecord) -> String {
        let rates = record.learningRates.map(\.rate)
        guard let low = rates.min(), let high = rates.max() else { return "–" }
        return low == high ? Format.significant(high, 3) : "\(Format.significant(low, 2))..\(Format.significant(high, 2))"
    }

    /// Loss and accuracy over epochs, side by side.
    ///
    /// - Parameter steps: the running loss within epochs, x counted in epochs.
    func charts(steps: [(x: Double, y: Double)] = [], width: Int = 380, height: Int = 210) -> [Chart] {
        func points(_ value: (EpochRecord) -> Double?) -> [(x: Double, y: Double)] {
            epochs.compactMap { record in value(record).map { (Double(record.epoch), $0) } }
        }
        var loss = [Chart.Series("train", steps.isEmpty ? points { $0.trainLoss } : steps)]
        var accuracy = [Chart.Series("train", points { $0.trainAccuracy })]
        if hasValidation {
            loss.append(Chart.Series("val", points { $0.valLoss }))
            accuracy.append(Chart.Series("val", points { $0.valAccuracy }))
        }
        let starts = runStarts
        let lossChart = Chart(.lines(loss), title: "loss", x: "epoch", markers: starts, width: width, height: height)
        // Within the first epoch there is no accuracy to draw yet.
        if epochs.isEmpty { return [lossChart] }
        return [
            lossChart,
            Chart(
                .lines(accuracy), title: "accuracy", x: "epoch", markers: starts, width: width, height: height,
                yRange: accuracyRange),
        ]
    }

    /// Down to where the curves are, up to 1.
    private var accuracyRange: ClosedRange<Double> {
        let lowest = epochs.flatMap { [$0.trainAccuracy, $0.valAccuracy ?? 1] }.filter(\.isFinite).min() ?? 0
        return max(0, (lowest * 10 - 0.5).rounded(.down) / 10)...1
    }

    /// Where a later run began.
    private var runStarts: [(x: Double, name: String)] {
        zip(epochs, epochs.dropFirst()).filter { $0.run != $1.run }.map { (Double($0.epoch) + 0.5, "run \($1.run)") }
    }

    var report: Report {
        var report = Report([.table(table)])
        if epochs.count > 1 { report.append(.row(charts())) }
        return report
    }
}

extension Format {
    /// `16.8`, `1,240`, `146 k`
    static func speed(_ value: Double) -> String {
        value < 1000 || !value.isFinite ? significant(value, 3) : short(Int(min(value, 1e15).rounded()))
    }
}
