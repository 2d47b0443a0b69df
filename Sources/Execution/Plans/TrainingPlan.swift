import COneDNN
public import NeuralNetworks
public import Tensors

/// A graph compiled for training with a frozen set, for batches up to one size.
///
/// What lies below the frontier runs as an ``InferencePlan``, unless its features are given. Above it forward keeps what backward needs;
/// backward stops at the frontier and computes only gradients that are wanted. Trained weights, their gradients and the optimiser's state
/// belong to the plan until they are exported.
public final class TrainingPlan {
    /// What a step starts from.
    public enum Source: Sendable {
        /// `[n, C, H, W]`
        case input(Tensor)
        /// The values at ``Frontier/boundary``, each `[n, …]`: what ``features(_:isInterrupted:)`` gave.
        case features([Tensor])

        /// The number of samples.
        public var count: Int {
            switch self {
            case .input(let tensor): tensor.shape[0]
            case .features(let tensors): tensors.first?.shape[0] ?? 0
            }
        }
    }

    public let frontier: Frontier
    /// The largest batch.
    public let batchSize: Int
    let graph: Graph
    /// Nodes that forward must keep: not below the frontier, or reading a node whose gradient is wanted.
    let isAbove: [Bool]
    /// Nodes whose values the part above starts from.
    let boundary: [Int]
    let needsGradient: [Bool]
    let tensors: [String: TrainableTensor]
    /// In graph order.
    let trainable: [TrainableTensor]
    let operators: [Int: any NodeOperator]
    private let below: InferencePlan?
    /// The fast backend's layouts; `nil` where every value is row-major.
    let layouts: BlockedLayouts?
    private let threads: Int
    let values: Arena
    let valueOffsets: [Int]
    let gradients: Arena
    let gradientOffsets: [Int]
    private(set) var lastCount = 0

    /// Compiles a plan.
    ///
    /// - Parameters:
    ///   - freeze: what is held fixed, and what BatchNorm does meanwhile.
    ///   - gradientsAt: nodes whose gradients are wanted although nothing below them trains: for Grad-CAM.
    /// - Throws: ``ExecutionError`` if memory, a parameter, the backend or its precision is missing.
    public init(
        _ graph: Graph, parameters: ParameterStore, freeze: FreezePlan, batchSize: Int, options: ExecutionOptions,
        gradientsAt: Set<Int> = []
    ) throws(ExecutionError) {
        try options.check()
        self.graph = graph
        threads = options.threadCount
        let layouts = options.backend == .oneDNN ? BlockedLayouts() : nil
        self.layouts = layouts
        if layouts != nil { thaw_onednn_set_threads(Int32(threads)) }
        self.batchSize = max(batchSize, 1)
        let frontier = Frontier(graph, freeze)
        self.frontier = frontier
        let shape = Self.shape(of: graph, frontier, gradientsAt)
        (isAbove, boundary, needsGradient) = (shape.isAbove, shape.boundary, shape.needsGradient)
        let size = self.batchSize
        var (valueSizes, gradientSizes) = ([Int](repeating: 0, count: graph.nodes.count), [Int](repeating: 0, count: graph.nodes.count))
        for (index, node) in graph.nodes.enumerated() {
            var count = node.shape.elementCount
            if let layouts, graph.isBlocked(index) { count = try layouts.size(node.shape) }
            if shape.isAbove[index] || shape.boundary.contains(index) { valueSizes[index] = count }
            if shape.needsGradient[index] { gradientSizes[index] = count }
        }
        let each = (valueSizes.reduce(0, +) + gradientSizes.reduce(0, +)) * 4
        try Memory.check(batchSize: size) { each * $0 }
        let valueLayout = ArenaLayout(valueSizes.map { .init(size: $0 * size, first: 0, last: 1) })
        valueOffsets = valueLayout.offsets
        values = Arena(count: valueLayout.count)
        let gradientLayout = ArenaLayout(Self.gradientLifetimes(graph, gradientSizes, size, keeping: gradientsAt))
        gradientOffsets = gradientLayout.offsets
        gradients = Arena(count: gradientLayout.count)

        var tensors: [String: TrainableTensor] = [:]
        var trainable: [TrainableTensor] = []
        for (index, node) in graph.nodes.enumerated() where shape.isAbove[index] {
            var gathers = false
            if case .layer(.batchNorm2d) = node.operation { gathers = freeze.batchNormMode(path: node.path) == .training }
            for (name, declaration) in node.parameters where tensors[name] == nil {
                guard let value = parameters[name] else { throw .missingParameter(name: name) }
                guard value.shape == declaration.shape else {
                    throw .wrongParameterShape(name: name, found: value.shape.description, expected: declaration.shape.description)
                }
                let trains = declaration.role == .parameter && freeze.trains(name)
                let tensor = TrainableTensor(
                    name: name, value, role: declaration.role, trains: trains, moves: trains || (declaration.role == .buffer && gathers))
                tensors[name] = tensor
                if trains { trainable.append(tensor) }
            }
        }
        self.tensors = tensors
        self.trainable = trainable
        var operators: [Int: any NodeOperator] = [:]
        let factory = OperatorFactory(graph: graph, batchSize: size, freeze: freeze, tensors: tensors, options: options, layouts: layouts)
        for (index, node) in graph.nodes.enumerated() where shape.isAbove[index] {
            operators[index] = try factory.make(node, wantsInputGradient: node.inputs.map { shape.needsGradient[$0] })
        }
        self.operators = operators
        below =
            shape.boundary == [0]
            ? nil : try InferencePlan(graph, parameters: parameters, batchSize: size, outputs: shape.boundary, options: options)
    }

