#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif

/// Cuts a source into tokens. Never fails: what can't be read is reported and skipped.
struct Lexer {
    private let source: SourceText
    private let bytes: [UInt8]
    private var position = 0
    /// How many brackets are open.
    private(set) var depth = 0
    /// Whether the last line ends in a backslash.
    private(set) var isContinued = false
    /// Whether the source ends in a text that isn't closed.
    var isInText: Bool {
        guard let last = tokens.dropLast().last, case .text = last.kind, last.span.end == bytes.count else { return false }
        return diagnostics.contains { $0.span == last.span }
    }
    /// Whether the source ends in a comment.
    private(set) var endsInComment = false
    private(set) var tokens: [Token] = []
    private(set) var diagnostics: [Diagnostic] = []

    init(_ source: SourceText) {
        self.source = source
        bytes = source.bytes
    }

    /// All tokens of a source; the last is ``Token/Kind/end``.
    static func tokens(of source: SourceText) -> (tokens: [Token], diagnostics: [Diagnostic]) {
        var lexer = Lexer(source)
        lexer.run()
        return (lexer.tokens, lexer.diagnostics)
    }

    mutating func run() {
        while position < bytes.count { step() }
        add(.end, from: position)
    }

    private mutating func step() {
        let start = position
        let byte = bytes[position]
        switch byte {
        case UInt8(ascii: " "), UInt8(ascii: "\t"), UInt8(ascii: "\r"): position += 1
        case UInt8(ascii: "\n"):
            position += 1
            if depth == 0 { add(.separator, from: start) }
        case UInt8(ascii: ";"):
            position += 1
            // Inside brackets a semicolon can only be a bracket that was forgotten: the statement ends here.
            depth = 0
            add(.separator, from: start)
        case UInt8(ascii: "#"): skipLine()
        case UInt8(ascii: "\\"): continueLine()
        case UInt8(ascii: "\""), UInt8(ascii: "'"): text(quote: byte)
        // `.5`, where it is no step of a path.
        case UInt8(ascii: ".") where Self.isDigit(peek(1)) && beginsFraction: number()
        case _ where Self.isDigit(byte):
            if isAfterPathDot { segment() } else { number() }
        case UInt8(ascii: "*") where isAfterPathDot: segment()
        case _ where Self.beginsName(byte):
            if isAfterPathDot { segment() } else { name() }
        default: symbol()
        }
    }

    /// Whether the token before is a dot inside a path: `net.` but not `1 .`.
    private var isAfterPathDot: Bool {
        guard let last = tokens.last, case .symbol(".") = last.kind, last.span.end == position, last.isGlued else { return false }
        return true
    }

    /// Whether a dot before a digit begins a number: nothing that could have parts stands right before it.
    private var beginsFraction: Bool {
        guard let last = tokens.last, last.span.end == position else { return true }
        guard case .symbol(let symbol) = last.kind else { return last.kind == .separator }
        return ![")", "]", "}", "."].contains(symbol)
    }

    private mutating func add(_ kind: Token.Kind, from start: Int) {
        if kind != .end { isContinued = false }
        let isGlued = tokens.last.map { $0.span.end == start && $0.kind != .separator } ?? false
        tokens.append(Token(kind: kind, span: Span(start, position), isGlued: isGlued))
    }

    private mutating func skipLine() {
        while position < bytes.count, bytes[position] != UInt8(ascii: "\n") { position += 1 }
        endsInComment = position == bytes.count
    }

    private mutating func continueLine() {
        let start = position
        isContinued = true
        position += 1
        while position < bytes.count, [UInt8(ascii: " "), UInt8(ascii: "\t"), UInt8(ascii: "\r")].contains(bytes[position]) { position += 1 }
        if position < bytes.count, bytes[position] == UInt8(ascii: "\n") {
            position += 1
        } else if position < bytes.count {
            diagnostics.append(
                Diagnostic(.syntax, "A backslash continues a line, so nothing may follow it there.", at: Span(start, start + 1)))
        }
    }

    private mutating func text(quote: UInt8) {
        let start = position
        position += 1
        var content: [UInt8] = []
        while position < bytes.count, bytes[position] != quote, bytes[position] != UInt8(ascii: "\n") {
            if bytes[position] == UInt8(ascii: "\\"), position + 1 < bytes.count, bytes[position + 1] != UInt8(ascii: "\n") {
                let escaped = bytes[position + 1]
                switch escaped {
                case UInt8(ascii: "n"): content.append(10)
                case UInt8(ascii: "t"): content.append(9)
                case UInt8(ascii: "\\"), UInt8(ascii: "\""), UInt8(ascii: "'"): content.append(escaped)
                // Anything else stays, so that regular expressions need no doubled backslashes.
                default: content += [UInt8(ascii: "\\"), escaped]
                }
                position += 2
            } else {
                content.append(bytes[position])
                position += 1
            }
        }
        if position < bytes.count, bytes[position] == quote {
            position += 1
        } else {
            let mark = String(decoding: [quote], as: UTF8.self)
            diagnostics.append(
                Diagnostic(.syntax, "This text has no closing \(mark).", at: Span(start, position), hint: "A text ends on the line it begins on."))
        }
        add(.text(String(decoding: content, as: UTF8.self)), from: start)
    }

    private mutating func digits() { while position < bytes.count, Self.isDigit(bytes[position]) || bytes[position] == UInt8(ascii: "_") { position += 1 } }

    private func peek(_ ahead: Int = 0) -> UInt8 { position + ahead < bytes.count ? bytes[position + ahead] : 0 }

