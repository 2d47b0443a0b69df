/// Reads bytes as a table; what could be read is written, and must read the same again.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzz(_ start: UnsafePointer<UInt8>, _ count: Int) -> CInt {
    let bytes = Array(UnsafeBufferPointer(start: start, count: count))
    guard let table = try? CommaSeparatedValues(bytes) else { return 0 }
    precondition(table.rows.allSatisfy { !$0.fields.isEmpty && $0.line >= 1 })
    precondition(zip(table.rows, table.rows.dropFirst()).allSatisfy { $0.line < $1.line })
    let written = table.rows.map { CommaSeparatedValues.line($0.fields) }.joined()
    guard let again = try? CommaSeparatedValues(Array(written.utf8)) else { fatalError("what was written can't be read") }
    precondition(again.rows.map(\.fields) == table.rows.map(\.fields))
    return 0
}
