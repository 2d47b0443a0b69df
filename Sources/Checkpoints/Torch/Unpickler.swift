/// Reads the pickles of `torch.save` without running anything: only the instructions and names that weights need are known.
///
/// The instruction set is that of Python's pickle protocol 2, in which PyTorch writes (Lib/pickletools.py describes it).
struct Unpickler {
    private enum Item {
        case mark
        case value(PickleValue)
    }

    private var cursor: ByteCursor
    private var stack: [Item] = []
    private var memo: [Int: PickleValue] = [:]
    private var steps = 0
    /// Entries that dictionaries took from lists: one list can be taken many times.
    private var taken = 0
    private let path: String
    private let arena: PickleArena

    /// More instructions than any file of weights has.
    private static let stepLimit = 20_000_000
    /// More values at once than any file of weights has.
    private static let valueLimit = 4_000_000
    /// Tuples in tuples; PyTorch's go four deep.
    private static let depthLimit = 64
    /// Axes of a tensor: as many as PyTorch allows. One long tuple can be given as the shape of a million tensors.
    private static let rankLimit = 64
    /// Bytes of a global's name. Its parts can be joined again and again, however long they are.
    private static let nameLimit = 256

    /// What a pickle may name: containers, storages, and the functions that put tensors together.
    private static let permitted: Set<String> = [
        "collections.OrderedDict", "torch._utils._rebuild_tensor_v2", "torch._utils._rebuild_tensor", "torch._utils._rebuild_parameter",
        "torch.Size", "torch.nn.parameter.Parameter", "torch.serialization._get_layout", "torch.device",
    ]

    init(_ cursor: ByteCursor, _ arena: PickleArena) {
        self.cursor = cursor
        self.arena = arena
        path = cursor.file.path
    }

    /// One pickle, and the position after it. The arena owns its lists and dictionaries, and is to be emptied when the value was used.
    static func read(_ cursor: ByteCursor, _ arena: PickleArena) throws(CheckpointError) -> (value: PickleValue, end: Int) {
        var reader = Unpickler(cursor, arena)
        let value = try reader.run()
        return (value, reader.cursor.position)
    }

    private mutating func run() throws(CheckpointError) -> PickleValue {
        while true {
            steps += 1
            guard steps <= Self.stepLimit, stack.count + arena.count <= Self.valueLimit else {
                throw .tooLarge(path: path, what: "the pickle", size: UInt64(steps), limit: UInt64(Self.stepLimit))
            }
            let position = cursor.position
            let code = try cursor.byte()
            if code == UInt8(ascii: ".") { return try pop() }
            guard try isData(code) else {
                if try isContainer(code) { continue }
                if try isReference(code) { continue }
                throw .forbiddenInstruction(path: path, code: code, position: position)
            }
        }
    }

    // MARK: - Data

    private mutating func isData(_ code: UInt8) throws(CheckpointError) -> Bool {
        switch code {
        case 0x80:
            let version = try cursor.byte()
            guard version <= 5 else { throw defect("pickle protocol \(version)") }
        case UInt8(ascii: "N"): push(.none)
        case 0x88: push(.bool(true))
        case 0x89: push(.bool(false))
        case UInt8(ascii: "K"): push(.integer(Int(try cursor.byte())))
        case UInt8(ascii: "M"): push(.integer(Int(try cursor.unsigned(2))))
        case UInt8(ascii: "J"): push(.integer(Int(Int32(bitPattern: UInt32(truncatingIfNeeded: try cursor.unsigned(4))))))
        case 0x8A: push(try long(Int(try cursor.byte())))
        case 0x8B: push(try long(Int(try cursor.unsigned(4))))
        case UInt8(ascii: "G"):
            let bits = try cursor.bytes(8).reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
            push(.float(Double(bitPattern: bits)))
        case UInt8(ascii: "X"): push(.text(String(decoding: try cursor.bytes(Int(try cursor.unsigned(4))), as: UTF8.self)))
        case 0x8C: push(.text(String(decoding: try cursor.bytes(Int(try cursor.byte())), as: UTF8.self)))
        // Python 2's strings: names, or raw bytes.
        case UInt8(ascii: "U"): push(.text(String(decoding: try cursor.bytes(Int(try cursor.byte())), as: UTF8.self)))
        case UInt8(ascii: "T"): push(.text(String(decoding: try cursor.bytes(Int(try cursor.unsigned(4))), as: UTF8.self)))
        case UInt8(ascii: "C"): push(.bytes(try cursor.bytes(Int(try cursor.byte()))))
        case UInt8(ascii: "B"): push(.bytes(try cursor.bytes(Int(try cursor.unsigned(4)))))
        case 0x95: _ = try cursor.unsigned(8)
        default: return false
        }
        return true
    }

