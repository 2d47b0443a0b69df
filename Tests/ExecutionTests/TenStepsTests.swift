import Foundation
import NeuralNetworks
import Tensors
import Testing

@testable import Execution

/// Ten steps of a small network on one batch against PyTorch's weights: see `scripts/fixtures/numerics.py`.
@Suite struct TenStepsTests {
    private struct Fixture: Decodable {
        let networks: [String: [Float]]
    }

    /// The script's values: sin(i·k + k) / 2.
    private static func fill(_ shape: Shape, _ k: Float) -> Tensor {
        Tensor(shape, (0..<shape.elementCount).map { sin(Float($0) * k + k) * 0.5 })
    }

    @Test(
        arguments: [
            ("sgd", OptimizerRule.sgd(momentum: 0.9), Float(0.01)), ("nesterov", .sgd(momentum: 0.9, nesterov: true), 0),
            ("adam", .adam(), 0.01), ("amsgrad", .adam(amsgrad: true), 0), ("adamw", .adamW(), 0.1),
            ("rmsprop", .rmsprop(momentum: 0.9, centered: true), 0), ("plain", .sgd(), 0.1),
            ("dampened", .sgd(momentum: 0.8, dampening: 0.3), 0), ("slow", .rmsprop(alpha: 0.9), 0.1),
        ], Backend.allCases.filter(\.isAvailable))
    func weightsAreTorchs(rule: (name: String, rule: OptimizerRule, decay: Float), backend: Backend) throws {
        let folder = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        let file = folder.appending(path: "NeuralNetworksTests/Fixtures/numerics.json")
        let expected = try #require(try JSONDecoder().decode(Fixture.self, from: Data(contentsOf: file)).networks[rule.name])

        let module = try Module.sequential([
            ("flatten", .layer(.flatten)), ("0", .layer(.linear(4, 5))), ("1", .layer(.relu)), ("2", .layer(.linear(5, 3))),
        ]).resolved(input: [4, 1, 1])
        var parameters = ParameterStore()
        for (index, (name, declaration)) in module.parameterDeclarations.enumerated() {
            parameters.insert(Self.fill(declaration.shape, 0.7 + 0.2 * Float(index)), name: name, role: declaration.role)
        }
        let graph = try Graph(module, input: [4, 1, 1])
        var options = ExecutionOptions()
        options.backend = backend
        let plan = try TrainingPlan(graph, parameters: parameters, freeze: FreezePlan(), batchSize: 6, options: options)
        let values = Self.fill([6, 4], 1.9)
        let images = Tensor([6, 4, 1, 1], values.elements.map { $0 * 2 })
        for _ in 0..<10 {
            var random = RandomSource(seed: 0)
            let logits = try plan.forward(.input(images), random: &random)
            let (_, gradient) = Loss.crossEntropy()(logits: logits, targets: .classes([0, 1, 2, 1, 0, 2]))
            try plan.backward(gradient, accumulate: false)
            plan.update(rule.rule) { _ in (0.05, rule.decay) }
        }
        plan.exportParameters(into: &parameters)
        let ours = parameters.names.flatMap { parameters[$0]?.elements ?? [] }
        #expect(ours.count == expected.count)
        for (own, torch) in zip(ours, expected) { #expect(abs(own - torch) < 1e-5 * max(1, abs(torch)), "\(own) for \(torch)") }
    }
}
