import Execution
import Foundation
import NeuralNetworks
import Tensors
import Testing

@testable import ModelZoo

/// Ten steps of whole networks against PyTorch's losses: see `scripts/fixtures/losscurves.py`.
@Suite struct LossCurveTests {
    static let (batch, side, classes) = (16, 160, 10)

    /// Running statistics as a new layer has them; everything else by the formula.
    static func value(_ name: String, _ shape: Shape) -> Tensor {
        if name.hasSuffix("running_mean") { return Tensor(zeros: shape) }
        if name.hasSuffix("running_var") { return Tensor(shape, [Float](repeating: 1, count: shape.elementCount)) }
        return Formula.value(name, shape)
    }

    @Test(arguments: ["resnet18", "mobilenet_v2"], [true, false])
    func lossesAreTorchs(name: String, isExact: Bool) throws {
        let file = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "Fixtures/losscurves.json")
        let expected = try #require(try JSONDecoder().decode([String: [Float]].self, from: Data(contentsOf: file))[name])
        var module = try #require(ModelZoo[name]).build(classes: Self.classes)
        if name == "mobilenet_v2" { module = try #require(module.replacing(path: "classifier.0", with: .layer(.identity))) }
        var store = ParameterStore()
        for (name, declaration) in module.parameterDeclarations {
            store.insert(Self.value(name, declaration.shape), name: name, role: declaration.role)
        }
        let graph = try Graph(module, input: [3, Self.side, Self.side])
        let plan = try TrainingPlan(
            graph, parameters: store, freeze: FreezePlan(), batchSize: Self.batch, options: ExecutionOptions(isExact: isExact))
        let targets = Targets.classes((0..<Self.batch).map { $0 * 3 % Self.classes })
        var random = RandomSource(seed: 0)
        for (step, theirs) in expected.enumerated() {
            let pictures = Formula.noise("batch \(step % 2)", [Self.batch, 3, Self.side, Self.side])
            let logits = try plan.forward(.input(pictures), random: &random)
            let (loss, gradient) = Loss.crossEntropy()(logits: logits, targets: targets)
            // Winograd's rounding is a few times that of direct sums; ten steps carry it along.
            #expect(abs(loss - theirs) <= (isExact ? 1e-3 : 1e-2) * theirs, "step \(step): \(loss) for \(theirs)")
            try plan.backward(gradient)
            plan.update(.sgd(momentum: 0.9)) { _ in (5e-5, 1e-4) }
        }
    }
}
