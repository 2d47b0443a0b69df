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
    /// - Throws: ``ShapeError`` where sizes don't fit, with the layer's path.
    public init(_ module: Module, input: Shape) throws(ShapeError) {
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
private struct GraphBuilding {
    var nodes: [Graph.Node]

    mutating func append(_ module: Module, path: String, input: Int) throws(ShapeError) -> Int {
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
            return add(.concatenate, inputs: [maximum, mean], path: path, shape: shape)
        }
        return add(.layer(resolved), inputs: [input], path: path, shape: shape)
    }

    private mutating func append(_ block: Block, path: String, input: Int) throws(ShapeError) -> Int {
        func childPath(_ name: String) -> String { path.isEmpty ? name : "\(path).\(name)" }
        guard case .steps(let steps) = block.wiring else {
            var value = input
            for child in block.children { value = try append(child.module, path: childPath(child.name), input: value) }
            return value
        }
        var values = [input]
        for step in steps {
            guard step.inputs.allSatisfy(values.indices.contains), let first = step.inputs.first else {
                throw ShapeError(path: path, kind: block.kind, reason: "a step reads a value that isn't there")
            }
            switch step.action {
            case .child(let name):
                guard let child = block[name] else {
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
            return add(.add, inputs: inputs, path: path, shape: shapes[0])
        case .multiply:
            guard shapes.count == 2,
                shapes[0] == shapes[1] || (shapes[0].rank == 3 && shapes[1] == [shapes[0][0], 1, 1])
            else { throw fail("multiplied") }
            return add(.multiply, inputs: inputs, path: path, shape: shapes[0])
        case .concatenate:
            guard shapes.allSatisfy({ $0.rank > 0 && $0.dimensions.dropFirst() == shapes[0].dimensions.dropFirst() }) else {
                throw fail("joined along channels")
            }
            let channels = shapes.map { $0[0] }.reduce(0, +)
            return add(.concatenate, inputs: inputs, path: path, shape: shapes[0].withBatch(channels))
        }
    }

    private mutating func add(_ operation: Graph.Operation, inputs: [Int], path: String, shape: Shape) -> Int {
        nodes.append(Graph.Node(operation: operation, inputs: inputs, path: path, shape: shape))
        return nodes.count - 1
    }
}
