/// Rows and columns. Long tables are folded in the middle.
public struct Table: Sendable {
    /// A column's heading and how its cells stand.
    public struct Column: Sendable {
        public enum Alignment: Sendable { case left, right, center }
        public let title: String
        public let alignment: Alignment

        public init(_ title: String, _ alignment: Alignment = .left) {
            self.title = title
            self.alignment = alignment
        }
    }

    /// What stands in a cell.
    public struct Cell: Sendable, ExpressibleByStringInterpolation {
        public let text: String
        /// A bar behind the text: its share of the column's width, 0 to 1.
        public let bar: Double?
        public let mood: Mood
        public let isStrong: Bool

        public init(_ text: String, bar: Double? = nil, mood: Mood = .plain, strong: Bool = false) {
            self.text = text
            self.bar = bar.map { $0.isFinite ? min(max($0, 0), 1) : 0 }
            self.mood = mood
            isStrong = strong
        }

        public init(stringLiteral value: String) { self.init(value) }
    }

    public var caption: String
    public var columns: [Column]
    public var rows: [[Cell]]
    /// A last row that sums up.
    public var footer: [Cell]
    /// Rows beyond so many are folded.
    public var limit: Int

    public init(_ columns: [Column], caption: String = "", rows: [[Cell]] = [], footer: [Cell] = [], limit: Int = 60) {
        self.columns = columns
        self.caption = caption
        self.rows = rows
        self.footer = footer
        self.limit = max(limit, 4)
    }

    private var folded: (head: ArraySlice<[Cell]>, hidden: Int, tail: ArraySlice<[Cell]>) {
        guard rows.count > limit else { return (rows[...], 0, []) }
        let head = limit * 2 / 3
        return (rows[..<head], rows.count - limit, rows[(rows.count - (limit - head))...])
    }

    /// The table for terminals.
    public var plain: String {
        let (head, hidden, tail) = folded
        var widths = columns.map { Columns.width($0.title) }
        let shown = Array(head) + Array(tail) + (footer.isEmpty ? [] : [footer])
        for row in shown {
            for (index, cell) in row.enumerated() where index < widths.count { widths[index] = max(widths[index], Columns.width(Self.text(cell))) }
        }
        func line(_ cells: [String]) -> String {
            let text = cells.enumerated().map { index, cell in
                index < columns.count ? Columns.pad(cell, to: widths[index], right: columns[index].alignment == .right) : cell
            }.joined(separator: "  ")
            return String(text.reversed().drop { $0 == " " }.reversed())
        }
        var lines: [String] = []
        if !caption.isEmpty { lines.append(caption) }
        if columns.contains(where: { !$0.title.isEmpty }) {
            lines.append(line(columns.map(\.title)))
            lines.append(widths.map { String(repeating: "─", count: $0) }.joined(separator: "  "))
        }
        lines += head.map { line($0.map(Self.text)) }
        if hidden > 0 { lines.append("… \(Format.count(hidden)) more rows …") }
        lines += tail.map { line($0.map(Self.text)) }
        if !footer.isEmpty {
            lines.append(widths.map { String(repeating: "─", count: $0) }.joined(separator: "  "))
            lines.append(line(footer.map(Self.text)))
        }
        return lines.joined(separator: "\n")
    }

    private static func text(_ cell: Cell) -> String {
        guard let bar = cell.bar else { return cell.text }
        return "\(cell.text) \(Bars.text(bar, width: 20))"
    }

    /// The table for pages.
    public var html: HTML {
        let (head, hidden, tail) = folded
        func cells(_ row: [Cell], _ tag: String) -> HTML {
            row.enumerated().map { index, cell -> HTML in
                let alignment = index < columns.count ? columns[index].alignment : .left
                let side = alignment == .right ? "right" : alignment == .center ? "center" : "left"
                let color = cell.mood == .plain ? "" : ";color:\(cell.mood.color)"
                let content: HTML = cell.isStrong ? "<b>\(cell.text)</b>" : HTML(cell.text)
                let bar: HTML = cell.bar.map { Bars.html($0, color: cell.mood == .plain ? Palette.series[0] : cell.mood.color) } ?? ""
                // Names and figures stay on their line; a sentence may take several, so that its end can be read.
                let lines = side == "left" && cell.text.count > 40 ? "min-width:16em;white-space:normal;overflow-wrap:anywhere" : "white-space:nowrap"
                return HTML(markup: "<\(tag) style=\"text-align:\(side);\(lines);padding:2px 8px\(color)\">\(content)\(bar)</\(tag)>")
            }.joined()
        }
        var body: [HTML] = head.map { "<tr>\(cells($0, "td"))</tr>" }
        if hidden > 0 { body.append("<tr><td colspan=\"\(columns.count)\" style=\"text-align:center\">… \(Format.count(hidden)) more rows …</td></tr>") }
        body += tail.map { "<tr>\(cells($0, "td"))</tr>" }
        if !footer.isEmpty { body.append("<tr style=\"font-weight:bold\">\(cells(footer, "td"))</tr>") }
        let caption: HTML = caption.isEmpty ? "" : "<caption style=\"text-align:left;font-weight:bold;padding:4px 0\">\(caption)</caption>"
        let titles: HTML =
            columns.contains { !$0.title.isEmpty } ? "<thead><tr>\(cells(columns.map { Cell($0.title) }, "th"))</tr></thead>" : ""
        return "<table>\(caption)\(titles)<tbody>\(body.joined())</tbody></table>"
    }

    public var bundle: MIMEBundle { MIMEBundle(plain: plain, html: html.markup) }
}

/// Bars of shares.
enum Bars {
    static func text(_ share: Double, width: Int) -> String {
        let eighths = Int((share * Double(width * 8)).rounded())
        let parts = ["", "▏", "▎", "▍", "▌", "▋", "▊", "▉"]
        return String(repeating: "█", count: eighths / 8) + parts[eighths % 8]
    }

    static func html(_ share: Double, color: String) -> HTML {
        HTML(
            markup:
                "<span style=\"display:inline-block;width:120px;height:9px;margin-left:8px\"><span style=\"display:block;height:9px;width:\(Format.fixed(share * 100, 1))%;background:\(color);border-radius:2px\"></span></span>"
        )
    }
}

/// What a piece of information means to its reader.
public enum Mood: Sendable {
    case plain, good, warning, bad, muted

    /// Readable on light and on dark pages.
    public var color: String {
        switch self {
        case .plain: "inherit"
        case .good: "#1a9850"
        case .warning: "#c77700"
        case .bad: "#d73027"
        case .muted: "#888888"
        }
    }
}

/// Colours that colour-blind people can tell apart (Okabe, Ito 2008), middling bright for light and dark pages.
public enum Palette {
    public static let series = ["#0072b2", "#e69f00", "#009e73", "#cc79a7", "#56b4e9", "#d55e00", "#8a7500", "#7f7f7f"]
    public static func color(_ index: Int) -> String { series[index % series.count] }
}
