import Tensors
import Testing

@testable import NeuralNetworks

/// Means over batches of which class weights are a part.
@Suite struct LossSumTests {
    static let weighted = [Loss.crossEntropy(classWeights: [2, 0, 0.5]), .focal(gamma: 2, classWeights: [2, 0, 0.5])]

    @Test(arguments: weighted) func aBatchThatWeighsNothingHasNoLossAndNoGradient(loss: Loss) {
        let logits = Tensor([2, 3], [1.0, -0.5, 2.0, 0.2, 0.1, -3.0])
        let (value, gradient) = loss(logits: logits, targets: .classes([1, 1]))
        #expect(value == 0 && gradient == Tensor(zeros: [2, 3]))
        let sums = loss.sums(logits: logits, targets: .classes([1, 1]))
        #expect(sums.losses == 0 && sums.denominator == 0)
    }

    @Test(arguments: weighted + [.crossEntropy(), .crossEntropy(classWeights: [1, 3, 0.5], labelSmoothing: 0.1)])
    func sumsOfBatchesGiveTheMeanOfTheWhole(loss: Loss) {
        let elements: [Float] = [1.0, -0.5, 2.0, 0.2, 0.1, -3.0, 0.4, 0.9, 1.5, -1.0, 0.3, 0.7]
        let labels = [0, 0, 1, 2]
        let whole = loss(logits: Tensor([4, 3], elements), targets: .classes(labels)).value
        var (losses, denominator) = (0.0, 0.0)
        for start in [0, 2] {
            let part = loss.sums(logits: Tensor([2, 3], elements[(start * 3)..<(start * 3 + 6)]), targets: .classes(Array(labels[start..<start + 2])))
            losses += part.losses
            denominator += part.denominator
        }
        #expect(abs(losses / denominator - Double(whole)) < 1e-6)
    }
}
