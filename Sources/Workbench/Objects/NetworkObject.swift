import CommandLanguage
import Learning
import NeuralNetworks
import Presentation
import Tensors

/// A network of the session: the model, and what it was when it came.
struct NetworkObject: SessionObject {
    var model: ModelState
    /// The weights as they were made or loaded, to tell what training has changed since. Shared with the model's until they change.
    var origin: ParameterStore

    init(_ model: ModelState) {
        self.model = model
        origin = model.parameters
    }

    let kind = "network"

    var summary: String {
        let trainable = model.trainableNames.reduce(0) { $0 + (model.parameters[$1]?.count ?? 0) }
        let weights = model.weights == "none" ? "random weights" : "weights: \(model.weights)"
        let shape = model.inputShape.dimensions.map(String.init).joined(separator: "×")
        return "\(model.architecture), \(weights), \(Format.short(model.parameters.parameterCount)) parameters, \(Format.short(trainable)) of them train, input \(shape)"
    }
}
