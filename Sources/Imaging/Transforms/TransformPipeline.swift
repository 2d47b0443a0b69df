public import Tensors

/// Transforms in a row, from a decoded picture to the float tensor that a network sees.
///
/// Values: two equal pipelines with equal parameters give equal tensors. Without `toTensor` one is implied where the first
/// tensor transform stands, or at the end.
public struct TransformPipeline: Sendable, Hashable, Codable {
    public let transforms: [Transform]

    /// - Throws: `TransformError`: a parameter out of bounds, pixels' transforms after `ToTensor`, or `ToTensor` twice.
    public init(_ transforms: [Transform]) throws(TransformError) {
        var tensorStep: Transform?
        for transform in transforms {
            try transform.validate()
            switch transform.stage {
            case .pixels:
                if let tensorStep { throw .wrongOrder(transform: transform.name, after: tensorStep.name) }
            case .conversion:
                if case .toTensor? = tensorStep { throw .repeated(transform: transform.name) }
                if let tensorStep { throw .wrongOrder(transform: transform.name, after: tensorStep.name) }
                tensorStep = transform
            case .tensor:
                tensorStep = tensorStep ?? transform
            }
        }
        self.transforms = transforms
    }

    /// The pipeline without transforms: the pixels divided by 255.
    public static let empty = TransformPipeline(unchecked: [])

    private init(unchecked transforms: [Transform]) { self.transforms = transforms }

    public init(from decoder: any Decoder) throws {
        try self.init(decoder.singleValueContainer().decode([Transform].self))
    }

    public func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(transforms)
    }

    /// The name of the first transform that is random, if any.
    public var firstRandomName: String? { transforms.first(where: \.isRandom)?.name }

    /// Whether two runs can give two results.
    public var isRandom: Bool { firstRandomName != nil }
}

extension TransformPipeline {
    /// What one run has drawn: an element for each transform.
    public typealias Parameters = [TransformParameters]

    /// Draws the parameters of one run on a picture of `size`.
    public func draw(for size: ImageSize, _ random: inout RandomSource) throws(TransformError) -> Parameters {
        var size = size
        var parameters: Parameters = []
        parameters.reserveCapacity(transforms.count)
        // What isn't random may be computed beforehand and kept, and must leave the numbers to what is.
        var unused = random
        for transform in transforms {
            let drawn = try transform.isRandom ? transform.draw(for: size, &random) : transform.draw(for: size, &unused)
            size = try transform.outputSize(of: size, drawn)
            parameters.append(drawn)
        }
        return parameters
    }

    /// The size of the result for a picture of `size`. Rotations that expand count as none: see `hasFixedSize`.
    public func outputSize(for size: ImageSize, _ parameters: Parameters? = nil) throws(TransformError) -> ImageSize {
        var size = size
        for (index, transform) in transforms.enumerated() {
            let drawn = parameters.flatMap { $0.indices.contains(index) ? $0[index] : nil } ?? .none
            size = try transform.outputSize(of: size, drawn)
        }
        return size
    }

    /// The shape (channels, height, width) of the tensor for a picture of `size` with `channels`.
    public func outputShape(
        for size: ImageSize, channels: Int = 3, _ parameters: Parameters? = nil
    ) throws(TransformError) -> Shape {
        let result = try outputSize(for: size, parameters)
        return Shape([outputChannels(channels), result.height, result.width])
    }

    /// The number of channels that pictures with `channels` end up with.
    public func outputChannels(_ channels: Int) -> Int {
        transforms.reduce(channels) { channels, transform in
            if case .grayscale(let count) = transform { count } else { channels }
        }
    }

    /// The size that every picture ends up with, or nil where it depends on the picture.
    public var fixedSize: ImageSize? {
        var fixed: ImageSize?
        for transform in transforms {
            switch transform {
            case .centerCrop(let size), .randomCrop(let size, _, _, _, _), .randomResizedCrop(let size, _, _, _),
                .resize(.exact(let size), _, _):
                fixed = size
            case .randomRotation(_, _, true, _, _): fixed = nil
            case .resize, .pad: fixed = fixed.flatMap { try? transform.outputSize(of: $0) }
            default: break
            }
        }
        return fixed
    }
}
