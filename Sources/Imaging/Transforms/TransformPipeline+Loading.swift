public import Tensors

extension TransformPipeline {
    /// Decodes a picture for this pipeline and draws parameters for it: a crop that comes first is cut out by the decoder where that
    /// saves time. The tensor is the same as that of a full decode.
    /// - Returns: the picture, and parameters that belong to it: hand both to `apply(_:_:into:)`.
    /// - Throws: `ImageError`, `TransformError`.
    public func decode(
        _ bytes: [UInt8], _ options: DecodeOptions = DecodeOptions(), random: inout RandomSource
    ) throws -> (image: Image, parameters: Parameters) {
        let header = try ImageHeader.read(bytes)
        let size = header.size(options.exif)
        guard size.area <= options.maximumPixels else {
            throw ImageError.tooManyPixels(header.size, limit: options.maximumPixels)
        }
        var parameters = try draw(for: size, &random)
        var options = options
        if let region = leadingRegion(of: size, parameters), region != ImageRegion(whole: size) {
            options.region = region
            let whole = ImageRegion(left: 0, top: 0, width: region.width, height: region.height)
            if case .crop = parameters[0] { parameters[0] = .crop(whole) }
        }
        return (try Image.decode(bytes, header: header, options), parameters)
    }

    /// The part of the picture that the first transform keeps, if that is known and inside.
    private func leadingRegion(of size: ImageSize, _ parameters: Parameters) -> ImageRegion? {
        guard let first = transforms.first, let drawn = parameters.first else { return nil }
        switch (first, drawn) {
        case (.randomResizedCrop, .crop(let region)), (.randomCrop(_, nil, false, _, _), .crop(let region)):
            return region.isInside(size) ? region : nil
        case (.centerCrop(let crop), _):
            let region = Transform.central(crop, in: size)
            return region.isInside(size) ? region : nil
        default: return nil
        }
    }
}
