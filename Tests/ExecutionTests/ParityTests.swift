import Execution
import NeuralNetworks
import Tensors
import Testing

/// The fast backend against the readable one.
@Suite(.enabled(if: Backend.oneDNN.isAvailable, "this build has no oneDNN"))
struct ParityTests {
    /// Largest difference, relative to the largest value.
    static func difference(_ a: Tensor, _ b: Tensor) -> Float {
        guard a.shape == b.shape else { return .infinity }
        let scale = a.elements.reduce(1e-3) { max($0, abs($1)) }
        return zip(a.elements, b.elements).reduce(0) { $1.0 == $1.1 ? $0 : max($0, abs($1.0 - $1.1)) } / scale
    }

    /// Networks large enough for blocks of channels, with every kind of fusion.
    static let networks: [GradientTests.Case] = {
        func conv(_ out: Int, _ kernel: Int, stride: Int = 1, groups: Int = 1) -> Module {
            GradientTests.conv(out, kernel, stride: stride, padding: kernel / 2, groups: groups, bias: false)
        }
        func unit(_ out: Int, _ kernel: Int, _ activation: Activation?, stride: Int = 1, groups: Int = 1) -> [Module] {
            [conv(out, kernel, stride: stride, groups: groups), .layer(.batchNorm(nil))] + (activation.map { [.layer(.activation($0))] } ?? [])
        }
        func block(_ parts: [Module], shortcut: [Module] = [], after: Activation?) -> Module {
            .block(
                Block(
                    kind: "Test", children: [.init(name: "main", module: .sequential(parts))]
                        + (shortcut.isEmpty ? [] : [.init(name: "shortcut", module: .sequential(shortcut))]),
                    wiring: .steps(
                        shortcut.isEmpty
                            ? [.init(.child("main"), [0]), .init(.function(.add), [1, 0])] + (after.map { [.init(.function(.layer(.activation($0))), [2])] } ?? [])
                            : [.init(.child("main"), [0]), .init(.child("shortcut"), [0]), .init(.function(.add), [1, 2])]
                                + (after.map { [.init(.function(.layer(.activation($0))), [3])] } ?? []))))
        }
        let head: [Module] = [.layer(.adaptiveAvgPool2d(height: 1, width: 1)), .layer(.flatten), .layer(.linear(nil, 5))]
        return [
            .init(
                name: "residual network",
                module: .sequential(
                    unit(16, 7, .relu, stride: 2) + [.layer(.maxPool2d(Pooling(kernel: 3, stride: 2, padding: 1)))] + [
                        block(unit(16, 3, .relu) + unit(16, 3, nil), after: .relu),
                        block(unit(32, 3, .relu, stride: 2) + unit(32, 3, nil), shortcut: unit(32, 1, nil, stride: 2), after: .relu),
                    ] + head), input: [3, 33, 40]),
            .init(
                name: "inverted residuals",
                module: .sequential(
                    unit(12, 3, .relu6, stride: 2) + [
                        block(unit(24, 1, .relu6) + unit(24, 3, .relu6, groups: 24) + unit(12, 1, nil), after: nil),
                        block(unit(24, 1, .silu) + unit(24, 5, .hardswish, groups: 24) + unit(12, 1, nil), after: .gelu),
                    ] + unit(20, 3, .hardsigmoid, stride: 2, groups: 4) + [.layer(.channelShuffle(groups: 4)), .layer(.channelSlice(start: 3, end: 17))]
                        + head), input: [3, 30, 30]),
            // Layers behind blocks for which some processors' oneDNN has only plain loops in one of the passes.
            .init(
                name: "plain loops among blocks",
                module: .sequential(
                    unit(16, 3, .relu) + [GradientTests.conv(16, 3, padding: 2, dilation: 2, bias: true), .layer(.relu)]
                        + [.layer(.conv2d(Convolution(nil, 16, kernel: Extent(3), stride: Extent(1, 2), padding: .symmetric(Extent(1)), dilation: Extent(1), groups: 1, bias: true)))]
                        + [.layer(.relu), GradientTests.conv(16, 3, padding: 2, groups: 16, dilation: 2, bias: true)] + head), input: [3, 20, 22]),
        ]
    }()

