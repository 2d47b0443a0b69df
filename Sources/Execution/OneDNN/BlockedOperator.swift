import COneDNN
import NeuralNetworks
import Tensors

/// An operator of the fast backend: pictures come and go in blocks of channels.
protocol BlockedOperator: NodeOperator {
    /// As `NodeOperator.backward`; gradients that are `fresh` hold nothing yet and are set, not added to.
    func backward(
        _ n: Int, inputs: [Floats], output: Floats, outputGradient: Floats, inputGradients: [Floats?], isFresh: [Bool],
        accumulate: Bool
    ) throws(ExecutionError)
}

extension BlockedOperator {
    func backward(
        _ n: Int, inputs: [Floats], output: Floats, outputGradient: Floats, inputGradients: [Floats?], accumulate: Bool
    )
        throws(ExecutionError)
    {
        try unsafe backward(
            n, inputs: inputs, output: output, outputGradient: outputGradient, inputGradients: inputGradients,
            isFresh: inputGradients.map { _ in false }, accumulate: accumulate)
    }
}

/// An operator over row-major values among those over blocks.
final class PlainAdapter: BlockedOperator {
    private let plain: any NodeOperator
    private let inputs: [Shape]
    /// Whether each input lies in blocks.
    private let inputIsBlocked: [Bool]
    private let output: Shape
    private let layouts: BlockedLayouts

    init(_ plain: any NodeOperator, inputs: [Shape], inputIsBlocked: [Bool], output: Shape, layouts: BlockedLayouts) {
        self.plain = plain
        self.inputs = inputs
        self.inputIsBlocked = inputIsBlocked
        self.output = output
        self.layouts = layouts
    }

    var byteCount: Int { plain.byteCount }
    var backwardReads: BackwardReads { plain.backwardReads }

    private func plainInputs(_ n: Int, _ values: [Floats]) throws(ExecutionError) -> [Floats] {
        var result: [Floats] = unsafe []
        for index in inputs.indices {
            if inputIsBlocked[index] {
                let place = unsafe layouts.workspace.place(2 + index, count: n * inputs[index].elementCount)
                try unsafe layouts.unpack(inputs[index], n, from: values[index], to: place)
                unsafe result.append(place)
            } else {
                unsafe result.append(values[index])
            }
        }
        return unsafe result
    }

    func forward(_ n: Int, inputs: [Floats], output: Floats, isTraining: Bool, random: inout RandomSource) throws(ExecutionError)
    {
        let values = try unsafe plainInputs(n, inputs)
        guard self.output.rank == 3 else {
            return try unsafe plain.forward(n, inputs: values, output: output, isTraining: isTraining, random: &random)
        }
        let place = unsafe layouts.workspace.place(0, count: n * self.output.elementCount)
        try unsafe plain.forward(n, inputs: values, output: place, isTraining: isTraining, random: &random)
        try unsafe layouts.pack(self.output, n, from: place, to: output)
    }

    func backward(
        _ n: Int, inputs: [Floats], output: Floats, outputGradient: Floats, inputGradients: [Floats?], isFresh: [Bool],
        accumulate: Bool
    ) throws(ExecutionError) {
        let reads = plain.backwardReads
        let values = try unsafe reads.firstInput || reads.otherInputs ? plainInputs(n, inputs) : inputs
        var (result, gradient) = unsafe (output, outputGradient)
        if self.output.rank == 3 {
            let count = n * self.output.elementCount
            if plain.backwardReads.output {
                unsafe result = layouts.workspace.place(0, count: count)
                try unsafe layouts.unpack(self.output, n, from: output, to: result)
            }
            unsafe gradient = layouts.workspace.place(1, count: count)
            try unsafe layouts.unpack(self.output, n, from: outputGradient, to: gradient)
        }
        var targets: [Floats?] = unsafe []
        let first = 2 + self.inputs.count
        for index in self.inputs.indices {
            guard let target = unsafe inputGradients[index] else {
                unsafe targets.append(nil)
                continue
            }
            let count = n * self.inputs[index].elementCount
            let place = unsafe inputIsBlocked[index] ? layouts.workspace.place(first + index, count: count) : target
            if inputIsBlocked[index] || isFresh[index] { unsafe place.update(repeating: 0, count: count) }
            unsafe targets.append(place)
        }
        try unsafe plain.backward(
            n, inputs: values, output: result, outputGradient: gradient, inputGradients: targets, accumulate: accumulate)
        for index in self.inputs.indices where inputIsBlocked[index] {
            guard let target = unsafe inputGradients[index], let place = unsafe targets[index] else { continue }
            if isFresh[index] {
                try unsafe layouts.pack(self.inputs[index], n, from: place, to: target)
            } else {
                let count = try n * layouts.size(self.inputs[index])
                let packed = unsafe layouts.workspace.place(first + self.inputs.count, count: count)
                try unsafe layouts.pack(self.inputs[index], n, from: place, to: packed)
                unsafe PlainKernels.add(count, packed, onto: target, layouts.parallel)
            }
        }
    }
}

/// Sums in any layout: the same for every number.
final class BlockedSum: BlockedOperator {
    private let size: Int
    private let parallel: Parallel

    /// - Parameter size: floats of one sample, padding too.
    init(size: Int, parallel: Parallel) {
        self.size = size
        self.parallel = parallel
    }

    var backwardReads: BackwardReads { .nothing }

    func forward(_ n: Int, inputs: [Floats], output: Floats, isTraining: Bool, random: inout RandomSource) throws(ExecutionError)
    {
        unsafe PlainKernels.sum(n * size, inputs, y: output, parallel)
    }

    func backward(
        _ n: Int, inputs: [Floats], output: Floats, outputGradient: Floats, inputGradients: [Floats?], isFresh: [Bool],
        accumulate: Bool
    ) throws(ExecutionError) {
        for index in isFresh.indices {
            guard let target = unsafe inputGradients[index] else { continue }
            if isFresh[index] {
                parallel.ranges(n * size) { range in
                    unsafe (target + range.lowerBound).update(from: outputGradient + range.lowerBound, count: range.count)
                }
            } else {
                unsafe PlainKernels.add(n * size, outputGradient, onto: target, parallel)
            }
        }
    }
}
