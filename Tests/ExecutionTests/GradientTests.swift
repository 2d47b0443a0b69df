import Execution
import NeuralNetworks
import Tensors
import Testing

/// Every layer's backward pass against differences of its forward pass.
@Suite struct GradientTests {
    struct Case: CustomTestStringConvertible, Sendable {
        let name: String
        let module: Module
        let input: Shape
        var testDescription: String { name }
    }

    static func conv(_ out: Int, _ kernel: Int, stride: Int = 1, padding: Int = 0, groups: Int = 1, dilation: Int = 1, bias: Bool = true) -> Module {
        .layer(.conv(Convolution(nil, out, kernel: kernel, stride: stride, padding: padding, dilation: dilation, groups: groups, bias: bias)))
    }

    static let cases: [Case] = [
        Case(name: "conv 3x3", module: conv(3, 3, padding: 1), input: [2, 5, 6]),
        Case(name: "conv stride 2", module: conv(4, 3, stride: 2, padding: 1, bias: false), input: [3, 7, 5]),
        Case(name: "conv 1x1", module: conv(5, 1), input: [3, 4, 4]),
        Case(name: "conv 1x1 stride 2", module: conv(5, 1, stride: 2), input: [3, 5, 5]),
        Case(name: "conv grouped", module: conv(4, 3, padding: 1, groups: 2), input: [4, 5, 5]),
        Case(name: "conv depthwise", module: conv(4, 3, stride: 2, padding: 1, groups: 4), input: [4, 6, 5]),
        Case(name: "conv depthwise multiplier", module: conv(4, 3, padding: 1, groups: 2), input: [2, 5, 5]),
        Case(name: "conv dilated", module: conv(2, 3, padding: 2, dilation: 2), input: [2, 6, 6]),
        Case(
            name: "conv same, stride 2",
            module: .layer(
                .conv2d(
                    Convolution(
                        nil, 4, kernel: Extent(3), stride: Extent(2), padding: .same, dilation: Extent(1), groups: 2, bias: true))),
            input: [2, 6, 6]),
        Case(name: "linear", module: .sequential([.layer(.flatten), .layer(.linear(nil, 3))]), input: [2, 2, 2]),
        Case(name: "batch norm", module: .layer(.batchNorm(nil)), input: [3, 4, 4]),
        Case(name: "batch norm of features", module: .sequential([.layer(.flatten), .layer(.batchNorm(nil, isFlat: true))]), input: [3, 2, 1]),
        Case(name: "layer norm", module: .sequential([.layer(.flatten), .layer(.layerNorm(LayerNormalization(nil)))]), input: [2, 2, 3]),
        Case(name: "layer norm, channels first", module: .layer(.layerNorm(LayerNormalization(nil, channelsFirst: true))), input: [4, 3, 3]),
        Case(name: "max pool", module: .layer(.maxPool2d(Pooling(kernel: 3, stride: 2, padding: 1))), input: [2, 6, 7]),
        Case(name: "max pool, ceil", module: .layer(.maxPool2d(Pooling(kernel: 3, stride: 2, ceilMode: true))), input: [2, 6, 6]),
        Case(name: "mean pool", module: .layer(.avgPool2d(Pooling(kernel: 3, stride: 2, padding: 1))), input: [2, 6, 7]),
        Case(
            name: "mean pool without padding",
            module: .layer(.avgPool2d(Pooling(kernel: 3, stride: 2, padding: 1, ceilMode: true, countIncludePad: false))), input: [2, 6, 7]),
        Case(name: "adaptive mean", module: .layer(.adaptiveAvgPool2d(height: 3, width: 2)), input: [2, 5, 5]),
        Case(name: "adaptive concat", module: .layer(.adaptiveConcatPool2d(size: 2)), input: [2, 5, 4]),
        Case(name: "shuffle", module: .layer(.channelShuffle(groups: 2)), input: [6, 2, 2]),
        Case(name: "slice", module: .layer(.channelSlice(start: 1, end: 3)), input: [4, 2, 3]),
    ] + Activation.allCases.map { Case(name: $0.name, module: .layer(.activation($0)), input: [2, 3, 3]) } + [residual, squeeze]

    /// `x → conv → +x → relu` joined with its input.
    static let residual = Case(
        name: "residual and concatenation",
        module: .block(
            Block(
                kind: "Test", children: [.init(name: "conv", module: conv(2, 3, padding: 1))],
                wiring: .steps([
                    .init(.child("conv"), [0]), .init(.function(.add), [1, 0]), .init(.function(.layer(.relu)), [2]),
                    .init(.function(.concatenate), [3, 0]),
                ]))), input: [2, 4, 4])

