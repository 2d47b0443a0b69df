/// What a picture file says about itself before anything is decoded.
public struct ImageHeader: Sendable, Hashable {
    public enum ColourMode: String, Sendable, CaseIterable {
        case bilevel, grey, greyAlpha, palette, paletteAlpha, rgb, rgba, cmyk, ycck, other
    }

    public let format: ImageFormat
    /// As stored, before any EXIF turn.
    public let width: Int
    public let height: Int
    public let colourMode: ColourMode
    /// Bits a sample: 1 to 16.
    public let bitDepth: Int
    /// The EXIF orientation, 1 (upright) to 8; 1 when the file does not tell.
    public let orientation: Orientation
    /// Whether it is a progressive JPEG or an interlaced PNG.
    public let isProgressive: Bool

    /// The stored size.
    public var size: ImageSize { ImageSize(width: width, height: height) }

    /// The size after the EXIF turn.
    public var uprightSize: ImageSize { orientation.swapsSides ? ImageSize(width: height, height: width) : size }

    /// The size that decoding with `options` gives, were there no region of interest.
    public func size(_ exif: DecodeOptions.Orientation) -> ImageSize {
        turn(exif).swapsSides ? ImageSize(width: height, height: width) : size
    }

    /// What decoding turns. In TIFF the orientation belongs to the picture itself: Pillow, too, always applies it.
    func turn(_ exif: DecodeOptions.Orientation) -> Orientation {
        exif == .apply || format == .tiff ? orientation : .upright
    }
}

/// The eight orientations of the EXIF tag 0x0112: what has to be done to the stored pixels to see the picture upright.
public enum Orientation: Int, Sendable, CaseIterable {
    case upright = 1
    case mirrored = 2
    case rotated180 = 3
    case flipped = 4
    case transposed = 5
    /// Turn clockwise by 90 degrees.
    case clockwise = 6
    case transverse = 7
    /// Turn counter-clockwise by 90 degrees.
    case counterClockwise = 8

    /// Whether width and height change places.
    public var swapsSides: Bool { rawValue >= 5 }
}
