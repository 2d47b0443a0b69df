import NeuralNetworks
import Tensors

/// A compiled inference: what every backend offers.
protocol InferenceEngine: AnyObject {
    /// Bytes of activations, scratch and packed weights.
    var byteCount: Int { get }
    /// Computes n samples.
    ///
    /// - Parameters:
    ///   - input: `[n, C, H, W]`, row-major.
    ///   - outputs: one place for each output, row-major `[n, …]`.
    func run(_ n: Int, input: UnsafePointer<Float>, outputs: [Floats], isInterrupted: () -> Bool) throws(ExecutionError)
}

/// The portable backend: row-major values, matrix products by OpenBLAS, everything else in Swift.
final class ReferenceInference: InferenceEngine {
    private let graph: FusedGraph
    private let arena: Arena
    private let offsets: [Int]
    private let scratchOffset: Int
    private let kernels: [ReferenceNode]
    let byteCount: Int

    init(_ graph: FusedGraph, batchSize: Int, options: ExecutionOptions) {
        self.graph = graph
        let parallel = Parallel(threads: options.threadCount)
        kernels = graph.nodes.indices.map { ReferenceNode(graph, $0, parallel: parallel) }
        let layout = Self.layout(graph, batchSize: batchSize)
        offsets = layout.offsets
        scratchOffset = layout.count
        arena = Arena(count: layout.count + (kernels.map(\.scratchCount).max() ?? 0))
        byteCount = arena.count * 4 + graph.nodes.reduce(0) { $0 + ($1.weight?.byteCount ?? 0) + ($1.bias?.byteCount ?? 0) }
    }

    /// Where each value lies: on top of those that nobody reads any more.
    static func layout(_ graph: FusedGraph, batchSize: Int) -> ArenaLayout {
        var last = Array(graph.nodes.indices)
        for (index, node) in graph.nodes.enumerated() { for input in node.reads { last[input] = max(last[input], index) } }
        for output in graph.outputs { last[output] = graph.nodes.count }
        return ArenaLayout(
            graph.nodes.indices.map { .init(size: graph.nodes[$0].shape.elementCount * batchSize, first: $0, last: last[$0]) })
    }

    func run(_ n: Int, input: UnsafePointer<Float>, outputs: [Floats], isInterrupted: () -> Bool) throws(ExecutionError) {
        for (index, node) in graph.nodes.enumerated() {
            if isInterrupted() { throw .interrupted }
            if case .input = node.operation {
                unsafe value(index).update(from: input, count: n * node.shape.elementCount)
            } else {
                compute(index, node, n)
            }
        }
        for (position, output) in graph.outputs.enumerated() {
            unsafe outputs[position].update(from: value(output), count: n * graph.nodes[output].shape.elementCount)
        }
    }

    private func value(_ index: Int) -> Floats { unsafe arena.pointer(at: offsets[index]) }

    private func compute(_ index: Int, _ node: FusedGraph.Node, _ n: Int) {
        unsafe kernels[index].run(
            n, inputs: node.inputs.map { unsafe value($0) }, residual: node.residual.map { unsafe value($0) }, output: value(index),
            scratch: arena.pointer(at: scratchOffset))
    }
}

/// One fused node, computed by the portable kernels over row-major values.
struct ReferenceNode {
    private let node: FusedGraph.Node
    private let inputShapes: [Shape]
    private let convolution: ConvolutionKernel?
    private let pooling: PoolingKernel?
    private let parallel: Parallel

    init(_ graph: FusedGraph, _ index: Int, parallel: Parallel) {
        node = graph.nodes[index]
        self.parallel = parallel
        inputShapes = node.inputs.map { graph.nodes[$0].shape }
        let input = inputShapes.first ?? node.shape
        switch node.operation {
        case .convolution(let layer):
            convolution = ConvolutionKernel(layer, input: input, output: node.shape, parallel: parallel)
            pooling = nil
        case .layer(let layer):
            convolution = nil
            pooling = PoolingKernel(layer, input: input, output: node.shape)
        default: (convolution, pooling) = (nil, nil)
        }
    }

    /// Floats of scratch.
    var scratchCount: Int { convolution?.scratchCount ?? 0 }

    /// Computes n samples.
    func run(_ n: Int, inputs: [Floats], residual: Floats?, output y: Floats, scratch: Floats) {
        guard let x = unsafe inputs.first else { return }
        let count = n * node.shape.elementCount
        unsafe node.withParameters { (weight, bias) in
            switch node.operation {
            case .input: break
            case .convolution:
                if let kernel = convolution, let weight = unsafe weight {
                    unsafe kernel.forward(n, x: x, weight: weight, bias: bias, y: y, scratch: scratch)
                }
            case .linear(let linear):
                let features = linear.inFeatures ?? 0
                if let weight = unsafe weight, features > 0 {
                    unsafe LinearKernel(inFeatures: features, outFeatures: linear.outFeatures).forward(
                        count / linear.outFeatures, x: x, weight: weight, bias: bias, y: y)
                }
            case .affine:
                if let scale = unsafe weight, let shift = unsafe bias {
                    unsafe PlainKernels.affine(n, node.shape, x: x, scale: scale, shift: shift, y: y, parallel)
                }
            case .add: unsafe PlainKernels.sum(count, inputs, y: y, parallel)
            case .multiply: unsafe PlainKernels.multiply(n, node.shape, by: inputShapes[1], x, inputs[1], y: y, parallel)
            case .concatenate:
                unsafe PlainKernels.concatenate(n, Array(zip(inputs, inputShapes.map(\.elementCount))), y: y)
            case .layer(let layer):
                unsafe PlainKernels.forward(
                    layer, n, input: inputShapes[0], output: node.shape, x: x, weight: weight, bias: bias, pooling: pooling, y: y, parallel)
            }
        }
        if let residual = unsafe residual { unsafe PlainKernels.add(count, residual, onto: y, parallel) }
        if let activation = node.activation { unsafe activation.forward(count, x: y, y: y, parallel) }
    }
}

extension FusedGraph.Node {
    /// Lends the weights; they are read only, though C's signatures don't say so.
    func withParameters<Result>(_ body: (Floats?, Floats?) -> Result) -> Result {
        func lend<R>(_ tensor: Tensor?, _ body: (Floats?) -> R) -> R {
            guard let tensor else { return body(nil) }
            return unsafe tensor.withElements { unsafe body(UnsafeMutablePointer(mutating: $0.baseAddress)) }
        }
        return unsafe lend(weight) { weight in unsafe lend(bias) { bias in unsafe body(weight, bias) } }
    }
}

extension PoolingKernel {
    /// The kernel of a pooling layer; `nil` for any other.
    init?(_ layer: Layer, input: Shape, output: Shape) {
        switch layer {
        case .maxPool2d(let pooling): self.init(pooling, kind: .maximum, input: input, output: output)
        case .avgPool2d(let pooling): self.init(pooling, kind: .mean, input: input, output: output)
        case .adaptiveAvgPool2d: self.init(adaptive: .mean, input: input, output: output)
        case .adaptiveMaxPool2d: self.init(adaptive: .maximum, input: input, output: output)
        default: return nil
        }
    }
}
