import NeuralNetworks
import Presentation
import Tensors

/// A network drawn from top to bottom: a box for each part, lines for what it reads. Parts deeper than a depth are drawn as one box.
struct NetworkDrawing {
    /// A box.
    struct Box {
        let path: String
        let title: String
        let kind: String
        var shape: Shape
        var parameters = 0
        var trainable = 0
        /// Boxes that it reads.
        var inputs: [Int] = []
    }
    private(set) var boxes: [Box] = []

    /// - Parameters:
    ///   - prefix: the part that is drawn; empty: everything.
    ///   - depth: how many segments of names below it make a box.
    init(_ graph: Graph, module: Module, prefix: String, depth: Int, plan: FreezePlan) {
        let length = prefix.isEmpty ? 0 : prefix.split(separator: ".").count
        var place = [Int](repeating: -1, count: graph.nodes.count)
        func below(_ path: String) -> String { prefix.isEmpty || path == prefix ? path : String(path.dropFirst(prefix.count + 1)) }
        for (index, node) in graph.nodes.enumerated() {
            let isInside = prefix.isEmpty || node.path == prefix || node.path.hasPrefix(prefix + ".")
            guard isInside || index == 0 else { continue }
            let segments = node.path.split(separator: ".")
            let isGroup = segments.count > length + depth
            let path = segments.prefix(length + depth).joined(separator: ".")
            // A part that runs as one piece is one box; so are functions between parts, each by itself.
            if isGroup, let last = boxes.indices.last, boxes[last].path == path, boxes[last].kind == module[path: path]?.kind {
                place[index] = last
            } else {
                var box = Box(path: path, title: Self.title(node, below(path), isGroup), kind: isGroup ? module[path: path]?.kind ?? "" : Self.kind(node), shape: node.shape)
                if index == 0 { box = Box(path: "", title: prefix.isEmpty ? "input" : "input of \(prefix)", kind: "", shape: node.shape) }
                boxes.append(box)
                place[index] = boxes.count - 1
            }
            let own = place[index]
            boxes[own].shape = node.shape
            for input in node.inputs {
                // What lies outside of the drawn part is the input.
                let source = place[input] < 0 ? 0 : place[input]
                if source == 0, own != 0 { boxes[0].shape = graph.nodes[input].shape }
                if source != own, !boxes[own].inputs.contains(source) { boxes[own].inputs.append(source) }
            }
            for (name, declaration) in node.parameters where declaration.role == .parameter {
                boxes[own].parameters += declaration.shape.elementCount
                if plan.trains(name) { boxes[own].trainable += declaration.shape.elementCount }
            }
        }
    }

    private static func title(_ node: Graph.Node, _ path: String, _ isGroup: Bool) -> String {
        if isGroup { return path }
        switch node.operation {
        case .add: return "+"
        case .multiply: return "×"
        case .concatenate: return "concat"
        case .input: return "input"
        case .layer: return path
        }
    }

    private static func kind(_ node: Graph.Node) -> String { if case .layer(let layer) = node.operation { layer.kind } else { "" } }

    // MARK: - Drawing

    /// Boxes are as wide as the longest title needs.
    private var boxWidth: Double { max(200, 24 + 7.2 * Double(boxes.map { Self.heading($0).count }.max() ?? 0)) }
    private static let boxHeight = 34.0
    private static let step = 52.0
    private static let left = 20.0
    private static let lane = 16.0

    var svg: String {
        // Each line that passes other boxes gets a lane of its own at the side, as near as there is room.
        var lanes: [(from: Int, to: Int)] = []
        var used: [[(from: Int, to: Int)]] = []
        var laneOf: [String: Int] = [:]
        for (index, box) in boxes.enumerated() { for input in box.inputs where input < index - 1 { lanes.append((input, index)) } }
        for line in lanes.sorted(by: { ($0.to - $0.from, $0.from) < ($1.to - $1.from, $1.from) }) {
            let free = used.indices.first { row in used[row].allSatisfy { $0.to <= line.from || $0.from >= line.to } } ?? used.count
            if free == used.count { used.append([]) }
            used[free].append(line)
            laneOf["\(line.from)>\(line.to)"] = free
        }
        let boxWidth = self.boxWidth
        let width = Self.left + boxWidth + Double(used.count + 1) * Self.lane + 20
        let height = Double(boxes.count) * Self.step + 24
        var parts: [HTML] = [
            """
            <defs><marker id="thaw-arrow" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="7" markerHeight="7" orient="auto"><path d="M0 0L8 4L0 8z" fill="currentColor" fill-opacity="0.6"/></marker></defs>
            """
        ]
        for (index, box) in boxes.enumerated() {
            for input in box.inputs { parts.append(Self.line(from: input, to: index, lane: laneOf["\(input)>\(index)"], boxWidth)) }
            parts.append(Self.drawn(box, row: index, boxWidth))
        }
        return
            "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"\(Int(width))\" height=\"\(Int(height))\" viewBox=\"0 0 \(Int(width)) \(Int(height))\" role=\"img\" aria-label=\"network graph\" font-family=\"system-ui, sans-serif\" style=\"\(HTML.colorOfPage)\">\(parts.joined().markup)</svg>"
    }

