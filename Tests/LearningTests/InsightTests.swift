import Tensors
import Testing

@testable import Learning

@Suite struct InsightTests {
    @Test func principalComponentsOfALine() {
        // Points on a line with a little noise across: the first component is the line.
        var random = RandomSource(seed: 1)
        var elements: [Float] = []
        for index in 0..<50 {
            let t = Float(index) - 25
            elements += [3 * t + random.normal() * 0.01, 4 * t + random.normal() * 0.01, random.normal() * 0.01]
        }
        let result = PrincipalComponents(Tensor([50, 3], elements), count: 2).result
        #expect(result.explained[0] > 0.999 && result.explained[1] < 1e-3)
        #expect(result.points.count == 50 && result.points[0].count == 2)
        #expect(abs(abs(result.points[49][0] - result.points[0][0]) - 5 * 49) < 0.5)
    }

    @Test func degenerateComponents() {
        #expect(PrincipalComponents(Tensor(zeros: [3, 2]), count: 2).result.explained == [0, 0])
        #expect(PrincipalComponents(Tensor([1, 4], [1, 2, 3, 4]), count: 2).result.points.count == 1)
    }

    @Test func neighboursByCosine() throws {
        let vectors = Tensor([4, 2], [1, 0, 10, 1, 0, 1, -1, 0])
        let samples = [0, 0, 1, 1].map { Sample(path: "", label: $0, split: .train) }
        let embedding = Embedding(vectors: vectors, samples: samples, indices: [0, 1, 2, 3], failures: [])
        #expect(embedding.neighbours(ofPosition: 0, count: 3).map(\.position) == [1, 2, 3])
        #expect(embedding.neighbours(of: [0, -1], count: 1)[0].position == 0)
        #expect(embedding.neighbours(ofPosition: 9, count: 3).isEmpty)
        #expect(try embedding.neighbourAccuracy().count == 4)
        #expect(throws: LearningError.self) { try embedding.neighbourAccuracy(isInterrupted: { true }) }
    }

    @Test func lookAlikesAreGrouped() {
        var looks: [(Int, DifferenceHash)] = []
        let hashes: [UInt64] = [0xFF00_FF00_FF00_FF00, 0xFF00_FF00_FF00_FF01, 0x0F0F_0F0F_0F0F_0F0F, 0xFF00_FF00_FF00_FF03]
        for (index, bits) in hashes.enumerated() {
            looks.append((index, DifferenceHash(bits: bits, isTelling: true)))
        }
        #expect(LookAlikes(looks, threshold: 1).groups == [[0, 1, 3]])
        #expect(LookAlikes(looks, threshold: 0).groups.isEmpty)
    }

    @Test func learningRateCurveFindsTheValley() {
        // Falls from 1e-4 to 1e-1 and then explodes.
        let points = (0..<100).map { index -> LearningRateCurve.Point in
            let rate = power(10, -7 + 8 * Double(index) / 99)
            let loss = rate < 1e-4 ? 2.0 : rate < 1e-1 ? 2 - 0.6 * (logarithm(rate / 1e-4) / logarithm(10)) : 0.2 + rate * 10
            return .init(learningRate: rate, loss: loss, smoothed: loss)
        }
        let curve = LearningRateCurve(points: points)
        #expect((curve.suggestion ?? 0) > 5e-4 && (curve.suggestion ?? 1) < 3e-2)
        #expect(LearningRateCurve(points: Array(points.prefix(3))).suggestion == nil)
    }
}
