import COneDNN
import NeuralNetworks
import Tensors

/// Convolutions, linear layers, sums and products.
extension InferenceProgram {
    mutating func compile(
        _ convolution: Convolution, _ node: FusedGraph.Node, _ index: Int, _ isInterrupted: () -> Bool
    ) throws(ExecutionError) -> Value? {
        guard let weight = node.weight, values[node.inputs[0]].layout.byteCount > 0 else { return nil }
        let input = graph.nodes[node.inputs[0]].shape
        let shape = thaw_convolution(convolution, batch: batchSize, input: input, output: node.shape, hasBias: node.bias != nil)
        let source = values[node.inputs[0]]
        let choice = ConvolutionChoice(
            shape: shape, source: source.layout, residual: node.residual.map { values[$0].layout },
            function: node.activation?.function,
            options: options)
        guard let (primitive, seconds) = try choice.best(isInterrupted), let sourceLayout = primitive.layout(THAW_SOURCE),
            let target = primitive.layout(THAW_TARGET),
            let packed = primitive.layout(THAW_WEIGHTS), let plainWeights = Primitive.plainWeights(shape)
        else { return nil }
        if let (reader, value) = try compileWithDepthwise(index, shape, alone: primitive, seconds: seconds, isInterrupted) {
            finished[reader] = value
            return value
        }
        let converted = try convert(source, to: sourceLayout)
        var constants = [(THAW_WEIGHTS, try Self.packed(weight, from: plainWeights, to: packed))]
        if let bias = node.bias { constants.append((THAW_BIAS, try Self.packed(bias, from: nil, to: nil))) }
        guard let residual = node.residual else {
            return appendResult(primitive, [(THAW_SOURCE, converted.buffer)], target, constants: constants)
        }
        // The sum is written over the shortcut; a copy of it if somebody still wants to read that.
        var shortcut = try convert(values[residual], to: target)
        if shortcut.buffer == values[residual].buffer, !isFree(residual, after: index) || residual == node.inputs[0] {
            let copy = try Primitive.reorder(from: target, to: target)
            shortcut = appendResult(copy, [(THAW_SOURCE, shortcut.buffer)], target)
        }
        append(primitive, [(THAW_SOURCE, converted.buffer), (THAW_TARGET, shortcut.buffer)], constants: constants)
        return Value(buffer: shortcut.buffer, layout: target)
    }

    /// A constant in the layout that a primitive wants.
    static func packed(_ tensor: Tensor, from: Layout?, to: Layout?) throws(ExecutionError) -> Arena {
        guard let from, let to else {
            let arena = Arena(count: tensor.count)
            unsafe tensor.withElements { source in
                if let base = source.baseAddress { unsafe arena.pointer(at: 0).update(from: base, count: tensor.count) }
            }
            return arena
        }
        let arena = Arena(count: (to.byteCount + 3) / 4)
        let primitive = try Primitive.reorder(from: from, to: to)
        let scratch = Arena(count: (primitive.byteCount(THAW_SCRATCH) + 3) / 4)
        unsafe tensor.withElements { source in
            guard let base = source.baseAddress else { return }
            // Only read from.
            unsafe primitive.bind(THAW_SOURCE, UnsafeMutablePointer(mutating: base))
            unsafe primitive.bind(THAW_TARGET, arena.pointer(at: 0))
            unsafe primitive.bind(THAW_SCRATCH, scratch.pointer(at: 0))
            primitive.run()
        }
        return arena
    }

