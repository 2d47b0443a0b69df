/// What one run of a random transform has drawn. The same parameters give the same picture, always.
public enum TransformParameters: Sendable, Hashable {
    /// There was nothing to draw.
    case none
    /// Whether a transform with a probability happens.
    case happens(Bool)
    /// The part that a random crop keeps.
    case crop(ImageRegion)
    /// Degrees, counter-clockwise.
    case rotation(Double)
    /// Degrees clockwise, pixels, factor, degrees.
    case affine(angle: Double, translation: ImagePoint, scale: Double, shear: ImagePoint)
    /// The order of brightness (0), contrast (1), saturation (2), hue (3), and their factors; without a factor a step is left out.
    case colour(order: [Int], brightness: Double?, contrast: Double?, saturation: Double?, hue: Double?)
    case blur(sigma: Double)
    /// The rectangle to be erased, if any, and the seed of its noise.
    case erase(ImageRegion?, noise: UInt64)
    case operations([AugmentOperation])
}

/// One operation of an AutoAugment-style policy, with its magnitude.
public struct AugmentOperation: Sendable, Hashable {
    public enum Kind: String, Sendable, Hashable, CaseIterable {
        case identity = "Identity"
        case shearX = "ShearX"
        case shearY = "ShearY"
        case translateX = "TranslateX"
        case translateY = "TranslateY"
        case rotate = "Rotate"
        case brightness = "Brightness"
        case color = "Color"
        case contrast = "Contrast"
        case sharpness = "Sharpness"
        case posterize = "Posterize"
        case solarize = "Solarize"
        case autoContrast = "AutoContrast"
        case equalize = "Equalize"

        /// Whether the magnitude may have either sign.
        var isSigned: Bool {
            switch self {
            case .shearX, .shearY, .translateX, .translateY, .rotate, .brightness, .color, .contrast, .sharpness: true
            default: false
            }
        }

        /// Whether there is a magnitude.
        var hasMagnitude: Bool {
            switch self {
            case .identity, .autoContrast, .equalize: false
            default: true
            }
        }
    }

    public var kind: Kind
    public var magnitude: Double

    public init(_ kind: Kind, magnitude: Double = 0) {
        self.kind = kind
        self.magnitude = magnitude
    }

    /// The image after the operation, as torchvision's `_apply_op`.
    public func applied(to image: Image, interpolation: Interpolation = .nearest, fill: Fill = .black) -> Image {
        func sheared(_ shear: ImagePoint) -> Image {
            image.affine(
                angle: 0, translation: ImagePoint(x: 0, y: 0), scale: 1, shear: shear, interpolation: interpolation,
                center: ImagePoint(x: 0, y: 0), fill: fill)
        }
        func moved(_ x: Double, _ y: Double) -> Image {
            image.affine(
                angle: 0, translation: ImagePoint(x: x, y: y), scale: 1, shear: ImagePoint(x: 0, y: 0),
                interpolation: interpolation, fill: fill)
        }
        return switch kind {
        case .identity: image
        case .shearX: sheared(ImagePoint(x: degrees(magnitude), y: 0))
        case .shearY: sheared(ImagePoint(x: 0, y: degrees(magnitude)))
        case .translateX: moved(magnitude.rounded(.towardZero), 0)
        case .translateY: moved(0, magnitude.rounded(.towardZero))
        case .rotate: image.rotated(by: magnitude, interpolation: interpolation, fill: fill)
        case .brightness: image.brightnessAdjusted(by: 1 + magnitude)
        case .color: image.saturationAdjusted(by: 1 + magnitude)
        case .contrast: image.contrastAdjusted(by: 1 + magnitude)
        case .sharpness: image.sharpnessAdjusted(by: 1 + magnitude)
        case .posterize: image.posterized(bits: Int(magnitude.isFinite ? min(max(magnitude, 0), 8) : 8))
        case .solarize: image.solarized(threshold: magnitude)
        case .autoContrast: image.autocontrasted()
        case .equalize: image.equalized()
        }
    }
}
