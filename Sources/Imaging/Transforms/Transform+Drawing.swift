#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif
public import Tensors

extension Transform {
    /// Draws the parameters of one run on a picture of `size`.
    /// - Throws: `TransformError.cropTooLarge`, or `impossibleSize` where the padding of a crop makes too large a picture.
    public func draw(for size: ImageSize, _ random: inout RandomSource) throws(TransformError) -> TransformParameters {
        switch self {
        case .resize, .centerCrop, .pad, .grayscale, .toTensor, .normalize:
            return .none
        case .randomHorizontalFlip(let p), .randomVerticalFlip(let p), .randomGrayscale(let p):
            return .happens(Double(random.uniform()) < p)
        case .randomCrop(let crop, let padding, let padIfNeeded, _, _):
            let padded = Self.padded(size, to: crop, padding, padIfNeeded)
            guard crop.width <= padded.width, crop.height <= padded.height else {
                throw .cropTooLarge(transform: name, crop: crop, picture: padded)
            }
            // The padded picture is made before it is cropped.
            guard padded.area < 1 << 31 else { throw .impossibleSize(transform: name, size: padded) }
            let top = random.integer(below: padded.height - crop.height + 1)
            let left = random.integer(below: padded.width - crop.width + 1)
            return .crop(ImageRegion(left: left, top: top, width: crop.width, height: crop.height))
        case .randomResizedCrop(_, let scale, let ratio, _):
            return .crop(Self.crop(of: size, scale: scale, ratio: ratio, &random))
        case .randomRotation(let degrees, _, _, _, _):
            return .rotation(random.uniform(in: degrees))
        case .randomAffine(let degrees, let translate, let scale, let shearX, let shearY, _, _, _):
            let angle = random.uniform(in: degrees)
            var shift = ImagePoint(x: 0, y: 0)
            if let translate {
                let (x, y) = (translate.x * Double(size.width), translate.y * Double(size.height))
                shift.x = random.uniform(in: -x...x).rounded(.toNearestOrEven)
                shift.y = random.uniform(in: -y...y).rounded(.toNearestOrEven)
            }
            let factor = scale.map { random.uniform(in: $0) } ?? 1
            let slant = ImagePoint(
                x: shearX.map { random.uniform(in: $0) } ?? 0, y: shearY.map { random.uniform(in: $0) } ?? 0)
            return .affine(angle: angle, translation: shift, scale: factor, shear: slant)
        case .colorJitter(let brightness, let contrast, let saturation, let hue):
            let order = random.permutation(4)
            return .colour(
                order: order, brightness: brightness.map { random.uniform(in: $0) },
                contrast: contrast.map { random.uniform(in: $0) }, saturation: saturation.map { random.uniform(in: $0) },
                hue: hue.map { random.uniform(in: $0) })
        case .gaussianBlur(_, _, let sigma):
            return .blur(sigma: random.uniform(in: sigma))
        case .randomErasing(let p, let scale, let ratio, _):
            guard Double(random.uniform()) < p else { return .erase(nil, noise: 0) }
            let region = Self.erased(of: size, scale: scale, ratio: ratio, &random)
            return .erase(region, noise: random.next())
        case .trivialAugmentWide(let bins, _, _):
            let kind = AugmentOperation.Kind.allCases[random.integer(below: AugmentOperation.Kind.allCases.count)]
            let bin = kind.hasMagnitude ? random.integer(below: max(bins, 1)) : 0
            return .operations([Self.operation(kind, bin, kind.wideMagnitude(bin, of: bins), &random)])
        case .randAugment(let operations, let magnitude, let bins, _, _):
            return .operations(
                (0..<max(operations, 0)).map { _ in
                    let kind = AugmentOperation.Kind.allCases[random.integer(below: AugmentOperation.Kind.allCases.count)]
                    return Self.operation(kind, magnitude, kind.magnitude(magnitude, of: bins, size), &random)
                })
        }
    }

    private static func operation(
        _ kind: AugmentOperation.Kind, _ bin: Int, _ magnitude: Double, _ random: inout RandomSource
    ) -> AugmentOperation {
        let isNegative = kind.isSigned && random.integer(below: 2) == 1
        return AugmentOperation(kind, magnitude: isNegative ? -magnitude : magnitude)
    }

    /// The size after the padding of a random crop. Padding that is needed is added on both sides, as torchvision does.
    static func padded(_ size: ImageSize, to crop: ImageSize, _ padding: Padding?, _ ifNeeded: Bool) -> ImageSize {
        var result = size
        if let padding {
            result.width += padding.left + padding.right
            result.height += padding.top + padding.bottom
        }
        if ifNeeded {
            if result.width < crop.width { result.width += 2 * (crop.width - result.width) }
            if result.height < crop.height { result.height += 2 * (crop.height - result.height) }
        }
        return result
    }

