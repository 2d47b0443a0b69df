import NeuralNetworks
import Tensors

final class ConvolutionOperator: NodeOperator {
    var backwardReads: BackwardReads {
        BackwardReads(firstInput: unsafe weight.gradient != nil, otherInputs: false, output: false)
    }
    private let kernel: ConvolutionKernel
    private let weight: TrainableTensor
    private let bias: TrainableTensor?
    private let scratch: Arena

    init(_ kernel: ConvolutionKernel, weight: TrainableTensor, bias: TrainableTensor?) {
        self.kernel = kernel
        self.weight = weight
        self.bias = bias
        scratch = Arena(count: kernel.gradientScratchCount)
    }

    var byteCount: Int { scratch.count * 4 }

    func forward(_ n: Int, inputs: [Floats], output: Floats, isTraining: Bool, random: inout RandomSource) {
        unsafe kernel.forward(
            n, x: inputs[0], weight: weight.value, bias: bias?.value, y: output, scratch: scratch.pointer(at: 0))
    }

    func backward(_ n: Int, inputs: [Floats], output: Floats, outputGradient: Floats, inputGradients: [Floats?], accumulate: Bool)
    {
        if unsafe weight.gradient != nil || bias?.gradient != nil {
            unsafe kernel.backwardParameters(
                n, x: inputs[0], dy: outputGradient, weightGradient: weight.gradient, biasGradient: bias?.gradient,
                accumulate: accumulate,
                scratch: scratch.pointer(at: 0))
        }
        if let target = unsafe inputGradients[0] {
            unsafe kernel.backwardInput(n, dy: outputGradient, weight: weight.value, dx: target, scratch: scratch.pointer(at: 0))
        }
    }
}

final class LinearOperator: NodeOperator {
    var backwardReads: BackwardReads {
        BackwardReads(firstInput: unsafe weight.gradient != nil, otherInputs: false, output: false)
    }
    private let kernel: LinearKernel
    private let rows: Int
    private let weight: TrainableTensor
    private let bias: TrainableTensor?

    /// `rows` for each sample: 1 for flat features.
    init(_ kernel: LinearKernel, rows: Int, weight: TrainableTensor, bias: TrainableTensor?) {
        self.kernel = kernel
        self.rows = rows
        self.weight = weight
        self.bias = bias
    }

    func forward(_ n: Int, inputs: [Floats], output: Floats, isTraining: Bool, random: inout RandomSource) {
        unsafe kernel.forward(n * rows, x: inputs[0], weight: weight.value, bias: bias?.value, y: output)
    }

    func backward(_ n: Int, inputs: [Floats], output: Floats, outputGradient: Floats, inputGradients: [Floats?], accumulate: Bool)
    {
        unsafe kernel.backwardParameters(
            n * rows, x: inputs[0], dy: outputGradient, weightGradient: weight.gradient, biasGradient: bias?.gradient,
            accumulate: accumulate)
        if let target = unsafe inputGradients[0] {
            unsafe kernel.backwardInput(n * rows, dy: outputGradient, weight: weight.value, dx: target)
        }
    }
}

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

final class ActivationOperator: NodeOperator {
    var backwardReads: BackwardReads { BackwardReads(firstInput: true, otherInputs: false, output: false) }
    private let activation: Activation
    private let size: Int
    private let parallel: Parallel

    init(_ activation: Activation, size: Int, parallel: Parallel) {
        self.activation = activation
        self.size = size
        self.parallel = parallel
    }

    func forward(_ n: Int, inputs: [Floats], output: Floats, isTraining: Bool, random: inout RandomSource) {
        unsafe activation.forward(n * size, x: inputs[0], y: output, parallel)
    }

    func backward(_ n: Int, inputs: [Floats], output: Floats, outputGradient: Floats, inputGradients: [Floats?], accumulate: Bool)
    {
        guard let target = unsafe inputGradients[0] else { return }
        unsafe activation.backward(n * size, x: inputs[0], dy: outputGradient, dx: target, parallel)
    }
}

/// Dropout of single numbers, or of whole samples (stochastic depth).
final class DropoutOperator: NodeOperator {
    var backwardReads: BackwardReads { .nothing }
    private let p: Float
    private let size: Int
    private let perSample: Bool
    private let parallel: Parallel
    private let mask: Arena
    private var isActive = false

