import Tensors

extension Checkpoint {
    /// Writes a state dictionary as `torch.save(model.state_dict(), path)` does since 1.6, whole or not at all.
    ///
    /// `torch.load` reads it, with `weights_only=True` too: the pickle is an `OrderedDict` of plain tensors on the CPU. Each entry is written under
    /// its own element type; kinds that PyTorch's storages of that format lack become 64-bit integers. The dictionary's metadata has no place in it.
    public static func writeTorch(_ state: StateDictionary, to path: String) throws(CheckpointError) {
        let entries = state.entries.map { entry in
            entry.storedAs.torchStorage == nil
                ? StateDictionary.Entry(name: entry.name, tensor: entry.tensor, storedAs: .int64) : entry
        }
        let size = entries.reduce(0) { $0 + $1.tensor.count * $1.storedAs.byteCount + $1.name.utf8.count * 4 + 1024 }
        guard size < UInt32.max, entries.count < 60_000 else {
            throw .cannotWrite(
                path: path, reason: "an archive of this kind ends at 4 GiB and 60,000 tensors; .safetensors has no such limit")
        }
        let root = archiveName(path)
        try AtomicFile.write(to: path) { (writer) throws(CheckpointError) in
            var archive = ZipWriter(root: root)
            try archive.add("data.pkl", StatePickle(entries).bytes, to: &writer)
            try archive.add("byteorder", Array("little".utf8), to: &writer)
            for (index, entry) in entries.enumerated() {
                try archive.add("data/\(index)", entry.tensor, as: entry.storedAs, to: &writer)
            }
            try archive.add("version", Array("3\n".utf8), to: &writer)
            try archive.finish(&writer)
        }
    }

    /// PyTorch names the archive's folder after the file.
    private static func archiveName(_ path: String) -> String {
        let stem = lastComponent(of: path).split(separator: ".").first.map(String.init) ?? ""
        let plain = stem.unicodeScalars.filter {
            $0.isASCII && ($0.properties.isAlphabetic || ("0"..."9").contains($0) || $0 == "_" || $0 == "-")
        }
        return plain.isEmpty ? "archive" : String(String.UnicodeScalarView(plain.prefix(100)))
    }
}

/// A zip archive of stored entries, each of which begins at a multiple of 64 bytes as PyTorch's do, so that it can be mapped into memory.
private struct ZipWriter {
    let root: String
    private var directory: [UInt8] = []
    private var count = 0

    init(root: String) { self.root = root }

    mutating func add(_ name: String, _ bytes: [UInt8], to writer: inout AtomicFile.Writer) throws(CheckpointError) {
        var sum = CRC32()
        unsafe bytes.withUnsafeBytes { unsafe sum.update($0) }
        try begin(name, byteCount: bytes.count, sum: sum.value, &writer)
        try writer.write(bytes)
    }

    mutating func add(
        _ name: String, _ tensor: Tensor, as type: ElementType, to writer: inout AtomicFile.Writer
    ) throws(CheckpointError) {
        var sum = CRC32()
        try unsafe tensor.forEachPiece(as: type) { piece throws(CheckpointError) in unsafe sum.update(piece) }
        try begin(name, byteCount: tensor.count * type.byteCount, sum: sum.value, &writer)
        try unsafe tensor.forEachPiece(as: type) { piece throws(CheckpointError) in try unsafe writer.write(piece) }
    }

    /// The entry's own header, and its line in the directory.
    private mutating func begin(
        _ name: String, byteCount: Int, sum: UInt32, _ writer: inout AtomicFile.Writer
    ) throws(CheckpointError) {
        let name = Array("\(root)/\(name)".utf8)
        let offset = writer.byteCount
        // An extra field that says nothing, `FB`, fills up to the next multiple of 64.
        let bare = offset + 30 + name.count + 4
        let filling = (64 - bare % 64) % 64
        let extra = Array("FB".utf8) + number(filling, 2) + [UInt8](repeating: UInt8(ascii: "Z"), count: filling)
        // Version 2.0, no flags, stored, the first of January 1980.
        let facts =
            number(20, 2) + number(0, 2) + number(0, 2) + number(0, 2) + number(0x21, 2) + number(Int(sum), 4)
            + number(byteCount, 4)
            + number(byteCount, 4) + number(name.count, 2)
        try writer.write([0x50, 0x4B, 0x03, 0x04] + facts + number(extra.count, 2) + name + extra)
        directory +=
            [0x50, 0x4B, 0x01, 0x02] + number(20, 2) + facts + number(0, 2) + number(0, 2) + number(0, 2) + number(0, 2)
            + number(0, 4)
            + number(offset, 4) + name
        count += 1
    }

