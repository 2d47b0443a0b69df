import COneDNN
import NeuralNetworks
import Tensors

/// Elementwise functions in blocks.
final class BlockedActivation: BlockedOperator {
    private let function: thaw_function
    private let shape: Shape
    private let layouts: BlockedLayouts
    private var prepared: [Int: (forward: Primitive, backward: Primitive)] = [:]

    init?(_ activation: Activation, shape: Shape, batchSize: Int, layouts: BlockedLayouts) throws(ExecutionError) {
        function = activation.function
        self.shape = shape
        self.layouts = layouts
        guard try prepare(batchSize) != nil else { return nil }
    }

    private func prepare(_ n: Int) throws(ExecutionError) -> (forward: Primitive, backward: Primitive)? {
        if let known = prepared[n] { return known }
        let layout = try layouts.layout(shape, n)
        guard let forward = Primitive.elementwise(layout, function), let backward = Primitive.elementwiseBackward(layout, function),
            !forward.isPlain, !backward.isPlain
        else { return nil }
        prepared[n] = (forward, backward)
        return (forward, backward)
    }

    private func ready(_ n: Int) throws(ExecutionError) -> (forward: Primitive, backward: Primitive) {
        guard let pair = try prepare(n) else { throw .library(name: "oneDNN", status: "no elementwise function for \(n) samples") }
        return pair
    }

    func forward(_ n: Int, inputs: [Floats], output: Floats, isTraining: Bool, random: inout RandomSource) throws(ExecutionError) {
        try unsafe layouts.run(ready(n).forward, [(THAW_SOURCE, inputs[0]), (THAW_TARGET, output)])
    }

    func backward(
        _ n: Int, inputs: [Floats], output: Floats, outputGradient: Floats, inputGradients: [Floats?], isFresh: [Bool], accumulate: Bool
    ) throws(ExecutionError) {
        guard let target = unsafe inputGradients[0] else { return }
        try unsafe layouts.set(shape, n, target, isFresh: isFresh[0]) { (place) throws(ExecutionError) in
            try unsafe layouts.run(
                ready(n).backward, [(THAW_SOURCE, inputs[0]), (THAW_TARGET_GRADIENT, outputGradient), (THAW_SOURCE_GRADIENT, place)])
        }
    }
}

extension BlockedLayouts {
    /// Lets `compute` set a gradient, or a place beside it that is then added to it.
    func set(
        _ shape: Shape, _ n: Int, _ target: Floats, isFresh: Bool, isBlocked: Bool = true,
        _ compute: (Floats) throws(ExecutionError) -> Void
    ) throws(ExecutionError) {
        guard !isFresh else { return try unsafe compute(target) }
        let count = isBlocked ? try n * size(shape) : n * shape.elementCount
        let place = unsafe workspace.place(0, count: count)
        try unsafe compute(place)
        for i in 0..<count { unsafe target[i] += place[i] }
    }
}

/// Pooling in blocks.
final class BlockedPooling: BlockedOperator {
    private struct Prepared {
        let forward, backward: Primitive
        let workspace: Arena
    }
    private let layer: Layer
    private let input, output: Shape
    private let layouts: BlockedLayouts
    private var prepared: [Int: Prepared] = [:]

    init?(_ layer: Layer, input: Shape, output: Shape, batchSize: Int, layouts: BlockedLayouts) throws(ExecutionError) {
        self.layer = layer
        self.input = input
        self.output = output
        self.layouts = layouts
        guard try prepare(batchSize) != nil else { return nil }
    }

    var byteCount: Int { prepared.values.reduce(0) { $0 + $1.workspace.count * 4 } }

    private func prepare(_ n: Int) throws(ExecutionError) -> Prepared? {
        if let known = prepared[n] { return known }
        let (source, target) = (try layouts.layout(input, n), try layouts.layout(output, n))
        guard let shape = PoolingShape(layer, batch: n, input: input, output: output),
            let forward = Primitive.pooling(shape, forTraining: true, source: source),
            let backward = Primitive.poolingBackward(shape, source: source, target: target), !forward.isPlain, !backward.isPlain,
            forward.layout(THAW_TARGET)?.equals(target) == true, forward.byteCount(THAW_WORKSPACE) == backward.byteCount(THAW_WORKSPACE)
        else { return nil }
        let result = Prepared(forward: forward, backward: backward, workspace: Arena(count: (forward.byteCount(THAW_WORKSPACE) + 3) / 4))
        prepared[n] = result
        return result
    }

    private func ready(_ n: Int) throws(ExecutionError) -> Prepared {
        guard let result = try prepare(n) else { throw .library(name: "oneDNN", status: "no pooling for \(n) samples") }
        return result
    }

    func forward(_ n: Int, inputs: [Floats], output: Floats, isTraining: Bool, random: inout RandomSource) throws(ExecutionError) {
        let made = try ready(n)
        try unsafe layouts.run(
            made.forward, [(THAW_SOURCE, inputs[0]), (THAW_TARGET, output), (THAW_WORKSPACE, made.workspace.pointer(at: 0))])
    }

    func backward(
        _ n: Int, inputs: [Floats], output: Floats, outputGradient: Floats, inputGradients: [Floats?], isFresh: [Bool], accumulate: Bool
    ) throws(ExecutionError) {
        guard let target = unsafe inputGradients[0] else { return }
        let made = try ready(n)
        try unsafe layouts.set(input, n, target, isFresh: isFresh[0]) { (place) throws(ExecutionError) in
            try unsafe layouts.run(
                made.backward,
                [
                    (THAW_TARGET_GRADIENT, outputGradient), (THAW_SOURCE_GRADIENT, place), (THAW_WORKSPACE, made.workspace.pointer(at: 0)),
                ])
        }
    }
}

