public import NeuralNetworks
public import Tensors

/// A graph compiled for inference with fixed weights, for batches up to one size.
///
/// BatchNorm is folded into convolutions, activations and residual sums are fused, values lie on top of those that nobody reads any
/// more, and nothing is allocated while it runs but the results.
public final class InferencePlan {
    /// The largest batch.
    public let batchSize: Int
    /// Bytes of activations, scratch memory and packed weights.
    public var byteCount: Int { engine.byteCount }
    private let engine: any InferenceEngine
    private let inputShape: Shape
    private let outputShapes: [Shape]

    /// Compiles a plan.
    ///
    /// - Parameters:
    ///   - graph: for one input shape.
    ///   - parameters: every tensor that the needed nodes read.
    ///   - outputs: the nodes whose values are wanted; by default the graph's result.
    ///   - isInterrupted: asked before every node.
    /// - Throws: ``ExecutionError`` if it was interrupted, or memory, a parameter, the backend or its precision is missing.
    public init(
        _ graph: Graph, parameters: ParameterStore, batchSize: Int, outputs: [Int]? = nil, options: ExecutionOptions,
        isInterrupted: () -> Bool = { false }
    ) throws(ExecutionError) {
        try options.check()
        OpenBLAS.useOneThread()
        let wanted = outputs ?? [graph.output]
        let fused = try FusedGraph(graph, parameters: parameters, outputs: wanted)
        let batchSize = max(batchSize, 1)
        let (each, fixed) = Self.bytes(fused)
        try Memory.check(batchSize: batchSize) { each * $0 + fixed }
        self.batchSize = batchSize
        inputShape = graph.inputShape
        outputShapes = wanted.map { graph.nodes[$0].shape }
        switch options.backend {
        case .openBLAS: engine = ReferenceInference(fused, batchSize: batchSize, options: options)
        case .oneDNN: engine = try OneDNNInference(fused, batchSize: batchSize, options: options, isInterrupted: isInterrupted)
        }
    }

    /// Bytes that a plan takes: for each sample of a batch, and for the weights.
    private static func bytes(_ graph: FusedGraph) -> (each: Int, fixed: Int) {
        (
            ReferenceInference.layout(graph, batchSize: 1).count * 4,
            graph.nodes.reduce(0) { $0 + ($1.weight?.byteCount ?? 0) + ($1.bias?.byteCount ?? 0) }
        )
    }

    /// The wanted values for a batch.
    ///
    /// - Parameters:
    ///   - input: `[n, C, H, W]`, n from 1 to ``batchSize``; larger n are computed in parts.
    ///   - isInterrupted: asked at every node.
    /// - Returns: for each output `[n, …]`, in the order asked.
    public func run(_ input: Tensor, isInterrupted: () -> Bool = { false }) throws(ExecutionError) -> [Tensor] {
        try check(input)
        let n = input.shape[0]
        var results = outputShapes.map { Tensor(zeros: $0.withLeading(n)) }
        var places: [Floats] = unsafe []
        for index in results.indices {
            unsafe results[index].withMutableElements { buffer in
                // The storage is this function's own and outlives the call below; an empty result has room for one number.
                if let base = buffer.baseAddress { unsafe places.append(base) }
            }
        }
        try unsafe run(input, into: places, isInterrupted: isInterrupted)
        return results
    }

    private func check(_ input: Tensor) throws(ExecutionError) {
        guard input.shape.rank == inputShape.rank + 1, Array(input.shape.dimensions.dropFirst()) == inputShape.dimensions else {
            throw .wrongInput(found: input.shape.description, expected: inputShape.withLeading(batchSize).description)
        }
    }

    /// The wanted values for a batch, row-major, each into a place as large as it.
    func run(_ input: Tensor, into places: [Floats], isInterrupted: () -> Bool) throws(ExecutionError) {
        try check(input)
        let n = input.shape[0]
        var done = 0
        while done < n {
            let count = min(batchSize, n - done)
            let parts = unsafe zip(places, outputShapes).map { unsafe $0 + done * $1.elementCount }
            try unsafe input.withElements { (buffer) throws(ExecutionError) in
                guard let base = buffer.baseAddress else { return }
                try unsafe engine.run(
                    count, input: base + done * inputShape.elementCount, outputs: parts, isInterrupted: isInterrupted)
            }
            done += count
        }
    }
}

extension Shape {
    /// `[C, H, W]` with a batch before it.
    func withLeading(_ count: Int) -> Shape { Shape([count] + dimensions) }
}
