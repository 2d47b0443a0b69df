import Foundation
import Tensors
import Testing

@testable import NeuralNetworks

/// Against PyTorch's numbers: see `scripts/fixtures/numerics.py`.
@Suite struct NumericsTests {
    struct Fixture: Decodable {
        let optimizers: [String: [Float]]
        let schedules: [String: [Double]]
        let losses: [String: [Float]]
    }

    static func fixture() throws -> Fixture {
        let file = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "Fixtures/numerics.json")
        return try JSONDecoder().decode(Fixture.self, from: Data(contentsOf: file))
    }

    @Test(arguments: [
        ("sgd", OptimizerRule.sgd(momentum: 0.9), Float(0.01)), ("nesterov", .sgd(momentum: 0.9, nesterov: true), 0),
        ("adam", .adam(), 0.01), ("amsgrad", .adam(amsgrad: true), 0), ("adamw", .adamW(), 0.1),
        ("rmsprop", .rmsprop(momentum: 0.9, centered: true), 0),
    ]) func tenSteps(name: String, rule: OptimizerRule, decay: Float) throws {
        let expected = try #require(try Self.fixture().optimizers[name])
        var parameter: [Float] = [0.5, -1.25, 2.0, 0.001]
        let target: [Float] = [0.1, 0.3, -1.0, 0.0]
        let state = (0..<rule.stateCount).map { _ in UnsafeMutableBufferPointer<Float>.allocate(capacity: 4) }
        defer { state.forEach { $0.deallocate() } }
        state.forEach { $0.initialize(repeating: 0) }
        for step in 1...10 {
            let gradient = zip(parameter, target).map { 2 * ($0 - $1) }
            gradient.withUnsafeBufferPointer { g in
                parameter.withUnsafeMutableBufferPointer { p in
                    rule.apply(parameter: p, gradient: g, state: state, step: step, learningRate: 0.05, weightDecay: decay)
                }
            }
        }
        for (ours, theirs) in zip(parameter, expected) { #expect(abs(ours - theirs) < 1e-5, "\(ours) for \(theirs)") }
    }

    @Test(arguments: [
        ("step", Schedule.step(size: 7)), ("multistep", .multiStep(milestones: [5, 20, 30], gamma: 0.3)),
        ("exponential", .exponential(gamma: 0.9)), ("constant", .constant()), ("linear", .linear()),
        ("cosine", .cosineAnnealing(period: 20, minimum: 0.001)),
        ("restarts", .cosineAnnealingWarmRestarts(period: 7, multiplier: 2)),
        ("onecycle", .oneCycle(OneCycle(maximum: 0.1, totalSteps: 50))),
    ]) func fiftyRates(name: String, schedule: Schedule) throws {
        let expected = try #require(try Self.fixture().schedules[name])
        #expect(expected.count == 50)
        for (index, theirs) in expected.enumerated() {
            let ours = schedule.learningRate(base: 0.1, at: ScheduleState(epoch: index, step: index))
            #expect(abs(ours - theirs) < 1e-7, "\(name) at \(index): \(ours) for \(theirs)")
        }
    }

    @Test(arguments: [
        ("plain", Loss.crossEntropy()), ("smoothed", .crossEntropy(labelSmoothing: 0.1)),
        ("weighted", .crossEntropy(classWeights: [1, 2, 0.5])),
        ("both", .crossEntropy(classWeights: [1, 2, 0.5], labelSmoothing: 0.1)), ("plain", .focal(gamma: 0)),
    ]) func lossesAndGradients(name: String, loss: Loss) throws {
        let expected = try #require(try Self.fixture().losses[name])
        let logits = Tensor([2, 3], [1.0, -0.5, 2.0, 0.2, 0.1, -3.0])
        let (value, gradient) = loss(logits: logits, targets: .classes([0, 2]))
        for (ours, theirs) in zip([value] + gradient.elements, expected) { #expect(abs(ours - theirs) < 1e-5) }
    }
}
