/// Why bytes are not JSON, and where.
public struct JSONError: Error, Equatable, Sendable, CustomStringConvertible {
    /// What is wrong.
    public enum Reason: String, Sendable {
        case unexpectedEnd = "the text ends early"
        case unexpectedByte = "an unexpected character"
        case invalidNumber = "a malformed number"
        case invalidString = "a malformed string"
        case tooDeep = "too many nested values"
    }

    public let reason: Reason
    /// The offset in bytes.
    public let offset: Int

    public var description: String { "invalid JSON: \(reason.rawValue) at byte \(offset)" }
}

extension JSON {
    /// Reads one JSON value (RFC 8259) that takes up all the bytes.
    ///
    /// - Parameter repairsText: whether strings may hold bytes that are no UTF-8, which become U+FFFD; they are refused otherwise.
    public init(parsing bytes: [UInt8], repairsText: Bool = false) throws(JSONError) {
        var parser = JSONParser(bytes: bytes, repairsText: repairsText)
        self = try parser.wholeValue()
    }

    /// Reads one JSON value that takes up all the text.
    public init(parsing text: String) throws(JSONError) {
        try self.init(parsing: Array(text.utf8))
    }
}

private struct JSONParser {
    let bytes: [UInt8]
    let repairsText: Bool
    var position = 0

    /// Deeper values are refused rather than followed off the stack.
    static let depthLimit = 200

    init(bytes: [UInt8], repairsText: Bool) {
        self.bytes = bytes
        self.repairsText = repairsText
    }

    mutating func wholeValue() throws(JSONError) -> JSON {
        let value = try value(depth: 0)
        skipBlanks()
        guard position == bytes.count else { throw failure(.unexpectedByte) }
        return value
    }

    private func failure(_ reason: JSONError.Reason) -> JSONError { JSONError(reason: reason, offset: position) }

    private mutating func skipBlanks() {
        while position < bytes.count, [0x20, 0x0A, 0x0D, 0x09].contains(bytes[position]) { position += 1 }
    }

    private func peek() throws(JSONError) -> UInt8 {
        guard position < bytes.count else { throw failure(.unexpectedEnd) }
        return bytes[position]
    }

    private mutating func value(depth: Int) throws(JSONError) -> JSON {
        guard depth <= Self.depthLimit else { throw failure(.tooDeep) }
        skipBlanks()
        switch try peek() {
        case UInt8(ascii: "{"): return try object(depth: depth)
        case UInt8(ascii: "["): return try array(depth: depth)
        case UInt8(ascii: "\""): return .string(try string())
        case UInt8(ascii: "t"): return try word("true", .bool(true))
        case UInt8(ascii: "f"): return try word("false", .bool(false))
        case UInt8(ascii: "n"): return try word("null", .null)
        case UInt8(ascii: "-"), UInt8(ascii: "0")...UInt8(ascii: "9"): return try number()
        default: throw failure(.unexpectedByte)
        }
    }

    private mutating func word(_ text: StaticString, _ value: JSON) throws(JSONError) -> JSON {
        let expected = Array(text.description.utf8)
        guard bytes[position...].starts(with: expected) else { throw failure(.unexpectedByte) }
        position += expected.count
        return value
    }

    private mutating func array(depth: Int) throws(JSONError) -> JSON {
        position += 1
        var elements: [JSON] = []
        skipBlanks()
        if try peek() == UInt8(ascii: "]") {
            position += 1
            return .array(elements)
        }
        while true {
            elements.append(try value(depth: depth + 1))
            if try !separator(or: UInt8(ascii: "]")) { return .array(elements) }
        }
    }

    private mutating func object(depth: Int) throws(JSONError) -> JSON {
        position += 1
        var object = JSON.Object()
        skipBlanks()
        if try peek() == UInt8(ascii: "}") {
            position += 1
            return .object(object)
        }
        while true {
            skipBlanks()
            guard try peek() == UInt8(ascii: "\"") else { throw failure(.unexpectedByte) }
            let name = try string()
            skipBlanks()
            guard try peek() == UInt8(ascii: ":") else { throw failure(.unexpectedByte) }
            position += 1
            object.append(name, try value(depth: depth + 1))
            if try !separator(or: UInt8(ascii: "}")) { return .object(object) }
        }
    }

