extension JSON {
    /// The value as JSON text without blanks.
    public var bytes: [UInt8] {
        var output: [UInt8] = []
        write(to: &output)
        return output
    }

    /// The value as JSON text without blanks.
    public var text: String { String(decoding: bytes, as: UTF8.self) }

    /// Appends the value as JSON text.
    public func write(to output: inout [UInt8]) {
        switch self {
        case .null: output += "null".utf8
        case .bool(let value): output += (value ? "true" : "false").utf8
        case .integer(let value): output += String(value).utf8
        // Swift's shortest form that reads back the same is JSON as well, once it is finite.
        case .number(let value): output += (value.isFinite ? value.description : "null").utf8
        case .string(let value): Self.write(value, to: &output)
        case .array(let elements):
            output.append(UInt8(ascii: "["))
            for (index, element) in elements.enumerated() {
                if index > 0 { output.append(UInt8(ascii: ",")) }
                element.write(to: &output)
            }
            output.append(UInt8(ascii: "]"))
        case .object(let object):
            output.append(UInt8(ascii: "{"))
            for (index, member) in object.members.enumerated() {
                if index > 0 { output.append(UInt8(ascii: ",")) }
                Self.write(member.name, to: &output)
                output.append(UInt8(ascii: ":"))
                member.value.write(to: &output)
            }
            output.append(UInt8(ascii: "}"))
        }
    }

    /// The value as indented JSON text, for files that people read.
    public var indentedText: String { indented(by: "") + "\n" }

    private func indented(by margin: String) -> String {
        switch self {
        case .array(let elements) where !elements.isEmpty && elements.contains { $0.object != nil || $0.array != nil }:
            let inner = elements.map { margin + "  " + $0.indented(by: margin + "  ") }
            return "[\n" + inner.joined(separator: ",\n") + "\n" + margin + "]"
        case .array(let elements):
            return "[" + elements.map(\.text).joined(separator: ", ") + "]"
        case .object(let object) where !object.members.isEmpty:
            let inner = object.members.map {
                margin + "  " + JSON.string($0.name).text + ": " + $0.value.indented(by: margin + "  ")
            }
            return "{\n" + inner.joined(separator: ",\n") + "\n" + margin + "}"
        default:
            return text
        }
    }

    private static func write(_ string: String, to output: inout [UInt8]) {
        output.append(UInt8(ascii: "\""))
        for byte in string.utf8 {
            switch byte {
            case UInt8(ascii: "\""): output += [UInt8(ascii: "\\"), byte]
            case UInt8(ascii: "\\"): output += [UInt8(ascii: "\\"), byte]
            case UInt8(ascii: "\n"): output += [UInt8(ascii: "\\"), UInt8(ascii: "n")]
            case UInt8(ascii: "\r"): output += [UInt8(ascii: "\\"), UInt8(ascii: "r")]
            case UInt8(ascii: "\t"): output += [UInt8(ascii: "\\"), UInt8(ascii: "t")]
            case 0..<0x20:
                output += "\\u00".utf8
                output += [hexadecimalDigit(byte >> 4), hexadecimalDigit(byte & 15)]
            default: output.append(byte)
            }
        }
        output.append(UInt8(ascii: "\""))
    }
}

/// The lower-case digit of a value below 16.
func hexadecimalDigit(_ value: UInt8) -> UInt8 {
    value < 10 ? UInt8(ascii: "0") + value : UInt8(ascii: "a") + value - 10
}
