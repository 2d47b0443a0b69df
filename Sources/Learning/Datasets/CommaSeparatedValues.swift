/// A table in comma-separated form (RFC 4180): quoted fields may hold separators, quotes (doubled) and line breaks.
///
/// The separator is a comma, semicolon or tab, whichever the first line has most of outside quotes; a byte order mark and blank lines are passed over.
struct CommaSeparatedValues {
    struct Row {
        let fields: [String]
        /// The line that the row begins on, from 1.
        let line: Int
    }
    /// Where a table breaks the form, and how.
    struct Defect: Error, Equatable {
        let line: Int
        let text: String
    }

    private static let byteOrderMark: [UInt8] = [0xEF, 0xBB, 0xBF]
    private(set) var rows: [Row] = []

    /// Reads a whole table.
    init(_ bytes: [UInt8]) throws(Defect) {
        var position = bytes.starts(with: Self.byteOrderMark) ? 3 : 0
        let separator = Self.separator(bytes[position...])
        var line = 1
        while position < bytes.count {
            let (row, next, lines) = try Self.row(bytes, from: position, line: line, separator: separator)
            if !(row.count == 1 && row[0].isEmpty) { rows.append(Row(fields: row, line: line)) }
            position = next
            line += lines
        }
    }

    private static func separator(_ bytes: ArraySlice<UInt8>) -> UInt8 {
        let candidates = [UInt8(ascii: ","), UInt8(ascii: ";"), UInt8(ascii: "\t")]
        var counts = [0, 0, 0]
        var isQuoted = false
        for byte in bytes {
            if byte == UInt8(ascii: "\"") { isQuoted.toggle() }
            if isQuoted { continue }
            if byte == 0x0A || byte == 0x0D { break }
            if let position = candidates.firstIndex(of: byte) { counts[position] += 1 }
        }
        return candidates[counts.indices.max { counts[$0] < counts[$1] || counts[$0] == counts[$1] && $0 > $1 } ?? 0]
    }

    private static func row(
        _ bytes: [UInt8], from start: Int, line: Int, separator: UInt8
    ) throws(Defect) -> (fields: [String], next: Int, lines: Int) {
        var fields: [String] = []
        var field: [UInt8] = []
        var position = start
        var lines = 0
        func text(_ field: [UInt8]) throws(Defect) -> String {
            guard let text = String(validating: field, as: UTF8.self) else {
                throw Defect(line: line, text: "a field isn't UTF-8 text; save the table as UTF-8")
            }
            return text
        }
        while true {
            guard position < bytes.count else { break }
            let byte = bytes[position]
            if byte == UInt8(ascii: "\""), field.isEmpty {
                // A quoted field, up to the quote that isn't doubled.
                position += 1
                while true {
                    guard position < bytes.count else { throw Defect(line: line, text: "a quote is never closed") }
                    if bytes[position] == UInt8(ascii: "\"") {
                        if position + 1 < bytes.count, bytes[position + 1] == UInt8(ascii: "\"") {
                            field.append(UInt8(ascii: "\""))
                            position += 2
                            continue
                        }
                        position += 1
                        break
                    }
                    if bytes[position] == 0x0A { lines += 1 }
                    field.append(bytes[position])
                    position += 1
                }
            } else if byte == separator {
                fields.append(try text(field))
                field = []
                position += 1
            } else if byte == 0x0A || byte == 0x0D {
                position += byte == 0x0D && position + 1 < bytes.count && bytes[position + 1] == 0x0A ? 2 : 1
                lines += 1
                break
            } else {
                field.append(byte)
                position += 1
            }
        }
        fields.append(try text(field))
        return (fields, position, max(lines, 1))
    }

    /// One row as text, fields quoted where they need it.
    static func line(_ fields: [String]) -> String { fields.map(written).joined(separator: ",") + "\n" }

    private static func written(_ field: String) -> String {
        guard field.utf8.contains(where: { ",\"\n\r;\t".utf8.contains($0) }) || field.utf8.starts(with: byteOrderMark) else { return field }
        // By scalars: a quote with an accent on it is another character, but still a quote to whoever reads the table.
        var inside = String.UnicodeScalarView()
        for scalar in field.unicodeScalars {
            if scalar == "\"" { inside.append(scalar) }
            inside.append(scalar)
        }
        return "\"" + String(inside) + "\""
    }
}
