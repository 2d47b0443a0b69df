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
    let program: TrainingProgram
    let tensors: [String: TrainableTensor]
    /// In graph order.
    let trainable: [TrainableTensor]
    /// The fast backend's layouts; `nil` where every value is row-major.
    let layouts: BlockedLayouts?
    let parallel: Parallel
    private let operators: [any NodeOperator]
    private let below: InferencePlan?
    private let memory: TrainingMemory
    /// Values and gradients.
    private let arena: Arena
    /// What the part below gives, row-major: one place for each node of the boundary.
    private let features: [Arena]
    private let turns: [Turn]
    private let optimizerStates: Int
    private(set) var lastCount = 0
    /// Whether there was a training forward pass since the last update.
    var isStepOpen = false

    /// Compiles a plan.
    ///
    /// - Parameters:
    ///   - freeze: what is held fixed, and what BatchNorm does meanwhile.
    ///   - optimizerStates: arrays that the optimiser will keep for each trained tensor: they count when memory is checked.
    ///   - gradientsAt: nodes whose gradients are wanted although nothing below them trains: for Grad-CAM.
    ///   - isInterrupted: asked before every node, since a large network's convolutions are measured for many seconds.
    /// - Throws: ``ExecutionError`` if it was interrupted, or memory, a parameter, the backend or its precision is missing.
    public init(
        _ graph: Graph, parameters: ParameterStore, freeze: FreezePlan, batchSize: Int, options: ExecutionOptions,
        optimizerStates: Int = 0, gradientsAt: Set<Int> = [], isInterrupted: () -> Bool = { false }
    ) throws(ExecutionError) {
        try options.check()
        OpenBLAS.useOneThread()
        self.graph = graph
        self.optimizerStates = optimizerStates
        let batchSize = max(batchSize, 1)
        self.batchSize = batchSize
        let layouts = options.backend == .oneDNN ? BlockedLayouts(threads: options.threadCount) : nil
        self.layouts = layouts
        parallel = layouts?.parallel ?? Parallel(threads: options.threadCount)
        if layouts != nil { thaw_onednn_set_threads(Int32(options.threadCount)) }
        frontier = Frontier(graph, freeze)
        let program = TrainingProgram(graph, frontier, keeping: gradientsAt, fuses: layouts != nil)
        self.program = program
        var sizes: [Int] = []
        for (index, node) in graph.nodes.enumerated() {
            if let layouts, graph.isBlocked(index) {
                sizes.append(try layouts.size(node.shape))
            } else {
                sizes.append(node.shape.elementCount)
            }
        }
        // Before anything is measured: the values that one step has at once must fit in any case.
        let least = program.steps.map { step in sizes[step.node] + step.inputs.reduce(0) { $0 + sizes[$1] } }.max() ?? 0
        try Memory.check(batchSize: batchSize) { least * 4 * $0 }

        let (tensors, trainable) = try Self.tensors(program, parameters, freeze)
        (self.tensors, self.trainable) = (tensors, trainable)
        var operators: [any NodeOperator] = []
        let factory = OperatorFactory(
            graph: graph, batchSize: batchSize, freeze: freeze, tensors: tensors, options: options, layouts: layouts)
        for step in program.steps {
            if isInterrupted() { throw .interrupted }
            operators.append(try factory.make(step, wantsInputGradient: step.inputs.map { program.needsGradient[$0] }, isInterrupted))
        }
        self.operators = operators
        let reads = operators.map(\.backwardReads)
        let each = TrainingMemory(program, sizes: sizes, reads: reads).layout.count * 4
        // What trains has a gradient and the optimiser's state beside it, and a copy when its values are looked at.
        let fixed = trainable.reduce(0) { $0 + $1.count * 4 * (2 + optimizerStates) }
        try Memory.check(batchSize: batchSize) { each * $0 + fixed }
        let memory = TrainingMemory(program, sizes: sizes.map { $0 * batchSize }, reads: reads)
        self.memory = memory
        let arena = Arena(count: memory.layout.count)
        self.arena = arena
        turns = Self.turns(program, operators, memory, arena)
        below =
            program.boundary == [0]
            ? nil
            : try InferencePlan(graph, parameters: parameters, batchSize: batchSize, outputs: program.boundary, options: options,
                isInterrupted: isInterrupted)
        MeasuredChoices.write()
        features = below == nil ? [] : program.boundary.map { Arena(count: graph.nodes[$0].shape.elementCount * batchSize) }
    }

    /// The tensors that the steps read, and those of them that train.
    private static func tensors(
        _ program: TrainingProgram, _ parameters: ParameterStore, _ freeze: FreezePlan
    ) throws(ExecutionError) -> (all: [String: TrainableTensor], trainable: [TrainableTensor]) {
        var tensors: [String: TrainableTensor] = [:]
        var trainable: [TrainableTensor] = []
        for (index, node) in program.graph.nodes.enumerated() where program.isAbove[index] {
            var gathers = false
            if case .layer(.batchNorm2d) = node.operation { gathers = freeze.batchNormMode(path: node.path) == .training }
            for (name, declaration) in node.parameters where tensors[name] == nil {
                guard let value = parameters[name] else { throw .missingParameter(name: name) }
                guard value.shape == declaration.shape else {
                    throw .wrongParameterShape(
                        name: name, found: value.shape.description, expected: declaration.shape.description)
                }
                let trains = declaration.role == .parameter && freeze.trains(name)
                let tensor = TrainableTensor(
                    name: name, value, role: declaration.role, trains: trains,
                    moves: trains || (declaration.role == .buffer && gathers))
                tensors[name] = tensor
                if trains { trainable.append(tensor) }
            }
        }
        return (tensors, trainable)
    }

    /// Bytes of activations, gradients, scratch memory, weights and the optimiser's state.
    public var byteCount: Int {
        arena.count * 4 + features.reduce(0) { $0 + $1.count * 4 } + tensors.values.reduce(0) { $0 + $1.byteCount(optimizerStates: optimizerStates) }
            + operators.reduce(0) { $0 + $1.byteCount } + (below?.byteCount ?? 0) + (layouts?.workspace.byteCount ?? 0)
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
        if !isStepOpen {
            for tensor in tensors.values { tensor.save() }
            isStepOpen = true
        }
        return try run(source, isTraining: true, random: &random, isInterrupted)
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
        let n = source.count
        switch source {
        case .input(let input):
            try check(input, graph.nodes[0].shape)
            if let below {
                let places = unsafe features.map { unsafe $0.pointer(at: 0) }
                try unsafe below.run(input, into: places, isInterrupted: isInterrupted)
                for unsafe(node, place) in unsafe zip(program.boundary, places) {
                    try unsafe store(place, n, of: node, to: value(node))
                }
            } else {
                try unsafe write(input, of: 0, to: value(0))
            }
        case .features(let tensors):
            guard tensors.count == program.boundary.count else {
                throw .wrongInput(found: "\(tensors.count) features", expected: "\(program.boundary.count)")
            }
            for (node, tensor) in zip(program.boundary, tensors) {
                try check(tensor, graph.nodes[node].shape)
                try unsafe write(tensor, of: node, to: value(node))
            }
        }
        if layouts != nil { thaw_onednn_set_threads(Int32(parallel.threads)) }
        lastCount = isTraining ? n : 0
        for (operation, turn) in zip(operators, turns) {
            if isInterrupted() { throw .interrupted }
            try unsafe operation.forward(n, inputs: turn.inputs, output: turn.output, isTraining: isTraining, random: &random)
        }
        guard let result = unsafe value(graph.output) else { throw .wrongInput(found: "no result", expected: "one") }
        return try unsafe read(result, of: graph.output, n)
    }

    /// Stores a row-major tensor as a node's value or gradient lies.
    private func write(_ tensor: Tensor, of node: Int, to target: Floats?) throws(ExecutionError) {
        try unsafe tensor.withElements { (elements) throws(ExecutionError) in
            // Only read from.
            if let base = elements.baseAddress {
                try unsafe store(UnsafeMutablePointer(mutating: base), tensor.shape[0], of: node, to: target)
            }
        }
    }

    private func store(_ source: Floats, _ n: Int, of node: Int, to target: Floats?) throws(ExecutionError) {
        guard let target = unsafe target else { return }
        let shape = graph.nodes[node].shape
        if let layouts, graph.isBlocked(node) {
            try unsafe layouts.pack(shape, n, from: source, to: target)
        } else {
            unsafe target.update(from: source, count: n * shape.elementCount)
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

    func value(_ node: Int) -> Floats? { unsafe memory.value(node).map { unsafe arena.pointer(at: $0) } }
    func gradient(_ node: Int) -> Floats? { unsafe memory.gradient(node).map { unsafe arena.pointer(at: $0) } }

    // MARK: - Backward

    /// Gradients of everything that trains, from the gradient of the logits of the last ``forward(_:random:isInterrupted:)``.
    ///
    /// - Parameters:
    ///   - gradient: `[n, classes]`.
    ///   - accumulate: adds to the gradients that are there instead of replacing them.
    public func backward(
        _ gradient: Tensor, accumulate: Bool = false, isInterrupted: () -> Bool = { false }
    ) throws(ExecutionError) {
        let n = lastCount
        guard gradient.shape == graph.outputShape.withLeading(n), n > 0 else {
            throw .wrongInput(found: gradient.shape.description, expected: graph.outputShape.withLeading(n).description)
        }
        guard program.needsGradient[graph.output] else { return }
        if layouts != nil { thaw_onednn_set_threads(Int32(parallel.threads)) }
        try unsafe write(gradient, of: graph.output, to: self.gradient(graph.output))
        for (operation, turn) in zip(operators, turns).reversed() {
            guard let gradient = unsafe turn.gradient else { continue }
            if isInterrupted() { throw .interrupted }
            for item in turn.remakes { unsafe item.operation.remake(n, from: item.source, into: item.target) }
            if let blocked = operation as? any BlockedOperator {
                try unsafe blocked.backward(
                    n, inputs: turn.backwardInputs, output: turn.output, outputGradient: gradient,
                    inputGradients: turn.inputGradients,
                    isFresh: turn.isFresh, accumulate: accumulate)
            } else {
                for (position, isFresh) in turn.isFresh.enumerated() where isFresh {
                    if let target = unsafe turn.inputGradients[position] {
                        unsafe target.update(repeating: 0, count: n * turn.inputSizes[position])
                    }
                }
                try unsafe operation.backward(
                    n, inputs: turn.backwardInputs, output: turn.output, outputGradient: gradient,
                    inputGradients: turn.inputGradients,
                    accumulate: accumulate)
            }
        }
    }
}
