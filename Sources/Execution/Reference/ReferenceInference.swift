import COpenBLAS
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
    private let batchSize: Int
    private let parallel: Parallel
    private let arena: Arena
    private let offsets: [Int]
    private let scratchOffset: Int
    private let convolutions: [ConvolutionKernel?]
    private let poolings: [PoolingKernel?]
    let byteCount: Int

    init(_ graph: FusedGraph, batchSize: Int, options: ExecutionOptions) {
        self.graph = graph
        self.batchSize = batchSize
        parallel = Parallel(threads: options.threadCount)
        // Samples are the unit of parallel work: OpenBLAS's own threads would only get in the way.
        openblas_set_num_threads(1)
        var convolutions = [ConvolutionKernel?](repeating: nil, count: graph.nodes.count)
        var poolings = [PoolingKernel?](repeating: nil, count: graph.nodes.count)
        for (index, node) in graph.nodes.enumerated() {
            let input = node.inputs.first.map { graph.nodes[$0].shape } ?? node.shape
            switch node.operation {
            case .convolution(let convolution):
                convolutions[index] = ConvolutionKernel(convolution, input: input, output: node.shape, parallel: parallel)
            case .layer(let layer): poolings[index] = PoolingKernel(layer, input: input, output: node.shape)
            default: break
            }
        }
        self.convolutions = convolutions
        self.poolings = poolings
        let layout = Self.layout(graph, batchSize: batchSize)
        offsets = layout.offsets
        scratchOffset = layout.count
        arena = Arena(count: layout.count + (convolutions.compactMap { $0?.scratchCount }.max() ?? 0))
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
        let y = unsafe value(index)
        let count = n * node.shape.elementCount
        let inputShape = graph.nodes[node.inputs[0]].shape
        unsafe node.withParameters { (weight, bias) in
            let x = unsafe value(node.inputs[0])
            switch node.operation {
            case .input: break
            case .convolution:
                if let kernel = convolutions[index], let weight = unsafe weight {
                    unsafe kernel.forward(n, x: x, weight: weight, bias: bias, y: y, scratch: arena.pointer(at: scratchOffset))
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
            case .add: unsafe PlainKernels.sum(count, node.inputs.map { unsafe value($0) }, y: y, parallel)
            case .multiply:
                unsafe PlainKernels.multiply(n, node.shape, by: graph.nodes[node.inputs[1]].shape, x, value(node.inputs[1]), y: y, parallel)
            case .concatenate:
                unsafe PlainKernels.concatenate(
                    n, node.inputs.map { (unsafe value($0), graph.nodes[$0].shape.elementCount) }, y: y)
            case .layer(let layer):
                unsafe PlainKernels.forward(
                    layer, n, input: inputShape, output: node.shape, x: x, weight: weight, bias: bias, pooling: poolings[index], y: y, parallel)
            }
        }
        if let residual = node.residual { unsafe PlainKernels.add(count, value(residual), onto: y, parallel) }
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
