import COneDNN
import NeuralNetworks
import Tensors

/// A convolution in blocks: each of its three passes by the fastest of oneDNN's ways.
final class BlockedConvolution: BlockedOperator {
    /// A pass, and the way from or to the layout of the weights where it wants another.
    private struct Pass {
        let primitive: Primitive
        let reorder: Primitive?
    }
    private struct Prepared {
        let forward: Pass
        let data, weights: Pass?
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
    /// Whether the weights' gradient is left to the shim's own kernel: oneDNN has none for large depthwise filters.
    private var hasOwnWeightPass = false
    private var prepared: [Int: Prepared] = [:]

    /// `nil` where oneDNN has only plain loops for this shape in blocks.
    init?(
        _ convolution: Convolution, input: Shape, inputIsBlocked: Bool, output: Shape, weight: TrainableTensor,
        bias: TrainableTensor?,
        wantsInputGradient: Bool, batchSize: Int, isExact: Bool, layouts: BlockedLayouts, isInterrupted: () -> Bool
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
        let ways = try ways(batchSize)
        let plain = try plainWeights(batchSize)
        if !isExact, convolution.kernel == Extent(3), convolution.stride == Extent(1), convolution.groups == 1 {
            let shape = shape(batchSize).key + (inputIsBlocked ? "" : " from rows")
            func isFaster(
                _ pass: String, _ way: (_ isWinograd: Bool) throws(ExecutionError) -> Primitive?
            ) throws(ExecutionError) -> Bool {
                try Self.isFaster("\(pass) \(shape)", way, plainWeights: plain, isInterrupted)
            }
            isWinograd.forward = try isFaster("forward", ways.forward)
            if wantsInputGradient { isWinograd.data = try isFaster("data", ways.data) }
            if wantsParameters { isWinograd.weights = try isFaster("weights", ways.weights) }
        }
        if wantsParameters, inputIsBlocked, bias == nil, convolution.groups == input[0], convolution.groups == output[0],
            convolution.kernel.height == convolution.kernel.width, [3, 5, 7].contains(convolution.kernel.height),
            try ways.weights(false).map(\.isPlain) ?? true
        {
            hasOwnWeightPass = true
        }
        // The weights are laid out anew only for a convolution that stays in blocks: whoever computes it otherwise reads them in rows.
        var layout: Layout?
        if !hasOwnWeightPass, let wanted = try ways.forward(isWinograd.forward)?.layout(THAW_WEIGHTS), !wanted.isTransformed,
            weight.canAdopt(wanted, plain: plain)
        {
            layout = wanted
        }
        guard try prepare(batchSize, weightsIn: layout) != nil else { return nil }
        if let layout { try weight.adopt(layout, plain: plain) }
    }

    var backwardReads: BackwardReads { BackwardReads(firstInput: wantsParameters, otherInputs: false, output: false) }

    /// Whether Winograd is the faster way of a pass.
    ///
    /// - Parameter plainWeights: the layout from which a way's filters are made anew in every step, where it wants them transformed.
    private static func isFaster(
        _ key: String, _ way: (_ isWinograd: Bool) throws(ExecutionError) -> Primitive?, plainWeights: Layout,
        _ isInterrupted: () -> Bool
    ) throws(ExecutionError) -> Bool {
        let choice = try MeasuredChoices.choice("training \(key)") { () throws(ExecutionError) in
            guard let winograd = try way(true), !winograd.isPlain else { return MeasuredChoices.Choice(way: 0, seconds: 0) }
            guard let direct = try way(false), !direct.isPlain else { return MeasuredChoices.Choice(way: 1, seconds: 0) }
            var seconds = try Measurement.seconds([direct, winograd], isInterrupted)
            if let layout = winograd.layout(THAW_WEIGHTS), layout.isTransformed {
                seconds[1] += try Measurement.seconds([Primitive.reorder(from: plainWeights, to: layout)], isInterrupted)[0]
            }
            return seconds[1] < seconds[0] ? .init(way: 1, seconds: seconds[1]) : .init(way: 0, seconds: seconds[0])
        }
        return choice.way == 1
    }

