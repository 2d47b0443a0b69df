import CommandLanguage
import Learning
import NeuralNetworks
import Presentation

/// The shared trainer as it stands.
struct TrainerObject: SessionObject {
    let trainer: Trainer
    let modelName: String?
    let dataName: String?

    init(_ state: SessionState) {
        trainer = state.trainer
        modelName = state.modelName
        dataName = state.dataName
    }

    let kind = "trainer"

    var summary: String {
        "\(Format.counted(trainer.epochCount, "epoch")) so far, \(trainer.settings.optimizer.name), batch size \(trainer.settings.batchSize)"
    }
}