/// Batch normalisation in blocks, with PyTorch's running statistics.
final class BlockedBatchNorm: BlockedOperator {
    private struct Prepared {
        let batch, given, batchBackward, givenBackward: Primitive
    }
    private let shape: Shape
    private let norm: BatchNormalization
    private let usesBatch: Bool
    private let weight, bias, mean, variance, batches: TrainableTensor
    private let layouts: BlockedLayouts
    /// Mean and variance of the last batch, then the gradients of the scale and the shift.
    private let saved: Arena
    private var usedBatch = false
    private var prepared: [Int: Prepared] = [:]

    init?(
        _ norm: BatchNormalization, shape: Shape, usesBatch: Bool, weight: TrainableTensor, bias: TrainableTensor, mean: TrainableTensor,
        variance: TrainableTensor, batches: TrainableTensor, batchSize: Int, layouts: BlockedLayouts
    ) throws(ExecutionError) {
        self.norm = norm
        self.shape = shape
        self.usesBatch = usesBatch
        self.weight = weight
        self.bias = bias
        self.mean = mean
        self.variance = variance
        self.batches = batches
        self.layouts = layouts
        saved = Arena(count: 4 * Self.room(shape[0]))
        guard try prepare(batchSize) != nil else { return nil }
    }

    private static func room(_ channels: Int) -> Int { (channels + 31) / 16 * 16 }
    private func part(_ index: Int) -> Floats { unsafe saved.pointer(at: index * Self.room(shape[0])) }

    private func prepare(_ n: Int) throws(ExecutionError) -> Prepared? {
        if let known = prepared[n] { return known }
        let layout = try layouts.layout(shape, n)
        guard let batch = Primitive.batchNorm(layout, epsilon: norm.epsilon, usesGiven: false),
            let given = Primitive.batchNorm(layout, epsilon: norm.epsilon, usesGiven: true),
            let batchBackward = Primitive.batchNormBackward(layout, epsilon: norm.epsilon, usesGiven: false),
            let givenBackward = Primitive.batchNormBackward(layout, epsilon: norm.epsilon, usesGiven: true),
            ![batch, given, batchBackward, givenBackward].contains(where: \.isPlain)
        else { return nil }
        let result = Prepared(batch: batch, given: given, batchBackward: batchBackward, givenBackward: givenBackward)
        prepared[n] = result
        return result
    }

    private func ready(_ n: Int) throws(ExecutionError) -> Prepared {
        guard let result = try prepare(n) else { throw .library(name: "oneDNN", status: "no normalisation for \(n) samples") }
        return result
    }

    func forward(_ n: Int, inputs: [Floats], output: Floats, isTraining: Bool, random: inout RandomSource) throws(ExecutionError) {
        let made = try ready(n)
        usedBatch = isTraining && usesBatch
        let channels = shape[0]
        let (means, variances) = unsafe (part(0), part(1))
        if !usedBatch {
            unsafe means.update(from: mean.value, count: channels)
            unsafe variances.update(from: variance.value, count: channels)
        }
        try unsafe layouts.run(
            usedBatch ? made.batch : made.given,
            [
                (THAW_SOURCE, inputs[0]), (THAW_TARGET, output), (THAW_WEIGHTS, weight.value), (THAW_SHIFT, bias.value), (THAW_MEAN, means),
                (THAW_VARIANCE, variances),
            ])
        guard usedBatch else { return }
        let count = Double(n * shape[1] * shape[2])
        for channel in 0..<channels {
            let unbiased = unsafe count > 1 ? Double(variances[channel]) * count / (count - 1) : Double(variances[channel])
            unsafe mean.value[channel] += norm.momentum * (means[channel] - mean.value[channel])
            unsafe variance.value[channel] += norm.momentum * (Float(unbiased) - variance.value[channel])
        }
        unsafe batches.value[0] += 1
    }

    func backward(
        _ n: Int, inputs: [Floats], output: Floats, outputGradient: Floats, inputGradients: [Floats?], isFresh: [Bool], accumulate: Bool
    ) throws(ExecutionError) {
        let made = try ready(n)
        let (scale, shift) = unsafe (part(2), part(3))
        // The library computes the input's gradient with the others: where nobody wants it, it goes to a place of its own.
        let size = try n * layouts.size(shape)
        let target = unsafe inputGradients[0] ?? layouts.workspace.place(1, count: size)
        try unsafe layouts.set(shape, n, target, isFresh: isFresh[0] || inputGradients[0] == nil) { (place) throws(ExecutionError) in
            try unsafe layouts.run(
                usedBatch ? made.batchBackward : made.givenBackward,
                [
                    (THAW_SOURCE, inputs[0]), (THAW_TARGET_GRADIENT, outputGradient), (THAW_SOURCE_GRADIENT, place),
                    (THAW_WEIGHTS, weight.value), (THAW_SHIFT, bias.value), (THAW_WEIGHTS_GRADIENT, scale), (THAW_SHIFT_GRADIENT, shift),
                    (THAW_MEAN, part(0)), (THAW_VARIANCE, part(1)),
                ])
        }
        for unsafe (gradient, sum) in unsafe [(weight.gradient, scale), (bias.gradient, shift)] {
            guard let gradient = unsafe gradient else { continue }
            for channel in 0..<shape[0] { unsafe gradient[channel] = accumulate ? gradient[channel] + sum[channel] : sum[channel] }
        }
    }
}