    /// Ten tries at a crop of random area and aspect ratio, then the largest central one with an allowed ratio.
    private static func crop(
        of size: ImageSize, scale: ClosedRange<Double>, ratio: ClosedRange<Double>, _ random: inout RandomSource
    ) -> ImageRegion {
        let area = Double(size.area)
        for _ in 0..<10 {
            let target = area * random.uniform(in: scale)
            let aspect = exp(random.uniform(in: log(ratio.lowerBound)...log(ratio.upperBound)))
            let width = Int((target * aspect).squareRoot().rounded(.toNearestOrEven))
            let height = Int((target / aspect).squareRoot().rounded(.toNearestOrEven))
            if width > 0, width <= size.width, height > 0, height <= size.height {
                let top = random.integer(below: size.height - height + 1)
                let left = random.integer(below: size.width - width + 1)
                return ImageRegion(left: left, top: top, width: width, height: height)
            }
        }
        return centralCrop(of: size, ratio: ratio)
    }

    static func centralCrop(of size: ImageSize, ratio: ClosedRange<Double>) -> ImageRegion {
        var (width, height) = (size.width, size.height)
        let own = Double(width) / Double(height)
        if own < ratio.lowerBound {
            height = max(1, Int((Double(width) / ratio.lowerBound).rounded(.toNearestOrEven)))
        } else if own > ratio.upperBound {
            width = max(1, Int((Double(height) * ratio.upperBound).rounded(.toNearestOrEven)))
        }
        return ImageRegion(
            left: (size.width - width) / 2, top: (size.height - height) / 2, width: width, height: height)
    }

    private static func erased(
        of size: ImageSize, scale: ClosedRange<Double>, ratio: ClosedRange<Double>, _ random: inout RandomSource
    ) -> ImageRegion? {
        let area = Double(size.area)
        for _ in 0..<10 {
            let target = area * random.uniform(in: scale)
            let aspect = exp(random.uniform(in: log(ratio.lowerBound)...log(ratio.upperBound)))
            let height = Int((target * aspect).squareRoot().rounded(.toNearestOrEven))
            let width = Int((target / aspect).squareRoot().rounded(.toNearestOrEven))
            if height < size.height, width < size.width {
                let top = random.integer(below: size.height - height + 1)
                let left = random.integer(below: size.width - width + 1)
                return ImageRegion(left: left, top: top, width: width, height: height)
            }
        }
        return nil
    }
}

extension RandomSource {
    /// A number uniform in `range`, with 24 random bits as torch draws them.
    fileprivate mutating func uniform(in range: ClosedRange<Double>) -> Double {
        range.lowerBound + (range.upperBound - range.lowerBound) * Double(uniform())
    }
}

extension AugmentOperation.Kind {
    /// The magnitude of `bin` in TrivialAugment's wide space.
    public func wideMagnitude(_ bin: Int, of bins: Int) -> Double {
        switch self {
        case .shearX, .shearY, .brightness, .color, .contrast, .sharpness: linear(0, 0.99, bin, bins)
        case .translateX, .translateY: linear(0, 32, bin, bins)
        case .rotate: linear(0, 135, bin, bins)
        case .posterize: posterBits(bin, bins, range: 6)
        case .solarize: linear(255, 0, bin, bins)
        case .identity, .autoContrast, .equalize: 0
        }
    }

    /// The magnitude of `bin` in RandAugment's space, for a picture of `size`.
    public func magnitude(_ bin: Int, of bins: Int, _ size: ImageSize) -> Double {
        switch self {
        case .shearX, .shearY: linear(0, 0.3, bin, bins)
        case .translateX: linear(0, 150.0 / 331 * Double(size.width), bin, bins)
        case .translateY: linear(0, 150.0 / 331 * Double(size.height), bin, bins)
        case .rotate: linear(0, 30, bin, bins)
        case .brightness, .color, .contrast, .sharpness: linear(0, 0.9, bin, bins)
        case .posterize: posterBits(bin, bins, range: 4)
        case .solarize: linear(255, 0, bin, bins)
        case .identity, .autoContrast, .equalize: 0
        }
    }

    private func linear(_ first: Double, _ last: Double, _ bin: Int, _ bins: Int) -> Double {
        bins > 1 ? first + (last - first) * Double(min(max(bin, 0), bins - 1)) / Double(bins - 1) : first
    }

    private func posterBits(_ bin: Int, _ bins: Int, range: Double) -> Double {
        guard bins > 1 else { return 8 }
        return 8 - (Double(min(max(bin, 0), bins - 1)) / (Double(bins - 1) / range)).rounded(.toNearestOrEven)
    }
}

/// The angle whose tangent is `magnitude`, in degrees.
func degrees(_ magnitude: Double) -> Double { atan(magnitude) * (180 / Double.pi) }
