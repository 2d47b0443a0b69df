#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// Draws a chart. Lines and letters take the page's text colour, so that light and dark pages both show them. A matrix's cells
/// bring their own ground for what is written on them.
struct SVGDrawing {
    private let chart: Chart
    private var elements: [HTML] = []
    private let left = 52.0
    private let bottom = 38.0
    private let titleHeight: Double
    /// Where what is drawn begins: below the title and the legend.
    private let top: Double
    private let right = 12.0

    init(_ chart: Chart) {
        self.chart = chart
        titleHeight = chart.title.isEmpty ? 12 : 26
        top = titleHeight + (Self.hasLegend(chart.content) ? 16 : 0)
    }

    var document: String {
        var drawing = self
        if !chart.title.isEmpty {
            drawing.label(chart.title, x: Double(chart.width) / 2, y: 16, anchor: "middle", size: 13, weight: "bold")
        }
        switch chart.content {
        case .lines(let series): drawing.lines(series, connected: true)
        case .scatter(let series): drawing.lines(series, connected: false)
        case .bars(let labels, let series): drawing.bars(labels, series)
        case .histogram(let counts, let low, let high): drawing.histogram(counts, low, high)
        case .matrix(let rows, let columns, let shares, let texts): drawing.matrix(rows, columns, shares, texts)
        }
        let (width, height) = drawing.size
        return
            "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"\(width)\" height=\"\(height)\" viewBox=\"0 0 \(width) \(height)\" role=\"img\" aria-label=\"\(HTML.escape(chart.title))\" font-family=\"system-ui, sans-serif\" style=\"\(HTML.colorOfPage)\">\(drawing.elements.joined().markup)</svg>"
    }

    private var size: (Int, Int) {
        guard case .matrix(let rows, let columns, _, _) = chart.content else { return (chart.width, chart.height) }
        let cell = MatrixCell(rows: rows, columns: columns)
        return (
            Int(matrixLeft(rows) + Double(columns.count) * cell.width + cell.overhang) + 20,
            Int(top + cell.headerHeight + Double(rows.count) * cell.height) + 8
        )
    }

    // MARK: - Pieces

    private mutating func label(
        _ text: String, x: Double, y: Double, anchor: String = "start", size: Int = 11, weight: String = "normal", rotate: Double? = nil,
        opacity: Double = 0.85, color: String = "currentColor"
    ) {
        let turn = rotate.map { " transform=\"rotate(\(Self.number($0)) \(Self.number(x)) \(Self.number(y)))\"" } ?? ""
        elements.append(
            HTML(
                markup:
                    "<text x=\"\(Self.number(x))\" y=\"\(Self.number(y))\" text-anchor=\"\(anchor)\" font-size=\"\(size)\" font-weight=\"\(weight)\" fill=\"\(color)\" fill-opacity=\"\(opacity)\"\(turn)>\(HTML.escape(text))</text>"
            ))
    }

    private mutating func line(_ x1: Double, _ y1: Double, _ x2: Double, _ y2: Double, opacity: Double, color: String = "currentColor", dashed: Bool = false) {
        let dash = dashed ? " stroke-dasharray=\"4 3\"" : ""
        elements.append(
            HTML(
                markup:
                    "<line x1=\"\(Self.number(x1))\" y1=\"\(Self.number(y1))\" x2=\"\(Self.number(x2))\" y2=\"\(Self.number(y2))\" stroke=\"\(color)\" stroke-opacity=\"\(opacity)\"\(dash)/>"
            ))
    }

    private mutating func rectangle(_ x: Double, _ y: Double, _ width: Double, _ height: Double, color: String, title: String) {
        elements.append(
            HTML(
                markup:
                    "<rect x=\"\(Self.number(x))\" y=\"\(Self.number(y))\" width=\"\(Self.number(max(width, 0)))\" height=\"\(Self.number(max(height, 0)))\" fill=\"\(color)\"><title>\(HTML.escape(title))</title></rect>"
            ))
    }

