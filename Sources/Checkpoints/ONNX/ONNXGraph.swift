import NeuralNetworks
import Tensors

/// A network as ONNX operators (opset 17): nodes, the tensors that they read, one input and one output.
struct ONNXGraph {
    /// An operator's setting.
    enum Attribute {
        case integer(Int)
        case float(Float)
        case integers([Int])
        case text(String)
    }

    struct Node {
        let operation: String
        let inputs: [String]
        let output: String
        let attributes: [(name: String, value: Attribute)]
    }

    /// A tensor in the file: a weight, or the constants of an operator.
    enum Initializer {
        case floats(Tensor)
        case integers([Int])
    }

    private(set) var nodes: [Node] = []
    private(set) var initializers: [(name: String, value: Initializer)] = []
    private var known: Set<String> = []
    private var constants = 0

    static let opset = 17
    static let inputName = "input"
    private(set) var outputName = ""

    /// The network's operators, in the order of its graph.
    ///
    /// - Throws: ``CheckpointError`` if a parameter is missing.
    init(_ graph: Graph, _ parameters: ParameterStore, softmax: Bool, outputName: String, path: String) throws(CheckpointError) {
        var names: [String] = []
        for node in graph.nodes {
            let inputs = node.inputs.map { names[$0] }
            names.append(try append(node, inputs, shapes: node.inputs.map { graph.nodes[$0].shape }, parameters, path))
        }
        var result = names[graph.output]
        if softmax { result = add("Softmax", [result], [("axis", .integer(-1))]) }
        // One node more, so that the output has its name whatever gave it.
        nodes.append(Node(operation: "Identity", inputs: [result], output: outputName, attributes: []))
        self.outputName = outputName
    }

    private mutating func append(
        _ node: Graph.Node, _ inputs: [String], shapes: [Shape], _ parameters: ParameterStore, _ path: String
    ) throws(CheckpointError) -> String {
        switch node.operation {
        case .input: return Self.inputName
        case .add: return inputs.dropFirst().reduce(inputs[0]) { add("Add", [$0, $1]) }
        case .multiply: return add("Mul", inputs)
        case .concatenate: return add("Concat", inputs, [("axis", .integer(1))])
        case .layer(let layer):
            for (name, _) in node.parameters {
                guard let tensor = parameters[name] else { throw .malformed(path: path, defect: "the network has no values for \(name)") }
                if !name.hasSuffix("num_batches_tracked"), known.insert(name).inserted { initializers.append((name, .floats(tensor))) }
            }
            return append(layer, node.path, inputs[0], shapes[0], node.shape)
        }
    }

    private mutating func append(_ layer: Layer, _ path: String, _ input: String, _ shape: Shape, _ result: Shape) -> String {
        func name(_ parameter: String) -> String { path.isEmpty ? parameter : "\(path).\(parameter)" }
        switch layer {
        case .conv2d(let c):
            let amounts = Self.pads(c, shape)
            return add(
                "Conv", [input, name("weight")] + (c.hasBias ? [name("bias")] : []),
                [
                    ("dilations", .integers([c.dilation.height, c.dilation.width])), ("group", .integer(c.groups)),
                    ("kernel_shape", .integers([c.kernel.height, c.kernel.width])), ("pads", .integers(amounts)),
                    ("strides", .integers([c.stride.height, c.stride.width])),
                ])
        case .batchNorm2d(let b):
            return add(
                "BatchNormalization", [input] + ["weight", "bias", "running_mean", "running_var"].map(name), [("epsilon", .float(b.epsilon))])
        case .linear(let l):
            if shape.rank == 1 { return add("Gemm", [input, name("weight")] + (l.hasBias ? [name("bias")] : []), [("transB", .integer(1))]) }
            let turned = add("Transpose", [name("weight")], [("perm", .integers([1, 0]))])
            let product = add("MatMul", [input, turned])
            return l.hasBias ? add("Add", [product, name("bias")]) : product
        case .layerNorm(let l):
            let settings: [(String, Attribute)] = [("axis", .integer(-1)), ("epsilon", .float(l.epsilon))]
            guard l.channelsFirst, shape.rank == 3 else { return add("LayerNormalization", [input, name("weight"), name("bias")], settings) }
            let last = add("Transpose", [input], [("perm", .integers([0, 2, 3, 1]))])
            let normal = add("LayerNormalization", [last, name("weight"), name("bias")], settings)
            return add("Transpose", [normal], [("perm", .integers([0, 3, 1, 2]))])
        case .activation(let activation): return append(activation, input)
        case .maxPool2d(let p): return add("MaxPool", [input], Self.window(p))
        case .avgPool2d(let p): return add("AveragePool", [input], Self.window(p) + [("count_include_pad", .integer(p.countIncludePad ? 1 : 0))])
        case .adaptiveAvgPool2d: return adaptive("AveragePool", "GlobalAveragePool", "ReduceMean", input, shape, result)
        case .adaptiveMaxPool2d: return adaptive("MaxPool", "GlobalMaxPool", "ReduceMax", input, shape, result)
        case .flatten: return add("Flatten", [input], [("axis", .integer(1))])
        case .channelShuffle(let groups):
            let apart = add("Reshape", [input, integers([0, groups, shape[0] / groups, shape[1], shape[2]])])
            let swapped = add("Transpose", [apart], [("perm", .integers([0, 2, 1, 3, 4]))])
            return add("Reshape", [swapped, integers([0, shape[0], shape[1], shape[2]])])
        case .channelSlice(let start, let end): return slice(input, start, end, axis: 1)
        // The graph has both halves of it as nodes of their own.
        case .adaptiveConcatPool2d, .dropout, .stochasticDepth, .identity: return input
        }
    }

