import COneDNN
import NeuralNetworks
import Tensors

/// The steps of an inference and the buffers that they use, before they have addresses.
struct InferenceProgram {
    /// One step.
    struct Step {
        enum Operation {
            case primitive(Primitive)
            case reference(ReferenceNode, inputs: [Int], residual: Int?, output: Int, scratch: Int)
        }
        let operation: Operation
        /// An argument's role and its buffer.
        var arguments: [(Int, Int)]
        var constants: [(thaw_role, Arena)] = []
    }

    /// A node's value: where it lies, and how.
    struct Value {
        let buffer: Int
        let layout: Layout
    }

    let graph: FusedGraph
    let batchSize: Int
    let options: ExecutionOptions
    private(set) var steps: [Step] = []
    /// Sizes in floats and lives in steps.
    private(set) var buffers: [ArenaLayout.Lifetime] = []
    private(set) var values: [Value] = []
    /// Values of nodes that were computed together with an earlier one.
    var finished: [Int: Value] = [:]
    /// The buffers of the input and of each output, row-major.
    private(set) var input = 0
    private(set) var outputs: [Int] = []
    /// The last node that reads each value.
    private let lastRead: [Int]

    init(
        _ graph: FusedGraph, batchSize: Int, options: ExecutionOptions, isInterrupted: () -> Bool
    ) throws(ExecutionError) {
        self.graph = graph
        self.batchSize = batchSize
        self.options = options
        var last = Array(graph.nodes.indices)
        for (index, node) in graph.nodes.enumerated() { for read in node.reads { last[read] = max(last[read], index) } }
        for output in graph.outputs { last[output] = graph.nodes.count }
        lastRead = last
        for index in graph.nodes.indices {
            if isInterrupted() { throw .interrupted }
            values.append(try compile(index, isInterrupted))
        }
        for output in graph.outputs {
            let shape = graph.nodes[output].shape
            outputs.append(try convert(values[output], to: try plain(shape)).buffer)
        }
        // Results are copied out after the last step; the input is written before the first.
        for buffer in outputs { touch(buffer, at: steps.count) }
        touch(input, at: -1)
    }

    // MARK: - Buffers and steps

    func plain(_ shape: Shape) throws(ExecutionError) -> Layout { try Layout.plain([batchSize] + shape.dimensions) }

    mutating func buffer(bytes: Int) -> Int {
        buffers.append(.init(size: (bytes + 3) / 4, first: Int.max, last: Int.min))
        return buffers.count - 1
    }

    private mutating func touch(_ buffer: Int, at step: Int) {
        let old = buffers[buffer]
        buffers[buffer] = .init(size: old.size, first: min(old.first, step), last: max(old.last, step))
    }

    mutating func append(_ primitive: Primitive, _ arguments: [(thaw_role, Int)], constants: [(thaw_role, Arena)] = []) {
        append(primitive, places: arguments.map { (Int($0.0.rawValue), $0.1) }, constants: constants)
    }

    mutating func append(_ primitive: Primitive, places: [(Int, Int)], constants: [(thaw_role, Arena)] = []) {
        var places = places
        let scratch = primitive.byteCount(THAW_SCRATCH)
        if scratch > 0 { places.append((Int(THAW_SCRATCH.rawValue), buffer(bytes: scratch))) }
        for (_, buffer) in places { touch(buffer, at: steps.count) }
        steps.append(Step(operation: .primitive(primitive), arguments: places, constants: constants))
    }

    /// The value in another layout.
    mutating func convert(_ value: Value, to layout: Layout) throws(ExecutionError) -> Value {
        if value.layout.equals(layout) { return value }
        let primitive = try Primitive.reorder(from: value.layout, to: layout)
        let target = buffer(bytes: layout.byteCount)
        append(primitive, [(THAW_SOURCE, value.buffer), (THAW_TARGET, target)])
        return Value(buffer: target, layout: layout)
    }

    /// Whether nobody reads the value of `node` after the one that is being compiled.
    func isFree(_ node: Int, after index: Int) -> Bool {
        guard lastRead[node] <= index, node != 0 else { return false }
        // Another value may lie in the same buffer: a flattened one.
        let buffer = values[node].buffer
        return !values.indices.contains { $0 != node && values[$0].buffer == buffer && lastRead[$0] > index }
    }

