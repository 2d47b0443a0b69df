/// One layer without parts: the vocabulary that every architecture, every head and every graph is built from.
///
/// Names, arguments and defaults are PyTorch's. Sizes that follow from the input may be left out (`nil`) and are filled in by
/// ``Module/resolved(input:path:)``: `Linear(classes)` learns its `inFeatures` from the layer before it.
/// A layer is a value and owns no weights; a ``ParameterStore`` holds those under the layer's path.
public enum Layer: Hashable, Sendable, Codable {
    /// 2-D cross-correlation over `[N, C, H, W]`; parameters `weight` `[out, in / groups, kh, kw]` and, if asked for, `bias` `[out]`.
    case conv2d(Convolution)
    /// Batch normalisation over N, H and W (Ioffe, Szegedy 2015); parameters `weight`, `bias`, buffers `running_mean`, `running_var`,
    /// `num_batches_tracked`.
    case batchNorm2d(BatchNormalization)
    /// `y = x Wᵀ + b` over the last axis; parameters `weight` `[out, in]` and, if asked for, `bias` `[out]`.
    case linear(FullyConnected)
    /// Normalisation over the last axis, or over channels if `channelsFirst`; parameters `weight`, `bias`.
    case layerNorm(LayerNormalization)
    /// An elementwise function.
    case activation(Activation)
    /// Zeroes elements with probability `p` in training and scales the others by 1/(1-p); the identity in evaluation.
    case dropout(p: Float)
    /// Drops a whole sample's branch with probability `p` in training, scales the others by 1/(1-p) (Huang et al. 2016, "row" mode).
    case stochasticDepth(p: Float)
    /// The maximum of each window; padding never wins.
    case maxPool2d(Pooling)
    /// The mean of each window.
    case avgPool2d(Pooling)
    /// The mean over windows that divide the input into `height` × `width` parts.
    case adaptiveAvgPool2d(height: Int, width: Int)
    /// The maximum over windows that divide the input into `height` × `width` parts.
    case adaptiveMaxPool2d(height: Int, width: Int)
    /// Adaptive maximum and mean, concatenated along channels in this order (fastai's head).
    case adaptiveConcatPool2d(size: Int)
    /// `[N, C, H, W]` to `[N, C·H·W]`, in C, H, W order.
    case flatten
    /// Interleaves `groups` groups of channels (Zhang et al. 2017).
    case channelShuffle(groups: Int)
    /// Channels `start ..< end` of the input.
    case channelSlice(start: Int, end: Int)
    /// Passes its input on.
    case identity
}

/// An elementwise function.
public enum Activation: String, Hashable, Sendable, Codable, CaseIterable {
    case relu, relu6, silu, hardswish, hardsigmoid, sigmoid, gelu, tanh
    /// PyTorch's name, such as `ReLU6`.
    public var name: String {
        switch self {
        case .relu: "ReLU"
        case .relu6: "ReLU6"
        case .silu: "SiLU"
        case .hardswish: "Hardswish"
        case .hardsigmoid: "Hardsigmoid"
        case .sigmoid: "Sigmoid"
        case .gelu: "GELU"
        case .tanh: "Tanh"
        }
    }
}

/// A height and a width.
public struct Extent: Hashable, Sendable, Codable {
    public var height: Int
    public var width: Int
    public init(_ height: Int, _ width: Int) {
        self.height = height
        self.width = width
    }
    /// The same extent both ways.
    public init(_ side: Int) { self.init(side, side) }
}

/// The zeros around an image before a window slides over it.
public enum Padding: Hashable, Sendable, Codable {
    /// The same number above and below, and left and right, as PyTorch pads.
    case symmetric(Extent)
    /// TensorFlow's "SAME": as many zeros as make the output ⌈input/stride⌉, the odd one at the bottom and right.
    case same

    /// The zeros before and after along one axis.
    public func amounts(input: Int, kernel: Int, stride: Int, dilation: Int, vertical: Bool) -> (before: Int, after: Int) {
        switch self {
        case .symmetric(let extent):
            let amount = vertical ? extent.height : extent.width
            return (amount, amount)
        case .same:
            let output = (input + stride - 1) / stride
            let total = max(0, (output - 1) * stride + dilation * (kernel - 1) + 1 - input)
            return (total / 2, total - total / 2)
        }
    }
}

/// The arguments of a convolution.
public struct Convolution: Hashable, Sendable, Codable {
    /// Channels of the input; `nil` until inferred.
    public var inChannels: Int?
    public var outChannels: Int
    public var kernel: Extent
    public var stride: Extent
    public var padding: Padding
    public var dilation: Extent
    public var groups: Int
    public var hasBias: Bool

