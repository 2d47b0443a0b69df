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
        case _ where beginsName(at: position):
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
            if !continuesName(at: position), let width = Int(source[Span(start, middle)]), let height = Int(source[Span(middle + 1, position)]) {
                add(.size(width, height), from: start)
                return
            }
            return malformed(from: start)
        }
        if peek() == UInt8(ascii: "."), Self.isDigit(peek(1)) {
            isInteger = false
            position += 1
            digits()
        } else if peek() == UInt8(ascii: "."), peek(1) != UInt8(ascii: "."), peek(1) != UInt8(ascii: "*"), !beginsName(at: position + 1) {
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
        if continuesName(at: position) { return malformed(from: start) }
        if isInteger, let value = Int(spelled) {
            add(.integer(value), from: start)
        } else if let value = Double(spelled), value.isFinite {
            add(.number(value), from: start)
        } else {
            malformed(from: start)
        }
    }

    private mutating func malformed(from start: Int) {
        passName()
        diagnostics.append(
            Diagnostic(
                .syntax, "`\(source[Span(start, position)])` is no number that can be used.", at: Span(start, position),
                hint: "Numbers look like 3, 0.5, 1e-4, 20% or 224x224; a name begins with a letter."))
        add(.integer(0), from: start)
    }

    private func beginsName(at offset: Int) -> Bool { Self.nameLength(in: bytes, at: offset, begins: true) > 0 }

    private func continuesName(at offset: Int) -> Bool { Self.nameLength(in: bytes, at: offset) > 0 }

    /// Passes over everything that a name may go on with.
    private mutating func passName() {
        var length = Self.nameLength(in: bytes, at: position)
        while length > 0 {
            position += length
            length = Self.nameLength(in: bytes, at: position)
        }
    }

    private mutating func name() {
        let start = position
        passName()
        add(.name(source[Span(start, position)]), from: start)
    }

    private mutating func segment() {
        let start = position
        passName()
        while peek() == UInt8(ascii: "*") {
            position += 1
            passName()
        }
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
            if byte >= 0x80 { return foreign(from: start) }
            let shown = byte < 32 || byte == 127 ? "A control character (\(byte))" : "`\(source[Span(start, position)])`"
            diagnostics.append(Diagnostic(.syntax, "\(shown) means nothing here.", at: Span(start, position), hint: hint(for: byte)))
            return
        }
        add(.symbol(source[Span(start, position)]), from: start)
    }

    /// A character beyond ASCII that is no letter: told whole, with what changes its look.
    private mutating func foreign(from start: Int) {
        guard let (scalar, length) = Self.scalar(in: bytes, at: start) else { return }
        position = start + length
        let (message, hint) = Self.lookalike(scalar) ?? ("", "")
        if message.isEmpty {
            while let (next, length) = Self.scalar(in: bytes, at: position), next.properties.isGraphemeExtend || next.value == 0x200D { position += length }
        }
        let span = Span(start, position)
        diagnostics.append(
            message.isEmpty
                ? Diagnostic(.syntax, "`\(source[span])` means nothing here.", at: span)
                : Diagnostic(.syntax, message, at: span, hint: hint))
        // What stands between curly quotes was meant as a text: it is one, so that nothing else is said of it.
        guard let family = Self.quotes.first(where: { $0.contains(scalar.value) }) else { return }
        var end = position
        while let (next, length) = Self.scalar(in: bytes, at: end), next != "\n" {
            if family.contains(next.value) || next.value == family.straight {
                let content = source[Span(position, end)]
                position = end + length
                return add(.text(content), from: start)
            }
            end += length
        }
    }

    /// The curly quotes, double and single, and the straight one that each is written for.
    private struct Quotes {
        let curly: ClosedRange<UInt32>
        let straight: UInt32

        func contains(_ value: UInt32) -> Bool { curly.contains(value) }
    }
    private static let quotes = [Quotes(curly: 0x201C...0x201F, straight: 0x22), Quotes(curly: 0x2018...0x201B, straight: 0x27)]

    /// What is said of a character that only looks like one of the language's, as pages of the web and word processors have them, and what to
    /// type instead.
    private static func lookalike(_ scalar: Unicode.Scalar) -> (message: String, hint: String)? {
        switch scalar.value {
        case 0x201C...0x201F: return ("`\(scalar)` is a curly quote.", "Write \" instead.")
        case 0x2018...0x201B: return ("`\(scalar)` is a curly quote.", "Write ' instead.")
        case 0x2010...0x2015, 0x2212: return ("`\(scalar)` is no minus.", "Write - instead.")
        case 0xD7: return ("`\(scalar)` is no x.", "A size is written with the letter: `224x224`.")
        case 0x2026: return ("`\(scalar)` stands for something that is left out.", "Write what it stands for; a range has two dots: `0.8..1.0`.")
        default: break
        }
        let digits = String(scalar.value, radix: 16, uppercase: true)
        let code = "U+" + String(repeating: "0", count: max(0, 4 - digits.count)) + digits
        switch scalar.properties.generalCategory {
        case .spaceSeparator:
            let name = scalar.properties.name?.lowercased() ?? "blank"
            return ("There is \(Value.withArticle(name)) (\(code)) here.", "Type a plain space.")
        case .format, .lineSeparator, .paragraphSeparator: return ("There is an invisible character (\(code)) here.", "Delete it.")
        default: return nil
        }
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

    private static func isASCIILetter(_ byte: UInt8) -> Bool { byte | 0x20 >= UInt8(ascii: "a") && byte | 0x20 <= UInt8(ascii: "z") }

    /// Whether a byte may be one of a name's; beyond ASCII, any may be.
    static func continuesName(_ byte: UInt8) -> Bool { byte >= 0x80 || isASCIILetter(byte) || isDigit(byte) || byte == UInt8(ascii: "_") }

    /// The bytes of the character at an offset that a name may go on with, or begin with; 0 if it may not, and at the end.
    ///
    /// Letters are those of Unicode, as in Python: no blanks, quotes or pictures.
    static func nameLength(in bytes: [UInt8], at offset: Int, begins: Bool = false) -> Int {
        guard bytes.indices.contains(offset) else { return 0 }
        let byte = bytes[offset]
        if byte < 0x80 { return isASCIILetter(byte) || byte == UInt8(ascii: "_") || !begins && isDigit(byte) ? 1 : 0 }
        guard let (scalar, length) = Self.scalar(in: bytes, at: offset) else { return 0 }
        let properties = scalar.properties
        return properties.isIDStart || !begins && properties.isIDContinue ? length : 0
    }

    /// The Unicode scalar that begins at an offset, and its bytes; `nil` at the end.
    private static func scalar(in bytes: [UInt8], at offset: Int) -> (scalar: Unicode.Scalar, length: Int)? {
        guard bytes.indices.contains(offset) else { return nil }
        var value = UInt32(bytes[offset])
        if value >= 0xC0 { value &= value >= 0xF0 ? 0x07 : value >= 0xE0 ? 0x0F : 0x1F }
        var end = offset + 1
        while end < bytes.count, bytes[end] & 0xC0 == 0x80 {
            value = value << 6 | UInt32(bytes[end] & 0x3F)
            end += 1
        }
        return (Unicode.Scalar(value) ?? "\u{FFFD}", end - offset)
    }
}
