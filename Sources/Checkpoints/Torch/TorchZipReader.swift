/// Reads what `torch.save` writes since 1.6: a zip archive, nothing compressed, of `data.pkl` and a file for each storage.
struct TorchZipReader {
    private let file: ReadableFile

    init(_ file: ReadableFile) { self.file = file }

    func read(_ notes: inout [String]) throws(CheckpointError) -> StateDictionary {
        let entries = try ZipArchive(file).entries
        guard let pickle = entries.first(where: { $0.name == "data.pkl" || $0.name.hasSuffix("/data.pkl") }) else {
            let isWheel = entries.contains { $0.name.hasSuffix("/METADATA") }
            throw .noTensors(path: file.path, found: isWheel ? "a Python package" : "a zip archive without data.pkl")
        }
        let root = pickle.name.dropLast("data.pkl".count)
        if entries.contains(where: { $0.name == root + "constants.pkl" }) {
            throw .unsupportedFile(
                path: file.path, what: "a TorchScript program", wayOut: "In PyTorch, save torch.jit.load(...).state_dict() instead.")
        }
        if let order = entries.first(where: { $0.name == root + "byteorder" }), order.byteCount <= 16 {
            let offset = try order.dataOffset(in: file)
            let text = String(decoding: try file.read(at: offset, count: order.byteCount, for: "the byte order"), as: UTF8.self)
            if text.hasPrefix("big") {
                throw .unsupportedFile(path: file.path, what: "big-endian", wayOut: "Save it again on a current machine.")
            }
        }
        let start = try pickle.dataOffset(in: file)
        let arena = PickleArena()
        defer { arena.empty() }
        let (object, _) = try Unpickler.read(ByteCursor(file, at: start, end: start + pickle.byteCount), arena)
        var storages: [String: (offset: Int, byteCount: Int)] = [:]
        for entry in entries where entry.name.hasPrefix(root + "data/") {
            storages[String(entry.name.dropFirst(root.count + 5))] = (try entry.dataOffset(in: file), entry.byteCount)
        }
        return try TorchTensors(file: file, storages: storages).stateDictionary(object, &notes)
    }
}

/// The directory of a zip archive whose entries are stored, not compressed (PKWARE's APPNOTE 6.3, zip64 included).
struct ZipArchive {
    struct Entry {
        let name: String
        /// Where the entry's own header begins.
        let headerOffset: Int
        let byteCount: Int

        /// Where its bytes begin.
        func dataOffset(in file: ReadableFile) throws(CheckpointError) -> Int {
            let header = try file.read(at: headerOffset, count: 30, for: name)
            guard header.starts(with: [0x50, 0x4B, 0x03, 0x04]) else { throw .malformed(path: file.path, defect: "\(name) has no header") }
            let offset = headerOffset + 30 + Int(header.number(at: 26, 2)) + Int(header.number(at: 28, 2))
            guard offset <= file.size, byteCount <= file.size - offset else {
                throw .truncated(path: file.path, what: name, needed: UInt64(byteCount), available: UInt64(max(0, file.size - offset)))
            }
            return offset
        }
    }

    let entries: [Entry]

