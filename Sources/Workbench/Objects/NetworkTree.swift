import CommandLanguage
import Learning
import NeuralNetworks
import Presentation
import Tensors

/// A network or a part of it as a tree of layers with columns of facts.
struct NetworkTree {
    let module: Module
    /// What the root is called.
    let name: String
    /// The path of the root in its network, before which names are completed.
    var prefix = ""
    /// Results of parts by full path; empty where the network can't be run.
    var shapes: [String: Shape] = [:]
    let trains: (String) -> Bool
    /// Rates by full name; empty: the column is left out.
    var rates: [String: Double] = [:]
    var depth = 2

    var view: TreeView {
        var columns = ["layer", "output", "parameters", "trains"]
        if shapes.isEmpty { columns.remove(at: 1) }
        if !rates.isEmpty { columns.append("rate") }
        return TreeView(columns: columns, roots: [node(module, name: name, path: prefix)], depth: depth)
    }

    private func node(_ part: Module, name: String, path: String) -> TreeView.Node {
        let declared = part.parameterDeclarations.filter { $0.declaration.role == .parameter }
        let full = declared.map { (name: path.isEmpty ? $0.name : "\(path).\($0.name)", count: $0.declaration.shape.elementCount) }
        let learning = full.filter { trains($0.name) }
        var facts: [String] = [part.isLayer ? part.written : part.kind]
        if !shapes.isEmpty { facts.append(shapes[path]?.description ?? "") }
        facts.append(full.isEmpty ? "" : Format.count(full.reduce(0) { $0 + $1.count }))
        facts.append(full.isEmpty ? "" : learning.count == full.count ? "yes" : learning.isEmpty ? "frozen" : "\(Format.short(learning.reduce(0) { $0 + $1.count })) of them")
        if !rates.isEmpty {
            let values = Set(learning.compactMap { rates[$0.name] }).sorted()
            facts.append(values.isEmpty ? "" : values.count == 1 ? Value.written(values[0]) : "\(Value.written(values[0]))..\(Value.written(values[values.count - 1]))")
        }
        var children: [TreeView.Node] = []
        if case .block(let block) = part {
            children = block.children.map { node($0.module, name: $0.name, path: path.isEmpty ? $0.name : "\(path).\($0.name)") }
        }
        return TreeView.Node(name, facts: facts, children: children, mood: !full.isEmpty && learning.isEmpty ? .muted : .plain)
    }
}

extension Graph {
    /// The shape that each part gives, by path.
    var shapesByPath: [String: Shape] {
        var shapes: [String: Shape] = ["": outputShape]
        // Later nodes of a part overwrite earlier ones: the last is its result.
        for node in nodes where !node.path.isEmpty {
            var path = Substring(node.path)
            while true {
                shapes[String(path)] = node.shape
                guard let dot = path.lastIndex(of: ".") else { break }
                path = path[..<dot]
            }
        }
        return shapes
    }
}