    // MARK: - Nodes

    private mutating func compile(_ index: Int, _ isInterrupted: () -> Bool) throws(ExecutionError) -> Value {
        if let value = finished[index] { return value }
        let node = graph.nodes[index]
        let result: Value?
        switch node.operation {
        case .input:
            let layout = try plain(node.shape)
            input = buffer(bytes: layout.byteCount)
            return Value(buffer: input, layout: layout)
        case .convolution(let convolution): result = try compile(convolution, node, index, isInterrupted)
        case .linear(let linear): result = try compile(linear, node)
        case .affine: result = try affine(node)
        case .add: result = try sum(node)
        case .multiply: result = try product(node)
        case .concatenate: result = concatenation(node)
        case .layer(let layer): result = try compile(layer, node, index)
        }
        if let result { return result }
        return try reference(node, index)
    }

    /// The portable kernel over row-major values.
    private mutating func reference(_ node: FusedGraph.Node, _ index: Int) throws(ExecutionError) -> Value {
        let kernel = ReferenceNode(graph, index, parallel: Parallel(threads: options.threadCount, pool: .oneDNN))
        var inputs: [Int] = []
        for read in node.inputs { inputs.append(try convert(values[read], to: try plain(graph.nodes[read].shape)).buffer) }
        var residual: Int?
        if let read = node.residual { residual = try convert(values[read], to: try plain(graph.nodes[read].shape)).buffer }
        let layout = try plain(node.shape)
        let output = buffer(bytes: layout.byteCount)
        let scratch = buffer(bytes: max(kernel.scratchCount, 1) * 4)
        for used in inputs + [output, scratch] + (residual.map { [$0] } ?? []) { touch(used, at: steps.count) }
        steps.append(
            Step(
                operation: .reference(kernel, inputs: inputs, residual: residual, output: output, scratch: scratch), arguments: []
            ))
        return Value(buffer: output, layout: layout)
    }

    private mutating func compile(_ layer: Layer, _ node: FusedGraph.Node, _ index: Int) throws(ExecutionError) -> Value? {
        let source = values[node.inputs[0]]
        let shape = graph.nodes[node.inputs[0]].shape
        switch layer {
        case .activation(let activation):
            return activate(source, activation.function, inPlace: isFree(node.inputs[0], after: index))
        case .maxPool2d, .avgPool2d, .adaptiveAvgPool2d, .adaptiveMaxPool2d:
            guard let pooling = PoolingShape(layer, batch: batchSize, input: shape, output: node.shape),
                let primitive = Primitive.pooling(pooling, forTraining: false, source: source.layout), !primitive.isPlain,
                let layout = primitive.layout(THAW_TARGET)
            else { return nil }
            return appendResult(primitive, [(THAW_SOURCE, source.buffer)], layout)
        case .channelShuffle(let groups):
            guard let primitive = Primitive.shuffle(source.layout, groups: groups), !primitive.isPlain,
                let layout = primitive.layout(THAW_TARGET)
            else { return nil }
            return appendResult(primitive, [(THAW_SOURCE, source.buffer)], layout)
        case .flatten:
            let value = try convert(source, to: try plain(shape))
            return Value(buffer: value.buffer, layout: try plain(node.shape))
        default: return nil
        }
    }

    /// Appends a primitive whose result gets a buffer of its own.
    mutating func appendResult(
        _ primitive: Primitive, _ arguments: [(thaw_role, Int)], _ layout: Layout, constants: [(thaw_role, Arena)] = []
    ) -> Value {
        let target = buffer(bytes: layout.byteCount)
        append(primitive, arguments + [(THAW_TARGET, target)], constants: constants)
        return Value(buffer: target, layout: layout)
    }

    /// An elementwise function of a value.
    mutating func activate(_ value: Value, _ function: thaw_function, inPlace: Bool) -> Value? {
        guard let primitive = Primitive.elementwise(value.layout, function), !primitive.isPlain else { return nil }
        let target = inPlace ? value.buffer : buffer(bytes: value.layout.byteCount)
        append(primitive, [(THAW_SOURCE, value.buffer), (THAW_TARGET, target)])
        return Value(buffer: target, layout: value.layout)
    }
}