    init(_ file: ReadableFile) throws(CheckpointError) {
        let (offset, size, count) = try Self.directory(of: file)
        guard size <= 256 << 20 else { throw .tooLarge(path: file.path, what: "the archive's directory", size: UInt64(size), limit: 256 << 20) }
        let bytes = try file.read(at: offset, count: size, for: "the archive's directory")
        var entries: [Entry] = []
        var position = 0
        while entries.count < count {
            guard position + 46 <= bytes.count, bytes[position...].starts(with: [0x50, 0x4B, 0x01, 0x02]) else {
                throw .malformed(path: file.path, defect: "the archive's directory is broken")
            }
            let method = bytes.number(at: position + 10, 2)
            let nameLength = Int(bytes.number(at: position + 28, 2))
            let extraLength = Int(bytes.number(at: position + 30, 2))
            let commentLength = Int(bytes.number(at: position + 32, 2))
            let end = position + 46 + nameLength + extraLength + commentLength
            guard end <= bytes.count else { throw .malformed(path: file.path, defect: "the archive's directory is broken") }
            let name = String(decoding: bytes[position + 46..<position + 46 + nameLength], as: UTF8.self)
            var sizes = (stored: bytes.number(at: position + 20, 4), full: bytes.number(at: position + 24, 4), header: bytes.number(at: position + 42, 4))
            Self.widen(&sizes, extra: bytes[position + 46 + nameLength..<position + 46 + nameLength + extraLength])
            guard method == 0 else {
                throw .unsupportedFile(path: file.path, what: "a compressed archive", wayOut: "Unpack it, or save it again with torch.save.")
            }
            guard sizes.header <= UInt64(file.size), sizes.full <= UInt64(file.size), sizes.full == sizes.stored else {
                throw .malformed(path: file.path, defect: "\(name) is larger than the file")
            }
            entries.append(Entry(name: name, headerOffset: Int(sizes.header), byteCount: Int(sizes.full)))
            position = end
        }
        self.entries = entries
    }

    /// Offset, size and number of entries of the central directory.
    private static func directory(of file: ReadableFile) throws(CheckpointError) -> (offset: Int, size: Int, count: Int) {
        let tailSize = min(file.size, 65557 + 20)
        let tail = try file.read(at: file.size - tailSize, count: tailSize, for: "the archive's end")
        guard let end = stride(from: tail.count - 22, through: 0, by: -1).first(where: { tail[$0...].starts(with: [0x50, 0x4B, 0x05, 0x06]) }) else {
            throw .truncated(path: file.path, what: "the archive's directory", needed: 22, available: UInt64(tail.count))
        }
        var count = tail.number(at: end + 10, 2)
        var size = tail.number(at: end + 12, 4)
        var offset = tail.number(at: end + 16, 4)
        if end >= 20, tail[(end - 20)...].starts(with: [0x50, 0x4B, 0x06, 0x07]), count == 0xFFFF || size == 0xFFFF_FFFF || offset == 0xFFFF_FFFF {
            let place = tail.number(at: end - 12, 8)
            guard place <= UInt64(file.size) else { throw .malformed(path: file.path, defect: "the archive's directory is broken") }
            let record = try file.read(at: Int(place), count: 56, for: "the archive's directory")
            guard record.starts(with: [0x50, 0x4B, 0x06, 0x06]) else { throw .malformed(path: file.path, defect: "the archive's directory is broken") }
            (count, size, offset) = (record.number(at: 32, 8), record.number(at: 40, 8), record.number(at: 48, 8))
        }
        guard offset <= UInt64(file.size), size <= UInt64(file.size) - offset, count <= size / 46 else {
            throw .malformed(path: file.path, defect: "the archive's directory is broken")
        }
        return (Int(offset), Int(size), Int(count))
    }

    /// Sizes beyond 32 bits stand in the extra field 1, in this order, each only if it is needed.
    private static func widen(_ sizes: inout (stored: UInt64, full: UInt64, header: UInt64), extra: ArraySlice<UInt8>) {
        let extra = Array(extra)
        var position = 0
        while position + 4 <= extra.count {
            let (tag, length) = (extra.number(at: position, 2), Int(extra.number(at: position + 2, 2)))
            guard position + 4 + length <= extra.count else { return }
            if tag == 1 {
                var at = position + 4
                let end = at + length
                func take(_ value: inout UInt64) {
                    guard value == 0xFFFF_FFFF, at + 8 <= end else { return }
                    value = extra.number(at: at, 8)
                    at += 8
                }
                take(&sizes.full)
                take(&sizes.stored)
                take(&sizes.header)
            }
            position += 4 + length
        }
    }
}

extension [UInt8] {
    /// A little-endian number. The bytes must be there.
    fileprivate func number(at position: Int, _ length: Int) -> UInt64 {
        self[position..<position + length].reversed().reduce(0) { $0 << 8 | UInt64($1) }
    }
}
