/// A tree whose branches open, with columns of facts: a network with its layers.
public struct TreeView: Sendable {
    public struct Node: Sendable {
        public let name: String
        /// One fact a column.
        public let facts: [String]
        public let children: [Node]
        public let mood: Mood

        public init(_ name: String, facts: [String] = [], children: [Node] = [], mood: Mood = .plain) {
            self.name = name
            self.facts = facts
            self.children = children
            self.mood = mood
        }
    }

    public let columns: [String]
    public let roots: [Node]
    /// Branches down to this depth are open at first; in text, deeper ones are left out.
    public let depth: Int

    public init(columns: [String], roots: [Node], depth: Int = 2) {
        self.columns = columns
        self.roots = roots
        self.depth = depth
    }

    public var plain: String {
        var table = Table([Table.Column("")] + columns.map { Table.Column($0) }, limit: 400)
        func add(_ node: Node, level: Int) {
            let more = level >= depth && !node.children.isEmpty ? " (+\(node.children.count))" : ""
            table.rows.append(
                [Table.Cell(String(repeating: "  ", count: level) + node.name + more)] + node.facts.map { Table.Cell($0) })
            if level < depth { for child in node.children { add(child, level: level + 1) } }
        }
        for root in roots { add(root, level: 0) }
        return table.plain
    }

    /// Rows never wrap, and columns stand below each other at every depth: what is wider than the page scrolls.
    public var html: HTML {
        let step = 18
        let (names, widths) = widths(step: step)
        func cells(_ texts: [String]) -> HTML {
            texts.enumerated().map { index, text -> HTML in
                let width = index < widths.count ? widths[index] : 8
                return "<span style=\"display:inline-block;width:\(width)ch;padding-right:8px\">\(text)</span>"
            }.joined()
        }
        func row(_ node: Node, level: Int, isBranch: Bool) -> HTML {
            let color = node.mood == .plain ? "" : "color:\(node.mood.color)"
            return
                "<span style=\"display:inline-block;width:\(names - step * level)px;font-weight:\(isBranch ? "bold" : "normal");\(HTML(markup: color))\"><code>\(node.name)</code></span><span style=\"font-size:12px;\(HTML(markup: color))\">\(cells(node.facts))</span>"
        }
        // The triangle stands outside, in the margin, so that a branch's name begins where a leaf's does.
        func branch(_ node: Node, level: Int) -> HTML {
            guard !node.children.isEmpty else {
                return "<div style=\"margin-left:\(step)px\">\(row(node, level: level, isBranch: false))</div>"
            }
            let open: HTML = level < depth - 1 ? " open" : ""
            return
                "<details\(open) style=\"margin-left:\(step)px\"><summary style=\"cursor:pointer;list-style-position:outside\">\(row(node, level: level, isBranch: true))</summary>\(node.children.map { branch($0, level: level + 1) }.joined())</details>"
        }
        return
            "<div style=\"overflow-x:auto;white-space:nowrap\"><div style=\"opacity:.75;margin-left:\(step)px\"><span style=\"display:inline-block;width:\(names)px\">&nbsp;</span><span style=\"font-size:12px\">\(cells(columns))</span></div>\(roots.map { branch($0, level: 0) }.joined())</div>"
    }

    /// Room for the longest name with its indentation, in pixels, and for the longest text of each column, in characters.
    private func widths(step: Int) -> (names: Int, columns: [Int]) {
        var names = 0
        var widths = columns.map(\.count)
        func measure(_ node: Node, level: Int) {
            names = max(names, step * level + 9 * node.name.count + 20)
            for (index, fact) in node.facts.enumerated() where index < widths.count { widths[index] = max(widths[index], fact.count) }
            for child in node.children { measure(child, level: level + 1) }
        }
        for root in roots { measure(root, level: 0) }
        // `ch` is the width of a digit: long texts average less, a shape's × is more.
        return (names, widths.map { $0 > 20 ? $0 * 7 / 8 : $0 + 1 })
    }

    public var bundle: MIMEBundle { MIMEBundle(plain: plain, html: html.markup) }
}
