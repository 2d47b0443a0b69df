import NeuralNetworks
import Tensors
import Testing

@testable import Learning

@Suite struct MixingTests {
    private var images: Tensor { Tensor([3, 2, 4, 4], (0..<96).map { Float($0 / 32) }) }

    @Test func mixUpBlendsWithTheBatchRolledByOne() {
        var images = images
        var random = RandomSource(seed: 3)
        let targets = TrainingSettings.Mixing.mixUp(alpha: 1).apply(to: &images, labels: [5, 6, 7], random: &random)
        guard case .mixed(let first, let second, let shares) = targets else { Issue.record("not mixed"); return }
        #expect(first == [5, 6, 7] && second == [7, 5, 6])
        let share = shares[0]
        #expect(share > 0 && share < 1 && shares.allSatisfy { $0 == share })
        // Sample 0 is all zeros, its partner all twos.
        #expect(abs(images[flat: 0] - (1 - share) * 2) < 1e-6)
        #expect(abs(images[flat: 32] - share) < 1e-6)
    }

    @Test func cutMixPastesABoxOfThatArea() {
        for seed in 0..<50 {
            var images = images
            var random = RandomSource(seed: UInt64(seed))
            let targets = TrainingSettings.Mixing.cutMix(alpha: 1).apply(to: &images, labels: [0, 1, 2], random: &random)
            guard case .mixed(_, _, let shares) = targets else { Issue.record("not mixed"); return }
            // Of the first sample's zeros, those that became the partner's twos are the box.
            let pasted = images.elements[0..<32].count { $0 == 2 }
            #expect(images.elements[0..<32].allSatisfy { $0 == 0 || $0 == 2 })
            #expect(abs(Float(32 - pasted) / 32 - shares[0]) < 1e-6)
        }
    }
}
