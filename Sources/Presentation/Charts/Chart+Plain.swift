/// Charts as text.
extension Chart {
    /// The drawing for terminals: bars and sparklines.
    public var plain: String {
        let heading = title.isEmpty ? [] : [title]
        switch content {
        case .lines(let series):
            let width = series.map { Columns.width($0.name) }.max() ?? 0
            return
                (heading
                + series.map { one in
                    let values = one.points.map(\.y)
                    let ends = values.isEmpty ? "" : "\(Format.significant(values[0], 3)) → \(Format.significant(values[values.count - 1], 3))"
                    return "\(Columns.pad(one.name, to: width))  \(Self.sparkline(values))  \(ends)"
                } + markers.map { "\($0.name): \(Format.significant($0.x, 3))" }).joined(separator: "\n")
        case .scatter(let series):
            return (heading + series.map { "\($0.name): \(Format.counted($0.points.count, "point"))" }).joined(separator: "\n")
        case .bars(let labels, let series):
            let highest = max(series.flatMap(\.values).filter(\.isFinite).max() ?? 1, 1e-12)
            let width = labels.map { Columns.width($0) }.max() ?? 0
            let names = series.map { Columns.width($0.name) }.max() ?? 0
            var lines = heading
            for (index, label) in labels.enumerated() {
                for (position, one) in series.enumerated() where index < one.values.count {
                    let name = position == 0 ? label : ""
                    let value = one.values[index].isFinite ? max(one.values[index], 0) : 0
                    lines.append(
                        "\(Columns.pad(name, to: width))  \(series.count > 1 ? Columns.pad(one.name, to: names) + "  " : "")\(Bars.text(value / highest, width: 30)) \(Format.significant(value, 4))"
                    )
                }
            }
            return lines.joined(separator: "\n")
        case .histogram(let counts, let low, let high):
            return (heading + ["\(Format.significant(low, 3)) \(Self.sparkline(counts.map(Double.init))) \(Format.significant(high, 3))"])
                .joined(separator: "\n")
        case .matrix(let rows, let columns, _, let texts):
            var table = Table([Table.Column(yTitle.isEmpty ? "" : "\(yTitle) ↓ \(xTitle) →")] + columns.map { Table.Column($0, .right) }, caption: title)
            table.rows = rows.enumerated().map { index, name in
                [Table.Cell(name)] + (index < texts.count ? texts[index].map { Table.Cell($0) } : [])
            }
            return table.plain
        }
    }

    /// Values as a row of blocks of different height, at most 60.
    static func sparkline(_ values: [Double]) -> String {
        guard !values.isEmpty else { return "" }
        let shown = values.count <= 60 ? values : (0..<60).map { values[$0 * values.count / 60] }
        let (low, high) = (shown.min() ?? 0, shown.max() ?? 1)
        let blocks = Array("▁▂▃▄▅▆▇█")
        return String(shown.map { blocks[high > low ? min(7, Int(($0 - low) / (high - low) * 7.999)) : 3] })
    }
}
