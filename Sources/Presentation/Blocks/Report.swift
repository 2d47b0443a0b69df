/// A sequence of blocks that are shown as one result.
public struct Report: Sendable {
    /// One block.
    public enum Block: Sendable {
        case heading(String)
        case text(String)
        /// Cells as one would write them.
        case code(String)
        /// A name and a value a line.
        case facts([(String, String)])
        case table(Table)
        case chart(Chart)
        /// Charts beside one another.
        case row([Chart])
        case images(ImageGrid)
        case tree(TreeView)
        case notice(Notice)
    }

    public var blocks: [Block]

    public init(_ blocks: [Block] = []) { self.blocks = blocks }

    public mutating func append(_ block: Block) { blocks.append(block) }

    public var plain: String {
        blocks.map { block in
            switch block {
            case .heading(let text): "\n\(text)\n\(String(repeating: "═", count: Columns.width(text)))"
            case .text(let text): text
            case .code(let text): text.split(separator: "\n", omittingEmptySubsequences: false).map { "    \($0)" }.joined(separator: "\n")
            case .facts(let facts): Self.plain(facts)
            case .table(let table): table.plain
            case .chart(let chart): chart.plain
            case .row(let charts): charts.map(\.plain).joined(separator: "\n")
            case .images(let grid): grid.plain
            case .tree(let tree): tree.plain
            case .notice(let notice): notice.plain
            }
        }.joined(separator: "\n").trimmingLineBreaks
    }

    private static func plain(_ facts: [(String, String)]) -> String {
        let width = facts.map { Columns.width($0.0) }.max() ?? 0
        return facts.map { "\(Columns.pad($0.0, to: width))  \($0.1)" }.joined(separator: "\n")
    }

    public var html: HTML {
        blocks.map { block -> HTML in
            switch block {
            case .heading(let text): "<h4 style=\"margin:10px 0 4px\">\(text)</h4>"
            case .text(let text): "<p style=\"margin:4px 0\">\(HTML(prose: text))</p>"
            case .code(let text): "<pre style=\"margin:4px 0;padding:6px 8px;overflow-x:auto\"><code>\(text)</code></pre>"
            case .facts(let facts):
                "<table>\(facts.map { HTML("<tr><td style=\"text-align:left\"><b>\($0.0)</b></td><td style=\"text-align:left\">\($0.1)</td></tr>") }.joined())</table>"
            case .table(let table): table.html
            case .chart(let chart): chart.html
            case .row(let charts):
                "<div style=\"display:flex;flex-wrap:wrap;gap:12px\">\(charts.map { HTML("<div>\($0.html)</div>") }.joined())</div>"
            case .images(let grid): grid.html
            case .tree(let tree): tree.html
            case .notice(let notice): notice.html
            }
        }.joined()
    }

    /// Both forms; where there is one chart or one picture and nothing else, that too. Front-ends without HTML prefer pictures to text, and
    /// would lose what stands beside one.
    public var bundle: MIMEBundle {
        guard blocks.count == 1 else { return MIMEBundle(plain: plain, html: "<div>\(html.markup)</div>") }
        switch blocks[0] {
        case .chart(let chart): return chart.bundle
        case .row(let charts) where charts.count == 1: return charts[0].bundle
        case .images(let grid): return grid.bundle
        default: return MIMEBundle(plain: plain, html: "<div>\(html.markup)</div>")
        }
    }
}

/// Something that its reader should know: facts done, warnings, errors.
public struct Notice: Sendable {
    public enum Kind: Sendable { case done, info, warning, error }
    public let kind: Kind
    public let lines: [String]

    public init(_ kind: Kind, _ lines: [String]) {
        self.kind = kind
        self.lines = lines
    }

    private var sign: String {
        switch kind {
        case .done: "✓"
        case .info: "·"
        case .warning: "⚠"
        case .error: "✗"
        }
    }

    private var mood: Mood {
        switch kind {
        case .done: .good
        case .info: .muted
        case .warning: .warning
        case .error: .bad
        }
    }

    public var plain: String { lines.map { "\(sign) \($0)" }.joined(separator: "\n") }

    public var html: HTML {
        let rows = lines.map { line -> HTML in
            "<div style=\"margin:2px 0\"><span style=\"color:\(mood.color);font-weight:bold;margin-right:6px\">\(sign)</span>\(HTML(prose: line))</div>"
        }
        return rows.joined()
    }

    public var bundle: MIMEBundle { MIMEBundle(plain: plain, html: html.markup) }
}

extension String {
    var trimmingLineBreaks: String {
        var text = self[...]
        while text.first == "\n" { text.removeFirst() }
        while text.last == "\n" { text.removeLast() }
        return String(text)
    }
}
