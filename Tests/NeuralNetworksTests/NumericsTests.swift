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
        /// The weights of a small network after ten steps, by optimiser: see `TenStepsTests`.
        let networks: [String: [Float]]
        let momenta: [Double]
        let metrics: [Double]
    }

    static func fixture() throws -> Fixture {
        let file = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "Fixtures/numerics.json")
        return try JSONDecoder().decode(Fixture.self, from: Data(contentsOf: file))
    }

    @Test(arguments: [
        ("sgd", OptimizerRule.sgd(momentum: 0.9), Float(0.01)), ("nesterov", .sgd(momentum: 0.9, nesterov: true), 0),
        ("adam", .adam(), 0.01), ("amsgrad", .adam(amsgrad: true), 0), ("adamw", .adamW(), 0.1),
        ("rmsprop", .rmsprop(momentum: 0.9, centered: true), 0), ("plain", .sgd(), 0.1), ("dampened", .sgd(momentum: 0.8, dampening: 0.3), 0),
        ("slow", .rmsprop(alpha: 0.9), 0.1),
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
        ("onecycle", .oneCycle(OneCycle(maximum: 0.1, totalSteps: 50))), ("threephase", .oneCycle(threePhases)),
        ("plateau", .reduceOnPlateau(plateau)), ("plateaumax", .reduceOnPlateau(plateauOfAccuracy)),
        ("warmcosine", .warmup(length: 5, then: .cosineAnnealing(period: 45))),
        ("warmsteps", .warmup(length: 12, unit: .step, startFactor: 0.1, then: .step(size: 7))),
    ]) func fiftyRates(name: String, schedule: Schedule) throws {
        let expected = try #require(try Self.fixture().schedules[name])
        #expect(expected.count == 50)
        // One step an epoch, so that schedules of either unit can be compared.
        let metrics = try Self.fixture().metrics
        var state = ScheduleState()
        for (index, theirs) in expected.enumerated() {
            let ours = schedule.learningRate(base: 0.1, at: state)
            #expect(abs(ours - theirs) < 1e-7, "\(name) at \(index): \(ours) for \(theirs)")
            state.endStep()
            state.endEpoch(schedule, metric: metrics[index])
        }
    }

    private static var threePhases: OneCycle {
        var cycle = OneCycle(maximum: 0.1, totalSteps: 50)
        (cycle.riseShare, cycle.isLinear, cycle.hasThreePhases, cycle.initialDivisor) = (0.4, true, true, 10)
        return cycle
    }

    private static var plateau: ReduceOnPlateau {
        var plateau = ReduceOnPlateau()
        (plateau.factor, plateau.patience, plateau.cooldown, plateau.minimum) = (0.5, 2, 1, 0.02)
        return plateau
    }

    private static var plateauOfAccuracy: ReduceOnPlateau {
        var plateau = ReduceOnPlateau()
        (plateau.largerIsBetter, plateau.factor, plateau.patience) = (true, 0.3, 1)
        (plateau.threshold, plateau.isRelative) = (0.01, false)
        return plateau
    }

    /// The second period is longer than any number: the rate stays at its beginning.
    @Test func aPeriodMayBeEndless() {
        let schedule = Schedule.cosineAnnealingWarmRestarts(period: 2, multiplier: .max)
        for epoch in [2, 9] { #expect(schedule.learningRate(base: 0.1, at: ScheduleState(epoch: epoch)) == 0.1) }
    }

    @Test func momentumRunsAgainstTheRate() throws {
        let cycle = Schedule.oneCycle(OneCycle(maximum: 0.1, totalSteps: 50))
        for (step, theirs) in try Self.fixture().momenta.enumerated() {
            let ours = try #require(cycle.momentum(at: ScheduleState(epoch: 0, step: step)))
            #expect(abs(ours - theirs) < 1e-7)
        }
    }

    @Test(arguments: [
        ("plain", Loss.crossEntropy()), ("smoothed", .crossEntropy(labelSmoothing: 0.1)),
        ("weighted", .crossEntropy(classWeights: [1, 2, 0.5])),
        ("both", .crossEntropy(classWeights: [1, 2, 0.5], labelSmoothing: 0.1)), ("plain", .focal(gamma: 0)),
        ("focal", .focal(gamma: 2)), ("focalweighted", .focal(gamma: 1.5, classWeights: [1, 2, 0.5])),
    ]) func lossesAndGradients(name: String, loss: Loss) throws {
        let expected = try #require(try Self.fixture().losses[name])
        let logits = Tensor([2, 3], [1.0, -0.5, 2.0, 0.2, 0.1, -3.0])
        let (value, gradient) = loss(logits: logits, targets: .classes([0, 2]))
        #expect(expected.count == 7)
        for (ours, theirs) in zip([value] + gradient.elements, expected) { #expect(abs(ours - theirs) < 1e-5) }
    }

    @Test(arguments: [
        ("mixed", Loss.crossEntropy()), ("mixedsmoothed", .crossEntropy(labelSmoothing: 0.1)),
        ("mixedweighted", .crossEntropy(classWeights: [1, 2, 0.5])),
    ]) func lossesOfMixedLabels(name: String, loss: Loss) throws {
        let expected = try #require(try Self.fixture().losses[name])
        let logits = Tensor([2, 3], [1.0, -0.5, 2.0, 0.2, 0.1, -3.0])
        let (value, gradient) = loss(logits: logits, targets: .mixed(first: [0, 2], second: [1, 0], shares: [0.7, 0.4]))
        #expect(expected.count == 7)
        for (ours, theirs) in zip([value] + gradient.elements, expected) { #expect(abs(ours - theirs) < 1e-5) }
    }
}