    private struct Ways {
        let forward, data, weights: (_ isWinograd: Bool) throws(ExecutionError) -> Primitive?
    }

    private func shape(_ n: Int) -> thaw_convolution {
        thaw_convolution(convolution, batch: n, input: input, output: output, hasBias: bias != nil)
    }

    private func plainWeights(_ n: Int) throws(ExecutionError) -> Layout {
        guard let layout = Primitive.plainWeights(shape(n)) else {
            throw .library(name: "oneDNN", status: "no layout for a convolution's weights")
        }
        return layout
    }

    private func ways(_ n: Int) throws(ExecutionError) -> Ways {
        let shape = shape(n)
        let source = try layouts.layout(input, n, isBlocked: inputIsBlocked)
        let target = try layouts.layout(output, n)
        func algorithm(_ isWinograd: Bool) -> thaw_algorithm { isWinograd ? THAW_WINOGRAD : THAW_DIRECT }
        let layouts = layouts
        return Ways(
            forward: {
                Primitive.convolution(shape, algorithm: algorithm($0), forTraining: true, source: source, target: target)
            },
            data: { Primitive.convolutionBackwardData(shape, algorithm: algorithm($0), source: source, target: target) },
            weights: { (isWinograd) throws(ExecutionError) in
                try layouts.asForAllProcessors {
                    Primitive.convolutionBackwardWeights(shape, algorithm: algorithm(isWinograd), source: source, target: target)
                }
            })
    }

    /// The pass, with a reorder where it wants the weights otherwise than they lie.
    private func pass(
        _ role: thaw_role, _ way: (Bool) throws(ExecutionError) -> Primitive?, _ isWinograd: Bool, _ present: Layout
    ) throws(ExecutionError) -> Pass? {
        guard let primitive = try way(isWinograd), !primitive.isPlain, let layout = primitive.layout(role) else { return nil }
        if layout.equals(present) { return Pass(primitive: primitive, reorder: nil) }
        let isGradient = role == THAW_WEIGHTS_GRADIENT
        return Pass(
            primitive: primitive,
            reorder: try Primitive.reorder(from: isGradient ? layout : present, to: isGradient ? present : layout))
    }

    /// The passes for a number of samples; `nil` where oneDNN has only plain loops for one of them.
    ///
    /// - Parameter layout: how the weights will lie; `nil`: as they lie now.
    private func prepare(_ n: Int, weightsIn layout: Layout? = nil) throws(ExecutionError) -> Prepared? {
        if let known = prepared[n] { return known }
        let ways = try ways(n)
        let plain = try plainWeights(n)
        let present = layout ?? weight.layout ?? plain
        guard let forward = try pass(THAW_WEIGHTS, ways.forward, isWinograd.forward, present) else { return nil }
        var (data, weights): (Pass?, Pass?)
        if wantsInputGradient {
            data = try pass(THAW_WEIGHTS, ways.data, isWinograd.data, present)
            if data == nil { return nil }
        }
        if wantsParameters, !hasOwnWeightPass {
            weights = try pass(THAW_WEIGHTS_GRADIENT, ways.weights, isWinograd.weights, present)
            if weights == nil { return nil }
        }
        let result = Prepared(forward: forward, data: data, weights: weights)
        prepared[n] = result
        return result
    }

    private func ready(_ n: Int) throws(ExecutionError) -> Prepared {
        guard let result = try prepare(n) else { throw .library(name: "oneDNN", status: "no convolution for \(n) samples") }
        return result
    }

    /// The weights as a pass wants them.
    private func weights(for pass: Pass) throws(ExecutionError) -> Floats {
        guard let reorder = pass.reorder else { return unsafe weight.value }
        let place = unsafe layouts.workspace.place(2, count: (pass.primitive.byteCount(THAW_WEIGHTS) + 3) / 4)
        try unsafe layouts.run(reorder, [(THAW_SOURCE, weight.value), (THAW_TARGET, place)])
        return unsafe place
    }

