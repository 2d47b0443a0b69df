/// How a picture is decoded.
public struct DecodeOptions: Sendable, Hashable {
    public enum Mode: String, Sendable, CaseIterable {
        /// Three channels; alpha is dropped, not blended, as Pillow's `convert("RGB")` does.
        case rgb
        /// One channel, ITU-R 601 luma, as Pillow's `convert("L")`.
        case grey
    }

    public enum Orientation: String, Sendable, CaseIterable {
        /// Turn the picture as its EXIF tag says.
        case apply
        /// Leave the pixels as they are stored, as torchvision's `ImageFolder` does.
        case ignore
    }

    public var mode: Mode
    public var exif: Orientation
    /// Pictures with more pixels are refused before memory is taken for them.
    public var maximumPixels: Int
    /// The region of interest, in the coordinates of the whole decoded picture (after turning it, if `exif` is `.apply`).
    /// The result has the region's size, and its pixels are the same as those of a full decode.
    public var region: ImageRegion?
    /// Lets the JPEG decoder scale down by 2, 4 or 8 as long as the short side keeps at least this many pixels.
    /// Much faster for large photographs, but the pixels are no longer those of a full decode; ignored with a `region`.
    public var minimumSide: Int?

    /// 2²⁸ pixels: 805 MB as RGB.
    public static let defaultMaximumPixels = 1 << 28

    public init(
        mode: Mode = .rgb, exif: Orientation = .ignore, maximumPixels: Int = defaultMaximumPixels,
        region: ImageRegion? = nil, minimumSide: Int? = nil
    ) {
        self.mode = mode
        self.exif = exif
        self.maximumPixels = maximumPixels
        self.region = region
        self.minimumSide = minimumSide
    }
}
