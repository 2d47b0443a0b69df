import Foundation
import Imaging

/// Files made by `scripts/fixtures/imaging.py`.
enum Fixture {
    static let folder = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "Fixtures")

    static func bytes(_ name: String) throws -> [UInt8] {
        try [UInt8](Data(contentsOf: folder.appending(path: "files/\(name)")))
    }

    static func decode<Value: Decodable>(_ type: Value.Type, _ name: String) throws -> Value {
        try JSONDecoder().decode(type, from: Data(contentsOf: folder.appending(path: name)))
    }

    /// The pictures of the script's `picture`, from their formulas.
    static func picture(_ width: Int, _ height: Int, _ channels: Int, _ kind: String) -> Image {
        var pixels: [UInt8] = []
        for y in 0..<height {
            for x in 0..<width {
                for c in 0..<channels {
                    let value: Int
                    switch kind {
                    case "noise":
                        var h = (((y * width + x) * channels + c) * 2_654_435_761 + 40503) & 0xFFFF_FFFF
                        h ^= h >> 15
                        h = h &* 2_246_822_519 & 0xFFFF_FFFF
                        value = h >> 13
                    case "smooth":
                        value = c == 0 ? x * 255 / max(width - 1, 1) : c == 1 ? y * 255 / max(height - 1, 1) : x + 2 * y
                        if c < 2, width == 0 { continue }
                    default:
                        value = ((x / 5 + y / 3) % 2 == 0 ? 255 - 60 * c : 30 * c) + (x * y) % 7
                    }
                    pixels.append(UInt8(truncatingIfNeeded: value))
                }
            }
        }
        return Image(width: width, height: height, channels: channels, pixels: pixels)
    }
}

/// The checksum that Python's `zlib.crc32` gives.
func crc(_ bytes: some Sequence<UInt8>) -> UInt32 {
    var value: UInt32 = 0xFFFF_FFFF
    for byte in bytes { value = crcTable[Int((value ^ UInt32(byte)) & 0xFF)] ^ (value >> 8) }
    return ~value
}

private let crcTable: [UInt32] = (0..<256).map { index in
    (0..<8).reduce(UInt32(index)) { value, _ in value & 1 == 1 ? 0xEDB8_8320 ^ (value >> 1) : value >> 1 }
}

/// The checksum of floats as they lie in memory.
func crc(_ floats: [Float]) -> UInt32 { floats.withUnsafeBytes { crc($0) } }
