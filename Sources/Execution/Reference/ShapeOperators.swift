import NeuralNetworks
import Tensors

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
