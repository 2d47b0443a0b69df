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

    public var html: HTML {
        func row(_ node: Node, isBranch: Bool) -> HTML {
            let color = node.mood == .plain ? "" : "color:\(node.mood.color)"
            let facts = node.facts.enumerated().map { index, fact -> HTML in
                "<span style=\"display:inline-block;min-width:\(index == 0 ? 170 : 110)px;padding-right:8px;white-space:nowrap\">\(fact)</span>"
            }.joined()
            return
                "<span style=\"display:inline-block;min-width:190px;font-weight:\(isBranch ? "bold" : "normal");\(HTML(markup: color))\"><code>\(node.name)</code></span><span style=\"font-size:12px;\(HTML(markup: color))\">\(facts)</span>"
        }
        func branch(_ node: Node, level: Int) -> HTML {
            guard !node.children.isEmpty else { return "<div style=\"margin-left:18px\">\(row(node, isBranch: false))</div>" }
            let open: HTML = level < depth - 1 ? " open" : ""
            return
                "<details\(open) style=\"margin-left:\(level == 0 ? 0 : 18)px\"><summary style=\"cursor:pointer\">\(row(node, isBranch: true))</summary>\(node.children.map { branch($0, level: level + 1) }.joined())</details>"
        }
        let titles = columns.enumerated().map { index, title -> HTML in
            "<span style=\"display:inline-block;min-width:\(index == 0 ? 170 : 110)px;padding-right:8px\">\(title)</span>"
        }.joined()
        return
            "<div style=\"overflow-x:auto\"><div style=\"font-size:12px;opacity:.75;margin-left:18px\"><span style=\"display:inline-block;min-width:190px\">&nbsp;</span>\(titles)</div>\(roots.map { branch($0, level: 0) }.joined())</div>"
    }

    public var bundle: MIMEBundle { MIMEBundle(plain: plain, html: html.markup) }
}