    private mutating func append(_ activation: Activation, _ input: String) -> String {
        switch activation {
        case .relu: return add("Relu", [input])
        case .relu6: return add("Clip", [input, scalar(0), scalar(6)])
        case .silu: return add("Mul", [input, add("Sigmoid", [input])])
        case .hardswish: return add("Mul", [input, add("HardSigmoid", [input], [("alpha", .float(1 / 6)), ("beta", .float(0.5))])])
        case .hardsigmoid: return add("HardSigmoid", [input], [("alpha", .float(1 / 6)), ("beta", .float(0.5))])
        case .sigmoid: return add("Sigmoid", [input])
        case .tanh: return add("Tanh", [input])
        case .gelu:
            // x/2 · (1 + erf(x/√2))
            let bell = add("Erf", [add("Mul", [input, scalar(Float(0.5).squareRoot())])])
            let half = add("Mul", [input, scalar(0.5)])
            return add("Mul", [half, add("Add", [bell, scalar(1)])])
        }
    }

    // MARK: - Pooling

    private static func pads(_ c: Convolution, _ shape: Shape) -> [Int] {
        let v = c.padding.amounts(input: shape[1], kernel: c.kernel.height, stride: c.stride.height, dilation: c.dilation.height, vertical: true)
        let h = c.padding.amounts(input: shape[2], kernel: c.kernel.width, stride: c.stride.width, dilation: c.dilation.width, vertical: false)
        return [v.before, h.before, v.after, h.after]
    }

    private static func window(_ p: Pooling) -> [(String, Attribute)] {
        [
            ("ceil_mode", .integer(p.ceilMode ? 1 : 0)), ("kernel_shape", .integers([p.kernel.height, p.kernel.width])),
            ("pads", .integers([p.padding.height, p.padding.width, p.padding.height, p.padding.width])),
            ("strides", .integers([p.stride.height, p.stride.width])),
        ]
    }

    /// Pooling to a size: over everything, over equal windows, or over windows that PyTorch cuts unevenly, rows first and then columns.
    private mutating func adaptive(_ plain: String, _ global: String, _ reduction: String, _ input: String, _ shape: Shape, _ result: Shape) -> String {
        let (from, to) = ((shape[1], shape[2]), (result[1], result[2]))
        if from == to { return input }
        if to == (1, 1) { return add(global, [input]) }
        if from.0 % to.0 == 0, from.1 % to.1 == 0 {
            let kernel = [from.0 / to.0, from.1 / to.1]
            return add(plain, [input], [("kernel_shape", .integers(kernel)), ("strides", .integers(kernel))])
        }
        var value = input
        for (axis, size, parts) in [(2, from.0, to.0), (3, from.1, to.1)] where size != parts {
            let pieces = (0..<parts).map { part in
                let window = slice(value, part * size / parts, ((part + 1) * size + parts - 1) / parts, axis: axis)
                return add(reduction, [window], [("axes", .integers([axis])), ("keepdims", .integer(1))])
            }
            value = pieces.count == 1 ? pieces[0] : add("Concat", pieces, [("axis", .integer(axis))])
        }
        return value
    }

    // MARK: - Pieces

    private mutating func add(_ operation: String, _ inputs: [String], _ attributes: [(String, Attribute)] = []) -> String {
        let output = "v\(nodes.count)"
        nodes.append(Node(operation: operation, inputs: inputs, output: output, attributes: attributes.map { (name: $0.0, value: $0.1) }))
        return output
    }

    private mutating func slice(_ input: String, _ start: Int, _ end: Int, axis: Int) -> String {
        add("Slice", [input, integers([start]), integers([end]), integers([axis])])
    }

    private mutating func integers(_ values: [Int]) -> String {
        constants += 1
        initializers.append(("constant.\(constants)", .integers(values)))
        return "constant.\(constants)"
    }

    private mutating func scalar(_ value: Float) -> String {
        constants += 1
        initializers.append(("constant.\(constants)", .floats(Tensor(value))))
        return "constant.\(constants)"
    }
}
