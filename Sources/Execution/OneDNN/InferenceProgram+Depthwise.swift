import COneDNN
import NeuralNetworks
import Tensors

/// A 1×1 convolution and the depthwise one behind it as one step: the wide value between them stays in the cache.
extension InferenceProgram {
    /// The depthwise convolution that alone reads the value of a 1×1 convolution, where oneDNN might compute both at once.
    private func depthwiseReader(of index: Int) -> Int? {
        let node = graph.nodes[index]
        guard !options.isExact, case .convolution(let first) = node.operation, first.kernel == Extent(1),
            first.stride == Extent(1),
            first.groups == 1, node.shape[1] == graph.nodes[node.inputs[0]].shape[1],
            node.shape[2] == graph.nodes[node.inputs[0]].shape[2],
            node.residual == nil, node.bias != nil, !graph.outputs.contains(index)
        else { return nil }
        let readers = graph.nodes.indices.filter { graph.nodes[$0].reads.contains(index) }
        guard readers.count == 1, let reader = readers.first else { return nil }
        let next = graph.nodes[reader]
        guard case .convolution(let second) = next.operation, next.residual == nil, next.bias != nil,
            second.groups == node.shape[0],
            next.shape[0] == node.shape[0], second.dilation == Extent(1), second.kernel.height == second.kernel.width,
            second.kernel.height > 1,
            second.stride.height == second.stride.width
        else { return nil }
        return reader
    }

    /// Compiles both as one step if that is the faster way; the value is the second's.
    ///
    /// - Parameter seconds: what the first takes alone.
    mutating func compileWithDepthwise(
        _ index: Int, _ shape: thaw_convolution, alone: Primitive, seconds: Double, _ isInterrupted: () -> Bool
    ) throws(ExecutionError) -> (reader: Int, value: Value)? {
        guard let reader = depthwiseReader(of: index), case .convolution(let second) = graph.nodes[reader].operation else {
            return nil
        }
        let (node, next) = (graph.nodes[index], graph.nodes[reader])
        let depthwise = thaw_convolution(second, batch: batchSize, input: node.shape, output: next.shape, hasBias: true)
        let source = values[node.inputs[0]]
        // It computes what its own padding gives; the shim compares the sizes, and this the place of the padding.
        guard depthwise.top == depthwise.left,
            let both = Primitive.convolution(
                shape, thenDepthwise: depthwise, isBFloat16: options.precision == .bfloat16, source: nil,
                function: node.activation?.function,
                depthwiseFunction: next.activation?.function), !both.isPlain,
            let sourceLayout = both.layout(THAW_SOURCE), let target = both.layout(THAW_TARGET),
            let between = alone.layout(THAW_TARGET),
            let packed = both.layout(THAW_WEIGHTS), let packedDepthwise = both.layout(THAW_DEPTHWISE_WEIGHTS),
            let plain = Primitive.plainWeights(shape), let plainDepthwise = Primitive.plainWeights(depthwise),
            let weight = node.weight, let bias = node.bias, let secondWeight = next.weight, let secondBias = next.bias
        else { return nil }
        let key =
            "inference \(shape.key), \(depthwise.key) from \(source.layout.key) then \(node.activation?.function.rawValue ?? 99) and "
            + "\(next.activation?.function.rawValue ?? 99) in \(options.precision)"
        let choice = try MeasuredChoices.choice(key) { () throws(ExecutionError) in
            let single = ConvolutionChoice(
                shape: depthwise, source: between, residual: nil, function: next.activation?.function, options: options)
            var together = try Measurement.seconds([both], isInterrupted)[0]
            if !sourceLayout.equals(source.layout) {
                together += try Measurement.seconds([Primitive.reorder(from: source.layout, to: sourceLayout)], isInterrupted)[0]
            }
            let apart = seconds + (try single.best(isInterrupted)?.seconds ?? .infinity)
            return MeasuredChoices.Choice(way: together < apart ? 1 : 0, seconds: min(together, apart))
        }
        guard choice.way == 1 else { return nil }
        let converted = try convert(source, to: sourceLayout)
        let value = appendResult(
            both, [(THAW_SOURCE, converted.buffer)], target,
            constants: [
                (THAW_WEIGHTS, try Self.packed(weight, from: plain, to: packed)),
                (THAW_BIAS, try Self.packed(bias, from: nil, to: nil)),
                (THAW_DEPTHWISE_WEIGHTS, try Self.packed(secondWeight, from: plainDepthwise, to: packedDepthwise)),
                (THAW_DEPTHWISE_BIAS, try Self.packed(secondBias, from: nil, to: nil)),
            ])
        return (reader, value)
    }
}
