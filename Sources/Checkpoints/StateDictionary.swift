public import Tensors

/// Named tensors in order, as PyTorch's `state_dict` has them, with the strings that came along in the file.
///
/// Value semantics: a copy is free until written to, so `best = net.state_dict` costs nothing but the changed tensors.
public struct StateDictionary: Sendable, Equatable {
    /// One tensor, its name, and the element type under which a file holds it.
    public struct Entry: Sendable, Equatable {
        /// The parameter's or buffer's path, such as `layer1.0.conv1.weight`.
        public var name: String
        /// The values. Integers beyond 2²⁴ are rounded to the nearest `Float`.
        public var tensor: Tensor
        /// The type in the file that was read, or to be used in the file to be written.
        public var storedAs: ElementType

        public init(name: String, tensor: Tensor, storedAs: ElementType = .float32) {
            self.name = name
            self.tensor = tensor
            self.storedAs = storedAs
        }
    }

    /// The tensors in the order of the file, or of insertion.
    public private(set) var entries: [Entry] = []
    /// What else the file says about itself: classes, preprocessing, architecture, each a string (JSON where structured).
    public var metadata: [String: String]
    private var positions: [String: Int] = [:]

    /// A dictionary of the given entries; of two with the same name the later one wins, in the earlier one's place.
    public init(_ entries: some Sequence<Entry> = [], metadata: [String: String] = [:]) {
        self.metadata = metadata
        for entry in entries { set(entry) }
    }

    /// The number of tensors.
    public var count: Int { entries.count }

    /// Whether there is no tensor at all.
    public var isEmpty: Bool { entries.isEmpty }

    /// The names in order.
    public var names: [String] { entries.map(\.name) }

    /// The elements of all floating-point tensors together: parameters and running statistics, not counters.
    public var elementCount: Int {
        entries.reduce(0) { $1.storedAs.isFloatingPoint ? $0 + $1.tensor.count : $0 }
    }

    /// The tensor called `name`. Setting a new name appends it as `float32`; setting nil removes it.
    public subscript(name name: String) -> Tensor? {
        get { positions[name].map { entries[$0].tensor } }
        set {
            if let newValue {
                set(Entry(name: name, tensor: newValue, storedAs: entry(named: name)?.storedAs ?? .float32))
            } else if let position = positions[name] {
                entries.remove(at: position)
                reindex()
            }
        }
    }

    /// The whole entry called `name`.
    public func entry(named name: String) -> Entry? { positions[name].map { entries[$0] } }

    /// Puts an entry in: in the place of the one with the same name, else at the end.
    public mutating func set(_ entry: Entry) {
        if let position = positions[entry.name] {
            entries[position] = entry
        } else {
            positions[entry.name] = entries.count
            entries.append(entry)
        }
    }

    /// The same tensors under other names; nil when two of them would get the same one.
    public func renamed(_ rename: (String) -> String) -> StateDictionary? {
        var result = StateDictionary(metadata: metadata)
        for entry in entries {
            let name = rename(entry.name)
            guard result.positions[name] == nil else { return nil }
            result.set(Entry(name: name, tensor: entry.tensor, storedAs: entry.storedAs))
        }
        return result
    }

    private mutating func reindex() {
        positions = [:]
        for (position, entry) in entries.enumerated() { positions[entry.name] = position }
    }
}
