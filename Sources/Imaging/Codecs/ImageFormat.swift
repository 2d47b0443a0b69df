/// A picture file's format, told by its first bytes and never by its name.
public enum ImageFormat: String, CaseIterable, Sendable {
    case jpeg, png, webp, gif, bmp, tiff, pnm

    /// The name that people know: `JPEG`.
    public var name: String {
        switch self {
        case .jpeg: "JPEG"
        case .png: "PNG"
        case .webp: "WebP"
        case .gif: "GIF"
        case .bmp: "BMP"
        case .tiff: "TIFF"
        case .pnm: "PPM/PGM/PBM"
        }
    }

    /// The names that such files usually end with, lower case, without the dot.
    public var fileExtensions: [String] {
        switch self {
        case .jpeg: ["jpg", "jpeg", "jpe", "jfif"]
        case .png: ["png"]
        case .webp: ["webp"]
        case .gif: ["gif"]
        case .bmp: ["bmp", "dib"]
        case .tiff: ["tif", "tiff"]
        case .pnm: ["ppm", "pgm", "pbm", "pnm"]
        }
    }

    /// The C library that reads it; nil for the formats that need none.
    public var library: String? {
        switch self {
        case .jpeg: "libjpeg-turbo"
        case .png: "libpng"
        case .webp: "libwebp"
        case .gif: "giflib"
        case .tiff: "libtiff"
        case .bmp, .pnm: nil
        }
    }

    /// The format that a file starting with `bytes` has; 16 bytes are enough.
    public init?(magic bytes: some Collection<UInt8>) {
        let head = Array(bytes.prefix(16))
        func starts(_ signature: [UInt8], at offset: Int = 0) -> Bool {
            head.count >= offset + signature.count && Array(head[offset..<offset + signature.count]) == signature
        }
        if starts([0xFF, 0xD8, 0xFF]) {
            self = .jpeg
        } else if starts([0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A]) {
            self = .png
        } else if starts(Array("RIFF".utf8)) && starts(Array("WEBP".utf8), at: 8) {
            self = .webp
        } else if starts(Array("GIF87a".utf8)) || starts(Array("GIF89a".utf8)) {
            self = .gif
        } else if starts(Array("BM".utf8)) {
            self = .bmp
        } else if starts([0x49, 0x49, 0x2A, 0x00]) || starts([0x4D, 0x4D, 0x00, 0x2A]) {
            self = .tiff
        } else if head.count >= 3, head[0] == 0x50, (0x31...0x36).contains(head[1]),
            [0x20, 0x09, 0x0A, 0x0B, 0x0C, 0x0D, 0x23].contains(head[2])
        {
            self = .pnm
        } else {
            return nil
        }
    }

    /// What bytes that are no picture look like, for an error message.
    static func guess(_ bytes: [UInt8]) -> String? {
        let known: [([UInt8], String)] = [
            (Array("%PDF".utf8), "a PDF document"), (Array("<svg".utf8), "an SVG drawing"),
            (Array("<?xml".utf8), "XML"), (Array("<!DOCTYPE".utf8), "a web page"), (Array("<html".utf8), "a web page"),
            ([0x50, 0x4B, 0x03, 0x04], "a zip archive"), ([0x1F, 0x8B], "a gzip archive"),
            (Array("version https://git-lfs".utf8), "a Git LFS pointer"), (Array("{".utf8), "JSON"),
        ]
        if bytes.count >= 12, Array(bytes[4..<8]) == Array("ftyp".utf8) { return "HEIC, AVIF or a film" }
        return known.first { bytes.starts(with: $0.0) }?.1
    }
}
