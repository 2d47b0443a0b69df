import NeuralNetworks
import Tensors

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// A graph for inference: BatchNorm folded into convolutions, residual sums and activations fused into what computes their input.
struct FusedGraph {
    /// One operation.
    struct Node {
        enum Operation {
            case input
            case convolution(Convolution)
            case linear(FullyConnected)
            /// BatchNorm that stands behind no convolution: `scale · x + shift` for each channel.
            case affine
            case layer(Layer)
            case add, multiply, concatenate
        }
        let operation: Operation
        var inputs: [Int]
        /// A value that is added before the activation.
        var residual: Int?
        var activation: Activation?
        /// A convolution's or linear layer's weight, or the scale of `affine`.
        var weight: Tensor?
        var bias: Tensor?
        let path: String
        /// One sample's shape.
        let shape: Shape

        /// Every value that it reads.
        var reads: [Int] { inputs + (residual.map { [$0] } ?? []) }
    }

    private(set) var nodes: [Node] = []
    /// The nodes whose values were asked for, in the order asked.
    private(set) var outputs: [Int] = []

    /// The part of a graph that `outputs` need, for inference with these weights.
    init(_ graph: Graph, parameters: ParameterStore, outputs wanted: [Int]) throws(ExecutionError) {
        let needed = Self.needed(graph, wanted)
        // Evaluation drops nothing: such nodes pass their input on, and their readers read that.
        var source = Array(graph.nodes.indices)
        for (index, node) in graph.nodes.enumerated() {
            if case .layer(let layer) = node.operation, Self.passesOn(layer) { source[index] = source[node.inputs[0]] }
        }
        let isWanted = Set(wanted.map { source[$0] })
        var readers = [Int](repeating: 0, count: graph.nodes.count)
        for (index, node) in graph.nodes.enumerated() where needed[index] && source[index] == index {
            for input in node.inputs { readers[source[input]] += 1 }
        }
        // Which fused node has the value of a graph node, and which graph node's value a fused node has.
        var fused = [Int](repeating: -1, count: graph.nodes.count)
        var holds: [Int] = []

        func append(_ node: Node, for index: Int) {
            fused[index] = nodes.count
            holds.append(index)
            nodes.append(node)
        }
        /// Whether nobody but one reader sees the value of a fused node as it is now.
        func isPrivate(_ position: Int) -> Bool { readers[holds[position]] == 1 && !isWanted.contains(holds[position]) }
        func absorb(_ index: Int, into position: Int) {
            fused[index] = position
            holds[position] = index
        }

        for (index, node) in graph.nodes.enumerated() where needed[index] && source[index] == index {
            let inputs = node.inputs.map { fused[source[$0]] }
            func make(_ operation: Node.Operation, weight: Tensor? = nil, bias: Tensor? = nil) -> Node {
                Node(operation: operation, inputs: inputs, weight: weight, bias: bias, path: node.path, shape: node.shape)
            }
            switch node.operation {
            case .input: append(make(.input), for: index)
            case .add:
                if node.inputs.count == 2, inputs[0] != inputs[1], let last = inputs.max(), let other = inputs.min(),
                    Self.takesResidual(nodes[last]), isPrivate(last)
                {
                    nodes[last].residual = other
                    absorb(index, into: last)
                } else {
                    append(make(.add), for: index)
                }
            case .multiply: append(make(.multiply), for: index)
            case .concatenate: append(make(.concatenate), for: index)
            case .layer(let layer):
                switch layer {
                case .conv2d(let convolution):
                    append(
                        make(
                            .convolution(convolution), weight: try Self.parameter("weight", node, parameters),
                            bias: convolution.hasBias ? try Self.parameter("bias", node, parameters) : nil), for: index)
                case .linear(let linear):
                    append(
                        make(
                            .linear(linear), weight: try Self.parameter("weight", node, parameters),
                            bias: linear.hasBias ? try Self.parameter("bias", node, parameters) : nil), for: index)
                case .batchNorm2d(let norm):
                    let (scale, shift) = try Self.affine(norm, node, parameters)
                    let position = inputs[0]
                    if case .convolution = nodes[position].operation, nodes[position].activation == nil, nodes[position].residual == nil,
                        isPrivate(position), let weight = nodes[position].weight
                    {
                        (nodes[position].weight, nodes[position].bias) = Self.folded(weight, nodes[position].bias, scale, shift)
                        absorb(index, into: position)
                    } else {
                        append(make(.affine, weight: scale, bias: shift), for: index)
                    }
                case .activation(let activation):
                    let position = inputs[0]
                    if Self.takesActivation(nodes[position]), isPrivate(position) {
                        nodes[position].activation = activation
                        absorb(index, into: position)
                    } else {
                        append(make(.layer(layer)), for: index)
                    }
                case .layerNorm:
                    append(
                        make(
                            .layer(layer), weight: try Self.parameter("weight", node, parameters),
                            bias: try Self.parameter("bias", node, parameters)), for: index)
                default: append(make(.layer(layer)), for: index)
                }
            }
        }
        outputs = wanted.map { fused[source[$0]] }
    }

