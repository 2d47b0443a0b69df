import NeuralNetworks
import Tensors

/// One node of a training plan: its forward and backward pass over row-major values.
protocol NodeOperator: AnyObject {
    /// Bytes that the operator keeps for itself.
    var byteCount: Int { get }
    /// What ``backward(_:inputs:output:outputGradient:inputGradients:accumulate:)`` reads: anything else may be gone by then.
    var backwardReads: BackwardReads { get }
    func forward(_ n: Int, inputs: [Floats], output: Floats, isTraining: Bool, random: inout RandomSource) throws(ExecutionError)
    /// Adds to the gradients of the inputs that are wanted, and sets (or adds to) those of its parameters.
    func backward(
        _ n: Int, inputs: [Floats], output: Floats, outputGradient: Floats, inputGradients: [Floats?], accumulate: Bool)
        throws(ExecutionError)
}

extension NodeOperator {
    var byteCount: Int { 0 }
    var backwardReads: BackwardReads { BackwardReads() }
}

/// Makes the operators of a plan's nodes.
struct OperatorFactory {
    let graph: Graph
    let batchSize: Int
    let freeze: FreezePlan
    let tensors: [String: TrainableTensor]
    let options: ExecutionOptions
    /// The fast backend's; `nil` in the portable one.
    let layouts: BlockedLayouts?

    /// The operator of a step: in blocks where oneDNN has kernels for it, over row-major values otherwise.
    ///
    /// - Parameter isInterrupted: asked before every run that is measured.
    func make(
        _ step: TrainingProgram.Step, wantsInputGradient: [Bool], _ isInterrupted: () -> Bool
    ) throws(ExecutionError) -> any NodeOperator {
        let node = graph.nodes[step.node]
        guard let layouts else { return try makePlain(node) }
        if let fused = step.normalization { return try makeNormalization(fused, step, layouts) }
        if let blocked = try makeBlocked(node, wantsInputGradient: wantsInputGradient, layouts, isInterrupted) { return blocked }
        let plain = try makePlain(node)
        return PlainAdapter(
            plain, inputs: node.inputs.map { graph.nodes[$0].shape }, inputIsBlocked: node.inputs.map { graph.isBlocked($0) },
            output: node.shape, layouts: layouts)
    }

    private func makeNormalization(
        _ fused: TrainingProgram.FusedNormalization, _ step: TrainingProgram.Step, _ layouts: BlockedLayouts
    ) throws(ExecutionError) -> any NodeOperator {
        let node = graph.nodes[fused.norm]
        guard case .layer(.batchNorm2d(let norm)) = node.operation else { return try makePlain(node) }
        return BlockedNormalization(
            norm, fused, shape: node.shape, usesBatch: freeze.batchNormMode(path: node.path) == .training,
            weight: try tensor("weight", node),
            bias: try tensor("bias", node), mean: try tensor("running_mean", node), variance: try tensor("running_var", node),
            batches: try tensor("num_batches_tracked", node), layouts: layouts)
    }

    private func tensor(_ name: String, _ node: Graph.Node) throws(ExecutionError) -> TrainableTensor {
        let full = node.path.isEmpty ? name : "\(node.path).\(name)"
        guard let tensor = tensors[full] else { throw .missingParameter(name: full) }
        return tensor
    }