    func forward(_ n: Int, inputs: [Floats], output: Floats, isTraining: Bool, random: inout RandomSource) throws(ExecutionError)
    {
        let pass = try ready(n).forward
        var arguments = try unsafe [(THAW_SOURCE, inputs[0]), (THAW_WEIGHTS, weights(for: pass)), (THAW_TARGET, output)]
        if let bias { unsafe arguments.append((THAW_BIAS, bias.value)) }
        try unsafe layouts.run(pass.primitive, arguments)
    }

    func backward(
        _ n: Int, inputs: [Floats], output: Floats, outputGradient: Floats, inputGradients: [Floats?], isFresh: [Bool],
        accumulate: Bool
    ) throws(ExecutionError) {
        let made = try ready(n)
        if hasOwnWeightPass, let gradient = unsafe weight.gradient {
            var shape = shape(n)
            let workspace = unsafe layouts.workspace.place(3, count: Int(thaw_depthwise_workspace(&shape)))
            let target = unsafe accumulate ? layouts.workspace.place(1, count: weight.count) : gradient
            guard
                unsafe thaw_depthwise_weights(
                    &shape, Int32(layouts.parallel.threads), inputs[0], outputGradient, workspace, target) != 0
            else {
                throw .library(name: "the depthwise kernel", status: "it has no filter of \(convolution.kernel.height)")
            }
            if accumulate { unsafe PlainKernels.add(weight.count, target, onto: gradient, layouts.parallel) }
        } else if let pass = made.weights {
            try unsafe parameters(pass, x: inputs[0], dy: outputGradient, accumulate: accumulate)
        }
        guard let target = unsafe inputGradients[0], let pass = made.data else { return }
        let packed = try unsafe weights(for: pass)
        try unsafe layouts.set(input, n, target, isFresh: isFresh[0], isBlocked: inputIsBlocked) {
            (place) throws(ExecutionError) in
            try unsafe layouts.run(
                pass.primitive, [(THAW_SOURCE_GRADIENT, place), (THAW_WEIGHTS, packed), (THAW_TARGET_GRADIENT, outputGradient)])
        }
    }

    /// Gradients of the weights and the bias, straight into their places where they fit.
    private func parameters(_ pass: Pass, x: Floats, dy: Floats, accumulate: Bool) throws(ExecutionError) {
        let gradient = unsafe weight.gradient
        let fits = unsafe pass.reorder == nil && !accumulate && gradient != nil
        let place =
            if fits, let gradient = unsafe gradient { unsafe gradient } else {
                unsafe layouts.workspace.place(2, count: (pass.primitive.byteCount(THAW_WEIGHTS_GRADIENT) + 3) / 4)
            }
        let biasPlace = unsafe layouts.workspace.place(3, count: output[0] + 16)
        var arguments = unsafe [(THAW_SOURCE, x), (THAW_TARGET_GRADIENT, dy), (THAW_WEIGHTS_GRADIENT, place)]
        if bias != nil { unsafe arguments.append((THAW_BIAS_GRADIENT, biasPlace)) }
        try layouts.asForAllProcessors { () throws(ExecutionError) in try unsafe layouts.run(pass.primitive, arguments) }
        if let gradient = unsafe gradient, !fits {
            var found = unsafe place
            if let reorder = pass.reorder {
                unsafe found = accumulate ? layouts.workspace.place(1, count: weight.count) : gradient
                try unsafe layouts.run(reorder, [(THAW_SOURCE, place), (THAW_TARGET, found)])
            }
            if accumulate { unsafe PlainKernels.add(weight.count, found, onto: gradient, layouts.parallel) }
        }
        if let gradient = unsafe bias?.gradient {
            for i in 0..<output[0] { unsafe gradient[i] = accumulate ? gradient[i] + biasPlace[i] : biasPlace[i] }
        }
    }
}
