import NeuralNetworks
import Tensors

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