    private static func top(_ row: Int) -> Double { 12 + Double(row) * step }

    private static func line(from: Int, to: Int, lane: Int?, _ boxWidth: Double) -> HTML {
        let middle = left + boxWidth / 2
        let path: String
        if let lane {
            let x = left + boxWidth + Double(lane + 1) * self.lane
            let (start, end) = (top(from) + boxHeight * 0.7, top(to) + boxHeight * 0.3)
            path = "M\(number(left + boxWidth)) \(number(start))C\(number(x)) \(number(start)) \(number(x)) \(number(start + 6)) \(number(x)) \(number(start + 12))V\(number(end - 12))C\(number(x)) \(number(end - 6)) \(number(x)) \(number(end)) \(number(left + boxWidth + 1)) \(number(end))"
        } else {
            path = "M\(number(middle)) \(number(top(from) + boxHeight))V\(number(top(to) - 1))"
        }
        return HTML(markup: "<path d=\"\(path)\" fill=\"none\" stroke=\"currentColor\" stroke-opacity=\"0.55\" marker-end=\"url(#thaw-arrow)\"/>")
    }

    private static func heading(_ box: Box) -> String { [box.title, box.kind].filter { !$0.isEmpty }.joined(separator: "  ") }

    private static func drawn(_ box: Box, row: Int, _ boxWidth: Double) -> HTML {
        let y = top(row)
        let color = box.parameters == 0 ? "#888888" : box.trainable == 0 ? Palette.series[4] : Palette.series[1]
        let state = box.parameters == 0 ? "" : box.trainable == 0 ? "frozen" : box.trainable == box.parameters ? "trains" : "trains in part"
        let title = heading(box)
        let facts = [box.shape.description, box.parameters > 0 ? "\(Format.short(box.parameters)) \(state)" : ""].filter { !$0.isEmpty }.joined(separator: " · ")
        let rectangle = HTML(
            markup:
                "<rect x=\"\(number(left))\" y=\"\(number(y))\" width=\"\(number(boxWidth))\" height=\"\(number(boxHeight))\" rx=\"6\" fill=\"\(color)\" fill-opacity=\"\(box.parameters == 0 ? "0.12" : "0.28")\" stroke=\"\(color)\"/>")
        let middle = HTML(markup: number(left + boxWidth / 2))
        return
            "\(rectangle)<text x=\"\(middle)\" y=\"\(HTML(markup: number(y + 14)))\" text-anchor=\"middle\" font-size=\"12\" font-weight=\"bold\" fill=\"currentColor\">\(title)</text><text x=\"\(middle)\" y=\"\(HTML(markup: number(y + 28)))\" text-anchor=\"middle\" font-size=\"11\" fill=\"currentColor\" fill-opacity=\"0.8\">\(facts)</text>"
    }

    private static func number(_ value: Double) -> String { Format.fixed(value, 1) }

    /// The boxes as lines of text; what is read from further up stands in brackets.
    var plain: String {
        var table = Table([.init(""), .init("kind"), .init("result"), .init("parameters", .right), .init("reads")], limit: 400)
        for (index, box) in boxes.enumerated() {
            let far = box.inputs.filter { $0 != index - 1 }.map { boxes[$0].title.isEmpty ? boxes[$0].path : boxes[$0].title }
            let near = box.inputs.contains(index - 1) && !far.isEmpty ? ["the one above"] : []
            table.rows.append([
                .init(box.title), .init(box.kind), .init(box.shape.description), .init(box.parameters > 0 ? Format.count(box.parameters) : ""),
                .init((near + far).joined(separator: ", ")),
            ])
        }
        return table.plain
    }
}
