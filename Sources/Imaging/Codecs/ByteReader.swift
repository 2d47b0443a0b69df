/// Reads numbers out of bytes; every read is checked and past the end gives nil.
struct ByteReader {
    let bytes: [UInt8]
    var isLittleEndian = false

    var count: Int { bytes.count }

    func byte(_ offset: Int) -> Int? {
        offset >= 0 && offset < bytes.count ? Int(bytes[offset]) : nil
    }

    func word(_ offset: Int) -> Int? {
        guard let first = byte(offset), let second = byte(offset &+ 1) else { return nil }
        return isLittleEndian ? second << 8 | first : first << 8 | second
    }

    func long(_ offset: Int) -> Int? {
        guard let first = word(offset), let second = word(offset &+ 2) else { return nil }
        return isLittleEndian ? second << 16 | first : first << 16 | second
    }

    /// A number of 32 bits with a sign.
    func signedLong(_ offset: Int) -> Int? {
        long(offset).map { Int(Int32(truncatingIfNeeded: $0)) }
    }

    /// Whether the bytes at `offset` are those of `text`.
    func matches(_ text: StaticString, at offset: Int) -> Bool {
        guard offset >= 0, offset <= count - text.utf8CodeUnitCount else { return false }
        return text.withUTF8Buffer { code in
            (0..<code.count).allSatisfy { unsafe bytes[offset + $0] == code[$0] }
        }
    }

    /// `length` bytes from `start`, cut at the end.
    func part(_ start: Int, length: Int) -> [UInt8] {
        let lower = min(max(start, 0), count)
        return Array(bytes[lower..<lower + min(max(length, 0), count - lower)])
    }
}
