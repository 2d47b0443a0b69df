/// One step of a pipeline, with torchvision's names, parameters and defaults.
///
/// Steps before `toTensor` work on 8-bit pixels, `normalize` and `randomErasing` on the float tensor after it.
public enum Transform: Sendable, Hashable, Codable {
    case resize(ResizeTarget, interpolation: Interpolation = .bilinear, maximumSide: Int? = nil)
    case centerCrop(ImageSize)
    case pad(Padding, fill: Fill = .black, mode: PaddingMode = .constant)
    case randomCrop(
        ImageSize, padding: Padding? = nil, padIfNeeded: Bool = false, fill: Fill = .black, mode: PaddingMode = .constant)
    case randomResizedCrop(
        ImageSize, scale: ClosedRange<Double> = 0.08...1, ratio: ClosedRange<Double> = (3.0 / 4)...(4.0 / 3),
        interpolation: Interpolation = .bilinear)
    case randomHorizontalFlip(p: Double = 0.5)
    case randomVerticalFlip(p: Double = 0.5)
    /// Turns counter-clockwise.
    case randomRotation(
        degrees: ClosedRange<Double>, interpolation: Interpolation = .nearest, expand: Bool = false,
        center: ImagePoint? = nil, fill: Fill = .black)
    /// `translate`: the largest shifts as shares of width and height. `shear`: degrees along x and y.
    case randomAffine(
        degrees: ClosedRange<Double>, translate: ImagePoint? = nil, scale: ClosedRange<Double>? = nil,
        shearX: ClosedRange<Double>? = nil, shearY: ClosedRange<Double>? = nil, interpolation: Interpolation = .nearest,
        center: ImagePoint? = nil, fill: Fill = .black)
    case colorJitter(
        brightness: ClosedRange<Double>? = nil, contrast: ClosedRange<Double>? = nil,
        saturation: ClosedRange<Double>? = nil, hue: ClosedRange<Double>? = nil)
    case grayscale(channels: Int = 1)
    case randomGrayscale(p: Double = 0.1)
    case gaussianBlur(kernelWidth: Int, kernelHeight: Int, sigma: ClosedRange<Double> = 0.1...2)
    case trivialAugmentWide(bins: Int = 31, interpolation: Interpolation = .nearest, fill: Fill = .black)
    case randAugment(
        operations: Int = 2, magnitude: Int = 9, bins: Int = 31, interpolation: Interpolation = .nearest,
        fill: Fill = .black)
    case toTensor
    case normalize(mean: [Float], standardDeviation: [Float])
    case randomErasing(
        p: Double = 0.5, scale: ClosedRange<Double> = 0.02...0.33, ratio: ClosedRange<Double> = 0.3...3.3,
        value: ErasingValue = .values([0]))

    /// `colorJitter` as torchvision takes plain numbers: v means a factor from max(0, 1 − v) to 1 + v, and a hue from −v to v.
    public static func colorJitter(
        brightness: Double = 0, contrast: Double = 0, saturation: Double = 0, hue: Double = 0
    ) -> Transform {
        func around(_ value: Double) -> ClosedRange<Double>? {
            value > 0 ? max(0, 1 - value)...(1 + value) : nil
        }
        return .colorJitter(
            brightness: around(brightness), contrast: around(contrast), saturation: around(saturation),
            hue: hue > 0 ? -hue...hue : nil)
    }

    /// `normalize` with the statistics of ImageNet.
    public static let normalizeImageNet = Transform.normalize(
        mean: [0.485, 0.456, 0.406], standardDeviation: [0.229, 0.224, 0.225])
}

/// What `resize` aims at.
public enum ResizeTarget: Sendable, Hashable, Codable {
    /// The short side gets so many pixels, the long one in proportion, rounded down.
    case shortSide(Int)
    case exact(ImageSize)
}

/// What `randomErasing` writes.
public enum ErasingValue: Sendable, Hashable, Codable {
    /// One number for all channels, or one for each.
    case values([Float])
    /// Numbers of the standard normal distribution, another for each pixel.
    case random
}

extension Transform {
    /// The stages a picture passes.
    public enum Stage: Sendable, Hashable {
        case pixels, conversion, tensor
    }

    public var stage: Stage {
        switch self {
        case .toTensor: .conversion
        case .normalize, .randomErasing: .tensor
        default: .pixels
        }
    }

    /// The class name in torchvision: `RandomResizedCrop`.
    public var name: String {
        switch self {
        case .resize: "Resize"
        case .centerCrop: "CenterCrop"
        case .pad: "Pad"
        case .randomCrop: "RandomCrop"
        case .randomResizedCrop: "RandomResizedCrop"
        case .randomHorizontalFlip: "RandomHorizontalFlip"
        case .randomVerticalFlip: "RandomVerticalFlip"
        case .randomRotation: "RandomRotation"
        case .randomAffine: "RandomAffine"
        case .colorJitter: "ColorJitter"
        case .grayscale: "Grayscale"
        case .randomGrayscale: "RandomGrayscale"
        case .gaussianBlur: "GaussianBlur"
        case .trivialAugmentWide: "TrivialAugmentWide"
        case .randAugment: "RandAugment"
        case .toTensor: "ToTensor"
        case .normalize: "Normalize"
        case .randomErasing: "RandomErasing"
        }
    }

    /// The names of all transforms, in the order of the documentation.
    public static let allNames = [
        "Resize", "CenterCrop", "Pad", "RandomCrop", "RandomResizedCrop", "RandomHorizontalFlip", "RandomVerticalFlip",
        "RandomRotation", "RandomAffine", "ColorJitter", "Grayscale", "RandomGrayscale", "GaussianBlur",
        "TrivialAugmentWide", "RandAugment", "ToTensor", "Normalize", "RandomErasing",
    ]

    /// Whether two runs can give two results.
    public var isRandom: Bool {
        switch self {
        case .resize, .centerCrop, .pad, .grayscale, .toTensor, .normalize: false
        case .randomHorizontalFlip(let p), .randomVerticalFlip(let p), .randomGrayscale(let p): p > 0 && p < 1
        case .randomErasing(let p, _, _, _): p > 0
        case .gaussianBlur(_, _, let sigma): sigma.lowerBound < sigma.upperBound
        case .randomRotation(let degrees, _, _, _, _): degrees.lowerBound < degrees.upperBound
        case .colorJitter(let brightness, let contrast, let saturation, let hue):
            [brightness, contrast, saturation, hue].contains { $0 != nil }
        case .randomCrop, .randomResizedCrop, .randomAffine, .trivialAugmentWide, .randAugment: true
        }
    }
}
