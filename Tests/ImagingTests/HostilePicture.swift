import Imaging

/// What must hold of any bytes that are read as a picture: they are refused, or the picture is what its header says, on every way through the decoder.
enum HostilePicture {
    enum Broken: Error {
        case size(header: ImageSize, picture: ImageSize, bytes: Int)
        case region(ImageRegion)
        case grey(ImageSize, channels: Int)
    }

    /// Large enough for every decision of the decoders, small enough to bound what one input costs.
    static let maximumPixels = 1 << 20

    /// Whether the bytes claim to be of the format.
    static func check(_ bytes: [UInt8], as format: ImageFormat) throws(Broken) -> Bool {
        guard ImageFormat(magic: bytes) == format else { return false }
        guard let header = try? ImageHeader.read(bytes) else { return true }
        let whole = DecodeOptions(exif: .apply, maximumPixels: maximumPixels)
        guard let image = try? Image.decode(bytes, whole) else { return true }
        guard image.size == header.uprightSize, image.channels == 3, image.pixels.count == image.size.area * 3 else {
            throw .size(header: header.uprightSize, picture: image.size, bytes: image.pixels.count)
        }
        // A region is cut out by the decoder, by another way through it.
        let region = ImageRegion(left: image.width / 3, top: image.height / 2, width: max(image.width / 2, 1), height: max(image.height / 3, 1))
        if region.isInside(image.size) {
            var part = whole
            part.region = region
            if let cut = try? Image.decode(bytes, part), cut != image.cropped(to: region) { throw .region(region) }
        }
        var small = whole
        (small.mode, small.minimumSide) = (.grey, 8)
        if let grey = try? Image.decode(bytes, small), grey.channels != 1 || grey.pixels.count != grey.size.area {
            throw .grey(grey.size, channels: grey.channels)
        }
        return true
    }
}