    private mutating func long(_ count: Int) throws(CheckpointError) -> PickleValue {
        let bytes = try cursor.bytes(count)
        guard count <= 8 else { return .bigInteger }
        guard let last = bytes.last else { return .integer(0) }
        let fill: UInt64 = last & 0x80 != 0 ? ~0 : 0
        return .integer(Int(Int64(bitPattern: bytes.reversed().reduce(fill) { $0 << 8 | UInt64($1) })))
    }

    // MARK: - Containers

    private mutating func isContainer(_ code: UInt8) throws(CheckpointError) -> Bool {
        switch code {
        case UInt8(ascii: "("): stack.append(.mark)
        case UInt8(ascii: "0"): _ = try pop()
        case UInt8(ascii: "1"): _ = try popToMark()
        case UInt8(ascii: ")"): push(.tuple(PickleTuple()))
        case UInt8(ascii: "t"): push(try tuple(try popToMark()))
        case 0x85: push(try tuple([try pop()]))
        case 0x86:
            let second = try pop()
            push(try tuple([try pop(), second]))
        case 0x87:
            let (third, second) = (try pop(), try pop())
            push(try tuple([try pop(), second, third]))
        case UInt8(ascii: "]"): push(.list(arena.list()))
        case UInt8(ascii: "l"):
            push(.list(arena.list(try popToMark())))
        case UInt8(ascii: "a"):
            let item = try pop()
            try topList().items.append(item)
        case UInt8(ascii: "e"):
            let items = try popToMark()
            try topList().items += items
        case UInt8(ascii: "}"): push(.dictionary(arena.dictionary()))
        case UInt8(ascii: "d"):
            push(.dictionary(arena.dictionary(try pairs(try popToMark()))))
        case UInt8(ascii: "s"):
            let value = try pop()
            let key = try pop()
            try topDictionary().entries.append((key, value))
        case UInt8(ascii: "u"):
            let entries = try pairs(try popToMark())
            try topDictionary().entries += entries
        default: return false
        }
        return true
    }

    private func tuple(_ items: [PickleValue]) throws(CheckpointError) -> PickleValue {
        let tuple = PickleTuple(items)
        guard tuple.depth <= Self.depthLimit else { throw defect("the pickle's tuples are nested too deep") }
        return .tuple(tuple)
    }

    private func pairs(_ items: [PickleValue]) throws(CheckpointError) -> [(key: PickleValue, value: PickleValue)] {
        guard items.count % 2 == 0 else { throw defect("a dictionary has a key without a value") }
        return stride(from: 0, to: items.count, by: 2).map { (items[$0], items[$0 + 1]) }
    }

    private func topList() throws(CheckpointError) -> PickleList {
        guard case .value(.list(let list))? = stack.last else { throw defect("something is appended to what is no list") }
        return list
    }

    private func topDictionary() throws(CheckpointError) -> PickleDictionary {
        guard case .value(.dictionary(let dictionary))? = stack.last else { throw defect("something is set in what is no dictionary") }
        return dictionary
    }

    // MARK: - References and objects

    private mutating func isReference(_ code: UInt8) throws(CheckpointError) -> Bool {
        switch code {
        case UInt8(ascii: "q"): memo[Int(try cursor.byte())] = try top()
        case UInt8(ascii: "r"): memo[Int(try cursor.unsigned(4))] = try top()
        case 0x94: memo[memo.count] = try top()
        case UInt8(ascii: "h"): push(try recall(Int(try cursor.byte())))
        case UInt8(ascii: "j"): push(try recall(Int(try cursor.unsigned(4))))
        case UInt8(ascii: "c"): push(try global(try cursor.line() + "." + cursor.line()))
        case 0x93:
            let name = try pop()
            guard case .text(let last) = name, case .text(let module) = try pop() else { throw defect("a global without a name") }
            guard module.utf8.count + last.utf8.count <= Self.nameLimit else { throw defect("the name of a global is too long") }
            push(try global("\(module).\(last)"))
        case UInt8(ascii: "Q"): push(try storage(try pop()))
        case UInt8(ascii: "R"), 0x81:
            let arguments = try pop()
            push(try call(try pop(), arguments))
        case UInt8(ascii: "b"):
            // The attributes of an OrderedDict (`_metadata`) say nothing that is needed.
            _ = try pop()
            _ = try top()
        default: return false
        }
        return true
    }

