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

    var backwardReads: BackwardReads { BackwardReads(firstInput: true, otherInputs: false, output: false) }

    private func prepare(_ n: Int) throws(ExecutionError) -> (forward: Primitive, backward: Primitive)? {
        if let known = prepared[n] { return known }
        let layout = try layouts.layout(shape, n)
        guard let forward = Primitive.elementwise(layout, function),
            let backward = Primitive.elementwiseBackward(layout, function),
            !forward.isPlain, !backward.isPlain
        else { return nil }
        prepared[n] = (forward, backward)
        return (forward, backward)
    }

    private func ready(_ n: Int) throws(ExecutionError) -> (forward: Primitive, backward: Primitive) {
        guard let pair = try prepare(n) else {
            throw .library(name: "oneDNN", status: "no elementwise function for \(n) samples")
        }
        return pair
    }

    func forward(_ n: Int, inputs: [Floats], output: Floats, isTraining: Bool, random: inout RandomSource) throws(ExecutionError)
    {
        try unsafe layouts.run(ready(n).forward, [(THAW_SOURCE, inputs[0]), (THAW_TARGET, output)])
    }

    func backward(
        _ n: Int, inputs: [Floats], output: Floats, outputGradient: Floats, inputGradients: [Floats?], isFresh: [Bool],
        accumulate: Bool
    ) throws(ExecutionError) {
        guard let target = unsafe inputGradients[0] else { return }
        try unsafe layouts.set(shape, n, target, isFresh: isFresh[0]) { (place) throws(ExecutionError) in
            try unsafe layouts.run(
                ready(n).backward,
                [(THAW_SOURCE, inputs[0]), (THAW_TARGET_GRADIENT, outputGradient), (THAW_SOURCE_GRADIENT, place)])
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
        unsafe PlainKernels.add(count, place, onto: target, parallel)
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

    var backwardReads: BackwardReads { .nothing }
    var byteCount: Int { prepared.values.reduce(0) { $0 + $1.workspace.count * 4 } }

    private func prepare(_ n: Int) throws(ExecutionError) -> Prepared? {
        if let known = prepared[n] { return known }
        let (source, target) = (try layouts.layout(input, n), try layouts.layout(output, n))
        guard let shape = PoolingShape(layer, batch: n, input: input, output: output),
            let forward = Primitive.pooling(shape, forTraining: true, source: source),
            let backward = Primitive.poolingBackward(shape, source: source, target: target), !forward.isPlain, !backward.isPlain,
            forward.layout(THAW_TARGET)?.equals(target) == true,
            forward.byteCount(THAW_WORKSPACE) == backward.byteCount(THAW_WORKSPACE)
        else { return nil }
        let result = Prepared(
            forward: forward, backward: backward, workspace: Arena(count: (forward.byteCount(THAW_WORKSPACE) + 3) / 4))
        prepared[n] = result
        return result
    }

    private func ready(_ n: Int) throws(ExecutionError) -> Prepared {
        guard let result = try prepare(n) else { throw .library(name: "oneDNN", status: "no pooling for \(n) samples") }
        return result
    }

    func forward(_ n: Int, inputs: [Floats], output: Floats, isTraining: Bool, random: inout RandomSource) throws(ExecutionError)
    {
        let made = try ready(n)
        try unsafe layouts.run(
            made.forward, [(THAW_SOURCE, inputs[0]), (THAW_TARGET, output), (THAW_WORKSPACE, made.workspace.pointer(at: 0))])
    }

    func backward(
        _ n: Int, inputs: [Floats], output: Floats, outputGradient: Floats, inputGradients: [Floats?], isFresh: [Bool],
        accumulate: Bool
    ) throws(ExecutionError) {
        guard let target = unsafe inputGradients[0] else { return }
        let made = try ready(n)
        try unsafe layouts.set(input, n, target, isFresh: isFresh[0]) { (place) throws(ExecutionError) in
            try unsafe layouts.run(
                made.backward,
                [
                    (THAW_TARGET_GRADIENT, outputGradient), (THAW_SOURCE_GRADIENT, place),
                    (THAW_WORKSPACE, made.workspace.pointer(at: 0)),
                ])
        }
    }
}
