internal import CImageCodecs

extension Image {
    /// The picture as a PNG file. `level` is zlib's, 0 (fast) to 9 (small).
    public func encodePNG(level: Int = 3) throws(ImageError) -> [UInt8] {
        unsafe try encoded(.png) { (pixels, bytes, count, status) in
            unsafe thaw_png_encode(
                pixels, Int32(width), Int32(height), Int32(channels), Int32(min(max(level, 0), 9)), bytes, count, status)
        }
    }

    /// The picture as a baseline JPEG file. `quality` is libjpeg's, 1 to 100; `subsampled` halves the resolution of the colour.
    public func encodeJPEG(quality: Int = 90, subsampled: Bool = true) throws(ImageError) -> [UInt8] {
        unsafe try encoded(.jpeg) { (pixels, bytes, count, status) in
            unsafe thaw_jpeg_encode(
                pixels, Int32(width), Int32(height), Int32(channels), Int32(min(max(quality, 1), 100)),
                subsampled ? 1 : 0, bytes, count, status)
        }
    }

    private func encoded(
        _ format: ImageFormat,
        _ body: (
            UnsafePointer<UInt8>, UnsafeMutablePointer<UnsafeMutablePointer<UInt8>?>, UnsafeMutablePointer<Int>,
            UnsafeMutablePointer<thaw_codec_status>
        ) -> Void
    ) throws(ImageError) -> [UInt8] {
        let limit = format == .jpeg ? 65500 : Int(Int32.max)
        guard width > 0, height > 0 else { throw .cannotEncode(format, reason: "it has no pixels") }
        guard width <= limit, height <= limit else {
            throw .cannotEncode(format, reason: "\(size) pixels, and no side may be longer than \(limit)")
        }
        var status = thaw_codec_status()
        var bytes: UnsafeMutablePointer<UInt8>?
        var count = 0
        unsafe withPixels { pixels in
            if let start = pixels.baseAddress { unsafe body(start, &bytes, &count, &status) }
        }
        defer { unsafe thaw_codec_free(bytes) }
        guard status.code == Int32(THAW_CODEC_OK.rawValue), let start = unsafe bytes else {
            let text = unsafe withUnsafeBytes(of: status.text) { text in
                unsafe String(decoding: text.prefix { $0 != 0 }, as: UTF8.self)
            }
            throw .cannotEncode(format, reason: text)
        }
        return unsafe Array(UnsafeBufferPointer(start: start, count: count))
    }
}