    private static func number(_ value: Double) -> String { Format.fixed(value, 1) }

    // MARK: - Axes

    private var plotWidth: Double { Double(chart.width) - left - right }
    private var plotHeight: Double { Double(chart.height) - top - bottom }

    private mutating func verticalAxis(_ low: Double, _ high: Double) -> (Double) -> Double {
        let (top, height) = (top, plotHeight)
        let place: (Double) -> Double = { top + height * (1 - ($0 - low) / max(high - low, 1e-300)) }
        let ticks = Ticks.linear(low, high, count: 4)
        for (tick, text) in zip(ticks, Ticks.labels(ticks, digits: 3)) {
            line(left, place(tick), left + plotWidth, place(tick), opacity: 0.13)
            label(text, x: left - 6, y: place(tick) + 4, anchor: "end")
        }
        if !chart.yTitle.isEmpty { label(chart.yTitle, x: 12, y: top + plotHeight / 2, anchor: "middle", rotate: -90) }
        line(left, top + plotHeight, left + plotWidth, top + plotHeight, opacity: 0.5)
        return place
    }

    private mutating func horizontalTitle() {
        if !chart.xTitle.isEmpty { label(chart.xTitle, x: left + plotWidth / 2, y: Double(chart.height) - 5, anchor: "middle") }
    }

    private static func hasLegend(_ content: Chart.Content) -> Bool {
        switch content {
        case .lines(let series), .scatter(let series): series.count > 1 || series.contains { !$0.name.isEmpty }
        case .bars(_, let series): series.count > 1
        case .histogram, .matrix: false
        }
    }

    /// Names in a row of their own, so that no line runs through them.
    private mutating func legend(_ names: [String]) {
        guard top > titleHeight else { return }
        var x = left
        for (index, name) in names.enumerated() where !name.isEmpty {
            rectangle(x, titleHeight + 1, 10, 10, color: Palette.color(index), title: name)
            label(name, x: x + 14, y: titleHeight + 10)
            x += 26 + Double(Columns.width(name)) * 6.3
        }
    }

    // MARK: - Lines and points

    private mutating func lines(_ series: [Chart.Series], connected: Bool) {
        let points = series.flatMap(\.points)
        guard !points.isEmpty else { return label("nothing to draw", x: Double(chart.width) / 2, y: Double(chart.height) / 2, anchor: "middle") }
        let isLog = chart.isLogarithmic && points.allSatisfy { $0.x > 0 }
        let scale: (Double) -> Double = { isLog ? log10(max($0, 1e-300)) : $0 }
        let xs = points.map(\.x) + chart.markers.map(\.x)
        var (lowX, highX) = (xs.min() ?? 0, xs.max() ?? 1)
        if lowX == highX { (lowX, highX) = isLog ? (lowX / 2, highX * 2) : (lowX - 0.5, highX + 0.5) }
        var (lowY, highY) = (points.map(\.y).min() ?? 0, points.map(\.y).max() ?? 1)
        if let range = chart.yRange { (lowY, highY) = (min(range.lowerBound, lowY), max(range.upperBound, highY)) }
        if lowY == highY { (lowY, highY) = (lowY - 0.5, highY + 0.5) }
        let margin = (highY - lowY) * 0.06
        if chart.yRange == nil { (lowY, highY) = (lowY - margin, highY + margin) }
        let y = verticalAxis(lowY, highY)
        let (left, width) = (left, plotWidth)
        let x: (Double) -> Double = { left + width * (scale($0) - scale(lowX)) / (scale(highX) - scale(lowX)) }
        let isWhole = connected && !isLog && points.allSatisfy { $0.x == $0.x.rounded() } && highX - lowX >= 1
        let ticks = isLog ? Ticks.logarithmic(lowX, highX) : Ticks.linear(lowX, highX, count: 6)
        let labels = isLog ? ticks.map { Format.significant($0, 2) } : Ticks.labels(ticks, digits: 4)
        for (tick, text) in zip(ticks, labels) where !isWhole || tick == tick.rounded() {
            label(text, x: x(tick), y: top + plotHeight + 15, anchor: "middle")
        }
        for marker in chart.markers where marker.x.isFinite && (!isLog || marker.x > 0) {
            line(x(marker.x), top, x(marker.x), top + plotHeight, opacity: 0.6, dashed: true)
            label(marker.name, x: x(marker.x) + 4, y: top + plotHeight - 6)
        }
        for (index, one) in series.enumerated() {
            let color = Palette.color(index)
            if connected, one.points.count > 1 {
                let path = one.points.map { "\(Self.number(x($0.x))),\(Self.number(y($0.y)))" }.joined(separator: " ")
                let dash = one.isDashed ? " stroke-dasharray=\"5 4\"" : ""
                elements.append(HTML(markup: "<polyline points=\"\(path)\" fill=\"none\" stroke=\"\(color)\" stroke-width=\"2\"\(dash)/>"))
            }
            if !connected || one.points.count <= 40 {
                for point in one.points {
                    let text = "\(one.name) \(Format.significant(point.x, 4)): \(Format.significant(point.y, 4))"
                    elements.append(
                        HTML(
                            markup:
                                "<circle cx=\"\(Self.number(x(point.x)))\" cy=\"\(Self.number(y(point.y)))\" r=\"\(connected ? 2.5 : 3.5)\" fill=\"\(color)\" fill-opacity=\"\(connected ? 1 : 0.7)\"><title>\(HTML.escape(text))</title></circle>"
                        ))
                }
            }
        }
        horizontalTitle()
        legend(series.map(\.name))
    }

