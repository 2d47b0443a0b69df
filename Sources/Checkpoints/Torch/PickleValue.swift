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
    case tuple([PickleValue])
    case list(PickleList)
    case dictionary(PickleDictionary)
    /// A Python class or function by its full name, from the short list of those that weights need.
    case global(String)
    case storage(TorchStorage)
    case tensor(TorchTensor)
}

/// A list that is filled after it was remembered.
final class PickleList { var items: [PickleValue] = [] }

/// A dictionary that is filled after it was remembered, in order.
final class PickleDictionary { var entries: [(key: PickleValue, value: PickleValue)] = [] }

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