    private mutating func number() {
        let start = position
        var isInteger = true
        digits()
        // `224x224`, but not `2xyz`.
        if peek() == UInt8(ascii: "x"), Self.isDigit(peek(1)) {
            let middle = position
            position += 1
            digits()
            if !Self.continuesName(peek()), let width = Int(source[Span(start, middle)]), let height = Int(source[Span(middle + 1, position)]) {
                add(.size(width, height), from: start)
                return
            }
            return malformed(from: start)
        }
        if peek() == UInt8(ascii: "."), Self.isDigit(peek(1)) {
            isInteger = false
            position += 1
            digits()
        } else if peek() == UInt8(ascii: "."), peek(1) != UInt8(ascii: "."), peek(1) != UInt8(ascii: "*"), !Self.beginsName(peek(1)) {
            // `1.` is how Python may write a number.
            isInteger = false
            position += 1
        }
        if peek() == UInt8(ascii: "e") || peek() == UInt8(ascii: "E") {
            let sign = peek(1) == UInt8(ascii: "-") || peek(1) == UInt8(ascii: "+") ? 1 : 0
            if Self.isDigit(peek(1 + sign)) {
                isInteger = false
                position += 1 + sign
                digits()
            }
        }
        let spelled = source[Span(start, position)].filter { $0 != "_" }
        if peek() == UInt8(ascii: "%") {
            position += 1
            guard let value = Double(spelled), value.isFinite else { return malformed(from: start) }
            add(.percentage(value / 100), from: start)
            return
        }
        if Self.continuesName(peek()) { return malformed(from: start) }
        if isInteger, let value = Int(spelled) {
            add(.integer(value), from: start)
        } else if let value = Double(spelled), value.isFinite {
            add(.number(value), from: start)
        } else {
            malformed(from: start)
        }
    }

    private mutating func malformed(from start: Int) {
        while position < bytes.count, Self.continuesName(bytes[position]) { position += 1 }
        diagnostics.append(
            Diagnostic(
                .syntax, "`\(source[Span(start, position)])` is no number that can be used.", at: Span(start, position),
                hint: "Numbers look like 3, 0.5, 1e-4, 20% or 224x224; a name begins with a letter."))
        add(.integer(0), from: start)
    }

    private mutating func name() {
        let start = position
        while position < bytes.count, Self.continuesName(bytes[position]) { position += 1 }
        add(.name(source[Span(start, position)]), from: start)
    }

    private mutating func segment() {
        let start = position
        while position < bytes.count, Self.continuesName(bytes[position]) || bytes[position] == UInt8(ascii: "*") { position += 1 }
        let text = source[Span(start, position)]
        add(text.contains("*") || Self.isDigit(bytes[start]) ? .segment(text) : .name(text), from: start)
    }

    private mutating func symbol() {
        let start = position
        let byte = bytes[position]
        position += 1
        switch byte {
        case UInt8(ascii: "("), UInt8(ascii: "["), UInt8(ascii: "{"): depth += 1
        case UInt8(ascii: ")"), UInt8(ascii: "]"), UInt8(ascii: "}"): depth = max(0, depth - 1)
        case UInt8(ascii: ".") where peek() == UInt8(ascii: "."): position += 1
        case UInt8(ascii: "="), UInt8(ascii: ","), UInt8(ascii: ":"), UInt8(ascii: "."), UInt8(ascii: "+"), UInt8(ascii: "-"),
            UInt8(ascii: "*"), UInt8(ascii: "/"), UInt8(ascii: "?"):
            break
        default:
            // A whole Unicode scalar, so that the report shows it.
            while position < bytes.count, bytes[position] & 0xC0 == 0x80 { position += 1 }
            let spelled = source[Span(start, position)]
            let shown = byte < 32 || byte == 127 ? "A control character (\(byte))" : "`\(spelled)`"
            diagnostics.append(Diagnostic(.syntax, "\(shown) means nothing here.", at: Span(start, position), hint: hint(for: byte)))
            return
        }
        add(.symbol(source[Span(start, position)]), from: start)
    }

    /// The hint for a character that means nothing and has just been read.
    private func hint(for byte: UInt8) -> String? {
        let beginsStatement = tokens.last.map { $0.kind == .separator } ?? true
        return switch byte {
        case UInt8(ascii: "!") where !beginsStatement: "Cells have names, numbers, arithmetic, lists and ranges, but no comparisons."
        case UInt8(ascii: "%") where !beginsStatement: "A percentage is written right behind its number: `20%`. There is no remainder."
        case UInt8(ascii: "!"): "There are no shell commands in a cell; use a terminal beside the notebook."
        case UInt8(ascii: "%"): "There are no magics; `set` lists the settings, and `help` the verbs."
        case UInt8(ascii: "@"), UInt8(ascii: "<"), UInt8(ascii: ">"): "Cells have names, numbers, arithmetic, lists and ranges, but no comparisons or matrices."
        default: nil
        }
    }

    static func isDigit(_ byte: UInt8) -> Bool { byte >= UInt8(ascii: "0") && byte <= UInt8(ascii: "9") }

    static func beginsName(_ byte: UInt8) -> Bool {
        byte == UInt8(ascii: "_") || byte >= 0x80 || (byte | 0x20 >= UInt8(ascii: "a") && byte | 0x20 <= UInt8(ascii: "z"))
    }

    static func continuesName(_ byte: UInt8) -> Bool { beginsName(byte) || isDigit(byte) }
}
