import COneDNN
import NeuralNetworks
import Tensors

/// Batch normalisation in blocks, with PyTorch's running statistics, and with the sum and the activation behind it.
final class BlockedNormalization: BlockedOperator {
    private let shape: Shape
    private let norm: BatchNormalization
    private let fused: TrainingProgram.FusedNormalization
    private let usesBatch: Bool
    private let weight, bias, mean, variance, batches: TrainableTensor
    private let layouts: BlockedLayouts
    /// Mean and variance of the last batch, then the gradients of the scale and the shift.
    private let saved: Arena
    private var usedBatch = false

    init(
        _ norm: BatchNormalization, _ fused: TrainingProgram.FusedNormalization, shape: Shape, usesBatch: Bool,
        weight: TrainableTensor,
        bias: TrainableTensor, mean: TrainableTensor, variance: TrainableTensor, batches: TrainableTensor, layouts: BlockedLayouts
    ) {
        self.norm = norm
        self.fused = fused
        self.shape = shape
        self.usesBatch = usesBatch
        self.weight = weight
        self.bias = bias
        self.mean = mean
        self.variance = variance
        self.batches = batches
        self.layouts = layouts
        saved = Arena(count: 4 * Self.room(shape[0]))
    }

    var byteCount: Int { saved.count * 4 }

    /// Behind a sum the function's derivative is told by the result.
    var backwardReads: BackwardReads {
        BackwardReads(firstInput: true, otherInputs: false, output: fused.hasResidual && fused.activation != nil)
    }

    private static func room(_ channels: Int) -> Int { (channels + 15) / 16 * 16 }
    private func part(_ index: Int) -> Floats { unsafe saved.pointer(at: index * Self.room(shape[0])) }

    private func sizes(_ n: Int) -> thaw_norm {
        let width = Int(thaw_block_width())
        return thaw_norm(
            batch: Int64(n), channels: Int64(shape[0]), blocks: Int64((shape[0] + width - 1) / width),
            area: Int64(shape[1] * shape[2]),
            epsilon: norm.epsilon, function: fused.activation.map { Int32($0.function.rawValue) } ?? -1,
            has_residual: fused.hasResidual ? 1 : 0, threads: Int32(layouts.parallel.threads))
    }

    private func workspace(_ sizes: inout thaw_norm) -> Floats {
        unsafe layouts.workspace.place(1, count: Int(thaw_norm_workspace(&sizes)))
    }

    func forward(_ n: Int, inputs: [Floats], output: Floats, isTraining: Bool, random: inout RandomSource) throws(ExecutionError)
    {
        usedBatch = isTraining && usesBatch
        let channels = shape[0]
        let (means, variances) = unsafe (part(0), part(1))
        if !usedBatch {
            unsafe means.update(from: mean.value, count: channels)
            unsafe variances.update(from: variance.value, count: channels)
        }
        unsafe run(n, usesGiven: !usedBatch, x: inputs[0], residual: fused.hasResidual ? inputs[1] : nil, y: output)
        guard usedBatch else { return }
        let count = Double(n * shape[1] * shape[2])
        for channel in 0..<channels {
            let unbiased = unsafe count > 1 ? Double(variances[channel]) * count / (count - 1) : Double(variances[channel])
            unsafe mean.value[channel] += norm.momentum * (means[channel] - mean.value[channel])
            unsafe variance.value[channel] += norm.momentum * (Float(unbiased) - variance.value[channel])
        }
        unsafe batches.value[0] += 1
    }

    private func run(_ n: Int, usesGiven: Bool, x: Floats, residual: Floats?, y: Floats) {
        var sizes = sizes(n)
        let workspace = unsafe workspace(&sizes)
        unsafe thaw_norm_forward(&sizes, usesGiven ? 1 : 0, x, residual, weight.value, bias.value, part(0), part(1), workspace, y)
    }

    /// The value of the last forward pass once more, bit for bit; only where nothing is added.
    func remake(_ n: Int, from x: Floats, into y: Floats) { unsafe run(n, usesGiven: true, x: x, residual: nil, y: y) }

    func backward(
        _ n: Int, inputs: [Floats], output: Floats, outputGradient: Floats, inputGradients: [Floats?], isFresh: [Bool],
        accumulate: Bool
    ) throws(ExecutionError) {
        var sizes = sizes(n)
        let workspace = unsafe workspace(&sizes)
        var gradient = unsafe thaw_norm_gradient(
            source: inputs[0], target: output, gradient: outputGradient, mean: part(0), source_gradient: inputGradients[0],
            residual_gradient: fused.hasResidual ? inputGradients[1] : nil, source_is_fresh: isFresh[0] ? 1 : 0,
            residual_is_fresh: fused.hasResidual && isFresh[1] ? 1 : 0)
        unsafe thaw_norm_backward(
            &sizes, usedBatch ? 0 : 1, &gradient, weight.value, bias.value, part(1), workspace, part(2), part(3))
        for unsafe(gradient, sum) in unsafe [(weight.gradient, part(2)), (bias.gradient, part(3))] {
            guard let gradient = unsafe gradient else { continue }
            for channel in 0..<shape[0] {
                unsafe gradient[channel] = accumulate ? gradient[channel] + sum[channel] : sum[channel]
            }
        }
    }
}
