/// Every path of a network with what stands there, walked depth first.
extension Module {
    /// Whether the part at a path is given what the module is given: it and all around it are the first of their parts. The empty path is the module.
    public func begins(with path: String) -> Bool {
        var module = self
        for segment in path.split(separator: ".") {
            guard case .block(let block) = module, let first = block.children.first, first.name == segment else { return false }
            module = first.module
        }
        return true
    }

    /// All parts with their paths in definition order, this part itself first under `""`.
    public func namedModules(path: String = "") -> [(path: String, module: Module)] {
        var result = [(path: path, module: self)]
        if case .block(let block) = self {
            for child in block.children {
                result += child.module.namedModules(path: path.isEmpty ? child.name : "\(path).\(child.name)")
            }
        }
        return result
    }

    /// All layers with their paths, in definition order.
    public var namedLayers: [(path: String, layer: Layer)] {
        namedModules().compactMap { if case .layer(let layer) = $0.module { ($0.path, layer) } else { nil } }
    }

    /// The part at a dotted path; `""` is this part itself.
    public subscript(path path: String) -> Module? {
        guard !path.isEmpty else { return self }
        guard case .block(let block) = self else { return nil }
        let (head, rest) = Self.split(path)
        return block[head]?[path: rest]
    }

    /// The network with the part at `path` replaced. `nil` if nothing stands there.
    public func replacing(path: String, with replacement: Module) -> Module? {
        guard !path.isEmpty else { return replacement }
        guard case .block(var block) = self else { return nil }
        let (head, rest) = Self.split(path)
        guard let child = block[head], let replaced = child.replacing(path: rest, with: replacement) else { return nil }
        block[head] = replaced
        return .block(block)
    }

    private static func split(_ path: String) -> (head: String, rest: String) {
        guard let dot = path.firstIndex(of: ".") else { return (path, "") }
        return (String(path[..<dot]), String(path[path.index(after: dot)...]))
    }
}