    mutating func compile(_ linear: FullyConnected, _ node: FusedGraph.Node) throws(ExecutionError) -> Value? {
        let features = graph.nodes[node.inputs[0]].shape
        guard let weight = node.weight, features.rank == 1 else { return nil }
        guard
            let primitive = Primitive.linear(
                rows: batchSize, inFeatures: features[0], outFeatures: linear.outFeatures, hasBias: node.bias != nil,
                isBFloat16: options.precision == .bfloat16, function: node.activation?.function), !primitive.isPlain,
            let source = primitive.layout(THAW_SOURCE), let packed = primitive.layout(THAW_WEIGHTS),
            let target = primitive.layout(THAW_TARGET)
        else { return nil }
        let converted = try convert(values[node.inputs[0]], to: source)
        var constants = [(THAW_WEIGHTS, try Self.packed(weight, from: try Layout.plain(weight.shape.dimensions), to: packed))]
        if let bias = node.bias { constants.append((THAW_BIAS, try Self.packed(bias, from: nil, to: nil))) }
        return appendResult(primitive, [(THAW_SOURCE, converted.buffer)], target, constants: constants)
    }

    /// `scale · x + shift` is a normalisation with mean 0 and variance 1.
    mutating func affine(_ node: FusedGraph.Node) throws(ExecutionError) -> Value? {
        let source = values[node.inputs[0]]
        guard let scale = node.weight, let shift = node.bias, node.shape.rank == 3, node.residual == nil,
            let primitive = Primitive.batchNorm(source.layout, epsilon: 0, usesGiven: true), !primitive.isPlain,
            let layout = primitive.layout(THAW_TARGET)
        else { return nil }
        let channels = scale.shape
        let constants = [
            (THAW_WEIGHTS, try Self.packed(scale, from: nil, to: nil)), (THAW_SHIFT, try Self.packed(shift, from: nil, to: nil)),
            (THAW_MEAN, try Self.packed(Tensor(zeros: channels), from: nil, to: nil)),
            (
                THAW_VARIANCE,
                try Self.packed(Tensor(channels, [Float](repeating: 1, count: channels.elementCount)), from: nil, to: nil)
            ),
        ]
        let result = appendResult(primitive, [(THAW_SOURCE, source.buffer)], layout, constants: constants)
        return finished(result, node)
    }

    /// The value after the node's activation, if it has one.
    private mutating func finished(_ value: Value, _ node: FusedGraph.Node) -> Value? {
        guard let activation = node.activation else { return value }
        return activate(value, activation.function, inPlace: true)
    }

    mutating func sum(_ node: FusedGraph.Node) throws(ExecutionError) -> Value? {
        guard node.inputs.count >= 2 else { return nil }
        let layout = values[node.inputs[0]].layout
        guard let primitive = Primitive.sum(layout, layout), !primitive.isPlain else { return nil }
        var first = values[node.inputs[0]].buffer
        let target = buffer(bytes: layout.byteCount)
        for read in node.inputs.dropFirst() {
            guard let next = Primitive.sum(layout, layout) else { return nil }
            let second = try convert(values[read], to: layout)
            append(next, [(THAW_SOURCE, first), (THAW_SECOND, second.buffer), (THAW_TARGET, target)])
            first = target
        }
        return finished(Value(buffer: target, layout: layout), node)
    }

    mutating func product(_ node: FusedGraph.Node) throws(ExecutionError) -> Value? {
        guard node.inputs.count == 2 else { return nil }
        let (first, second) = (values[node.inputs[0]], values[node.inputs[1]])
        guard let primitive = Primitive.product(first.layout, second.layout), !primitive.isPlain else { return nil }
        let result = appendResult(primitive, [(THAW_SOURCE, first.buffer), (THAW_SECOND, second.buffer)], first.layout)
        return finished(result, node)
    }

    mutating func concatenation(_ node: FusedGraph.Node) -> Value? {
        let sources = node.inputs.map { values[$0] }
        guard node.shape.rank == 3, let primitive = Primitive.concatenation(sources.map(\.layout)), !primitive.isPlain,
            let layout = primitive.layout(THAW_TARGET)
        else { return nil }
        let target = buffer(bytes: layout.byteCount)
        append(
            primitive,
            places: sources.enumerated().map { (Int(THAW_FIRST_OF_MANY.rawValue) + $0.offset, $0.element.buffer) }
                + [(Int(THAW_TARGET.rawValue), target)])
        return Value(buffer: target, layout: layout)
    }
}
