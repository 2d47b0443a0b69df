public import Tensors

/// The tensors of a network by full name, in `state_dict` order. A value: a copy is a snapshot, and shares storage until written to.
public struct ParameterStore: Sendable, Equatable {
    /// One tensor.
    public struct Entry: Sendable, Equatable {
        public var tensor: Tensor
        public let role: ParameterDeclaration.Role
    }

    /// Full names in `state_dict` order.
    public private(set) var names: [String] = []
    private var entries: [String: Entry] = [:]

    /// A store without tensors.
    public init() {}

    /// The tensor called `name`. Setting it keeps its role; a new name becomes a parameter.
    public subscript(_ name: String) -> Tensor? {
        get { entries[name]?.tensor }
        set {
            guard let newValue else {
                entries[name] = nil
                names.removeAll { $0 == name }
                return
            }
            insert(newValue, name: name, role: entries[name]?.role ?? .parameter)
        }
    }

    /// The tensor called `name` with its role.
    public func entry(_ name: String) -> Entry? { entries[name] }

    /// Adds or replaces a tensor.
    public mutating func insert(_ tensor: Tensor, name: String, role: ParameterDeclaration.Role) {
        if entries.updateValue(Entry(tensor: tensor, role: role), forKey: name) == nil { names.append(name) }
    }

    /// The names of tensors that are learned by gradient descent.
    public var parameterNames: [String] { names.filter { entries[$0]?.role == .parameter } }

    /// The number of learned values.
    public var parameterCount: Int {
        entries.values.reduce(0) { $0 + ($1.role == .parameter ? $1.tensor.count : 0) }
    }
}

extension Module {
    /// Every tensor that the network owns, by full name, in `state_dict` order. Sizes must be resolved.
    public var parameterDeclarations: [(name: String, declaration: ParameterDeclaration)] {
        namedLayers.flatMap { path, layer in
            layer.parameters.map { (name: path.isEmpty ? $0.name : "\(path).\($0.name)", declaration: $0) }
        }
    }
}