    // MARK: - Bars

    private mutating func bars(_ labels: [String], _ series: [(name: String, values: [Double])]) {
        let highest = max(series.flatMap(\.values).filter(\.isFinite).max() ?? 1, 1e-12)
        let y = verticalAxis(0, highest * 1.05)
        let slot = plotWidth / Double(max(labels.count, 1))
        let width = slot * 0.76 / Double(max(series.count, 1))
        let isCrowded = labels.map { Columns.width($0) }.max() ?? 0 > Int(slot / 6.2)
        for (index, name) in labels.enumerated() {
            let start = left + slot * (Double(index) + 0.12)
            for (position, one) in series.enumerated() where index < one.values.count && one.values[index].isFinite {
                let value = max(0, one.values[index])
                rectangle(
                    start + width * Double(position), y(value), width - 1, y(0) - y(value), color: Palette.color(position),
                    title: "\(name) \(one.name): \(Format.significant(value, 4))")
            }
            let shown = name.count > 18 ? name.prefix(17) + "…" : name[...]
            if isCrowded {
                label(String(shown), x: left + slot * (Double(index) + 0.5) + 3, y: top + plotHeight + 12, anchor: "end", size: 10, rotate: -30)
            } else {
                label(String(shown), x: left + slot * (Double(index) + 0.5), y: top + plotHeight + 15, anchor: "middle")
            }
        }
        horizontalTitle()
        legend(series.map(\.name))
    }

    private mutating func histogram(_ counts: [Int], _ low: Double, _ high: Double) {
        let y = verticalAxis(0, Double(max(counts.max() ?? 1, 1)) * 1.05)
        let width = plotWidth / Double(max(counts.count, 1))
        let step = (high - low) / Double(max(counts.count, 1))
        for (index, count) in counts.enumerated() where count > 0 {
            let from = low + step * Double(index)
            rectangle(
                left + width * Double(index), y(Double(count)), max(width - 1, 0.8), y(0) - y(Double(count)), color: Palette.color(0),
                title: "\(Format.significant(from, 3)) to \(Format.significant(from + step, 3)): \(Format.count(count))")
        }
        let ticks = Ticks.linear(low, high, count: 5)
        for (tick, text) in zip(ticks, Ticks.labels(ticks, digits: 3)) {
            label(text, x: left + plotWidth * (tick - low) / max(high - low, 1e-300), y: top + plotHeight + 15, anchor: "middle")
        }
        for marker in chart.markers where marker.x >= low && marker.x <= high {
            let x = left + plotWidth * (marker.x - low) / max(high - low, 1e-300)
            line(x, top, x, top + plotHeight, opacity: 0.7, dashed: true)
            label(marker.name, x: x + 4, y: top + 10)
        }
        horizontalTitle()
    }