    public init(
        _ inChannels: Int?, _ outChannels: Int, kernel: Int, stride: Int = 1, padding: Int = 0, dilation: Int = 1,
        groups: Int = 1, bias: Bool = true
    ) {
        self.init(
            inChannels, outChannels, kernel: Extent(kernel), stride: Extent(stride), padding: .symmetric(Extent(padding)),
            dilation: Extent(dilation), groups: groups, bias: bias)
    }

    public init(
        _ inChannels: Int?, _ outChannels: Int, kernel: Extent, stride: Extent, padding: Padding, dilation: Extent,
        groups: Int, bias: Bool
    ) {
        self.inChannels = inChannels
        self.outChannels = outChannels
        self.kernel = kernel
        self.stride = stride
        self.padding = padding
        self.dilation = dilation
        self.groups = groups
        hasBias = bias
    }
}

/// The arguments of batch normalisation.
public struct BatchNormalization: Hashable, Sendable, Codable {
    /// Channels; `nil` until inferred.
    public var features: Int?
    /// Added to the variance before its root is taken.
    public var epsilon: Float
    /// The share of the new batch in the running statistics (PyTorch's convention).
    public var momentum: Float
    /// Whether it normalises flat features `[F]`, as `BatchNorm1d` does, instead of the channels of `[C, H, W]`.
    public var isFlat: Bool
    public init(_ features: Int?, epsilon: Float = 1e-5, momentum: Float = 0.1, isFlat: Bool = false) {
        self.features = features
        self.epsilon = epsilon
        self.momentum = momentum
        self.isFlat = isFlat
    }

    /// Files of before there were flat ones don't say so.
    public init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        features = try container.decodeIfPresent(Int.self, forKey: .features)
        epsilon = try container.decode(Float.self, forKey: .epsilon)
        momentum = try container.decode(Float.self, forKey: .momentum)
        isFlat = try container.decodeIfPresent(Bool.self, forKey: .isFlat) ?? false
    }
}

/// The arguments of a fully connected layer.
public struct FullyConnected: Hashable, Sendable, Codable {
    /// Size of the last axis of the input; `nil` until inferred.
    public var inFeatures: Int?
    public var outFeatures: Int
    public var hasBias: Bool
    public init(_ inFeatures: Int?, _ outFeatures: Int, bias: Bool = true) {
        self.inFeatures = inFeatures
        self.outFeatures = outFeatures
        hasBias = bias
    }
}

/// The arguments of layer normalisation.
public struct LayerNormalization: Hashable, Sendable, Codable {
    /// Size of the normalised axis; `nil` until inferred.
    public var features: Int?
    public var epsilon: Float
    /// Normalises over C of `[N, C, H, W]` (ConvNeXt) instead of the last axis.
    public var channelsFirst: Bool
    public init(_ features: Int?, epsilon: Float = 1e-5, channelsFirst: Bool = false) {
        self.features = features
        self.epsilon = epsilon
        self.channelsFirst = channelsFirst
    }
}

/// The arguments of a pooling layer.
public struct Pooling: Hashable, Sendable, Codable {
    public var kernel: Extent
    public var stride: Extent
    public var padding: Extent
    /// Rounds the output's size up: windows may hang over the bottom and right, but never start in the padding there.
    public var ceilMode: Bool
    /// Mean pooling only: whether padding counts in the divisor.
    public var countIncludePad: Bool
    public init(kernel: Int, stride: Int? = nil, padding: Int = 0, ceilMode: Bool = false, countIncludePad: Bool = true) {
        self.kernel = Extent(kernel)
        self.stride = Extent(stride ?? kernel)
        self.padding = Extent(padding)
        self.ceilMode = ceilMode
        self.countIncludePad = countIncludePad
    }

    /// The output's size along one axis (PyTorch's `pooling_output_shape`).
    public func outputSize(input: Int, kernel: Int, stride: Int, padding: Int) -> Int {
        let span = input + 2 * padding - kernel
        var size = (span + (ceilMode ? stride - 1 : 0)) / stride + 1
        if ceilMode, (size - 1) * stride >= input + padding { size -= 1 }
        return size
    }
}

// Short forms, as PyTorch spells them.
extension Layer {
    public static var relu: Layer { .activation(.relu) }
    public static var relu6: Layer { .activation(.relu6) }
    public static func conv(_ convolution: Convolution) -> Layer { .conv2d(convolution) }
    public static func linear(_ inFeatures: Int?, _ outFeatures: Int, bias: Bool = true) -> Layer {
        .linear(FullyConnected(inFeatures, outFeatures, bias: bias))
    }
    public static func batchNorm(_ features: Int?, epsilon: Float = 1e-5, momentum: Float = 0.1, isFlat: Bool = false) -> Layer {
        .batchNorm2d(BatchNormalization(features, epsilon: epsilon, momentum: momentum, isFlat: isFlat))
    }
}
