public import Tensors

/// A network as the operations that run, in an order in which they can run.
///
/// The bridge between an architecture and a compiled plan: sizes are known, paths are kept, nothing is executed here.
public struct Graph: Hashable, Sendable {
    /// One operation.
    public struct Node: Hashable, Sendable {
        /// What the node computes.
        public let operation: Operation
        /// The nodes whose results it reads; all come earlier.
        public let inputs: [Int]
        /// The path of the layer that it came from; for a function inside a block, the block's path.
        public let path: String
        /// The shape of one sample's result, without the batch: `[C, H, W]` or `[F]`.
        public let shape: Shape

        public init(operation: Operation, inputs: [Int], path: String, shape: Shape) {
            self.operation = operation
            self.inputs = inputs
            self.path = path
            self.shape = shape
        }

        /// The tensors that the node reads, by full name (`layer1.0.conv1.weight`).
        public var parameters: [(name: String, declaration: ParameterDeclaration)] {
            guard case .layer(let layer) = operation else { return [] }
            return layer.parameters.map { (path.isEmpty ? $0.name : "\(path).\($0.name)", $0) }
        }
    }

    /// What a node computes.
    public enum Operation: Hashable, Sendable {
        /// The batch of images.
        case input
        case layer(Layer)
        case add, multiply, concatenate
    }

    /// The operations in order; node 0 is the input.
    public private(set) var nodes: [Node]
    /// The node whose result is the network's.
    public let output: Int

    /// The shape of one input sample.
    public var inputShape: Shape { nodes[0].shape }
    /// The shape of one sample's result.
    public var outputShape: Shape { nodes[output].shape }

    /// The graph of a network for one input shape.
    ///
    /// - Parameter input: the shape of one sample, `[C, H, W]`.
    /// - Throws: ``ShapeError`` where sizes don't fit, with the layer's path, or where the network is larger than any that can run.
    public init(_ module: Module, input: Shape) throws(ShapeError) {
        guard Layer.isSane(input) else { throw ShapeError(path: "", kind: module.kind, reason: "is too large: its input is \(input)") }
        nodes = [Node(operation: .input, inputs: [], path: "", shape: input)]
        var building = GraphBuilding(nodes: nodes)
        output = try building.append(module, path: "", input: 0)
        nodes = building.nodes
    }

    /// The last node that belongs to the part at `path`: its output.
    public func outputNode(ofPath path: String) -> Int? {
        nodes.lastIndex { $0.path == path || $0.path.hasPrefix(path + ".") }
    }
}

/// Appends the nodes of one part after another.
///
/// A file can name one part again and again, and those in it too: what a few lines ask for may have no end, with or without nodes.
private struct GraphBuilding {
    var nodes: [Graph.Node]
    /// Parts, steps and the values that they read.
    private var visits = 0

    /// More nodes, and more visits, than any network needs that could be trained here.
    private static let limit = 100_000
    /// Bytes of a path: every node has one.
    private static let pathLimit = 1024

    init(nodes: [Graph.Node]) { self.nodes = nodes }

    private mutating func visit(_ count: Int, path: String, kind: String) throws(ShapeError) {
        let (sum, overflow) = visits.addingReportingOverflow(count)
        visits = sum
        guard path.utf8.count <= Self.pathLimit else {
            throw ShapeError(path: String(path.prefix(80)) + "…", kind: kind, reason: "has a path of more than \(Self.pathLimit) bytes")
        }
        guard !overflow, visits <= Self.limit else {
            throw ShapeError(path: path, kind: kind, reason: "is one part too many: no network has more than \(Self.limit)")
        }
    }

    mutating func append(_ module: Module, path: String, input: Int) throws(ShapeError) -> Int {
        try visit(1, path: path, kind: module.kind)
        switch module {
        case .layer(let layer): return try append(layer, path: path, input: input)
        case .block(let block): return try append(block, path: path, input: input)
        }
    }

