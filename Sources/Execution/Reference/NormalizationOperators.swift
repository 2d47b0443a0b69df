import NeuralNetworks
import Tensors

final class BatchNormOperator: NodeOperator {
    var backwardReads: BackwardReads { BackwardReads(firstInput: true, otherInputs: false, output: false) }
    private let kernel: BatchNormKernel
    private let usesBatch: Bool
    private let weight, bias, mean, variance, batches: TrainableTensor
    private let parallel: Parallel
    /// Mean and 1/σ of the last forward pass.
    private let saved: Arena
    private var usedBatch = false

    init(
        _ kernel: BatchNormKernel, usesBatch: Bool, weight: TrainableTensor, bias: TrainableTensor, mean: TrainableTensor,
        variance: TrainableTensor, batches: TrainableTensor, parallel: Parallel
    ) {
        self.kernel = kernel
        self.usesBatch = usesBatch
        self.weight = weight
        self.bias = bias
        self.mean = mean
        self.variance = variance
        self.batches = batches
        self.parallel = parallel
        saved = Arena(count: kernel.channels * 2 + 32)
    }

    func forward(_ n: Int, inputs: [Floats], output: Floats, isTraining: Bool, random: inout RandomSource) {
        usedBatch = isTraining && usesBatch
        let (means, inverses) = unsafe (saved.pointer(at: 0), saved.pointer(at: kernel.channels))
        if usedBatch {
            unsafe kernel.forwardTraining(
                n, x: inputs[0], weight: weight.value, bias: bias.value, y: output, mean: means, inverse: inverses,
                runningMean: mean.value,
                runningVariance: variance.value, parallel)
            unsafe batches.value[0] += 1
        } else {
            unsafe kernel.forwardEvaluation(
                n, x: inputs[0], weight: weight.value, bias: bias.value, y: output, mean: means, inverse: inverses,
                runningMean: mean.value,
                runningVariance: variance.value, parallel)
        }
    }

    func backward(_ n: Int, inputs: [Floats], output: Floats, outputGradient: Floats, inputGradients: [Floats?], accumulate: Bool)
    {
        unsafe kernel.backward(
            n, x: inputs[0], dy: outputGradient, weight: weight.value, mean: saved.pointer(at: 0),
            inverse: saved.pointer(at: kernel.channels),
            usesBatch: usedBatch, dx: inputGradients[0], weightGradient: weight.gradient, biasGradient: bias.gradient,
            accumulate: accumulate,
            parallel)
    }
}

final class LayerNormOperator: NodeOperator {
    var backwardReads: BackwardReads { BackwardReads(firstInput: true, otherInputs: false, output: false) }
    private let kernel: LayerNormKernel
    private let rows: Int
    private let weight, bias: TrainableTensor
    private let parallel: Parallel

    init(_ kernel: LayerNormKernel, rows: Int, weight: TrainableTensor, bias: TrainableTensor, parallel: Parallel) {
        self.kernel = kernel
        self.rows = rows
        self.weight = weight
        self.bias = bias
        self.parallel = parallel
    }

    func forward(_ n: Int, inputs: [Floats], output: Floats, isTraining: Bool, random: inout RandomSource) {
        unsafe kernel.forward(rows: n * rows, x: inputs[0], weight: weight.value, bias: bias.value, y: output, parallel)
    }

    func backward(_ n: Int, inputs: [Floats], output: Floats, outputGradient: Floats, inputGradients: [Floats?], accumulate: Bool)
    {
        unsafe kernel.backward(
            rows: n * rows, x: inputs[0], dy: outputGradient, weight: weight.value, dx: inputGradients[0],
            weightGradient: weight.gradient,
            biasGradient: bias.gradient, accumulate: accumulate, parallel)
    }
}
