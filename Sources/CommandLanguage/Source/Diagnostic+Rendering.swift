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
        if let span {
            let place = source.clamp(span)
            let lineSpan = source.lineSpan(at: place.lowerBound)
            let number = String(source.line(at: place.lowerBound) + 1)
            let (window, before) = Self.window(source, lineSpan, place)
            let gutter = String(repeating: " ", count: number.count)
            let marked = max(1, Self.width(source[Span(place.lowerBound, min(place.upperBound, lineSpan.end))]))
            result.append("  \(paint(number, "2")) | \(window)")
            result.append(
                "  \(gutter) | \(String(repeating: " ", count: before))\(paint(String(repeating: "^", count: min(marked, 120)), "1;31"))")
        }
        if let advice { result.append(paint(advice, "36")) }
        if let hint { result.append(hint) }
        return result
    }

    /// The diagnostic as plain text.
    public func text(in source: SourceText) -> String { lines(in: source).joined(separator: "\n") }

    /// The marked line, cut to what fits around the place, control characters made visible, and the columns before the place.
    private static func window(_ source: SourceText, _ line: Span, _ place: Range<Int>) -> (text: String, before: Int) {
        let start = max(line.start, place.lowerBound - 200)
        let end = min(line.end, max(place.lowerBound, line.start) + 200)
        let prefix = (start > line.start ? "…" : "") + visible(source[Span(start, place.lowerBound)])
        let rest = visible(source[Span(place.lowerBound, end)]) + (end < line.end ? "…" : "")
        return (prefix + rest, width(prefix))
    }

    private static func visible(_ text: String) -> String {
        String(String.UnicodeScalarView(text.unicodeScalars.map { $0.value < 32 || $0.value == 127 ? " " : $0 }))
    }

    private static func width(_ text: String) -> Int { text.count }
}