    private static func shape(
        of graph: Graph, _ frontier: Frontier, _ wanted: Set<Int>
    ) -> (isAbove: [Bool], boundary: [Int], needsGradient: [Bool]) {
        var isAbove = frontier.isBelow.map(!)
        var needsGradient = [Bool](repeating: false, count: graph.nodes.count)
        let trainable = Set(frontier.trainable)
        for (index, node) in graph.nodes.enumerated() {
            if node.inputs.contains(where: { isAbove[$0] || wanted.contains($0) }) { isAbove[index] = true }
            needsGradient[index] =
                wanted.contains(index)
                || (isAbove[index] && (node.parameters.contains { trainable.contains($0.name) } || node.inputs.contains { needsGradient[$0] }))
        }
        var read = Set<Int>()
        for (index, node) in graph.nodes.enumerated() where isAbove[index] { read.formUnion(node.inputs.filter { !isAbove[$0] }) }
        if !isAbove[graph.output] { read.insert(graph.output) }
        return (isAbove, read.sorted(), needsGradient)
    }

    /// Backward walks down: a gradient lives from its first reader's turn to its own node's.
    private static func gradientLifetimes(_ graph: Graph, _ sizes: [Int], _ batch: Int, keeping: Set<Int>) -> [ArenaLayout.Lifetime] {
        let count = graph.nodes.count
        var first = graph.nodes.indices.map { count - 1 - $0 }
        for (index, node) in graph.nodes.enumerated() { for input in node.inputs { first[input] = min(first[input], count - 1 - index) } }
        first[graph.output] = 0
        return graph.nodes.indices.map {
            .init(size: sizes[$0] * batch, first: first[$0], last: keeping.contains($0) ? count : count - 1 - $0)
        }
    }

    /// Bytes of activations, gradients, scratch memory, weights and, once there is one, the optimiser's state.
    public var byteCount: Int {
        values.count * 4 + gradients.count * 4 + tensors.values.reduce(0) { $0 + $1.byteCount } + operators.values.reduce(0) { $0 + $1.byteCount }
            + (below?.byteCount ?? 0) + (layouts?.workspace.byteCount ?? 0)
    }

    // MARK: - Forward

    /// The values at the frontier for a batch: what a feature cache keeps.
    public func features(_ input: Tensor, isInterrupted: () -> Bool = { false }) throws(ExecutionError) -> [Tensor] {
        guard let below else {
            try check(input, graph.nodes[0].shape)
            return [input]
        }
        return try below.run(input, isInterrupted: isInterrupted)
    }

    /// Logits `[n, classes]` in training mode; keeps what ``backward(_:accumulate:isInterrupted:)`` needs.
    ///
    /// - Parameter random: drives dropout and stochastic depth.
    public func forward(
        _ source: Source, random: inout RandomSource, isInterrupted: () -> Bool = { false }
    ) throws(ExecutionError) -> Tensor {
        try run(source, isTraining: true, random: &random, isInterrupted)
    }

    /// Logits `[n, classes]` in evaluation mode with the present weights.
    public func evaluate(_ source: Source, isInterrupted: () -> Bool = { false }) throws(ExecutionError) -> Tensor {
        var random = RandomSource(seed: 0)
        return try run(source, isTraining: false, random: &random, isInterrupted)
    }

    private func check(_ tensor: Tensor, _ shape: Shape) throws(ExecutionError) {
        guard tensor.shape.rank == shape.rank + 1, Array(tensor.shape.dimensions.dropFirst()) == shape.dimensions,
            tensor.shape[0] <= batchSize, tensor.shape[0] > 0
        else { throw .wrongInput(found: tensor.shape.description, expected: shape.withLeading(batchSize).description) }
    }