    private static func passesOn(_ layer: Layer) -> Bool {
        switch layer {
        case .dropout, .stochasticDepth, .identity: true
        default: false
        }
    }

    private static func needed(_ graph: Graph, _ wanted: [Int]) -> [Bool] {
        var needed = [Bool](repeating: false, count: graph.nodes.count)
        for index in wanted where needed.indices.contains(index) { needed[index] = true }
        for index in graph.nodes.indices.reversed() where needed[index] {
            for input in graph.nodes[index].inputs { needed[input] = true }
        }
        needed[0] = true
        return needed
    }

    private static func takesResidual(_ node: Node) -> Bool {
        guard node.activation == nil, node.residual == nil else { return false }
        if case .convolution = node.operation { return true }
        return false
    }

    private static func takesActivation(_ node: Node) -> Bool {
        guard node.activation == nil else { return false }
        switch node.operation {
        case .convolution, .linear, .affine, .add: return true
        default: return false
        }
    }

    private static func parameter(_ name: String, _ node: Graph.Node, _ store: ParameterStore) throws(ExecutionError) -> Tensor {
        let full = node.path.isEmpty ? name : "\(node.path).\(name)"
        guard let tensor = store[full] else { throw .missingParameter(name: full) }
        if let expected = node.parameters.first(where: { $0.name == full })?.declaration.shape, tensor.shape != expected {
            throw .wrongParameterShape(name: full, found: tensor.shape.description, expected: expected.description)
        }
        return tensor
    }

    /// `γ/√(σ²+ε)` and `β - μ·γ/√(σ²+ε)`, in double precision.
    private static func affine(
        _ norm: BatchNormalization, _ node: Graph.Node, _ store: ParameterStore
    ) throws(ExecutionError) -> (scale: Tensor, shift: Tensor) {
        let weight = try parameter("weight", node, store).elements
        let bias = try parameter("bias", node, store).elements
        let mean = try parameter("running_mean", node, store).elements
        let variance = try parameter("running_var", node, store).elements
        let scales = weight.indices.map { Double(weight[$0]) / (Double(variance[$0]) + Double(norm.epsilon)).squareRoot() }
        let shifts = bias.indices.map { Double(bias[$0]) - Double(mean[$0]) * scales[$0] }
        let shape = Shape([weight.count])
        return (Tensor(shape, scales.map { Float($0) }), Tensor(shape, shifts.map { Float($0) }))
    }

    private static func folded(_ weight: Tensor, _ bias: Tensor?, _ scale: Tensor, _ shift: Tensor) -> (Tensor, Tensor) {
        let (scales, shifts) = (scale.elements, shift.elements)
        let slice = weight.count / max(scales.count, 1)
        var folded = weight
        unsafe folded.withMutableElements { values in
            for channel in scales.indices {
                for i in channel * slice..<(channel + 1) * slice { unsafe values[i] *= scales[channel] }
            }
        }
        let old = bias?.elements
        return (folded, Tensor(shift.shape, shifts.indices.map { shifts[$0] + (old?[$0] ?? 0) * scales[$0] }))
    }
}
