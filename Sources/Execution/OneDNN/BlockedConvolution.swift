import COneDNN
import NeuralNetworks
import Tensors

/// A convolution in blocks: each of its three passes by the fastest of oneDNN's ways.
final class BlockedConvolution: BlockedOperator {
    private struct Prepared {
        let forward: Primitive
        let backwardData, backwardWeights: Primitive?
        let pack: Primitive
        let packBackward, unpackGradient: Primitive?
    }
    private let convolution: Convolution
    private let input, output: Shape
    private let inputIsBlocked: Bool
    private let weight: TrainableTensor
    private let bias: TrainableTensor?
    private let wantsInputGradient: Bool
    private let wantsParameters: Bool
    private let layouts: BlockedLayouts
    /// Winograd or direct, for the three passes, as measured for a full batch.
    private var isWinograd = (forward: false, data: false, weights: false)
    private var prepared: [Int: Prepared] = [:]

    /// `nil` where oneDNN has only plain loops for this shape in blocks.
    init?(
        _ convolution: Convolution, input: Shape, inputIsBlocked: Bool, output: Shape, weight: TrainableTensor, bias: TrainableTensor?,
        wantsInputGradient: Bool, batchSize: Int, isExact: Bool, layouts: BlockedLayouts
    ) throws(ExecutionError) {
        self.convolution = convolution
        self.input = input
        self.inputIsBlocked = inputIsBlocked
        self.output = output
        self.weight = weight
        self.bias = bias
        self.wantsInputGradient = wantsInputGradient
        self.layouts = layouts
        wantsParameters = unsafe weight.gradient != nil || bias?.gradient != nil
        if !isExact, convolution.kernel == Extent(3), convolution.stride == Extent(1), convolution.groups == 1 {
            let made = try passes(batchSize)
            isWinograd.forward = Self.isFaster(made.forward(true), than: made.forward(false))
            isWinograd.data = wantsInputGradient && Self.isFaster(made.data(true), than: made.data(false))
            isWinograd.weights = wantsParameters && Self.isFaster(made.weights(true), than: made.weights(false))
        }
        guard try prepare(batchSize) != nil else { return nil }
    }

    private static func isFaster(_ candidate: Primitive?, than other: Primitive?) -> Bool {
        guard let candidate, !candidate.isPlain else { return false }
        guard let other, !other.isPlain else { return true }
        return Measurement.seconds(candidate) < Measurement.seconds(other)
    }

    private struct Passes {
        let forward, data, weights: (_ isWinograd: Bool) -> Primitive?
    }

    private func passes(_ n: Int) throws(ExecutionError) -> Passes {
        let shape = thaw_convolution(convolution, batch: n, input: input, output: output, hasBias: bias != nil)
        let source = try layouts.layout(input, n, isBlocked: inputIsBlocked)
        let target = try layouts.layout(output, n)
        func algorithm(_ isWinograd: Bool) -> thaw_algorithm { isWinograd ? THAW_WINOGRAD : THAW_DIRECT }
        return Passes(
            forward: { Primitive.convolution(shape, algorithm: algorithm($0), forTraining: true, source: source, target: target) },
            data: { Primitive.convolutionBackwardData(shape, algorithm: algorithm($0), source: source, target: target) },
            weights: { Primitive.convolutionBackwardWeights(shape, algorithm: algorithm($0), source: source, target: target) })
    }