    // MARK: - Matrices

    /// How large a matrix's cells are, and whether the names above them have to be turned.
    private struct MatrixCell {
        let height: Double
        let width: Double
        let isTurned: Bool
        /// From the top of the drawing to the first row.
        let headerHeight: Double
        /// How far turned names reach beyond the last column.
        let overhang: Double

        /// Longer names are cut.
        static let longest = 24

        init(rows: [String], columns: [String]) {
            let side = rows.count <= 8 ? 46.0 : rows.count <= 16 ? 34 : rows.count <= 30 ? 24 : 16
            let name = 6 * Double(min(columns.map { Columns.width($0) }.max() ?? 0, Self.longest)) + 6
            height = side
            // A few columns have room for their names; many have not.
            width = columns.count <= 8 ? max(side, min(name, 84)) : side
            isTurned = name > width
            headerHeight = 34 + (isTurned ? name * 0.7 : 0)
            overhang = isTurned ? max(0, name * 0.7 - width / 2) : 0
        }
    }

    private func matrixLeft(_ rows: [String]) -> Double { 34 + min(160, Double(rows.map { Columns.width($0) }.max() ?? 0) * 6.6) }

    private mutating func matrix(_ rows: [String], _ columns: [String], _ shares: [[Double]], _ texts: [[String]]) {
        let cell = MatrixCell(rows: rows, columns: columns)
        let (x0, y0) = (matrixLeft(rows), top + cell.headerHeight)
        label(chart.xTitle, x: x0 + cell.width * Double(columns.count) / 2, y: top + 10, anchor: "middle")
        label(chart.yTitle, x: 12, y: y0 + cell.height * Double(rows.count) / 2, anchor: "middle", rotate: -90)
        for (index, name) in columns.enumerated() {
            let x = x0 + cell.width * (Double(index) + 0.5)
            label(
                Self.shortened(name), x: cell.isTurned ? x + 3 : x, y: y0 - 6, anchor: cell.isTurned ? "start" : "middle", size: 10,
                rotate: cell.isTurned ? -45 : nil)
        }
        for (row, name) in rows.enumerated() {
            let y = y0 + cell.height * Double(row)
            label(Self.shortened(name), x: x0 - 6, y: y + cell.height / 2 + 4, anchor: "end")
            for (column, other) in columns.enumerated() where row < shares.count && column < shares[row].count {
                let share = shares[row][column].isFinite ? min(max(shares[row][column], 0), 1) : 0
                let color = row == column ? Palette.series[0] : Palette.series[5]
                let ground = share > 0 ? Shade(color, strength: 0.12 + 0.88 * share) : Shade.nothing
                rectangle(
                    x0 + cell.width * Double(column), y, cell.width - 1, cell.height - 1, color: ground.text,
                    title: "\(name) → \(other): \(texts[row][column])")
                if cell.height >= 24 {
                    label(
                        texts[row][column], x: x0 + cell.width * (Double(column) + 0.5), y: y + cell.height / 2 + 4, anchor: "middle",
                        size: cell.height > 40 ? 12 : 10, opacity: 1, color: share > 0 ? ground.ink.text : Shade.faint.text)
                }
            }
        }
    }

    private static func shortened(_ name: String) -> String {
        name.count > MatrixCell.longest ? name.prefix(MatrixCell.longest - 1) + "…" : name
    }
}
