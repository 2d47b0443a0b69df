/// The checksum of zip archives: the reflected polynomial 0xEDB88320 of ISO 3309.
struct CRC32 {
    private var register = ~UInt32(0)

    /// The checksum of what came so far.
    var value: UInt32 { ~register }

    mutating func update(_ bytes: UnsafeRawBufferPointer) {
        var rest = register
        var position = 0
        unsafe Self.table.withUnsafeBufferPointer { table in
            // Eight bytes at once, each by the table of its distance from the end.
            while position + 8 <= bytes.count {
                let word =
                    unsafe UInt64(littleEndian: bytes.loadUnaligned(fromByteOffset: position, as: UInt64.self)) ^ UInt64(rest)
                rest = 0
                for lane in 0..<8 { unsafe rest ^= table[(7 - lane) << 8 | Int(word >> (8 * UInt64(lane)) & 0xFF)] }
                position += 8
            }
            while position < bytes.count {
                unsafe rest = table[Int(UInt8(truncatingIfNeeded: rest) ^ bytes[position])] ^ rest >> 8
                position += 1
            }
        }
        register = rest
    }

    /// Entry `d · 256 + b`: what byte b becomes when d zero bytes follow it.
    private static let table: [UInt32] = {
        var table = (0..<256).map { byte in
            (0..<8).reduce(UInt32(byte)) { rest, _ in rest >> 1 ^ (rest & 1 == 1 ? 0xEDB8_8320 : 0) }
        }
        for index in 256..<2048 {
            let before = table[index - 256]
            table.append(table[Int(before & 0xFF)] ^ before >> 8)
        }
        return table
    }()
}
