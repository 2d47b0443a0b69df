import COneDNN
import NeuralNetworks
import Tensors

/// A linear layer of flat features on oneDNN's threads: everything row-major, so that its large weights are never repacked.
final class BlockedLinear: BlockedOperator {
    private struct Prepared {
        let forward, data, weights: Primitive
    }
    private let inFeatures, outFeatures: Int
    private let weight: TrainableTensor
    private let bias: TrainableTensor?
    private let layouts: BlockedLayouts
    private var prepared: [Int: Prepared] = [:]

    /// `nil` where oneDNN has only plain loops for it.
    init?(
        inFeatures: Int, outFeatures: Int, weight: TrainableTensor, bias: TrainableTensor?, batchSize: Int,
        layouts: BlockedLayouts
    ) throws(ExecutionError) {
        self.inFeatures = inFeatures
        self.outFeatures = outFeatures
        self.weight = weight
        self.bias = bias
        self.layouts = layouts
        guard try prepare(batchSize) != nil else { return nil }
    }

    var backwardReads: BackwardReads {
        BackwardReads(firstInput: unsafe weight.gradient != nil, otherInputs: false, output: false)
    }

    private func prepare(_ n: Int) throws(ExecutionError) -> Prepared? {
        if let known = prepared[n] { return known }
        let made = try layouts.asForAllProcessors { () -> Prepared? in
            guard
                let forward = Primitive.linearPlain(
                    rows: n, inFeatures: inFeatures, outFeatures: outFeatures, hasBias: bias != nil),
                let data = Primitive.linearBackwardData(rows: n, inFeatures: inFeatures, outFeatures: outFeatures),
                let weights = Primitive.linearBackwardWeights(
                    rows: n, inFeatures: inFeatures, outFeatures: outFeatures, hasBias: bias != nil),
                ![forward, data, weights].contains(where: \.isPlain)
            else { return nil }
            return Prepared(forward: forward, data: data, weights: weights)
        }
        prepared[n] = made
        return made
    }

    /// Long sums in all three passes.
    private func run(_ primitive: Primitive, _ arguments: [(thaw_role, Floats)]) throws(ExecutionError) {
        try layouts.asForAllProcessors { () throws(ExecutionError) in try unsafe layouts.run(primitive, arguments) }
    }

    private func ready(_ n: Int) throws(ExecutionError) -> Prepared {
        guard let result = try prepare(n) else { throw .library(name: "oneDNN", status: "no linear layer for \(n) samples") }
        return result
    }

    func forward(_ n: Int, inputs: [Floats], output: Floats, isTraining: Bool, random: inout RandomSource) throws(ExecutionError)
    {
        var arguments = unsafe [(THAW_SOURCE, inputs[0]), (THAW_WEIGHTS, weight.value), (THAW_TARGET, output)]
        if let bias { unsafe arguments.append((THAW_BIAS, bias.value)) }
        try unsafe run(ready(n).forward, arguments)
    }

    func backward(
        _ n: Int, inputs: [Floats], output: Floats, outputGradient: Floats, inputGradients: [Floats?], isFresh: [Bool],
        accumulate: Bool
    ) throws(ExecutionError) {
        let made = try ready(n)
        if unsafe weight.gradient != nil || bias?.gradient != nil {
            // A gradient that nobody wants, or that is to be added to another, goes to a place of its own.
            let weights = unsafe accumulate ? nil : weight.gradient
            let shift = unsafe accumulate ? nil : bias?.gradient
            let target = unsafe weights ?? layouts.workspace.place(1, count: weight.count)
            let shiftTarget = unsafe shift ?? layouts.workspace.place(3, count: outFeatures + 16)
            var arguments = unsafe [
                (THAW_SOURCE, inputs[0]), (THAW_TARGET_GRADIENT, outputGradient), (THAW_WEIGHTS_GRADIENT, target),
            ]
            if bias != nil { unsafe arguments.append((THAW_BIAS_GRADIENT, shiftTarget)) }
            try unsafe run(made.weights, arguments)
            if accumulate {
                if let gradient = unsafe weight.gradient {
                    unsafe PlainKernels.add(weight.count, target, onto: gradient, layouts.parallel)
                }
                if let gradient = unsafe bias?.gradient {
                    unsafe PlainKernels.add(outFeatures, shiftTarget, onto: gradient, layouts.parallel)
                }
            }
        }
        guard let target = unsafe inputGradients[0] else { return }
        let place = unsafe isFresh[0] ? target : layouts.workspace.place(0, count: n * inFeatures)
        try unsafe run(
            made.data, [(THAW_SOURCE_GRADIENT, place), (THAW_WEIGHTS, weight.value), (THAW_TARGET_GRADIENT, outputGradient)])
        if !isFresh[0] { unsafe PlainKernels.add(n * inFeatures, place, onto: target, layouts.parallel) }
    }
}
