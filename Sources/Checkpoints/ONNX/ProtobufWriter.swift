/// Protocol Buffers, as far as writing them goes: varints, fixed 32-bit numbers, and fields with a length
/// (developers.google.com/protocol-buffers/docs/encoding).
struct ProtobufWriter {
    private(set) var bytes: [UInt8] = []

    /// A whole number; negative ones take ten bytes, as the format wants for int64.
    mutating func integer(_ value: Int, field: Int) {
        key(field, 0)
        varint(UInt64(bitPattern: Int64(value)))
    }

    mutating func float(_ value: Float, field: Int) {
        key(field, 5)
        let bits = value.bitPattern
        for shift in stride(from: UInt32(0), to: 32, by: 8) { bytes.append(UInt8(truncatingIfNeeded: bits >> shift)) }
    }

    mutating func text(_ value: String, field: Int) { data(Array(value.utf8), field: field) }

    mutating func data(_ value: [UInt8], field: Int) {
        key(field, 2)
        varint(UInt64(value.count))
        bytes += value
    }

    /// A message within this one.
    mutating func message(field: Int, _ body: (inout ProtobufWriter) -> Void) {
        var inner = ProtobufWriter()
        body(&inner)
        data(inner.bytes, field: field)
    }

    /// The key and the length of a field whose content is written by someone else.
    mutating func announce(field: Int, byteCount: Int) {
        key(field, 2)
        varint(UInt64(byteCount))
    }

    /// The bytes that ``announce(field:byteCount:)`` and the content take.
    static func size(field: Int, byteCount: Int) -> Int {
        var writer = ProtobufWriter()
        writer.announce(field: field, byteCount: byteCount)
        return writer.bytes.count + byteCount
    }

    private mutating func key(_ field: Int, _ kind: Int) { varint(UInt64(field << 3 | kind)) }

    private mutating func varint(_ value: UInt64) {
        var rest = value
        while rest >= 0x80 {
            bytes.append(UInt8(truncatingIfNeeded: rest) | 0x80)
            rest >>= 7
        }
        bytes.append(UInt8(rest))
    }
}
