import Crypto

/// SHA-256 of files, read in pieces.
public enum FileDigest {
    /// The SHA-256 of the file at `path`, 64 lower-case hexadecimal digits.
    public static func sha256(ofFile path: String) throws(CheckpointError) -> String {
        let file = try ReadableFile(path)
        var digest = SHA256()
        var position = 0
        while position < file.size {
            let piece = try file.read(at: position, count: min(1 << 20, file.size - position), for: "the file")
            digest.update(data: piece)
            position += piece.count
        }
        return hexadecimal(digest.finalize())
    }

    /// The SHA-256 of bytes in memory, 64 lower-case hexadecimal digits.
    public static func sha256(of bytes: [UInt8]) -> String { hexadecimal(SHA256.hash(data: bytes)) }

    private static func hexadecimal(_ bytes: some Sequence<UInt8>) -> String {
        let digits = Array("0123456789abcdef".utf8)
        var text: [UInt8] = []
        for byte in bytes { text += [digits[Int(byte >> 4)], digits[Int(byte & 15)]] }
        return String(decoding: text, as: UTF8.self)
    }

    /// The part of a SHA-256 that a published file carries in its name, by torch hub's rule: at least eight hexadecimal digits
    /// between the last `-` and the extension, as in `resnet18-f37072fd.pth`. nil when there is none, or a date stands there.
    public static func prefix(inName path: String) -> String? {
        let name = lastComponent(of: path)
        guard let dash = name.lastIndex(of: "-") else { return nil }
        let digits = name[name.index(after: dash)...].prefix { $0 != "." }
        guard digits.count >= 8, digits.allSatisfy({ "0123456789abcdef".contains($0) }), !beginsWithDate(digits) else { return nil }
        return String(digits)
    }

    /// Whether decimal digits are a day such as `20240131`, alone or with a time behind it.
    private static func beginsWithDate(_ digits: Substring) -> Bool {
        guard digits.allSatisfy(\.isNumber), let day = Int(digits.prefix(8)) else { return false }
        return (1900...2099).contains(day / 10_000) && (1...12).contains(day / 100 % 100) && (1...31).contains(day % 100)
    }
}
