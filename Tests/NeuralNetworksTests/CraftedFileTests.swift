import Tensors
import Testing

@testable import NeuralNetworks

/// Networks and schedules that no training makes, but a file can: few lines that ask for numbers or work without end.
@Suite struct CraftedFileTests {
    private func problem(_ module: Module, input: Shape = [3, 8, 8]) -> String {
        do throws(ShapeError) {
            let graph = try Graph(module, input: input)
            return "\(graph.nodes.count) nodes"
        } catch { return error.description }
    }

    /// A block that applies its one part again and again.
    private func again(_ part: Module, name: String = "a", times: Int) -> Module {
        let steps = (0..<times).map { Wiring.Step(.child(name), [$0]) }
        return .block(Block(kind: "Again", children: [Block.Child(name: name, module: part)], wiring: .steps(steps)))
    }

    @Test func valuesThatAreJoinedWithThemselvesHaveALimit() {
        let steps = (0..<62).map { Wiring.Step(.function(.concatenate), [$0, $0]) }
        let text = problem(.block(Block(kind: "Doubling", children: [], wiring: .steps(steps))))
        #expect(text.contains("Doubling") && text.contains("too large"), "\(text)")
        let three = Wiring.steps([Wiring.Step(.function(.concatenate), [0, 0, 0])])
        #expect(problem(.block(Block(kind: "Tripling", children: [], wiring: three))) == "2 nodes")
        #expect(problem(.layer(.relu), input: [1 << 30, 1 << 20, 1 << 13]).contains("too large"))
    }

    @Test func partsThatAreNamedAgainAndAgainHaveALimit() {
        // With nodes and without: what passes its input on is work, too.
        for layer in [Layer.relu, .identity] {
            var module = Module.layer(layer)
            for _ in 0..<5 { module = again(module, times: 1000) }
            #expect(problem(module).contains("one part too many"))
        }
        #expect(problem(.sequential([Module](repeating: .layer(.identity), count: 200_000))).contains("one part too many"))
        #expect(problem(again(.layer(.relu), name: String(repeating: "a", count: 2000), times: 2)).contains("a path of more than"))
        #expect(problem(again(again(.layer(.relu), times: 10), times: 100)) == "1001 nodes")
    }

    @Test func ofTwoPartsWithOneNameTheFirstCounts() throws {
        let children = [Block.Child(name: "a", module: .layer(.flatten)), Block.Child(name: "a", module: .layer(.relu))]
        let graph = try Graph(.block(Block(kind: "Twice", children: children, wiring: .steps([Wiring.Step(.child("a"), [0])]))), input: [3, 8, 8])
        #expect(graph.outputShape == [192])
    }

    @Test func aPlateauMayHaveLoweredTheRatesWithoutEnd() {
        var plateau = ReduceOnPlateau()
        #expect(plateau.learningRate(base: 0.1, reductions: 1 << 40) == plateau.learningRate(base: 0.1, reductions: 100))
        #expect(plateau.learningRate(base: 0.1, reductions: -1) == 0.1)
        // A factor that takes so little away that the loop would go on.
        (plateau.factor, plateau.epsilon) = (1 - 1e-12, 0)
        let rate = plateau.learningRate(base: 0.1, reductions: 1 << 40)
        #expect(rate > 0.03 && rate < 0.04)
        plateau.minimum = 0.05
        #expect(plateau.learningRate(base: 0.1, reductions: 1 << 40) == 0.05)
    }

    @Test func equalPeriodsAreNotCounted() {
        let schedule = Schedule.cosineAnnealingWarmRestarts(period: 7)
        for epoch in [0, 6, 7, 1 << 40] {
            let same = ScheduleState(epoch: epoch % 7)
            #expect(schedule.learningRate(base: 0.1, at: ScheduleState(epoch: epoch)) == schedule.learningRate(base: 0.1, at: same))
        }
    }
}