    /// Skips a comma and answers true, or the closing bracket and answers false.
    private mutating func separator(or closing: UInt8) throws(JSONError) -> Bool {
        skipBlanks()
        let byte = try peek()
        guard byte == closing || byte == UInt8(ascii: ",") else { throw failure(.unexpectedByte) }
        position += 1
        return byte != closing
    }

    private mutating func number() throws(JSONError) -> JSON {
        let start = position
        if try peek() == UInt8(ascii: "-") { position += 1 }
        let leading = position
        var isWhole = true
        try digits()
        // RFC 8259 forbids leading zeros.
        if bytes[leading] == UInt8(ascii: "0"), position > leading + 1 { throw failure(.invalidNumber) }
        if position < bytes.count, bytes[position] == UInt8(ascii: ".") {
            isWhole = false
            position += 1
            try digits()
        }
        if position < bytes.count, bytes[position] | 0x20 == UInt8(ascii: "e") {
            isWhole = false
            position += 1
            if position < bytes.count, [UInt8(ascii: "+"), UInt8(ascii: "-")].contains(bytes[position]) { position += 1 }
            try digits()
        }
        let text = String(decoding: bytes[start..<position], as: UTF8.self)
        if isWhole, let value = Int(text) { return .integer(value) }
        guard let value = Double(text) else { throw failure(.invalidNumber) }
        return .number(value)
    }

    private mutating func digits() throws(JSONError) {
        let start = position
        while position < bytes.count, (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(bytes[position]) { position += 1 }
        guard position > start else { throw failure(position < bytes.count ? .invalidNumber : .unexpectedEnd) }
    }

    // MARK: - Strings

    private mutating func string() throws(JSONError) -> String {
        position += 1
        var content: [UInt8] = []
        while true {
            let start = position
            while position < bytes.count, bytes[position] != UInt8(ascii: "\""), bytes[position] != UInt8(ascii: "\\"),
                bytes[position] >= 0x20
            {
                position += 1
            }
            content += bytes[start..<position]
            switch try peek() {
            case UInt8(ascii: "\""):
                position += 1
                if let text = String(validating: content, as: UTF8.self) { return text }
                guard repairsText else { throw failure(.invalidString) }
                return String(decoding: content, as: UTF8.self)
            case UInt8(ascii: "\\"):
                position += 1
                try escape(into: &content)
            default: throw failure(.invalidString)
            }
        }
    }

    private mutating func escape(into content: inout [UInt8]) throws(JSONError) {
        let byte = try peek()
        position += 1
        switch byte {
        case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): content.append(byte)
        case UInt8(ascii: "b"): content.append(0x08)
        case UInt8(ascii: "f"): content.append(0x0C)
        case UInt8(ascii: "n"): content.append(0x0A)
        case UInt8(ascii: "r"): content.append(0x0D)
        case UInt8(ascii: "t"): content.append(0x09)
        case UInt8(ascii: "u"): content += String(try escapedScalar()).utf8
        default: throw failure(.invalidString)
        }
    }

    /// A scalar written as `\uXXXX`, or as a pair of surrogates; a lone surrogate, which Python can send, becomes U+FFFD.
    private mutating func escapedScalar() throws(JSONError) -> Character {
        let unit = try hexadecimalUnit()
        if (0xD800..<0xDC00).contains(unit), bytes[position...].starts(with: [UInt8(ascii: "\\"), UInt8(ascii: "u")]) {
            let rewind = position
            position += 2
            let low = try hexadecimalUnit()
            if (0xDC00..<0xE000).contains(low), let scalar = Unicode.Scalar(0x10000 + (unit - 0xD800) << 10 + (low - 0xDC00)) {
                return Character(scalar)
            }
            position = rewind
        }
        return Character(Unicode.Scalar(unit) ?? "\u{FFFD}")
    }

    private mutating func hexadecimalUnit() throws(JSONError) -> UInt32 {
        guard position + 4 <= bytes.count else { throw failure(.unexpectedEnd) }
        var unit: UInt32 = 0
        for byte in bytes[position..<position + 4] {
            guard let digit = Character(Unicode.Scalar(byte)).hexDigitValue else { throw failure(.invalidString) }
            unit = unit << 4 + UInt32(digit)
        }
        position += 4
        return unit
    }
}
