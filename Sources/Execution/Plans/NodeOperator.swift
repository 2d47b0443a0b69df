import NeuralNetworks
import Tensors

/// One node of a training plan: its forward and backward pass over row-major values.
protocol NodeOperator: AnyObject {
    /// Bytes that the operator keeps for itself.
    var byteCount: Int { get }
    func forward(_ n: Int, inputs: [Floats], output: Floats, isTraining: Bool, random: inout RandomSource)
    /// Adds to the gradients of the inputs that are wanted, and sets (or adds to) those of its parameters.
    func backward(_ n: Int, inputs: [Floats], output: Floats, outputGradient: Floats, inputGradients: [Floats?], accumulate: Bool)
}

extension NodeOperator { var byteCount: Int { 0 } }

/// Makes the operators of a plan's nodes.
struct OperatorFactory {
    let graph: Graph
    let batchSize: Int
    let freeze: FreezePlan
    let tensors: [String: TrainableTensor]
    let options: ExecutionOptions

    func make(_ node: Graph.Node, wantsInputGradient: [Bool]) throws(ExecutionError) -> any NodeOperator {
        let parallel = Parallel(threads: options.threadCount)
        let input = node.inputs.first.map { graph.nodes[$0].shape } ?? node.shape
        func tensor(_ name: String) throws(ExecutionError) -> TrainableTensor {
            let full = node.path.isEmpty ? name : "\(node.path).\(name)"
            guard let tensor = tensors[full] else { throw .missingParameter(name: full) }
            return tensor
        }
        switch node.operation {
        case .input: return PassOperator(size: node.shape.elementCount, parallel: parallel)
        case .add: return SumOperator(size: node.shape.elementCount, parallel: parallel)
        case .multiply: return ProductOperator(shape: node.shape, other: graph.nodes[node.inputs[1]].shape, parallel: parallel)
        case .concatenate: return JoinOperator(sizes: node.inputs.map { graph.nodes[$0].shape.elementCount }, parallel: parallel)
        case .layer(let layer):
            switch layer {
            case .conv2d(let convolution):
                let weight = try tensor("weight")
                let bias = convolution.hasBias ? try tensor("bias") : nil
                if options.backend == .oneDNN,
                    let fast = try OneDNNConvolution.make(
                        convolution, input: input, output: node.shape, batchSize: batchSize, weight: weight, bias: bias,
                        wantsInputGradient: wantsInputGradient.first ?? false, options: options)
                {
                    return fast
                }
                return ConvolutionOperator(
                    ConvolutionKernel(convolution, input: input, output: node.shape, parallel: parallel), weight: weight, bias: bias)
            case .linear(let linear):
                return LinearOperator(
                    LinearKernel(inFeatures: linear.inFeatures ?? input[-1], outFeatures: linear.outFeatures),
                    rows: node.shape.elementCount / linear.outFeatures, weight: try tensor("weight"), bias: linear.hasBias ? try tensor("bias") : nil)
            case .batchNorm2d(let norm):
                return BatchNormOperator(
                    BatchNormKernel(channels: input[0], area: input.elementCount / input[0], epsilon: norm.epsilon, momentum: norm.momentum),
                    usesBatch: freeze.batchNormMode(path: node.path) == .training, weight: try tensor("weight"), bias: try tensor("bias"),
                    mean: try tensor("running_mean"), variance: try tensor("running_var"), batches: try tensor("num_batches_tracked"),
                    parallel: parallel)
            case .layerNorm(let norm):
                let kernel = LayerNormKernel(norm, input: input)
                return LayerNormOperator(
                    kernel, rows: input.elementCount / max(kernel.size, 1), weight: try tensor("weight"), bias: try tensor("bias"), parallel: parallel)
            case .activation(let activation): return ActivationOperator(activation, size: node.shape.elementCount, parallel: parallel)
            case .dropout(let p): return DropoutOperator(p: p, size: node.shape.elementCount, perSample: false, batchSize: batchSize, parallel: parallel)
            case .stochasticDepth(let p):
                return DropoutOperator(p: p, size: node.shape.elementCount, perSample: true, batchSize: batchSize, parallel: parallel)
            case .maxPool2d, .avgPool2d, .adaptiveAvgPool2d, .adaptiveMaxPool2d:
                if let kernel = PoolingKernel(layer, input: input, output: node.shape) {
                    return PoolingOperator(kernel, channels: input[0], parallel: parallel)
                }
                return PassOperator(size: node.shape.elementCount, parallel: parallel)
            case .channelShuffle(let groups): return ShuffleOperator(shape: input, groups: groups, parallel: parallel)
            case .channelSlice(let start, let end): return SliceOperator(shape: input, start: start, end: end)
            case .flatten, .identity, .adaptiveConcatPool2d: return PassOperator(size: node.shape.elementCount, parallel: parallel)
            }
        }
    }
}
