import Imaging
import NeuralNetworks
import Testing

@testable import Learning

/// Class weights in training: validation looks at pictures class by class.
@Suite struct ClassWeightTests {
    let task: TinyTask
    init() throws { task = try TinyTask() }

    @Test(arguments: [
        Loss.crossEntropy(classWeights: [3, 0.25]), .crossEntropy(classWeights: [3, 0.25], labelSmoothing: 0.1), .focal(gamma: 2, classWeights: [3, 0.25]),
        .crossEntropy(),
    ]) func validationLossIsThatOfTheEvaluation(loss: Loss) throws {
        var trainer = TinyTask.trainer {
            $0.loss = loss
            $0.keep = .last
        }
        var model = try TinyTask.model()
        try trainer.run(&model, on: task.data(), epochs: 1)
        let evaluation = try model.evaluate(on: task.data(), loss: loss, options: trainer.options)
        let found = try #require(trainer.history.epochs.last?.valLoss)
        #expect(abs(found - evaluation.loss) < 1e-5)
    }

    @Test func aClassThatWeighsNothingEndsNoTraining() throws {
        // In order, so that batches of training hold the second class alone, too.
        var trainer = TinyTask.trainer {
            $0.loss = .crossEntropy(classWeights: [1, 0])
            $0.shuffles = false
        }
        var model = try TinyTask.model()
        let summary = try trainer.run(&model, on: task.data(), epochs: 2)
        #expect(summary.ending == .completed && summary.epochs == 2)
        #expect(trainer.history.epochs.allSatisfy { $0.trainLoss.isFinite && ($0.valLoss ?? .nan).isFinite })
    }

    /// With infinity the draw of a share would never end.
    @Test(arguments: [BatchMix.mixUp(alpha: .infinity), .cutMix(alpha: .infinity), .mixUp(alpha: .nan), .cutMix(alpha: 0)])
    func sharesAreDrawnByANumber(mix: BatchMix) {
        var settings = TrainingSettings()
        settings.mixing = [mix]
        #expect(throws: LearningError.self) { try settings.check(classes: 2) }
    }
}
