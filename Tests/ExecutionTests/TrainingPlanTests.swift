import COpenBLAS
import NeuralNetworks
import Tensors
import Testing

@testable import Execution

@Suite struct TrainingPlanTests {
    /// conv-bn-relu, a residual block, pooling and a head.
    static let module = Module.sequential([
        ("stem", .sequential([GradientTests.conv(4, 3, padding: 1, bias: false), .layer(.batchNorm(nil)), .layer(.relu)])),
        (
            "block",
            .block(
                Block(
                    kind: "Residual",
                    children: [.init(name: "conv", module: GradientTests.conv(4, 3, padding: 1, bias: false)), .init(name: "bn", module: .layer(.batchNorm(nil)))],
                    wiring: .steps([
                        .init(.child("conv"), [0]), .init(.child("bn"), [1]), .init(.function(.add), [2, 0]), .init(.function(.layer(.relu)), [3]),
                    ])))
        ),
        ("pool", .layer(.adaptiveAvgPool2d(height: 1, width: 1))), ("flat", .layer(.flatten)), ("drop", .layer(.dropout(p: 0.2))),
        ("fc", .layer(.linear(nil, 3))),
    ])

    static func batch(_ n: Int) -> (Tensor, Targets) {
        var random = RandomSource(seed: 9)
        return (randomTensor([2, 6, 6], n, &random), .classes((0..<n).map { $0 % 3 }))
    }

    @discardableResult
    static func train(_ plan: TrainingPlan, steps: Int, _ source: TrainingPlan.Source, _ targets: Targets) throws -> [Float] {
        var losses: [Float] = []
        for step in 0..<steps {
            var random = RandomSource(seed: 4, step)
            let logits = try plan.forward(source, random: &random)
            let (value, gradient) = Loss.crossEntropy()(logits: logits, targets: targets)
            losses.append(value)
            try plan.backward(gradient)
            plan.update(.sgd(momentum: 0.9)) { _ in (0.05, 0) }
        }
        return losses
    }

    @Test func threadsAreBounded() {
        #expect(ExecutionOptions(threads: .max).threadCount == 1024 && ExecutionOptions(threads: 3).threadCount == 3)
    }

    @Test func lossFallsAndThreadsDontShow() throws {
        let (graph, store) = try randomNetwork(Self.module, input: [2, 6, 6], seed: 1)
        let (input, targets) = Self.batch(6)
        var results: [ParameterStore] = []
        for threads in [1, 2, 5] {
            let plan = try TrainingPlan(
                graph, parameters: store, freeze: FreezePlan(), batchSize: 6, options: ExecutionOptions(backend: .openBLAS, threads: threads))
            let losses = try Self.train(plan, steps: 30, .input(input), targets)
            #expect(losses[29] < losses[0] * 0.9)
            var trained = store
            plan.exportParameters(into: &trained)
            results.append(trained)
        }
        #expect(results[0] == results[1])
        #expect(results[0] == results[2])
        #expect(results[0]["fc.weight"] != store["fc.weight"])
        #expect(results[0]["stem.1.running_mean"] != store["stem.1.running_mean"])
    }

