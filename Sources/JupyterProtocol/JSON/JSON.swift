/// A JSON value whose objects keep the order of their members.
///
/// Front-ends send fields that this kernel has never heard of and expect some of them back, so messages are read into
/// values rather than into fixed types first.
public enum JSON: Sendable, Equatable {
    case null
    case bool(Bool)
    case integer(Int)
    /// A number with a fraction. What JSON can't say (NaN, infinities) is written as `null`.
    case number(Double)
    case string(String)
    case array([JSON])
    case object(Object)

    /// Members by name, in order. Looking one up takes time in proportion to their count, which is small in messages.
    public struct Object: Sendable, Equatable {
        public struct Member: Sendable, Equatable {
            public var name: String
            public var value: JSON
        }

        public private(set) var members: [Member]

        public init(_ members: [(String, JSON)] = []) {
            self.members = members.map { Member(name: $0.0, value: $0.1) }
        }

        /// The value of a member; setting nil removes it.
        public subscript(name: String) -> JSON? {
            get { members.first { $0.name == name }?.value }
            set {
                let index = members.firstIndex { $0.name == name }
                switch (index, newValue) {
                case (let index?, let value?): members[index].value = value
                case (let index?, nil): members.remove(at: index)
                case (nil, let value?): members.append(Member(name: name, value: value))
                case (nil, nil): break
                }
            }
        }

        /// Appends a member that is not there yet, without looking.
        mutating func append(_ name: String, _ value: JSON) {
            members.append(Member(name: name, value: value))
        }
    }
}

// MARK: - Reading

extension JSON {
    /// A member of an object; nil for anything else.
    public subscript(name: String) -> JSON? {
        if case .object(let object) = self { return object[name] }
        return nil
    }

    public var string: String? {
        if case .string(let value) = self { return value }
        return nil
    }

    public var bool: Bool? {
        if case .bool(let value) = self { return value }
        return nil
    }

    /// A whole number; a number such as `3.0`, which some clients send, counts as one.
    public var integer: Int? {
        switch self {
        case .integer(let value): value
        case .number(let value): Int(exactly: value)
        default: nil
        }
    }

    public var double: Double? {
        switch self {
        case .integer(let value): Double(value)
        case .number(let value): value
        default: nil
        }
    }

    public var array: [JSON]? {
        if case .array(let value) = self { return value }
        return nil
    }

    public var object: Object? {
        if case .object(let value) = self { return value }
        return nil
    }
}

// MARK: - Writing down values in code

extension JSON: ExpressibleByStringLiteral, ExpressibleByBooleanLiteral, ExpressibleByIntegerLiteral,
    ExpressibleByFloatLiteral, ExpressibleByArrayLiteral, ExpressibleByDictionaryLiteral, ExpressibleByNilLiteral
{
    public init(stringLiteral value: String) { self = .string(value) }
    public init(booleanLiteral value: Bool) { self = .bool(value) }
    public init(integerLiteral value: Int) { self = .integer(value) }
    public init(floatLiteral value: Double) { self = .number(value) }
    public init(arrayLiteral elements: JSON...) { self = .array(elements) }
    public init(dictionaryLiteral elements: (String, JSON)...) { self = .object(Object(elements)) }
    public init(nilLiteral: ()) { self = .null }

    /// A string, or `null`.
    public init(_ value: String?) { self = value.map(JSON.string) ?? .null }

    /// An array of strings.
    public init(_ values: [String]) { self = .array(values.map(JSON.string)) }

    /// An object with these members, in the order of their names.
    public init(_ members: [String: JSON]) {
        self = .object(Object(members.sorted { $0.key < $1.key }.map { ($0.key, $0.value) }))
    }
}