    private mutating func append(_ layer: Layer, path: String, input: Int) throws(ShapeError) -> Int {
        let (resolved, shape) = try layer.resolved(input: nodes[input].shape, path: path)
        if case .identity = resolved { return input }
        if case .adaptiveConcatPool2d(let size) = resolved {
            let maximum = try append(.adaptiveMaxPool2d(height: size, width: size), path: path, input: input)
            let mean = try append(.adaptiveAvgPool2d(height: size, width: size), path: path, input: input)
            return try add(.concatenate, inputs: [maximum, mean], path: path, kind: layer.kind, shape: shape)
        }
        return try add(.layer(resolved), inputs: [input], path: path, kind: layer.kind, shape: shape)
    }

    private mutating func append(_ block: Block, path: String, input: Int) throws(ShapeError) -> Int {
        func childPath(_ name: String) -> String { path.isEmpty ? name : "\(path).\(name)" }
        guard case .steps(let steps) = block.wiring else {
            var value = input
            for child in block.children { value = try append(child.module, path: childPath(child.name), input: value) }
            return value
        }
        // Of two parts with one name the first counts.
        try visit(block.children.count, path: path, kind: block.kind)
        let children = Dictionary(block.children.map { ($0.name, $0.module) }) { first, _ in first }
        var values = [input]
        for step in steps {
            try visit(1 + step.inputs.count, path: path, kind: block.kind)
            guard step.inputs.allSatisfy(values.indices.contains), let first = step.inputs.first else {
                throw ShapeError(path: path, kind: block.kind, reason: "a step reads a value that isn't there")
            }
            switch step.action {
            case .child(let name):
                guard let child = children[name] else {
                    throw ShapeError(path: path, kind: block.kind, reason: "has no part called \(name)")
                }
                values.append(try append(child, path: childPath(name), input: values[first]))
            case .function(.layer(let layer)):
                values.append(try append(layer, path: path, input: values[first]))
            case .function(let function):
                values.append(try append(function, step.inputs.map { values[$0] }, path: path, kind: block.kind))
            }
        }
        return values[values.count - 1]
    }

    private mutating func append(
        _ function: Function, _ inputs: [Int], path: String, kind: String
    ) throws(ShapeError) -> Int {
        let shapes = inputs.map { nodes[$0].shape }
        func fail(_ verb: String) -> ShapeError {
            let list = shapes.map(\.description).joined(separator: " and ")
            return ShapeError(path: path, kind: kind, reason: "\(list) can't be \(verb)")
        }
        switch function {
        case .layer(let layer): return try append(layer, path: path, input: inputs[0])
        case .add:
            guard shapes.allSatisfy({ $0 == shapes[0] }) else { throw fail("added") }
            return try add(.add, inputs: inputs, path: path, kind: kind, shape: shapes[0])
        case .multiply:
            guard shapes.count == 2,
                shapes[0] == shapes[1] || (shapes[0].rank == 3 && shapes[1] == [shapes[0][0], 1, 1])
            else { throw fail("multiplied") }
            return try add(.multiply, inputs: inputs, path: path, kind: kind, shape: shapes[0])
        case .concatenate:
            guard shapes.allSatisfy({ $0.rank > 0 && $0.dimensions.dropFirst() == shapes[0].dimensions.dropFirst() }) else {
                throw fail("joined along channels")
            }
            var channels = 0
            for shape in shapes {
                let (sum, overflow) = channels.addingReportingOverflow(shape[0])
                guard !overflow else { throw fail("joined: together they are too large") }
                channels = sum
            }
            return try add(.concatenate, inputs: inputs, path: path, kind: kind, shape: shapes[0].withBatch(channels))
        }
    }

    private mutating func add(
        _ operation: Graph.Operation, inputs: [Int], path: String, kind: String, shape: Shape
    ) throws(ShapeError) -> Int {
        guard nodes.count < Self.limit, Layer.isSane(shape) else {
            throw ShapeError(path: path, kind: kind, reason: "is too large: its result is \(shape)")
        }
        nodes.append(Graph.Node(operation: operation, inputs: inputs, path: path, shape: shape))
        return nodes.count - 1
    }
}
