internal import CImageCodecs

extension Image {
    /// Decodes a picture; its format is told by its bytes.
    ///
    /// The pixels are those of Pillow's `Image.open(…).convert("RGB")` (or `"L"`), and with `exif` `.apply` those of its
    /// `ImageOps.exif_transpose` before that.
    /// - Throws: `ImageError`: no picture, a kind that is not read, cut short, damaged, or more pixels than allowed.
    public static func decode(_ bytes: [UInt8], _ options: DecodeOptions = DecodeOptions()) throws(ImageError) -> Image {
        try decode(bytes, header: ImageHeader.read(bytes), options)
    }

    /// Decodes the picture in the file at `path`; errors name the file.
    public static func decode(path: String, _ options: DecodeOptions = DecodeOptions()) throws(ImageError) -> Image {
        let bytes = try FileBytes.read(path)
        do { return try decode(bytes, options) } catch { throw .inFile(path, error) }
    }

    /// Decodes a picture whose header is known already.
    public static func decode(
        _ bytes: [UInt8], header: ImageHeader, _ options: DecodeOptions = DecodeOptions()
    ) throws(ImageError) -> Image {
        guard header.size.area <= options.maximumPixels else {
            throw .tooManyPixels(header.size, limit: options.maximumPixels)
        }
        let turn = header.turn(options.exif)
        let size = header.size(options.exif)
        var region = options.region
        if let wanted = region {
            guard wanted.isInside(size) else { throw .regionOutside(wanted, of: size) }
            region = wanted.stored(turn, in: header.size)
            if region == ImageRegion(whole: header.size) { region = nil }
        }
        var image: Image
        switch header.format {
        case .jpeg:
            image = try jpeg(bytes, header, region, scale: region == nil ? header.scale(options.minimumSide) : 1)
            region = nil
        case .png: image = try png(bytes, header)
        case .webp, .gif, .tiff: image = try optional(bytes, header)
        case .bmp: image = try bitmap(bytes)
        case .pnm: image = try anymap(bytes)
        }
        if let region { image = image.cropped(to: region) }
        image = image.turned(turn)
        return options.mode == .grey ? image.grey() : image.rgb()
    }

    private static func check(_ status: thaw_codec_status, _ format: ImageFormat) throws(ImageError) {
        guard status.code != Int32(THAW_CODEC_OK.rawValue) else { return }
        let text = unsafe withUnsafeBytes(of: status.text) { bytes in
            unsafe String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
        }
        switch UInt32(bitPattern: status.code) {
        case THAW_CODEC_TRUNCATED.rawValue: throw .truncated(format)
        case THAW_CODEC_UNSUPPORTED.rawValue: throw .unsupported(format, what: text)
        case THAW_CODEC_NOT_BUILT_IN.rawValue: throw .notBuiltIn(format)
        case THAW_CODEC_NO_MEMORY.rawValue: throw .damaged(format, defect: "no memory for its pixels")
        default: throw .damaged(format, defect: text)
        }
    }

    private static func jpeg(
        _ bytes: [UInt8], _ header: ImageHeader, _ region: ImageRegion?, scale: Int
    ) throws(ImageError) -> Image {
        let channels = header.colourMode == .grey ? 1 : 3
        let whole = ImageSize(
            width: (header.width + scale - 1) / scale, height: (header.height + scale - 1) / scale)
        let part = region?.size ?? whole
        let area = thaw_codec_region(
            left: Int32(region?.left ?? 0), top: Int32(region?.top ?? 0), width: Int32(region?.width ?? 0),
            height: Int32(region?.height ?? 0))
        return unsafe try Image(width: part.width, height: part.height, channels: channels) {
            (pixels) throws(ImageError) in
            var status = thaw_codec_status()
            unsafe bytes.withUnsafeBufferPointer { buffer in
                unsafe thaw_jpeg_decode(
                    buffer.baseAddress, buffer.count, Int32(scale), Int32(whole.width), Int32(whole.height),
                    Int32(channels), area, pixels, &status)
            }
            try check(status, .jpeg)
        }
    }

    private static func png(_ bytes: [UInt8], _ header: ImageHeader) throws(ImageError) -> Image {
        let isGrey = [.bilevel, .grey, .greyAlpha].contains(header.colourMode)
        // Pillow keeps the upper bytes of 16-bit colours, yet cuts 16-bit grey at 255.
        let clips = header.colourMode == .grey && header.bitDepth == 16
        return unsafe try Image(width: header.width, height: header.height, channels: isGrey ? 1 : 3) {
            (pixels) throws(ImageError) in
            var status = thaw_codec_status()
            unsafe bytes.withUnsafeBufferPointer { buffer in
                unsafe thaw_png_decode(
                    buffer.baseAddress, buffer.count, Int32(header.width), Int32(header.height), isGrey ? 1 : 3,
                    clips ? 1 : 0, pixels, &status)
            }
            try check(status, .png)
        }
    }

    private static func optional(_ bytes: [UInt8], _ header: ImageHeader) throws(ImageError) -> Image {
        guard header.width <= Int32.max, header.height <= Int32.max else {
            throw .tooManyPixels(header.size, limit: Int(Int32.max))
        }
        let width = Int32(header.width)
        let height = Int32(header.height)
        return unsafe try Image(width: header.width, height: header.height, channels: 3) {
            (pixels) throws(ImageError) in
            var status = thaw_codec_status()
            unsafe bytes.withUnsafeBufferPointer { buffer in
                let (start, count) = (buffer.baseAddress, buffer.count)
                switch header.format {
                case .webp: unsafe thaw_webp_decode(start, count, width, height, pixels, &status)
                case .gif: unsafe thaw_gif_decode(start, count, width, height, pixels, &status)
                default: unsafe thaw_tiff_decode(start, count, width, height, pixels, &status)
                }
            }
            try check(status, header.format)
        }
    }
}

extension ImageHeader {
    /// The largest scale of the JPEG decoder that leaves the short side at least `side` pixels.
    fileprivate func scale(_ side: Int?) -> Int {
        guard let side, side > 0 else { return 1 }
        return [8, 4, 2].first { size.shortSide / $0 >= side } ?? 1
    }
}

extension ImageFormat {
    /// Whether this build can decode the format.
    public var isBuiltIn: Bool {
        switch self {
        case .webp: thaw_codec_has_webp() != 0
        case .gif: thaw_codec_has_gif() != 0
        case .tiff: thaw_codec_has_tiff() != 0
        case .jpeg, .png, .bmp, .pnm: true
        }
    }
}