    private func makeBlocked(
        _ node: Graph.Node, wantsInputGradient: [Bool], _ layouts: BlockedLayouts, _ isInterrupted: () -> Bool
    ) throws(ExecutionError) -> (any BlockedOperator)? {
        guard let first = node.inputs.first else { return nil }
        if case .layer(.linear(let linear)) = node.operation, node.shape.rank == 1 {
            return try BlockedLinear(
                inFeatures: linear.inFeatures ?? graph.nodes[first].shape[-1], outFeatures: linear.outFeatures,
                weight: try tensor("weight", node), bias: linear.hasBias ? try tensor("bias", node) : nil, batchSize: batchSize,
                layouts: layouts)
        }
        guard node.shape.rank == 3 else { return nil }
        let input = graph.nodes[first].shape
        if case .layer(.conv2d(let convolution)) = node.operation {
            return try BlockedConvolution(
                convolution, input: input, inputIsBlocked: graph.isBlocked(first), output: node.shape,
                weight: try tensor("weight", node),
                bias: convolution.hasBias ? try tensor("bias", node) : nil, wantsInputGradient: wantsInputGradient[0],
                batchSize: batchSize,
                isExact: options.isExact, layouts: layouts, isInterrupted: isInterrupted)
        }
        guard node.inputs.allSatisfy({ graph.isBlocked($0) }) else { return nil }
        switch node.operation {
        case .add: return BlockedSum(size: try layouts.size(node.shape), parallel: layouts.parallel)
        case .layer(.activation(let activation)):
            return try BlockedActivation(activation, shape: input, batchSize: batchSize, layouts: layouts)
        case .layer(let layer):
            return try BlockedPooling(layer, input: input, output: node.shape, batchSize: batchSize, layouts: layouts)
        default: return nil
        }
    }

    private func makePlain(_ node: Graph.Node) throws(ExecutionError) -> any NodeOperator {
        let parallel = layouts?.parallel ?? Parallel(threads: options.threadCount)
        let input = node.inputs.first.map { graph.nodes[$0].shape } ?? node.shape
        func tensor(_ name: String) throws(ExecutionError) -> TrainableTensor { try self.tensor(name, node) }
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
                return ConvolutionOperator(
                    ConvolutionKernel(convolution, input: input, output: node.shape, parallel: parallel), weight: weight,
                    bias: bias)
            case .linear(let linear):
                return LinearOperator(
                    LinearKernel(inFeatures: linear.inFeatures ?? input[-1], outFeatures: linear.outFeatures),
                    rows: node.shape.elementCount / linear.outFeatures, weight: try tensor("weight"),
                    bias: linear.hasBias ? try tensor("bias") : nil)
            case .batchNorm2d(let norm):
                return BatchNormOperator(
                    BatchNormKernel(
                        channels: input[0], area: input.elementCount / input[0], epsilon: norm.epsilon, momentum: norm.momentum),
                    usesBatch: freeze.batchNormMode(path: node.path) == .training, weight: try tensor("weight"),
                    bias: try tensor("bias"),
                    mean: try tensor("running_mean"), variance: try tensor("running_var"),
                    batches: try tensor("num_batches_tracked"),
                    parallel: parallel)
            case .layerNorm(let norm):
                let kernel = LayerNormKernel(norm, input: input)
                return LayerNormOperator(
                    kernel, rows: input.elementCount / max(kernel.size, 1), weight: try tensor("weight"),
                    bias: try tensor("bias"), parallel: parallel)
            case .activation(let activation):
                return ActivationOperator(activation, size: node.shape.elementCount, parallel: parallel)
            case .dropout(let p):
                return DropoutOperator(
                    p: p, size: node.shape.elementCount, perSample: false, batchSize: batchSize, parallel: parallel)
            case .stochasticDepth(let p):
                return DropoutOperator(
                    p: p, size: node.shape.elementCount, perSample: true, batchSize: batchSize, parallel: parallel)
            case .maxPool2d, .avgPool2d, .adaptiveAvgPool2d, .adaptiveMaxPool2d:
                if let kernel = PoolingKernel(layer, input: input, output: node.shape) {
                    return PoolingOperator(kernel, channels: input[0], parallel: parallel)
                }
                return PassOperator(size: node.shape.elementCount, parallel: parallel)
            case .channelShuffle(let groups): return ShuffleOperator(shape: input, groups: groups, parallel: parallel)
            case .channelSlice(let start, let end): return SliceOperator(shape: input, start: start, end: end)
            case .flatten, .identity, .adaptiveConcatPool2d:
                return PassOperator(size: node.shape.elementCount, parallel: parallel)
            }
        }
    }
}

extension Graph {
    /// Whether the fast backend keeps a node's value in blocks of channels: pictures, but not the input with its few channels.
    func isBlocked(_ node: Int) -> Bool { node != 0 && nodes[node].shape.rank == 3 }
}