    @Test(arguments: GradientTests.cases + networks + RandomCases.all, [false, true])
    func inferenceAgrees(_ test: GradientTests.Case, _ isExact: Bool) throws {
        let (graph, store) = try GradientTests.network(test)
        var random = RandomSource(seed: 5)
        for n in [3, 2] {
            let input = randomTensor(graph.inputShape.dimensions, n, &random)
            let wanted = [graph.output, max(0, graph.output / 2)]
            let plans = try [Backend.openBLAS, .oneDNN].map {
                try InferencePlan(
                    graph, parameters: store, batchSize: 3, outputs: wanted, options: ExecutionOptions(backend: $0, isExact: isExact, threads: 2))
            }
            let (expected, found) = (try plans[0].run(input), try plans[1].run(input))
            for (a, b) in zip(expected, found) { #expect(Self.difference(a, b) < 2e-5) }
            // The plan's memory is used again: nothing may be left over from the run before.
            #expect(try plans[1].run(input) == found)
        }
    }
}

/// Inference in bf16, whose numbers have 8 binary digits, against float32: what the frozen part of a training computes.
@Suite(.enabled(if: (try? ExecutionOptions(precision: .bfloat16).check()) != nil, "this processor has no bf16"))
struct BFloat16Tests {
    @Test(arguments: GradientTests.cases + ParityTests.networks + RandomCases.all, [false, true])
    func inferenceIsNear(_ test: GradientTests.Case, _ isExact: Bool) throws {
        let (graph, store) = try GradientTests.network(test)
        var random = RandomSource(seed: 5)
        let input = randomTensor(graph.inputShape.dimensions, 3, &random)
        let plans = try [Precision.float32, .bfloat16].map {
            try InferencePlan(
                graph, parameters: store, batchSize: 3, outputs: [graph.output], options: ExecutionOptions(precision: $0, isExact: isExact, threads: 2))
        }
        let (expected, found) = (try plans[0].run(input)[0], try plans[1].run(input)[0])
        #expect(ParityTests.difference(expected, found) < 0.06)
        #expect(try plans[1].run(input)[0] == found)
    }
}

/// Training on the fast backend against the readable one.
@Suite(.enabled(if: Backend.oneDNN.isAvailable, "this build has no oneDNN"))
struct TrainingParityTests {
    @Test(arguments: GradientTests.cases + ParityTests.networks + RandomCases.all, [false, true])
    func gradientsAgree(_ test: GradientTests.Case, _ isExact: Bool) throws {
        let (graph, store) = try GradientTests.network(test)
        let plans = try [Backend.openBLAS, .oneDNN].map {
            try TrainingPlan(
                graph, parameters: store, freeze: FreezePlan(), batchSize: 4, options: ExecutionOptions(backend: $0, isExact: isExact, threads: 2))
        }
        var random = RandomSource(seed: 23)
        // A full batch, a short one added to it, a full one again.
        for (n, accumulate) in [(4, false), (3, true), (4, false)] {
            let input = randomTensor(graph.inputShape.dimensions, n, &random)
            let slope = randomTensor(graph.outputShape.dimensions, n, &random)
            var results: [Tensor] = []
            for plan in plans {
                var noise = RandomSource(seed: 9)
                results.append(try plan.forward(.input(input), random: &noise))
                try plan.backward(slope, accumulate: accumulate)
            }
            #expect(ParityTests.difference(results[0], results[1]) < 5e-5, "forward")
            for name in plans[0].frontier.trainable {
                let (a, b) = (try #require(plans[0].gradient(of: name)), try #require(plans[1].gradient(of: name)))
                // A sum that cancels (a shift in front of a normalisation) has only rounding to compare.
                let size = a.elements.reduce(0) { max($0, abs($1)) }
                if size > 1e-3 { #expect(ParityTests.difference(a, b) < 1e-3, "\(name)") }
            }
            var stores = [ParameterStore(), ParameterStore()]
            for index in plans.indices { plans[index].exportParameters(into: &stores[index]) }
            for name in stores[0].names {
                #expect(ParityTests.difference(try #require(stores[0][name]), try #require(stores[1][name])) < 1e-4, "\(name)")
            }
            let evaluated = try plans.map { try $0.evaluate(.input(input)) }
            #expect(ParityTests.difference(evaluated[0], evaluated[1]) < 5e-5, "evaluation")
        }
    }
}