    private func prepare(_ n: Int) throws(ExecutionError) -> Prepared? {
        if let known = prepared[n] { return known }
        let shape = thaw_convolution(convolution, batch: n, input: input, output: output, hasBias: bias != nil)
        let made = try passes(n)
        guard let plain = Primitive.plainWeights(shape), let forward = made.forward(isWinograd.forward), !forward.isPlain,
            let packed = forward.layout(THAW_WEIGHTS)
        else { return nil }
        var backwardData: Primitive?
        var packBackward: Primitive?
        if wantsInputGradient {
            guard let primitive = made.data(isWinograd.data), !primitive.isPlain, let layout = primitive.layout(THAW_WEIGHTS) else { return nil }
            backwardData = primitive
            packBackward = try Primitive.reorder(from: plain, to: layout)
        }
        var backwardWeights: Primitive?
        var unpackGradient: Primitive?
        if wantsParameters {
            guard let primitive = made.weights(isWinograd.weights), !primitive.isPlain, let layout = primitive.layout(THAW_WEIGHTS_GRADIENT)
            else { return nil }
            backwardWeights = primitive
            unpackGradient = try Primitive.reorder(from: layout, to: plain)
        }
        let result = Prepared(
            forward: forward, backwardData: backwardData, backwardWeights: backwardWeights,
            pack: try Primitive.reorder(from: plain, to: packed), packBackward: packBackward, unpackGradient: unpackGradient)
        prepared[n] = result
        return result
    }

    private func ready(_ n: Int) throws(ExecutionError) -> Prepared {
        guard let result = try prepare(n) else { throw .library(name: "oneDNN", status: "no convolution for \(n) samples") }
        return result
    }

    /// The weights as a primitive wants them, in place 2.
    private func packed(_ pack: Primitive, for primitive: Primitive) throws(ExecutionError) -> Floats {
        let place = unsafe layouts.workspace.place(2, count: (primitive.byteCount(THAW_WEIGHTS) + 3) / 4)
        try unsafe layouts.run(pack, [(THAW_SOURCE, weight.value), (THAW_TARGET, place)])
        return unsafe place
    }

    func forward(_ n: Int, inputs: [Floats], output: Floats, isTraining: Bool, random: inout RandomSource) throws(ExecutionError) {
        let made = try ready(n)
        var arguments = try unsafe [
            (THAW_SOURCE, inputs[0]), (THAW_WEIGHTS, packed(made.pack, for: made.forward)), (THAW_TARGET, output),
        ]
        if let bias { unsafe arguments.append((THAW_BIAS, bias.value)) }
        try unsafe layouts.run(made.forward, arguments)
    }

    func backward(
        _ n: Int, inputs: [Floats], output: Floats, outputGradient: Floats, inputGradients: [Floats?], isFresh: [Bool], accumulate: Bool
    ) throws(ExecutionError) {
        let made = try ready(n)
        if let primitive = made.backwardWeights, let unpack = made.unpackGradient {
            let place = unsafe layouts.workspace.place(2, count: (primitive.byteCount(THAW_WEIGHTS_GRADIENT) + 3) / 4)
            let biasPlace = unsafe layouts.workspace.place(3, count: outChannels + 16)
            var arguments = unsafe [
                (THAW_SOURCE, inputs[0]), (THAW_TARGET_GRADIENT, outputGradient), (THAW_WEIGHTS_GRADIENT, place),
            ]
            if bias != nil { unsafe arguments.append((THAW_BIAS_GRADIENT, biasPlace)) }
            try unsafe layouts.run(primitive, arguments)
            if let gradient = unsafe weight.gradient {
                let target = unsafe accumulate ? layouts.workspace.place(1, count: weight.count) : gradient
                try unsafe layouts.run(unpack, [(THAW_SOURCE, place), (THAW_TARGET, target)])
                if accumulate { for i in 0..<weight.count { unsafe gradient[i] += target[i] } }
            }
            if let gradient = unsafe bias?.gradient {
                for i in 0..<outChannels { unsafe gradient[i] = accumulate ? gradient[i] + biasPlace[i] : biasPlace[i] }
            }
        }
        guard let target = unsafe inputGradients[0], let primitive = made.backwardData, let pack = made.packBackward else { return }
        let weights = try unsafe packed(pack, for: primitive)
        try unsafe layouts.set(input, n, target, isFresh: isFresh[0], isBlocked: inputIsBlocked) { (place) throws(ExecutionError) in
            try unsafe layouts.run(
                primitive, [(THAW_SOURCE_GRADIENT, place), (THAW_WEIGHTS, weights), (THAW_TARGET_GRADIENT, outputGradient)])
        }
    }

    private var outChannels: Int { output[0] }
}
