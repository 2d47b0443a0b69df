/// Reads tokens into statements. After an error it goes on at the next statement, so that all of a cell's errors are told at once.
struct Parser {
    let source: SourceText
    let tokens: [Token]
    var position = 0
    var depth = 0
    /// Operators and calls that the current statement has chained: each makes its tree one deeper.
    var links = 0
    private(set) var diagnostics: [Diagnostic]
    /// How many of them the lexer found.
    private let lexicalErrors: Int

    /// So many operators and chained calls a statement may have: more would be a deep recursion where the tree is walked.
    static let longestChain = 256

    /// Brackets within brackets beyond this are an error, not a deep recursion.
    static let deepestNesting = 64

    /// So many errors of a cell are told: nobody reads more.
    static let mostErrors = 50

    private init(_ source: SourceText) {
        self.source = source
        let lexed = Lexer.tokens(of: source)
        tokens = lexed.tokens
        diagnostics = lexed.diagnostics
        lexicalErrors = diagnostics.count
    }

    /// The statements of a source, and everything that is wrong with its syntax, in its order.
    static func parse(_ source: SourceText) -> (statements: [Statement], diagnostics: [Diagnostic]) {
        var parser = Parser(source)
        var statements: [Statement] = []
        while !parser.isAtEnd {
            if parser.current.kind == .separator {
                parser.position += 1
                continue
            }
            do throws(Diagnostic) {
                statements.append(try parser.statement())
                guard parser.isAtEndOfStatement else { throw parser.unexpected() }
            } catch {
                parser.diagnostics.append(error)
                parser.recover()
            }
        }
        let lexed = parser.lexicalErrors
        // Where a character couldn't be read, what the parser misses on that line is no news.
        let damaged = parser.diagnostics.prefix(min(lexed, mostErrors)).compactMap {
            $0.span.map { source.lineSpan(at: $0.start) }
        }
        let told = parser.diagnostics.dropFirst(lexed).prefix(mostErrors).filter { diagnostic in
            let place = diagnostic.span?.start ?? 0
            return !damaged.contains { $0.start <= place && place <= $0.end }
        }
        let diagnostics = (parser.diagnostics.prefix(lexed) + told).sorted { ($0.span?.start ?? 0) < ($1.span?.start ?? 0) }
        return (statements, Array(diagnostics.prefix(mostErrors)))
    }

    /// One expression that is the whole source.
    static func parseExpression(_ source: SourceText) throws(Diagnostic) -> Expression {
        var parser = Parser(source)
        if let first = parser.diagnostics.first { throw first }
        let expression = try parser.expression()
        guard parser.isAtEnd else { throw parser.unexpected() }
        return expression
    }

    // MARK: - Tokens

    var current: Token { tokens[min(position, tokens.count - 1)] }
    var next: Token { tokens[min(position + 1, tokens.count - 1)] }
    var isAtEnd: Bool { current.kind == .end }
    var isAtEndOfStatement: Bool { current.kind == .separator || isAtEnd }
    var lastSpan: Span { position > 0 ? tokens[position - 1].span : Span(0, 0) }

    func isSymbol(_ symbol: String) -> Bool { current.kind == .symbol(symbol) }

    mutating func accept(_ symbol: String) -> Bool {
        guard isSymbol(symbol) else { return false }
        position += 1
        return true
    }

    mutating func expect(_ symbol: String, closing opening: Span) throws(Diagnostic) {
        guard !accept(symbol) else { return }
        // What begins a line below is most likely the next statement.
        if isAtEndOfStatement || beginsLine {
            throw Diagnostic(.syntax, "This bracket is never closed.", at: opening, hint: "A `\(symbol)` is missing.")
        }
        throw unexpected(wanted: "`,` or `\(symbol)`")
    }

    /// Whether a line break stands before the current token, inside of brackets.
    var beginsLine: Bool {
        position > 0 && source.bytes[source.clamp(Span(lastSpan.end, current.span.start))].contains(UInt8(ascii: "\n"))
    }

    func unexpected(wanted: String? = nil) -> Diagnostic {
        let found = current.kind.described
        if isSymbol("=") {
            if position > 0, case .symbol(let sign) = tokens[position - 1].kind, ["+", "-", "*", "/"].contains(sign) {
                return Diagnostic(
                    .syntax, "`\(sign)=` means nothing here.", at: tokens[position - 1].span.to(current.span),
                    hint: "Write `name = name \(sign) …`.")
            }
            let isComparison = next.kind == .symbol("=") || position > 0 && tokens[position - 1].kind == .symbol("=")
            return Diagnostic(
                .syntax, "`=` can't stand here.", at: current.span,
                hint: isComparison
                    ? "There are no comparisons; one `=` assigns."
                    : "`name = value` assigns; `name=value` after a verb is an option.")
        }
        return Diagnostic(
            .syntax,
            wanted.map { "Here should be \($0), not \(found)." }
                ?? "\(found.prefix(1).uppercased())\(found.dropFirst()) can't stand here.", at: current.span)
    }

    /// One operator or call more.
    mutating func link() throws(Diagnostic) {
        links += 1
        guard links <= Self.longestChain else {
            throw Diagnostic(
                .syntax, "This statement has more than \(Self.longestChain) operators.", at: current.span,
                hint: "Give a part of it a name first.")
        }
    }

    private mutating func recover() {
        while !isAtEndOfStatement { position += 1 }
        depth = 0
    }
}
