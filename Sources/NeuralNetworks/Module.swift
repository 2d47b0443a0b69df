/// A part of a network: a layer, or a block of named parts. A whole network is one too.
///
/// Paths name the parts as PyTorch's `named_modules` does: `layer1.0.conv1`.
public indirect enum Module: Hashable, Sendable, Codable {
    case layer(Layer)
    case block(Block)

    /// The type in PyTorch's spelling: `Conv2d`, `Sequential`, `BasicBlock`, …
    public var kind: String {
        switch self {
        case .layer(let layer): layer.kind
        case .block(let block): block.kind
        }
    }

    /// Parts in a row, each fed by the one before.
    public static func sequential(_ children: [(String, Module)]) -> Module {
        .block(Block(kind: "Sequential", children: children.map { Block.Child(name: $0.0, module: $0.1) }, wiring: .sequential))
    }

    /// Parts in a row, named `0`, `1`, … as `nn.Sequential` does.
    public static func sequential(_ children: [Module]) -> Module {
        .sequential(children.enumerated().map { (String($0.offset), $0.element) })
    }
}

/// Named parts and how data flows between them.
public struct Block: Hashable, Sendable, Codable {
    /// A part and its name inside the block.
    public struct Child: Hashable, Sendable, Codable {
        public var name: String
        public var module: Module
        public init(name: String, module: Module) {
            self.name = name
            self.module = module
        }
    }
    /// The type shown to people: `Sequential`, `BasicBlock`, `InvertedResidual`, …
    public var kind: String
    public var children: [Child]
    public var wiring: Wiring

    public init(kind: String, children: [Child], wiring: Wiring) {
        self.kind = kind
        self.children = children
        self.wiring = wiring
    }

    /// The part called `name`.
    public subscript(_ name: String) -> Module? {
        get { children.first { $0.name == name }?.module }
        set {
            guard let index = children.firstIndex(where: { $0.name == name }) else {
                if let newValue { children.append(Child(name: name, module: newValue)) }
                return
            }
            if let newValue { children[index].module = newValue } else { children.remove(at: index) }
        }
    }
}

/// How data flows through a block.
public enum Wiring: Hashable, Sendable, Codable {
    /// Through all parts in order.
    case sequential
    /// Through the steps in order. Value 0 is the block's input, value k the result of step k-1; the last step's result is the output.
    case steps([Step])

    /// One step: a part or a function without parameters, applied to earlier values.
    public struct Step: Hashable, Sendable, Codable {
        public enum Action: Hashable, Sendable, Codable {
            case child(String)
            case function(Function)
        }
        public var action: Action
        public var inputs: [Int]
        public init(_ action: Action, _ inputs: [Int]) {
            self.action = action
            self.inputs = inputs
        }
    }
}

/// An operation without parameters that a block applies between its parts.
public enum Function: Hashable, Sendable, Codable {
    /// A layer that owns nothing: an activation, pooling, flatten, …
    case layer(Layer)
    /// The sum of two or more values of one shape.
    case add
    /// `[C, H, W]` times `[C, 1, 1]` (squeeze-and-excitation), in this order; or two values of one shape.
    case multiply
    /// Joins along channels.
    case concatenate
}