    private func global(_ name: String) throws(CheckpointError) -> PickleValue {
        if Self.permitted.contains(name) { return .global(name) }
        // Storages by type, and element types such as `torch.float32`.
        if name.hasPrefix("torch."), name.hasSuffix("Storage") { return .global(name) }
        if name.hasPrefix("torch."), ElementType(rawValue: String(name.dropFirst(6))) != nil { return .global(name) }
        throw .forbiddenGlobal(path: path, name: name)
    }

    /// `('storage', torch.FloatStorage, key, location, count[, (view key, offset, size)])`
    private func storage(_ id: PickleValue) throws(CheckpointError) -> PickleValue {
        guard case .tuple(let id) = id, case let parts = id.items, parts.count >= 5, case .text("storage") = parts[0], case .global(let name) = parts[1],
            case .integer(let count) = parts[4], count >= 0
        else { throw defect("a storage has no usable description") }
        let key: String
        switch parts[2] {
        case .text(let text): key = text
        case .integer(let number): key = String(number)
        default: throw defect("a storage has no key")
        }
        let type = String(name.dropFirst("torch.".count))
        guard let element = ElementType(torchStorage: type) else { throw .unsupportedElements(path: path, tensor: "a storage", type: type) }
        var viewOffset = 0
        if parts.count > 5, case .tuple(let view) = parts[5], view.items.count >= 2, case .integer(let offset) = view.items[1], offset >= 0 { viewOffset = offset }
        return .storage(TorchStorage(key: key, type: element, count: count, viewOffset: viewOffset))
    }

    private mutating func call(_ function: PickleValue, _ arguments: PickleValue) throws(CheckpointError) -> PickleValue {
        guard case .global(let name) = function, case .tuple(let arguments) = arguments else { throw defect("something is called that is no function") }
        let values = arguments.items
        switch name {
        case "collections.OrderedDict":
            let dictionary = arena.dictionary()
            if case .list(let list)? = values.first {
                taken += list.items.count
                guard taken <= Self.valueLimit else {
                    throw .tooLarge(path: path, what: "the pickle", size: UInt64(taken), limit: UInt64(Self.valueLimit))
                }
                for item in list.items {
                    switch item {
                    case .tuple(let pair) where pair.items.count == 2: dictionary.entries.append((pair.items[0], pair.items[1]))
                    case .list(let pair) where pair.items.count == 2: dictionary.entries.append((pair.items[0], pair.items[1]))
                    default: throw defect("an ordered dictionary holds something that is no pair")
                    }
                }
            }
            return .dictionary(dictionary)
        case "torch._utils._rebuild_tensor_v2", "torch._utils._rebuild_tensor":
            guard values.count >= 4, case .storage(let storage) = values[0], case .integer(let offset) = values[1], offset >= 0,
                let shape = integers(values[2]), let strides = integers(values[3])
            else { throw defect("a tensor has no usable description") }
            return .tensor(TorchTensor(storage: storage, offset: offset, shape: shape, strides: strides))
        case "torch._utils._rebuild_parameter", "torch.nn.parameter.Parameter":
            guard case .tensor? = values.first else { throw defect("a parameter without a tensor") }
            return values[0]
        case "torch.Size": return values.first ?? .tuple(PickleTuple())
        case "torch.device": return .none
        default: throw .forbiddenGlobal(path: path, name: name)
        }
    }

    private func integers(_ value: PickleValue) -> [Int]? {
        let items: [PickleValue]
        switch value {
        case .tuple(let tuple): items = tuple.items
        case .list(let list): items = list.items
        default: return nil
        }
        guard items.count <= Self.rankLimit else { return nil }
        var result: [Int] = []
        for item in items {
            guard case .integer(let number) = item else { return nil }
            result.append(number)
        }
        return result
    }

    // MARK: - The stack

    private mutating func push(_ value: PickleValue) { stack.append(.value(value)) }

    private func top() throws(CheckpointError) -> PickleValue {
        guard case .value(let value)? = stack.last else { throw defect("the pickle needs a value that isn't there") }
        return value
    }

    private mutating func pop() throws(CheckpointError) -> PickleValue {
        guard case .value(let value)? = stack.popLast() else { throw defect("the pickle needs a value that isn't there") }
        return value
    }

    private mutating func popToMark() throws(CheckpointError) -> [PickleValue] {
        var values: [PickleValue] = []
        while let item = stack.popLast() {
            switch item {
            case .mark: return values.reversed()
            case .value(let value): values.append(value)
            }
        }
        throw defect("the pickle closes what was never opened")
    }

    private func recall(_ index: Int) throws(CheckpointError) -> PickleValue {
        guard let value = memo[index] else { throw defect("the pickle refers to something that isn't there") }
        return value
    }

    private func defect(_ text: String) -> CheckpointError { .malformed(path: path, defect: text) }
}
