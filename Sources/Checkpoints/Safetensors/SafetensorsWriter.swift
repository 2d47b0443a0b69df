import Tensors

#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif

extension Checkpoint {
    /// Writes a state dictionary as safetensors, whole or not at all.
    ///
    /// Elements are written under each entry's own type: `float32`, or what the file that they came from had; PyTorch's `load_file` reads
    /// the result.
    public static func write(_ state: StateDictionary, to path: String) throws(CheckpointError) {
        var header: [String: SafetensorsEntry] = [:]
        var offset = 0
        // Larger elements first keep every tensor aligned to its element, as the format's own writers do.
        let ordered = state.entries.sorted { ($1.storedAs.byteCount, $0.name) < ($0.storedAs.byteCount, $1.name) }
        for entry in ordered {
            let size = entry.tensor.count * entry.storedAs.byteCount
            header[entry.name] = .tensor(dtype: entry.storedAs.safetensorsName, shape: entry.tensor.shape.dimensions, begin: offset, end: offset + size)
            offset += size
        }
        if !state.metadata.isEmpty { header["__metadata__"] = .metadata(state.metadata) }
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        var text: [UInt8]
        do { text = Array(try encoder.encode(header)) } catch { throw .cannotWrite(path: path, reason: "\(error)") }
        // Blanks bring the data to a multiple of eight bytes.
        text += [UInt8](repeating: 0x20, count: (8 - text.count % 8) % 8)
        let length = (0..<8).map { UInt8(truncatingIfNeeded: text.count >> ($0 * 8)) }
        try AtomicFile.write(to: path) { (writer) throws(CheckpointError) in
            try writer.write(length + text)
            for entry in ordered {
                try unsafe entry.tensor.forEachPiece(as: entry.storedAs) { piece throws(CheckpointError) in try unsafe writer.write(piece) }
            }
        }
    }
}

extension Tensor {
    /// Hands over the little-endian bytes of all elements, rounded to a type, in order and in pieces.
    func forEachPiece(as type: ElementType, _ body: (UnsafeRawBufferPointer) throws(CheckpointError) -> Void) throws(CheckpointError) {
        var failure: CheckpointError?
        unsafe withElements { elements in
            do throws(CheckpointError) {
                guard type != .float32 else { return try unsafe body(UnsafeRawBufferPointer(elements)) }
                for start in stride(from: 0, to: elements.count, by: 1 << 18) {
                    let piece = unsafe elements[start..<min(start + 1 << 18, elements.count)]
                    var bytes: [UInt8] = []
                    unsafe bytes.reserveCapacity(piece.count * type.byteCount)
                    for unsafe element in unsafe piece { type.append(element, to: &bytes) }
                    try unsafe bytes.withUnsafeBufferPointer { (buffer) throws(CheckpointError) in try unsafe body(UnsafeRawBufferPointer(buffer)) }
                }
            } catch { failure = error }
        }
        if let failure { throw failure }
    }
}

extension ElementType {
    /// Appends a number's little-endian bytes, rounded to the type.
    func append(_ value: Float, to bytes: inout [UInt8]) {
        func add(_ bits: UInt64) { for i in 0..<byteCount { bytes.append(UInt8(truncatingIfNeeded: bits >> (8 * UInt64(i)))) } }
        func whole(_ low: Double, _ high: Double) -> Int64 { Int64(max(low, min(high, Double(value.isNaN ? 0 : value))).rounded()) }
        switch self {
        case .float64: add(Double(value).bitPattern)
        case .float32: add(UInt64(value.bitPattern))
        case .float16: add(UInt64(Float16(value).bitPattern))
        case .bfloat16:
            // To nearest, ties to even; a NaN stays one.
            let bits = value.bitPattern
            add(value.isNaN ? 0x7FC0 : UInt64((bits &+ 0x7FFF &+ (bits >> 16 & 1)) >> 16))
        case .int64: add(UInt64(bitPattern: whole(-9e18, 9e18)))
        case .int32: add(UInt64(bitPattern: whole(-2147483648, 2147483647)))
        case .int16: add(UInt64(bitPattern: whole(-32768, 32767)))
        case .int8: add(UInt64(bitPattern: whole(-128, 127)))
        case .uint64: add(UInt64(bitPattern: whole(0, 9e18)))
        case .uint32: add(UInt64(bitPattern: whole(0, 4_294_967_295)))
        case .uint16: add(UInt64(bitPattern: whole(0, 65535)))
        case .uint8: add(UInt64(bitPattern: whole(0, 255)))
        case .bool: add(value == 0 ? 0 : 1)
        }
    }
}

/// One entry of a header.
private enum SafetensorsEntry: Encodable {
    case tensor(dtype: String, shape: [Int], begin: Int, end: Int)
    case metadata([String: String])

    private enum Key: String, CodingKey {
        case dtype, shape
        case offsets = "data_offsets"
    }

    func encode(to encoder: any Encoder) throws {
        switch self {
        case .metadata(let strings): try strings.encode(to: encoder)
        case .tensor(let dtype, let shape, let begin, let end):
            var container = encoder.container(keyedBy: Key.self)
            try container.encode(dtype, forKey: .dtype)
            try container.encode(shape, forKey: .shape)
            try container.encode([begin, end], forKey: .offsets)
        }
    }
}
