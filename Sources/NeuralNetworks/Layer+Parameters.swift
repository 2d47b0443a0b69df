public import Tensors

/// A tensor that a layer owns, by its name under the layer's path.
public struct ParameterDeclaration: Hashable, Sendable {
    /// What the tensor is for.
    public enum Role: Hashable, Sendable {
        /// Learned by gradient descent.
        case parameter
        /// Statistics that training gathers without gradients.
        case buffer
    }
    /// `weight`, `bias`, `running_mean`, …
    public let name: String
    public let shape: Shape
    public let role: Role
}

extension Layer {
    /// The layer's type in PyTorch's spelling: `Conv2d`, `BatchNorm2d`, `ReLU`, …
    public var kind: String {
        switch self {
        case .conv2d: "Conv2d"
        case .batchNorm2d(let b): b.isFlat ? "BatchNorm1d" : "BatchNorm2d"
        case .linear: "Linear"
        case .layerNorm: "LayerNorm"
        case .activation(let activation): activation.name
        case .dropout: "Dropout"
        case .stochasticDepth: "StochasticDepth"
        case .maxPool2d: "MaxPool2d"
        case .avgPool2d: "AvgPool2d"
        case .adaptiveAvgPool2d: "AdaptiveAvgPool2d"
        case .adaptiveMaxPool2d: "AdaptiveMaxPool2d"
        case .adaptiveConcatPool2d: "AdaptiveConcatPool2d"
        case .flatten: "Flatten"
        case .channelShuffle: "ChannelShuffle"
        case .channelSlice: "ChannelSlice"
        case .identity: "Identity"
        }
    }

    /// The tensors that the layer owns, in PyTorch's `state_dict` order. Empty for a layer whose sizes are not inferred yet.
    public var parameters: [ParameterDeclaration] {
        switch self {
        case .conv2d(let c):
            guard let inChannels = c.inChannels else { return [] }
            let weight = Shape([c.outChannels, inChannels / c.groups, c.kernel.height, c.kernel.width])
            return Self.affine(weight: weight, bias: c.hasBias ? [c.outChannels] : nil)
        case .linear(let l):
            guard let inFeatures = l.inFeatures else { return [] }
            return Self.affine(weight: [l.outFeatures, inFeatures], bias: l.hasBias ? [l.outFeatures] : nil)
        case .batchNorm2d(let b):
            guard let features = b.features else { return [] }
            return Self.affine(weight: [features], bias: [features]) + [
                ParameterDeclaration(name: "running_mean", shape: [features], role: .buffer),
                ParameterDeclaration(name: "running_var", shape: [features], role: .buffer),
                ParameterDeclaration(name: "num_batches_tracked", shape: [], role: .buffer),
            ]
        case .layerNorm(let l):
            guard let features = l.features else { return [] }
            return Self.affine(weight: [features], bias: [features])
        default: return []
        }
    }

    private static func affine(weight: Shape, bias: Shape?) -> [ParameterDeclaration] {
        [ParameterDeclaration(name: "weight", shape: weight, role: .parameter)]
            + (bias.map { [ParameterDeclaration(name: "bias", shape: $0, role: .parameter)] } ?? [])
    }

    /// Whether the layer draws random numbers in training.
    public var isRandomInTraining: Bool {
        switch self {
        case .dropout(let p), .stochasticDepth(let p): p > 0
        default: false
        }
    }
}
