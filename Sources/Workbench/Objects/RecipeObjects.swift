import CommandLanguage
import Imaging
import Learning
import NeuralNetworks
import Presentation

/// One step of a transform.
struct TransformObject: SessionObject {
    var transform: Transform
    let kind = "transform"
    var summary: String { transform.description }
}

/// A layer, or a part of a network with its weights.
struct LayerObject: SessionObject {
    var module: Module
    /// Weights that come with it, by their names inside the part; empty for a layer that was only declared.
    var parameters = ParameterStore()
    let kind = "layer"
    var summary: String { module.kind }
}

/// Named tensors: `net.state_dict`, or a file's.
struct StateObject: SessionObject {
    /// Weights and buffers by name.
    var parameters: ParameterStore
    /// Where they are from.
    var source: String
    let kind = "state"
    var summary: String { "\(Format.counted(parameters.names.count, "tensor")), \(Format.short(parameters.parameterCount)) parameters, from \(source)" }
}