    mutating func finish(_ writer: inout AtomicFile.Writer) throws(CheckpointError) {
        let offset = writer.byteCount
        try writer.write(directory)
        try writer.write(
            [0x50, 0x4B, 0x05, 0x06] + number(0, 4) + number(count, 2) + number(count, 2) + number(directory.count, 4)
                + number(offset, 4) + number(0, 2))
    }
}

/// The pickle of an `OrderedDict` of tensors, in protocol 2 (Lib/pickletools.py describes the instructions).
private struct StatePickle {
    private(set) var bytes: [UInt8] = [0x80, 2]

    init(_ entries: [StateDictionary.Entry]) {
        emptyDictionary()
        mark()
        for (index, entry) in entries.enumerated() {
            text(entry.name)
            tensor(entry, key: "\(index)")
        }
        bytes += Array("u.".utf8)
    }

    /// `torch._utils._rebuild_tensor_v2(storage, offset, size, stride, requires_grad, backward_hooks)`
    private mutating func tensor(_ entry: StateDictionary.Entry, key: String) {
        let dimensions = entry.tensor.shape.dimensions
        var strides = [Int](repeating: 1, count: dimensions.count)
        for axis in dimensions.indices.dropLast().reversed() { strides[axis] = strides[axis + 1] * max(dimensions[axis + 1], 1) }
        global("torch._utils", "_rebuild_tensor_v2")
        mark()
        // The storage is named by a persistent id: kind, class, key, device, number of elements.
        mark()
        text("storage")
        global("torch", entry.storedAs.torchStorage ?? "LongStorage")
        text(key)
        text("cpu")
        integer(entry.tensor.count)
        bytes += Array("tQ".utf8)
        integer(0)
        tuple(dimensions)
        tuple(strides)
        bytes.append(0x89)
        emptyDictionary()
        bytes += Array("tR".utf8)
    }

    private mutating func emptyDictionary() {
        global("collections", "OrderedDict")
        bytes += Array(")R".utf8)
    }

    private mutating func mark() { bytes.append(UInt8(ascii: "(")) }

    private mutating func global(_ module: String, _ name: String) { bytes += Array("c\(module)\n\(name)\n".utf8) }

    private mutating func text(_ text: String) { bytes += [UInt8(ascii: "X")] + number(text.utf8.count, 4) + Array(text.utf8) }

    private mutating func tuple(_ values: [Int]) {
        mark()
        for value in values { integer(value) }
        bytes.append(UInt8(ascii: "t"))
    }

    private mutating func integer(_ value: Int) {
        switch value {
        case 0..<0x100: bytes += [UInt8(ascii: "K"), UInt8(value)]
        case 0x100..<0x1_0000: bytes += [UInt8(ascii: "M")] + number(value, 2)
        case 0x1_0000...Int(Int32.max): bytes += [UInt8(ascii: "J")] + number(value, 4)
        default: bytes += [0x8A, 8] + number(value, 8)
        }
    }
}

/// A little-endian number.
private func number(_ value: Int, _ length: Int) -> [UInt8] { (0..<length).map { UInt8(truncatingIfNeeded: value >> (8 * $0)) } }

extension ElementType {
    /// The class of PyTorch's storage that holds such elements; `nil` where the format has none.
    fileprivate var torchStorage: String? {
        switch self {
        case .float32: "FloatStorage"
        case .float16: "HalfStorage"
        case .bfloat16: "BFloat16Storage"
        case .float64: "DoubleStorage"
        case .int64: "LongStorage"
        case .int32: "IntStorage"
        case .int16: "ShortStorage"
        case .int8: "CharStorage"
        case .uint8: "ByteStorage"
        case .bool: "BoolStorage"
        case .uint16, .uint32, .uint64: nil
        }
    }
}
