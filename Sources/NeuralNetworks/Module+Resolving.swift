public import Tensors

extension Module {
    /// The network with every size that follows from the input filled in.
    ///
    /// - Parameter input: the shape of one sample, `[C, H, W]`.
    /// - Throws: ``ShapeError`` where sizes don't fit, with the layer's path.
    public func resolved(input: Shape) throws(ShapeError) -> Module {
        let graph = try Graph(self, input: input)
        var byPath: [String: Layer] = [:]
        for node in graph.nodes {
            if case .layer(let layer) = node.operation, !layer.parameters.isEmpty { byPath[node.path] = layer }
        }
        return filled(from: byPath, path: "")
    }

    private func filled(from layers: [String: Layer], path: String) -> Module {
        switch self {
        case .layer: return layers[path].map(Module.layer) ?? self
        case .block(var block):
            block.children = block.children.map {
                let childPath = path.isEmpty ? $0.name : "\(path).\($0.name)"
                return Block.Child(name: $0.name, module: $0.module.filled(from: layers, path: childPath))
            }
            return .block(block)
        }
    }
}
