/// What a pickle of weights can hold. Nothing here is ever called.
indirect enum PickleValue {
    case none
    case bool(Bool)
    case integer(Int)
    /// An integer beyond 64 bits: a hash or a seed that nobody needs.
    case bigInteger
    case float(Double)
    case text(String)
    case bytes([UInt8])
    case tuple(PickleTuple)
    case list(PickleList)
    case dictionary(PickleDictionary)
    /// A Python class or function by its full name, from the short list of those that weights need.
    case global(String)
    case storage(TorchStorage)
    case tensor(TorchTensor)
}

/// Values in a row. Tuples may be shared, but hold each other only to a small depth, so that releasing one never recurses far.
final class PickleTuple {
    let items: [PickleValue]
    /// One more than the deepest tuple in it.
    let depth: Int

    init(_ items: [PickleValue] = []) {
        self.items = items
        depth = 1 + items.reduce(0) { if case .tuple(let inner) = $1 { max($0, inner.depth) } else { $0 } }
    }
}

/// A list that is filled after it was remembered.
final class PickleList { var items: [PickleValue] = [] }

/// A dictionary that is filled after it was remembered, in order.
final class PickleDictionary { var entries: [(key: PickleValue, value: PickleValue)] = [] }

/// Owns the lists and dictionaries of one file. They can hold each other in circles and to any depth: whoever reads a file empties them one by one at
/// the end, since releasing a chain of a million from its top would overflow the stack.
final class PickleArena {
    private var lists: [PickleList] = []
    private var dictionaries: [PickleDictionary] = []

    /// How many there are.
    var count: Int { lists.count + dictionaries.count }

    func list(_ items: [PickleValue] = []) -> PickleList {
        let list = PickleList()
        list.items = items
        lists.append(list)
        return list
    }

    func dictionary(_ entries: [(key: PickleValue, value: PickleValue)] = []) -> PickleDictionary {
        let dictionary = PickleDictionary()
        dictionary.entries = entries
        dictionaries.append(dictionary)
        return dictionary
    }

    func empty() {
        for list in lists { list.items = [] }
        for dictionary in dictionaries { dictionary.entries = [] }
    }
}

/// The numbers behind one or more tensors.
struct TorchStorage: Hashable {
    let key: String
    let type: ElementType
    /// In elements.
    let count: Int
    /// Where a view begins in its parent, in elements (the legacy format).
    let viewOffset: Int
}

/// A view of a storage.
struct TorchTensor: Hashable {
    let storage: TorchStorage
    /// In elements.
    let offset: Int
    let shape: [Int]
    let strides: [Int]

    /// Elements from the first to the last inclusive; `nil` where a stride is negative or a number overflows.
    var span: Int? {
        guard shape.count == strides.count, shape.count <= 64, shape.allSatisfy({ $0 >= 0 }), strides.allSatisfy({ $0 >= 0 }) else { return nil }
        if shape.contains(0) { return 0 }
        var last = 0
        for (dimension, stride) in zip(shape, strides) {
            let (step, overflow) = (dimension - 1).multipliedReportingOverflow(by: stride)
            let (sum, more) = last.addingReportingOverflow(step)
            guard !overflow, !more else { return nil }
            last = sum
        }
        return last &+ 1 > 0 ? last + 1 : nil
    }
}
