public import NeuralNetworks
import Tensors

extension Checkpoint {
    /// Writes a network as an ONNX file that runs anywhere: opset 17, one input `[N, C, H, W]` with any number of pictures, one output.
    ///
    /// The network is as it is in evaluation: dropout is gone, BatchNorm uses its stored statistics. Layers keep their names as those of their weights.
    /// - Parameters:
    ///   - softmax: the output is probabilities and called so, not `logits`.
    ///   - metadata: strings that the file says about itself, such as classes and preprocessing.
    /// - Throws: ``CheckpointError``: a parameter has no values, the file can't be written, or would be larger than the format's 2 GiB.
    public static func writeONNX(
        _ graph: Graph, parameters: ParameterStore, softmax: Bool = false, metadata: [String: String] = [:], name: String, to path: String
    ) throws(CheckpointError) {
        let output = softmax ? "probabilities" : "logits"
        let network = try ONNXGraph(graph, parameters, softmax: softmax, outputName: output, path: path)
        let tensors = network.initializers.map { Self.header($0.name, $0.value) }
        // The graph's own fields, but for the tensors.
        var body = ProtobufWriter()
        for (index, node) in network.nodes.enumerated() { body.message(field: 1) { Self.write(node, index, to: &$0) } }
        body.text(name, field: 2)
        var after = ProtobufWriter()
        after.message(field: 11) { Self.describe(ONNXGraph.inputName, graph.inputShape, to: &$0) }
        after.message(field: 12) { Self.describe(output, graph.outputShape, to: &$0) }
        let tensorBytes = zip(tensors, network.initializers).reduce(0) { sum, pair in
            sum + ProtobufWriter.size(field: 5, byteCount: pair.0.count + Self.byteCount(pair.1.value))
        }
        let graphBytes = body.bytes.count + tensorBytes + after.bytes.count
        guard graphBytes < Int(Int32.max) - (1 << 20) else {
            throw .tooLarge(path: path, what: "the network as ONNX", size: UInt64(graphBytes), limit: UInt64(Int32.max))
        }
        var model = ProtobufWriter()
        model.integer(8, field: 1)
        model.text("thaw", field: 2)
        model.announce(field: 7, byteCount: graphBytes)
        var end = ProtobufWriter()
        end.message(field: 8) { $0.integer(ONNXGraph.opset, field: 2) }
        for (key, value) in metadata.sorted(by: { $0.key < $1.key }) {
            end.message(field: 14) {
                $0.text(key, field: 1)
                $0.text(value, field: 2)
            }
        }
        try AtomicFile.write(to: path) { (writer) throws(CheckpointError) in
            try writer.write(model.bytes + body.bytes)
            for (header, initializer) in zip(tensors, network.initializers) {
                var key = ProtobufWriter()
                key.announce(field: 5, byteCount: header.count + Self.byteCount(initializer.value))
                try writer.write(key.bytes + header)
                try Self.write(initializer.value, to: &writer)
            }
            try writer.write(after.bytes + end.bytes)
        }
    }

    // MARK: - Messages

    /// A TensorProto up to its `raw_data`, whose bytes follow.
    private static func header(_ name: String, _ value: ONNXGraph.Initializer) -> [UInt8] {
        var tensor = ProtobufWriter()
        switch value {
        case .floats(let floats):
            for extent in floats.shape.dimensions { tensor.integer(extent, field: 1) }
            tensor.integer(1, field: 2)
            tensor.text(name, field: 8)
            tensor.announce(field: 9, byteCount: floats.count * 4)
        case .integers(let integers):
            tensor.integer(integers.count, field: 1)
            tensor.integer(7, field: 2)
            tensor.text(name, field: 8)
            tensor.announce(field: 9, byteCount: integers.count * 8)
        }
        return tensor.bytes
    }

    private static func byteCount(_ value: ONNXGraph.Initializer) -> Int {
        switch value {
        case .floats(let tensor): tensor.count * 4
        case .integers(let integers): integers.count * 8
        }
    }

    private static func write(_ value: ONNXGraph.Initializer, to writer: inout AtomicFile.Writer) throws(CheckpointError) {
        switch value {
        case .floats(let tensor):
            // Little-endian, as the format wants and every supported processor stores.
            try unsafe tensor.withElements { (elements) throws(CheckpointError) in try unsafe writer.write(UnsafeRawBufferPointer(elements)) }
        case .integers(let integers):
            var bytes: [UInt8] = []
            for integer in integers { for shift in stride(from: 0, to: 64, by: 8) { bytes.append(UInt8(truncatingIfNeeded: integer >> shift)) } }
            try writer.write(bytes)
        }
    }

    private static func write(_ node: ONNXGraph.Node, _ index: Int, to message: inout ProtobufWriter) {
        for input in node.inputs { message.text(input, field: 1) }
        message.text(node.output, field: 2)
        message.text("\(node.operation)_\(index)", field: 3)
        message.text(node.operation, field: 4)
        for (name, value) in node.attributes {
            message.message(field: 5) { attribute in
                attribute.text(name, field: 1)
                switch value {
                case .float(let number):
                    attribute.float(number, field: 2)
                    attribute.integer(1, field: 20)
                case .integer(let number):
                    attribute.integer(number, field: 3)
                    attribute.integer(2, field: 20)
                case .text(let text):
                    attribute.text(text, field: 4)
                    attribute.integer(3, field: 20)
                case .integers(let numbers):
                    for number in numbers { attribute.integer(number, field: 8) }
                    attribute.integer(7, field: 20)
                }
            }
        }
    }

    /// A ValueInfoProto: floats of a sample's shape, any number of samples.
    private static func describe(_ name: String, _ shape: Shape, to message: inout ProtobufWriter) {
        message.text(name, field: 1)
        message.message(field: 2) { type in
            type.message(field: 1) { tensor in
                tensor.integer(1, field: 1)
                tensor.message(field: 2) { dimensions in
                    dimensions.message(field: 1) { $0.text("N", field: 2) }
                    for extent in shape.dimensions { dimensions.message(field: 1) { $0.integer(extent, field: 1) } }
                }
            }
        }
    }
}