    init(p: Float, size: Int, perSample: Bool, batchSize: Int, parallel: Parallel) {
        self.p = p
        self.size = size
        self.perSample = perSample
        self.parallel = parallel
        mask = Arena(count: perSample ? batchSize : batchSize * size)
    }

    var byteCount: Int { mask.count * 4 }

    func forward(_ n: Int, inputs: [Floats], output: Floats, isTraining: Bool, random: inout RandomSource) {
        isActive = isTraining && p > 0
        guard isActive else {
            unsafe output.update(from: inputs[0], count: n * size)
            return
        }
        let factors = unsafe mask.pointer(at: 0)
        for i in 0..<(perSample ? n : n * size) { unsafe factors[i] = random.uniform() < p ? 0 : 1 / (1 - p) }
        unsafe apply(n, inputs[0]) { i, value in unsafe output[i] = value }
    }

    func backward(_ n: Int, inputs: [Floats], output: Floats, outputGradient: Floats, inputGradients: [Floats?], accumulate: Bool)
    {
        guard let target = unsafe inputGradients[0] else { return }
        guard isActive else { return unsafe PlainKernels.add(n * size, outputGradient, onto: target, parallel) }
        unsafe apply(n, outputGradient) { i, value in unsafe target[i] += value }
    }

    private func apply(_ n: Int, _ x: Floats, _ body: (Int, Float) -> Void) {
        let factors = unsafe mask.pointer(at: 0)
        parallel.ranges(n * size) { range in
            for i in range { unsafe body(i, x[i] * factors[perSample ? i / size : i]) }
        }
    }
}

final class PoolingOperator: NodeOperator {
    var backwardReads: BackwardReads { BackwardReads(firstInput: true, otherInputs: false, output: false) }
    private let kernel: PoolingKernel
    private let channels: Int
    private let parallel: Parallel

    init(_ kernel: PoolingKernel, channels: Int, parallel: Parallel) {
        self.kernel = kernel
        self.channels = channels
        self.parallel = parallel
    }

    func forward(_ n: Int, inputs: [Floats], output: Floats, isTraining: Bool, random: inout RandomSource) {
        unsafe kernel.forward(planes: n * channels, x: inputs[0], y: output, parallel)
    }

    func backward(_ n: Int, inputs: [Floats], output: Floats, outputGradient: Floats, inputGradients: [Floats?], accumulate: Bool)
    {
        guard let target = unsafe inputGradients[0] else { return }
        unsafe kernel.backward(planes: n * channels, x: inputs[0], dy: outputGradient, dx: target, parallel)
    }
}

final class SumOperator: NodeOperator {
    var backwardReads: BackwardReads { .nothing }
    private let size: Int
    private let parallel: Parallel

    init(size: Int, parallel: Parallel) {
        self.size = size
        self.parallel = parallel
    }

    func forward(_ n: Int, inputs: [Floats], output: Floats, isTraining: Bool, random: inout RandomSource) {
        unsafe PlainKernels.sum(n * size, inputs, y: output, parallel)
    }

    func backward(_ n: Int, inputs: [Floats], output: Floats, outputGradient: Floats, inputGradients: [Floats?], accumulate: Bool)
    {
        for unsafe target in unsafe inputGradients {
            if let target = unsafe target { unsafe PlainKernels.add(n * size, outputGradient, onto: target, parallel) }
        }
    }
}

final class ProductOperator: NodeOperator {
    var backwardReads: BackwardReads { BackwardReads(firstInput: true, otherInputs: true, output: false) }
    private let shape, other: Shape
    private let parallel: Parallel

    init(shape: Shape, other: Shape, parallel: Parallel) {
        self.shape = shape
        self.other = other
        self.parallel = parallel
    }

    func forward(_ n: Int, inputs: [Floats], output: Floats, isTraining: Bool, random: inout RandomSource) {
        unsafe PlainKernels.multiply(n, shape, by: other, inputs[0], inputs[1], y: output, parallel)
    }

    func backward(_ n: Int, inputs: [Floats], output: Floats, outputGradient: Floats, inputGradients: [Floats?], accumulate: Bool)
    {
        let area = shape == other ? 1 : shape.elementCount / max(shape[0], 1)
        let (a, b) = unsafe (inputs[0], inputs[1])
        if let target = unsafe inputGradients[0] {
            parallel.ranges(n * shape.elementCount) { range in
                for i in range { unsafe target[i] += outputGradient[i] * b[i / area] }
            }
        }
        if let target = unsafe inputGradients[1] {
            parallel.ranges(n * other.elementCount, grain: 64) { range in
                for plane in range {
                    var sum: Float = 0
                    for i in plane * area..<(plane + 1) * area { unsafe sum += outputGradient[i] * a[i] }
                    unsafe target[plane] += sum
                }
            }
        }
    }
}

