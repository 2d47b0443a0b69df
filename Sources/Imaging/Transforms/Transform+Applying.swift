extension Transform {
    /// The picture after the transform with these parameters. Tensor transforms leave pictures alone.
    public func applied(to image: Image, _ parameters: TransformParameters = .none) throws(TransformError) -> Image {
        switch (self, parameters) {
        case (.resize(_, let interpolation, _), _):
            return image.resized(to: try outputSize(of: image.size), interpolation: interpolation)
        case (.centerCrop(let crop), _):
            return Self.centrallyCropped(image, crop)
        case (.pad(let padding, let fill, let mode), _):
            _ = try outputSize(of: image.size)
            return image.padded(padding, mode: mode, fill: fill)
        case (.randomCrop(let crop, let padding, let ifNeeded, let fill, let mode), .crop(let region)):
            return Self.padded(image, to: crop, padding, ifNeeded, fill, mode).cropped(to: region)
        case (.randomResizedCrop(let target, _, _, let interpolation), .crop(let region)):
            guard region.isInside(image.size) else {
                throw .cropTooLarge(transform: name, crop: region.size, picture: image.size)
            }
            return image.resized(from: region, to: target, interpolation: interpolation)
        case (.randomHorizontalFlip, .happens(true)): return image.flippedHorizontally()
        case (.randomVerticalFlip, .happens(true)): return image.flippedVertically()
        case (.randomGrayscale, .happens(true)): return image.channels == 1 ? image : image.grey().rgb()
        case (.grayscale(let channels), _): return channels == 1 ? image.grey() : image.grey().rgb()
        case (.randomRotation(_, let interpolation, let expand, let center, let fill), .rotation(let angle)):
            return image.rotated(by: angle, interpolation: interpolation, expand: expand, center: center, fill: fill)
        case (
            .randomAffine(_, _, _, _, _, let interpolation, let center, let fill),
            .affine(let angle, let translation, let scale, let shear)
        ):
            return image.affine(
                angle: angle, translation: translation, scale: scale, shear: shear, interpolation: interpolation,
                center: center, fill: fill)
        case (.colorJitter, .colour(let order, let brightness, let contrast, let saturation, let hue)):
            return order.reduce(image) { image, step in
                switch step {
                case 0: brightness.map { image.brightnessAdjusted(by: $0) } ?? image
                case 1: contrast.map { image.contrastAdjusted(by: $0) } ?? image
                case 2: saturation.map { image.saturationAdjusted(by: $0) } ?? image
                case 3: hue.map { image.hueAdjusted(by: $0) } ?? image
                default: image
                }
            }
        case (.gaussianBlur(let width, let height, _), .blur(let sigma)):
            return image.gaussianBlurred(kernelWidth: width, kernelHeight: height, sigma: sigma)
        case (.trivialAugmentWide(_, let interpolation, let fill), .operations(let operations)),
            (.randAugment(_, _, _, let interpolation, let fill), .operations(let operations)):
            return operations.reduce(image) { $1.applied(to: $0, interpolation: interpolation, fill: fill) }
        default:
            return image
        }
    }

    private static func centrallyCropped(_ image: Image, _ crop: ImageSize) -> Image {
        guard crop.width > image.width || crop.height > image.height else {
            return image.cropped(to: central(crop, in: image.size))
        }
        // Padded first, then cropped if one side is still too long: two steps, as torchvision rounds them.
        func sides(_ crop: Int, _ size: Int) -> (Int, Int) {
            crop > size ? ((crop - size) / 2, (crop - size + 1) / 2) : (0, 0)
        }
        let (left, right) = sides(crop.width, image.width)
        let (top, bottom) = sides(crop.height, image.height)
        let padded = image.padded(Padding(left: left, top: top, right: right, bottom: bottom))
        return padded.cropped(to: central(crop, in: padded.size))
    }

    private static func padded(
        _ image: Image, to crop: ImageSize, _ padding: Padding?, _ ifNeeded: Bool, _ fill: Fill, _ mode: PaddingMode
    ) -> Image {
        var image = image
        if let padding { image = image.padded(padding, mode: mode, fill: fill) }
        if ifNeeded, image.width < crop.width {
            let side = crop.width - image.width
            image = image.padded(Padding(left: side, top: 0, right: side, bottom: 0), mode: mode, fill: fill)
        }
        if ifNeeded, image.height < crop.height {
            let side = crop.height - image.height
            image = image.padded(Padding(left: 0, top: side, right: 0, bottom: side), mode: mode, fill: fill)
        }
        return image
    }
}
