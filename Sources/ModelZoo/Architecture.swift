public import NeuralNetworks
public import Tensors

/// A network that has a name in the literature: how it is built, where its head is, and which weights were published for it.
///
/// A value from the layers' vocabulary; nothing else in the project knows one architecture from another.
public struct Architecture: Sendable {
    /// torchvision's name, such as `resnet18`.
    public let name: String
    public let family: Family
    /// The side of the square images that it was designed for, in pixels; always three channels.
    public let inputSize: Int
    /// The path of the last layer, whose outputs are the classes: what `net.head` stands for.
    public let headPath: String
    /// How new tensors are drawn.
    public let initialisation: Initialisation
    private let builder: @Sendable (Int) -> Module

    init(
        _ name: String, _ family: Family, inputSize: Int = 224, head: String, initialisation: Initialisation,
        build: @escaping @Sendable (Int) -> Module
    ) {
        self.name = name
        self.family = family
        self.inputSize = inputSize
        headPath = head
        self.initialisation = initialisation
        builder = build
    }

    /// The network for a number of classes, all sizes known, names and their order torchvision's. At least one class.
    public func build(classes: Int = 1000) -> Module { builder(max(1, classes)) }

    /// The shape of one image as the network was designed for it: `[3, side, side]`.
    public var inputShape: Shape { [3, inputSize, inputSize] }

    /// Weights that were published for it, the ones that `weights=imagenet` means first. Never empty for a zoo model.
    public var weights: [PublishedWeights] { PublishedWeights.all[name] ?? [] }

    /// How pictures are prepared for it: as for its first published weights.
    public var preprocessing: Preprocessing {
        weights.first?.preprocessing ?? Preprocessing(resize: inputSize + 32, crop: inputSize)
    }

    /// The network with fresh weights.
    public func initialised(classes: Int = 1000, seed: UInt64) -> (module: Module, parameters: ParameterStore) {
        let module = build(classes: classes)
        return (module, ModelZoo.initialise(module, seed: seed, as: initialisation))
    }

    /// The architecture's family: one builder with several settings.
    public enum Family: String, Hashable, Sendable, CaseIterable {
        case resNet = "ResNet"
        case vgg = "VGG"
        case alexNet = "AlexNet"
        case squeezeNet = "SqueezeNet"
        case denseNet = "DenseNet"
        case mobileNet = "MobileNet"
        case efficientNet = "EfficientNet"
        case efficientNetLite = "EfficientNet-Lite"
        case shuffleNet = "ShuffleNet"
        case googLeNet = "GoogLeNet"
        case mnasNet = "MNASNet"
    }
}

/// The networks that come with the program.
public enum ModelZoo {
    /// All architectures, families together, small ones first.
    public static let architectures: [Architecture] =
        resNets + vggs + alexNets + squeezeNets + denseNets + mobileNets + efficientNets + efficientNetLites + shuffleNets
        + googLeNets + mnasNets

    private static let byName = Dictionary(architectures.map { ($0.name, $0) }, uniquingKeysWith: { first, _ in first })

    /// The architecture called `name`, such as `resnet18`.
    public static subscript(_ name: String) -> Architecture? { byName[name] }
}
