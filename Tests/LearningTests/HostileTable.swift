// `scripts/fuzz` compiles this file beside the table's, without the rest of Learning.
#if canImport(Learning)
    @testable import Learning
#endif

/// What must hold of any bytes that are read as a table: they are refused, or what was read can be written and reads the same again.
enum HostileTable {
    enum Broken: Error {
        case rowWithoutFields(line: Int)
        case linesOutOfOrder
        case otherWhenWritten
    }

    /// Whether the bytes are a table.
    static func check(_ bytes: [UInt8]) throws(Broken) -> Bool {
        guard let table = try? CommaSeparatedValues(bytes) else { return true }
        if let row = table.rows.first(where: { $0.fields.isEmpty || $0.line < 1 }) { throw .rowWithoutFields(line: row.line) }
        guard zip(table.rows, table.rows.dropFirst()).allSatisfy({ $0.line < $1.line }) else { throw .linesOutOfOrder }
        let written = table.rows.map { CommaSeparatedValues.line($0.fields) }.joined()
        guard let again = try? CommaSeparatedValues(Array(written.utf8)), again.rows.map(\.fields) == table.rows.map(\.fields) else {
            throw .otherWhenWritten
        }
        return true
    }
}