    /// A channel gate.
    static let squeeze = Case(
        name: "squeeze and excitation",
        module: .block(
            Block(
                kind: "Test", children: [.init(name: "gate", module: conv(3, 1))],
                wiring: .steps([
                    .init(.function(.layer(.adaptiveAvgPool2d(height: 1, width: 1))), [0]), .init(.child("gate"), [1]),
                    .init(.function(.layer(.activation(.sigmoid))), [2]), .init(.function(.multiply), [0, 3]),
                ]))), input: [3, 3, 3])

    /// A leading 1×1 convolution whose weights train, so that the layer's input gradient is needed too.
    static func network(_ test: Case) throws -> (Graph, ParameterStore) {
        let module = Module.sequential([("first", conv(test.input[0], 1)), ("layer", test.module)])
        return try randomNetwork(module, input: test.input, seed: 3)
    }

    @Test(arguments: cases)
    func gradientIsTheSlope(_ test: Case) throws {
        let (graph, store) = try Self.network(test)
        let n = 3
        var random = RandomSource(seed: 11)
        let input = randomTensor(graph.inputShape.dimensions, n, &random)
        let weights = randomTensor(graph.outputShape.dimensions, n, &random)
        let options = ExecutionOptions(backend: .openBLAS, threads: 2)
        let plan = try TrainingPlan(graph, parameters: store, freeze: FreezePlan(), batchSize: n, options: options)
        var noise = RandomSource(seed: 1)
        _ = try plan.forward(.input(input), random: &noise)
        try plan.backward(weights)

        /// The weighted sum of the outputs, in double precision, with one parameter moved.
        func objective(_ name: String, _ index: Int, _ delta: Float) throws -> Double {
            var moved = store
            var tensor = try #require(moved[name])
            tensor[flat: index] += delta
            moved[name] = tensor
            let fresh = try TrainingPlan(graph, parameters: moved, freeze: FreezePlan(), batchSize: n, options: options)
            var noise = RandomSource(seed: 1)
            let result = try fresh.forward(.input(input), random: &noise)
            return zip(result.elements, weights.elements).reduce(0) { $0 + Double($1.0) * Double($1.1) }
        }

        for name in plan.frontier.trainable {
            let gradient = try #require(plan.gradient(of: name))
            for index in Set([0, gradient.count / 2, gradient.count - 1]) {
                let step: Float = 1e-3
                let slope = (try objective(name, index, step) - objective(name, index, -step)) / Double(2 * step)
                let found = Double(gradient[flat: index])
                // A kink inside the step (ReLU, maxima) may halve a slope; the shapes here keep clear of most.
                #expect(abs(slope - found) <= 2e-2 * max(1, abs(slope), abs(found)), "\(name)[\(index)]: \(found), slope \(slope)")
            }
        }
    }

    @Test(arguments: cases)
    func inferenceEqualsEvaluation(_ test: Case) throws {
        let (graph, store) = try Self.network(test)
        var random = RandomSource(seed: 5)
        let input = randomTensor(graph.inputShape.dimensions, 3, &random)
        for backend in Backend.allCases where backend.isAvailable {
            let options = ExecutionOptions(backend: backend, isExact: true, threads: 2)
            let reference = try TrainingPlan(
                graph, parameters: store, freeze: FreezePlan(), batchSize: 3, options: ExecutionOptions(backend: .openBLAS))
            let expected = try reference.evaluate(.input(input))
            let found = try InferencePlan(graph, parameters: store, batchSize: 2, options: options).run(input)[0]
            expectClose(found, expected, 1e-4, "\(backend)")
        }
    }
}

/// Random weights; positive running variances.
func randomNetwork(_ module: Module, input: Shape, seed: UInt64) throws -> (Graph, ParameterStore) {
    let graph = try Graph(module, input: input)
    var store = ParameterStore()
    var random = RandomSource(seed: seed)
    for node in graph.nodes {
        for (name, declaration) in node.parameters {
            let isVariance = name.hasSuffix("running_var")
            let tensor = Tensor(
                declaration.shape,
                (0..<declaration.shape.elementCount).map { _ in isVariance ? random.uniform(0.5, 2) : random.uniform(-0.7, 0.7) })
            store.insert(tensor, name: name, role: declaration.role)
        }
    }
    return (graph, store)
}

func randomTensor(_ dimensions: [Int], _ n: Int, _ random: inout RandomSource) -> Tensor {
    let shape = Shape([n] + dimensions)
    return Tensor(shape, (0..<shape.elementCount).map { _ in random.uniform(-1, 1) })
}

func expectClose(_ found: Tensor, _ expected: Tensor, _ tolerance: Float, _ label: String, sourceLocation: SourceLocation = #_sourceLocation) {
    #expect(found.shape == expected.shape, sourceLocation: sourceLocation)
    let scale = max(1, expected.elements.map(abs).max() ?? 1)
    let worst = zip(found.elements, expected.elements).map { abs($0 - $1) }.max() ?? 0
    #expect(worst <= tolerance * scale, "\(label): off by \(worst) of \(scale)", sourceLocation: sourceLocation)
}