    private func run(
        _ source: Source, isTraining: Bool, random: inout RandomSource, _ isInterrupted: () -> Bool
    ) throws(ExecutionError) -> Tensor {
        let starts: [Tensor]
        switch source {
        case .input(let input):
            try check(input, graph.nodes[0].shape)
            starts = try features(input, isInterrupted: isInterrupted)
        case .features(let tensors): starts = tensors
        }
        guard starts.count == boundary.count else {
            throw .wrongInput(found: "\(starts.count) features", expected: "\(boundary.count)")
        }
        for (node, tensor) in zip(boundary, starts) {
            try check(tensor, graph.nodes[node].shape)
            try unsafe write(tensor, of: node, to: value(node))
        }
        let n = starts.first?.shape[0] ?? 0
        if layouts != nil { thaw_onednn_set_threads(Int32(threads)) }
        lastCount = isTraining ? n : 0
        for (index, node) in graph.nodes.enumerated() where isAbove[index] {
            if isInterrupted() { throw .interrupted }
            guard let operation = operators[index] else { continue }
            try unsafe operation.forward(n, inputs: node.inputs.map { unsafe value($0) }, output: value(index), isTraining: isTraining, random: &random)
        }
        return try unsafe read(value(graph.output), of: graph.output, n)
    }

    /// Stores a row-major tensor as a node's value or gradient lies.
    private func write(_ tensor: Tensor, of node: Int, to target: Floats) throws(ExecutionError) {
        try unsafe tensor.withElements { (elements) throws(ExecutionError) in
            guard let base = elements.baseAddress else { return }
            if let layouts, graph.isBlocked(node) {
                // Only read from.
                try unsafe layouts.pack(graph.nodes[node].shape, tensor.shape[0], from: UnsafeMutablePointer(mutating: base), to: target)
            } else {
                unsafe target.update(from: base, count: elements.count)
            }
        }
    }

    /// A node's value or gradient as a row-major tensor.
    func read(_ source: Floats, of node: Int, _ n: Int) throws(ExecutionError) -> Tensor {
        let shape = graph.nodes[node].shape
        var tensor = Tensor(zeros: shape.withLeading(n))
        try unsafe tensor.withMutableElements { (elements) throws(ExecutionError) in
            guard let base = elements.baseAddress else { return }
            if let layouts, graph.isBlocked(node) {
                try unsafe layouts.unpack(shape, n, from: source, to: base)
            } else {
                unsafe base.update(from: source, count: elements.count)
            }
        }
        return tensor
    }

    func value(_ node: Int) -> Floats { unsafe values.pointer(at: valueOffsets[node]) }
    func gradient(_ node: Int) -> Floats { unsafe gradients.pointer(at: gradientOffsets[node]) }

    // MARK: - Backward

    /// Gradients of everything that trains, from the gradient of the logits of the last ``forward(_:random:isInterrupted:)``.
    ///
    /// - Parameters:
    ///   - gradient: `[n, classes]`.
    ///   - accumulate: adds to the gradients that are there instead of replacing them.
    public func backward(_ gradient: Tensor, accumulate: Bool = false, isInterrupted: () -> Bool = { false }) throws(ExecutionError) {
        let n = lastCount
        guard gradient.shape == graph.outputShape.withLeading(n), n > 0 else {
            throw .wrongInput(found: gradient.shape.description, expected: graph.outputShape.withLeading(n).description)
        }
        guard needsGradient[graph.output] else { return }
        var begun = [Bool](repeating: false, count: graph.nodes.count)
        func begin(_ node: Int) {
            guard !begun[node] else { return }
            begun[node] = true
            unsafe self.gradient(node).update(repeating: 0, count: n * graph.nodes[node].shape.elementCount)
        }
        begun[graph.output] = true
        if layouts != nil { thaw_onednn_set_threads(Int32(threads)) }
        try unsafe write(gradient, of: graph.output, to: self.gradient(graph.output))
        for (index, node) in graph.nodes.enumerated().reversed() where isAbove[index] && needsGradient[index] && begun[index] {
            if isInterrupted() { throw .interrupted }
            var targets: [Floats?] = unsafe []
            let blocked = operators[index] as? any BlockedOperator
            var isFresh: [Bool] = []
            for input in node.inputs {
                isFresh.append(!begun[input])
                if needsGradient[input] {
                    if blocked == nil { begin(input) } else { begun[input] = true }
                    unsafe targets.append(self.gradient(input))
                } else {
                    unsafe targets.append(nil)
                }
            }
            let inputs = unsafe node.inputs.map { unsafe value($0) }
            if let blocked {
                try unsafe blocked.backward(
                    n, inputs: inputs, output: value(index), outputGradient: self.gradient(index), inputGradients: targets, isFresh: isFresh,
                    accumulate: accumulate)
            } else {
                try unsafe operators[index]?.backward(
                    n, inputs: inputs, output: value(index), outputGradient: self.gradient(index), inputGradients: targets,
                    accumulate: accumulate)
            }
        }
    }
}