final class JoinOperator: NodeOperator {
    var backwardReads: BackwardReads { .nothing }
    private let sizes: [Int]
    private let parallel: Parallel

    init(sizes: [Int], parallel: Parallel) {
        self.sizes = sizes
        self.parallel = parallel
    }

    func forward(_ n: Int, inputs: [Floats], output: Floats, isTraining: Bool, random: inout RandomSource) {
        unsafe PlainKernels.concatenate(n, Array(zip(inputs, sizes)), y: output)
    }

    func backward(_ n: Int, inputs: [Floats], output: Floats, outputGradient: Floats, inputGradients: [Floats?], accumulate: Bool)
    {
        let total = sizes.reduce(0, +)
        var offset = 0
        for (index, size) in sizes.enumerated() {
            if let target = unsafe inputGradients[index] {
                for sample in 0..<n {
                    for i in 0..<size { unsafe target[sample * size + i] += outputGradient[sample * total + offset + i] }
                }
            }
            offset += size
        }
    }
}

final class ShuffleOperator: NodeOperator {
    var backwardReads: BackwardReads { .nothing }
    private let shape: Shape
    private let groups: Int
    private let parallel: Parallel

    init(shape: Shape, groups: Int, parallel: Parallel) {
        self.shape = shape
        self.groups = groups
        self.parallel = parallel
    }

    func forward(_ n: Int, inputs: [Floats], output: Floats, isTraining: Bool, random: inout RandomSource) {
        unsafe PlainKernels.shuffle(n, shape, groups: groups, x: inputs[0], y: output, inverse: false)
    }

    func backward(_ n: Int, inputs: [Floats], output: Floats, outputGradient: Floats, inputGradients: [Floats?], accumulate: Bool)
    {
        guard let target = unsafe inputGradients[0] else { return }
        let channels = shape[0]
        let (area, each) = (shape.elementCount / max(channels, 1), channels / groups)
        for plane in 0..<n * channels {
            let (sample, channel) = (plane / channels, plane % channels)
            let source = unsafe outputGradient + (sample * channels + channel % each * groups + channel / each) * area
            for i in 0..<area { unsafe target[plane * area + i] += source[i] }
        }
    }
}

final class SliceOperator: NodeOperator {
    var backwardReads: BackwardReads { .nothing }
    private let shape: Shape
    private let start, end: Int

    init(shape: Shape, start: Int, end: Int) {
        self.shape = shape
        self.start = start
        self.end = end
    }

    private var area: Int { shape.elementCount / max(shape[0], 1) }

    func forward(_ n: Int, inputs: [Floats], output: Floats, isTraining: Bool, random: inout RandomSource) {
        let size = (end - start) * area
        for sample in 0..<n {
            unsafe (output + sample * size).update(from: inputs[0] + (sample * shape[0] + start) * area, count: size)
        }
    }

    func backward(_ n: Int, inputs: [Floats], output: Floats, outputGradient: Floats, inputGradients: [Floats?], accumulate: Bool)
    {
        guard let target = unsafe inputGradients[0] else { return }
        let size = (end - start) * area
        for sample in 0..<n {
            for i in 0..<size { unsafe target[(sample * shape[0] + start) * area + i] += outputGradient[sample * size + i] }
        }
    }
}

/// A value that is passed on: flattening changes nothing in memory.
final class PassOperator: NodeOperator {
    var backwardReads: BackwardReads { .nothing }
    private let size: Int
    private let parallel: Parallel

    init(size: Int, parallel: Parallel) {
        self.size = size
        self.parallel = parallel
    }

    func forward(_ n: Int, inputs: [Floats], output: Floats, isTraining: Bool, random: inout RandomSource) {
        guard let input = unsafe inputs.first else { return }
        unsafe output.update(from: input, count: n * size)
    }

    func backward(_ n: Int, inputs: [Floats], output: Floats, outputGradient: Floats, inputGradients: [Floats?], accumulate: Bool)
    {
        guard let target = unsafe inputGradients.first ?? nil else { return }
        unsafe PlainKernels.add(n * size, outputGradient, onto: target, parallel)
    }
}
