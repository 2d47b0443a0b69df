/// Reads what `torch.save` wrote before 1.6: magic number, protocol, system facts, the object and the storage keys, each a pickle; then for each
/// key a 64-bit count and the elements (torch/serialization.py, `_legacy_load`).
struct TorchLegacyReader {
    private let file: ReadableFile

    init(_ file: ReadableFile) { self.file = file }

    func read(_ notes: inout [String]) throws(CheckpointError) -> StateDictionary {
        var position = 0
        let arena = PickleArena()
        defer { arena.empty() }
        func next() throws(CheckpointError) -> PickleValue {
            let (value, end) = try Unpickler.read(ByteCursor(file, at: position), arena)
            position = end
            return value
        }
        _ = try next()
        guard case .integer(1001) = try next() else { throw .malformed(path: file.path, defect: "an unknown protocol version") }
        if case .dictionary(let facts) = try next() {
            for (key, value) in facts.entries {
                if case .text("little_endian") = key, case .bool(false) = value {
                    throw .unsupportedFile(path: file.path, what: "big-endian", wayOut: "Save it again on a current machine.")
                }
            }
        }
        let object = try next()
        guard case .list(let keys) = try next() else { throw .malformed(path: file.path, defect: "the list of storages is missing") }
        let types = Self.storages(in: object)
        var storages: [String: (offset: Int, byteCount: Int)] = [:]
        for item in keys.items {
            let key: String
            switch item {
            case .text(let text): key = text
            case .integer(let number): key = String(number)
            default: throw .malformed(path: file.path, defect: "a storage key is no text")
            }
            var cursor = ByteCursor(file, at: position)
            let count = try cursor.unsigned(8)
            position += 8
            // Storages that no tensor names can't be skipped without their type; the object names all that are used.
            guard let type = types[key] else { throw .malformed(path: file.path, defect: "storage \(key) belongs to no tensor") }
            let (size, overflow) = Int(clamping: count).multipliedReportingOverflow(by: type.byteCount)
            guard !overflow, size <= file.size - position else {
                throw .truncated(
                    path: file.path, what: "a storage", needed: UInt64(clamping: size), available: UInt64(max(0, file.size - position)))
            }
            storages[key] = (position, size)
            position += size
        }
        return try TorchTensors(file: file, storages: storages).stateDictionary(object, &notes)
    }

    /// The element type of every storage that an object names.
    private static func storages(in root: PickleValue) -> [String: ElementType] {
        var result: [String: ElementType] = [:]
        var waiting = [root]
        var seen = Set<ObjectIdentifier>()
        while let value = waiting.popLast() {
            switch value {
            case .storage(let storage): result[storage.key] = storage.type
            case .tensor(let tensor): result[tensor.storage.key] = tensor.storage.type
            case .tuple(let tuple): if seen.insert(ObjectIdentifier(tuple)).inserted { waiting += tuple.items }
            case .list(let list): if seen.insert(ObjectIdentifier(list)).inserted { waiting += list.items }
            case .dictionary(let dictionary):
                if seen.insert(ObjectIdentifier(dictionary)).inserted { for entry in dictionary.entries { waiting += [entry.key, entry.value] } }
            default: break
            }
        }
        return result
    }
}
