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
