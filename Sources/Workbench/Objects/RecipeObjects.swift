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

/// What mixes the pictures of a batch: MixUp, CutMix.
struct MixObject: SessionObject {
    var mix: BatchMix
    let kind = "mix"
    var summary: String {
        switch mix {
        case .mixUp(let alpha), .cutMix(let alpha): "\(mix.name)(alpha=\(Value.written(alpha)))"
        }
    }
}

/// A layer, or a part of a network with its weights.
struct LayerObject: SessionObject {
    var module: Module
    /// Weights that come with it, by their names inside the part; empty for a layer that was only declared.
    var parameters = ParameterStore()
    let kind = "layer"
    var summary: String { module.kind }
}

/// A loss.
struct LossObject: SessionObject {
    var loss: Loss
    let kind = "loss"
    var summary: String { loss.name }
}

/// An optimiser's rule with its rates: a recipe that is bound to parameters when a training starts.
struct OptimizerObject: SessionObject {
    var rule: OptimizerRule
    /// `nil`: the rule's default.
    var rates: LearningRates?
    var weightDecay: Double?
    var sparesBiasesAndNorms = false
    let kind = "optimizer"
    var summary: String { rule.name }
}

/// How rates change.
struct SchedulerObject: SessionObject {
    var schedule: Schedule
    let kind = "scheduler"
    var summary: String { schedule.name }
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
