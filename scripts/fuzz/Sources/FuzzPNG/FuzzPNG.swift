import Imaging

/// Reads bytes as a picture. Any error is right; a trap, a hang, or a picture that isn't what its header says is not.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzz(_ start: UnsafePointer<UInt8>, _ count: Int) -> CInt {
    let bytes = Array(UnsafeBufferPointer(start: start, count: count))
    guard ImageFormat(magic: bytes) == .png else { return -1 }
    guard let header = try? ImageHeader.read(bytes) else { return 0 }
    let whole = DecodeOptions(exif: .apply, maximumPixels: 1 << 20)
    guard let image = try? Image.decode(bytes, whole) else { return 0 }
    precondition(image.size == header.uprightSize && image.pixels.count == image.size.area * 3)
    // A region is cut out by the decoder, by another way through it, and must not differ.
    var part = whole
    part.region = ImageRegion(left: image.width / 3, top: image.height / 2, width: max(image.width / 2, 1), height: max(image.height / 3, 1))
    if let region = part.region, region.isInside(image.size), let cut = try? Image.decode(bytes, part) {
        precondition(cut == image.cropped(to: region))
    }
    var grey = whole
    grey.mode = .grey
    grey.minimumSide = 8
    if let small = try? Image.decode(bytes, grey) { precondition(small.channels == 1 && small.pixels.count == small.size.area) }
    return 0
}
