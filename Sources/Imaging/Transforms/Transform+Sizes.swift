extension Transform {
    /// The size after the transform, of a picture of `size`; `parameters` matter for rotations that expand.
    public func outputSize(
        of size: ImageSize, _ parameters: TransformParameters = .none
    ) throws(TransformError) -> ImageSize {
        let result: ImageSize
        switch self {
        case .resize(let target, _, let maximum): result = Self.resized(size, target, maximum)
        case .centerCrop(let crop): result = crop
        case .randomResizedCrop(let crop, _, _, _): result = crop
        case .randomCrop(let crop, _, _, _, _): result = crop
        case .pad(let padding, _, _):
            result = ImageSize(
                width: size.width + padding.left + padding.right, height: size.height + padding.top + padding.bottom)
        case .randomRotation(_, _, true, let center, _):
            // Without an angle the size can't be told.
            guard case .rotation(let angle) = parameters else { return size }
            result = Self.rotated(size, angle, center)
        default: result = size
        }
        guard result.width > 0, result.height > 0, result.area < 1 << 31 else {
            throw .impossibleSize(transform: name, size: result)
        }
        return result
    }

    /// torchvision's rule: the short side as wanted, the long one in proportion, rounded down.
    static func resized(_ size: ImageSize, _ target: ResizeTarget, _ maximum: Int?) -> ImageSize {
        switch target {
        case .exact(let size): return size
        case .shortSide(let wanted):
            guard size.shortSide > 0, wanted > 0 else { return ImageSize(width: 0, height: 0) }
            func share(_ product: Double) -> Int { Int(min(product, 1e9)) }
            var short = wanted
            var long = share(Double(wanted) * Double(size.longSide) / Double(size.shortSide))
            if let maximum, long > maximum {
                (short, long) = (share(Double(maximum) * Double(short) / Double(long)), maximum)
            }
            return size.width <= size.height
                ? ImageSize(width: short, height: long) : ImageSize(width: long, height: short)
        }
    }

    private static func rotated(_ size: ImageSize, _ degrees: Double, _ center: ImagePoint?) -> ImageSize {
        let remainder = degrees.truncatingRemainder(dividingBy: 360)
        let angle = remainder < 0 ? remainder + 360 : remainder
        if center == nil {
            if angle == 0 || angle == 180 { return size }
            if angle == 90 || angle == 270 { return ImageSize(width: size.height, height: size.width) }
        }
        return Image.rotation(angle, of: size, expand: true, center: center).size
    }

    /// Where the central crop of `crop` lies in a picture of `size`: outside where the picture is smaller.
    static func central(_ crop: ImageSize, in size: ImageSize) -> ImageRegion {
        func start(_ crop: Int, _ size: Int) -> Int {
            // Too small a picture gets the larger half of its padding behind it; halves round to even, as Python does.
            crop > size ? -((crop - size) / 2) : Int((Double(size - crop) / 2).rounded(.toNearestOrEven))
        }
        return ImageRegion(
            left: start(crop.width, size.width), top: start(crop.height, size.height), width: crop.width,
            height: crop.height)
    }
}
