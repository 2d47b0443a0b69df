/// The text of a cell, addressed by UTF-8 offsets.
public struct SourceText: Sendable, Equatable {
    /// The text as it came.
    public let text: String
    /// Its UTF-8 bytes.
    public let bytes: [UInt8]

    public init(_ text: String) {
        self.text = text
        bytes = Array(text.utf8)
    }

    /// The text of a span; spans outside the source are cut to it.
    public subscript(_ span: Span) -> String {
        String(decoding: bytes[clamp(span)], as: UTF8.self)
    }

    /// The span cut to the source.
    public func clamp(_ span: Span) -> Range<Int> {
        let start = min(max(span.start, 0), bytes.count)
        return start..<min(max(span.end, start), bytes.count)
    }

    /// The line, counted from 0, in which an offset lies.
    public func line(at offset: Int) -> Int {
        bytes[..<min(max(offset, 0), bytes.count)].count { $0 == UInt8(ascii: "\n") }
    }

    /// The span of a line without its line break.
    public func lineSpan(at offset: Int) -> Span {
        let position = min(max(offset, 0), bytes.count)
        let start = bytes[..<position].lastIndex(of: UInt8(ascii: "\n")).map { $0 + 1 } ?? 0
        var end = bytes[position...].firstIndex(of: UInt8(ascii: "\n")) ?? bytes.count
        if end > start, bytes[end - 1] == UInt8(ascii: "\r") { end -= 1 }
        return Span(start, max(start, end))
    }

    /// The offset, or the start of the Unicode scalar that it lies in.
    func scalarStart(before offset: Int) -> Int {
        var position = min(max(offset, 0), bytes.count)
        while position > 0, position < bytes.count, bytes[position] & 0xC0 == 0x80 { position -= 1 }
        return position
    }

    /// The UTF-8 offset of a cursor that counts Unicode scalars, as Jupyter does.
    public func offset(ofScalar cursor: Int) -> Int {
        let scalars = text.unicodeScalars
        let index = scalars.index(scalars.startIndex, offsetBy: max(cursor, 0), limitedBy: scalars.endIndex) ?? scalars.endIndex
        return text.utf8.distance(from: text.startIndex, to: index)
    }

    /// The number of Unicode scalars before a UTF-8 offset.
    public func scalarCount(before offset: Int) -> Int {
        // Continuation bytes don't begin a scalar.
        bytes[..<min(max(offset, 0), bytes.count)].count { $0 & 0xC0 != 0x80 }
    }
}

/// A part of a source, in UTF-8 offsets, end excluded.
public struct Span: Hashable, Sendable {
    public var start: Int
    public var end: Int

    public init(_ start: Int, _ end: Int) {
        self.start = start
        self.end = end
    }

    /// Everything from the start of this span to the end of the other.
    public func to(_ other: Span) -> Span { Span(min(start, other.start), max(end, other.end)) }

    public var isEmpty: Bool { start >= end }
}