    /// Layers as wide as those of real networks, whose sums over the batch a library may cut up by threads.
    @Test(arguments: Backend.allCases.filter(\.isAvailable), [false, true])
    func threadsDontShowInWideLayers(backend: Backend, isExact: Bool) throws {
        let module = Module.sequential([
            ("conv1", GradientTests.conv(32, 3, padding: 1, bias: false)), ("bn1", .layer(.batchNorm(nil))), ("relu1", .layer(.relu)),
            ("conv2", GradientTests.conv(64, 3, padding: 1, bias: true)), ("relu2", .layer(.relu)),
            ("conv3", GradientTests.conv(128, 1, bias: false)), ("bn3", .layer(.batchNorm(nil))), ("relu3", .layer(.relu)),
            ("flat", .layer(.flatten)), ("fc1", .layer(.linear(nil, 64))), ("fc2", .layer(.linear(nil, 3))),
        ])
        let (graph, store) = try randomNetwork(module, input: [16, 14, 14], seed: 2)
        var random = RandomSource(seed: 10)
        let (input, targets) = (randomTensor([16, 14, 14], 8, &random), Targets.classes((0..<8).map { $0 % 3 }))
        var results: [ParameterStore] = []
        for threads in [1, 2, 5, 1] {
            let options = ExecutionOptions(backend: backend, isExact: isExact, threads: threads)
            let plan = try TrainingPlan(graph, parameters: store, freeze: FreezePlan(), batchSize: 8, options: options)
            #expect(openblas_get_num_threads() == 1, "its own threads round as they please")
            try Self.train(plan, steps: 3, .input(input), targets)
            var trained = store
            plan.exportParameters(into: &trained)
            results.append(trained)
        }
        for other in results.dropFirst() { for name in store.names { #expect(other[name] == results[0][name], "\(name)") } }
        #expect(results[0]["conv1.weight"] != store["conv1.weight"])
    }

    @Test func frozenPartStaysAndFeaturesGiveTheSame() throws {
        let (graph, store) = try randomNetwork(Self.module, input: [2, 6, 6], seed: 1)
        var freeze = FreezePlan()
        freeze.freeze(store.parameterNames.filter { !$0.hasPrefix("fc") })
        let (input, targets) = Self.batch(6)
        let options = ExecutionOptions(backend: .openBLAS)
        let first = try TrainingPlan(graph, parameters: store, freeze: freeze, batchSize: 6, options: options)
        #expect(first.frontier.trainable == ["fc.weight", "fc.bias"])
        let direct = try Self.train(first, steps: 5, .input(input), targets)
        let second = try TrainingPlan(graph, parameters: store, freeze: freeze, batchSize: 6, options: options)
        let cached = try Self.train(second, steps: 5, .features(try second.features(input)), targets)
        #expect(direct == cached)
        var after = store
        first.exportParameters(into: &after)
        for name in store.names where !name.hasPrefix("fc") { #expect(after[name] == store[name], "\(name)") }
    }

    @Test func stateGoesOutAndIn() throws {
        let (graph, store) = try randomNetwork(Self.module, input: [2, 6, 6], seed: 1)
        let (input, targets) = Self.batch(6)
        let options = ExecutionOptions(backend: .openBLAS)
        let whole = try TrainingPlan(graph, parameters: store, freeze: FreezePlan(), batchSize: 6, options: options)
        try Self.train(whole, steps: 2, .input(input), targets)
        var half = store
        whole.exportParameters(into: &half)
        let resumed = try TrainingPlan(graph, parameters: half, freeze: FreezePlan(), batchSize: 6, options: options)
        resumed.setOptimizerState(whole.optimizerState())
        try Self.train(whole, steps: 2, .input(input), targets)
        try Self.train(resumed, steps: 2, .input(input), targets)
        var (a, b) = (store, store)
        whole.exportParameters(into: &a)
        resumed.exportParameters(into: &b)
        #expect(a == b)
    }

    /// A step that is given up leaves nothing behind: also not in the statistics that BatchNorm gathers in forward passes.
    @Test(arguments: Backend.allCases.filter(\.isAvailable)) func unfinishedStepLeavesNoTrace(backend: Backend) throws {
        let (graph, store) = try randomNetwork(Self.module, input: [2, 6, 6], seed: 1)
        let (input, targets) = Self.batch(6)
        let plan = try TrainingPlan(
            graph, parameters: store, freeze: FreezePlan(), batchSize: 6, options: ExecutionOptions(backend: backend))
        try Self.train(plan, steps: 2, .input(input), targets)
        func exported() -> ParameterStore {
            var result = store
            plan.exportParameters(into: &result)
            return result
        }
        let before = exported()
        plan.abandonStep()
        #expect(exported() == before)
        var random = RandomSource(seed: 0)
        for _ in 0..<2 { _ = try plan.forward(.input(input), random: &random) }
        #expect(exported()["stem.1.running_mean"] != before["stem.1.running_mean"])
        plan.abandonStep()
        #expect(exported() == before)
    }

    @Test func interruptAndWrongShapesAreErrors() throws {
        let (graph, store) = try randomNetwork(Self.module, input: [2, 6, 6], seed: 1)
        let plan = try TrainingPlan(
            graph, parameters: store, freeze: FreezePlan(), batchSize: 2, options: ExecutionOptions(backend: .openBLAS))
        var random = RandomSource(seed: 0)
        let (input, _) = Self.batch(2)
        #expect(throws: ExecutionError.interrupted) { try plan.forward(.input(input), random: &random, isInterrupted: { true }) }
        #expect(throws: ExecutionError.self) { try plan.forward(.input(Tensor(zeros: [2, 1, 6, 6])), random: &random) }
        #expect(throws: ExecutionError.self) { try plan.forward(.input(Tensor(zeros: [3, 2, 6, 6])), random: &random) }
        #expect(throws: ExecutionError.missingParameter(name: "stem.0.weight")) {
            try TrainingPlan(graph, parameters: ParameterStore(), freeze: FreezePlan(), batchSize: 2, options: ExecutionOptions(backend: .openBLAS))
        }
    }

    /// A large network is compiled for many seconds, convolution by convolution.
    @Test(arguments: Backend.allCases.filter(\.isAvailable)) func compilingCanBeInterrupted(backend: Backend) throws {
        let (graph, store) = try randomNetwork(Self.module, input: [2, 6, 6], seed: 1)
        let options = ExecutionOptions(backend: backend)
        var asked = 0
        func isInterrupted() -> Bool {
            asked += 1
            return asked == 4
        }
        #expect(throws: ExecutionError.interrupted) {
            try TrainingPlan(
                graph, parameters: store, freeze: FreezePlan(), batchSize: 2, options: options, isInterrupted: isInterrupted)
        }
        #expect(asked == 4)
        guard backend == .oneDNN else { return }
        asked = 2
        #expect(throws: ExecutionError.interrupted) {
            try InferencePlan(graph, parameters: store, batchSize: 2, options: options, isInterrupted: isInterrupted)
        }
    }

    @Test func batchThatCantFitNamesTheLargest() throws {
        let (graph, store) = try randomNetwork(Self.module, input: [2, 6, 6], seed: 1)
        #expect {
            try InferencePlan(graph, parameters: store, batchSize: 1 << 40, options: ExecutionOptions(backend: .openBLAS))
        } throws: { error in
            guard case .outOfMemory(_, _, let largest)? = error as? ExecutionError else { return false }
            return largest > 0 && largest < 1 << 40
        }
    }

    @Test(arguments: [
        ("1000\n", "900\n", "anon 500\ninactive_file 300\nactive_file 50\nslab_reclaimable 20\n", 420), ("1000\n", "900\n", "", 100),
        ("1000\n", "1100\n", "inactive_file 40\n", 0), ("1000\n", "100\n", "inactive_file 300\n", 1000), ("max\n", "900\n", "inactive_file 300\n", nil),
    ] as [(String, String, String, Int?)]) func filesInMemoryAreNotUsed(limit: String, used: String, statistics: String, left: Int?) {
        #expect(Memory.left(ofLimit: limit, used: used, statistics: statistics) == left)
    }
}
