/// Diagnostics as people read them: the line of the cell, the place marked, the hint below.
extension Diagnostic {
    /// The spellings offered, as a sentence; `nil` if there are none.
    public var advice: String? {
        let quoted = suggestions.prefix(3).map { "`\($0)`" }
        guard let last = quoted.last else { return nil }
        return quoted.count == 1 ? "Did you mean \(last)?" : "Did you mean \(quoted.dropLast().joined(separator: ", ")) or \(last)?"
    }

    /// The diagnostic as lines of text; `colored` adds ANSI colours.
    ///
    ///     UnknownOption: train has no option `epoch`.
    ///       2 | train net on bees epoch=5
    ///         |                   ^^^^^
    ///     Did you mean `epochs`?
    public func lines(in source: SourceText, colored: Bool = false) -> [String] {
        func paint(_ text: String, _ code: String) -> String { colored ? "\u{1B}[\(code)m\(text)\u{1B}[0m" : text }
        var result = ["\(paint(kind.rawValue, "1;31")): \(message)"]
        if let marked = marked(in: source) {
            let gutter = String(repeating: " ", count: marked.number.count)
            let columns = max(1, Self.width(marked.place))
            result.append("  \(paint(marked.number, "2")) | \(marked.before)\(marked.place)\(marked.after)")
            result.append(
                "  \(gutter) | \(String(repeating: " ", count: Self.width(marked.before)))\(paint(String(repeating: "^", count: columns), "1;31"))")
        }
        if let advice { result.append(paint(advice, "36")) }
        if let hint { result.append(hint) }
        return result
    }

    /// The diagnostic as plain text.
    public func text(in source: SourceText) -> String { lines(in: source).joined(separator: "\n") }

    /// The marked line in three parts, cut to what fits around the place, and its number; `nil` without a place.
    func marked(in source: SourceText) -> (number: String, before: String, place: String, after: String)? {
        guard let span else { return nil }
        let place = source.clamp(span)
        let line = source.lineSpan(at: place.lowerBound)
        let from = min(place.lowerBound, line.end)
        let to = max(from, min(place.upperBound, line.end))
        let start = source.scalarStart(before: max(line.start, from - 100))
        let stop = source.scalarStart(before: min(to, from + 120))
        let end = source.scalarStart(before: min(line.end, stop + 100))
        return (
            String(source.line(at: place.lowerBound) + 1), (start > line.start ? "…" : "") + Self.visible(source[Span(start, from)]),
            Self.visible(source[Span(from, stop)]), Self.visible(source[Span(stop, end)]) + (end < line.end ? "…" : "")
        )
    }

    private static func visible(_ text: String) -> String {
        String(String.UnicodeScalarView(text.unicodeScalars.map { $0.value < 32 || $0.value == 127 ? " " : $0 }))
    }

    /// The columns that a text takes in a terminal: East Asian characters and emoji take two.
    private static func width(_ text: String) -> Int { text.reduce(0) { $0 + ($1.unicodeScalars.first.map(isWide) == true ? 2 : 1) } }

    private static func isWide(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.value {
        case 0x1100...0x115F, 0x2E80...0x303E, 0x3041...0xA4CF, 0xAC00...0xD7A3, 0xF900...0xFAFF, 0xFE30...0xFE6F, 0xFF00...0xFF60,
            0xFFE0...0xFFE6, 0x1F300...0x1F64F, 0x1F680...0x1F6FF, 0x1F900...0x1F9FF, 0x20000...0x3FFFD:
            true
        default: false
        }
    }
}
