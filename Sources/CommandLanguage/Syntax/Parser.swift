/// Reads tokens into statements. After an error it goes on at the next statement, so that all of a cell's errors are told at once.
struct Parser {
    private let source: SourceText
    private let tokens: [Token]
    private var position = 0
    private var depth = 0
    /// Operators and calls that the current statement has chained: each makes its tree one deeper.
    private var links = 0
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

    private var current: Token { tokens[min(position, tokens.count - 1)] }
    private var next: Token { tokens[min(position + 1, tokens.count - 1)] }
    private var isAtEnd: Bool { current.kind == .end }
    private var isAtEndOfStatement: Bool { current.kind == .separator || isAtEnd }
    private var lastSpan: Span { position > 0 ? tokens[position - 1].span : Span(0, 0) }

    private func isSymbol(_ symbol: String) -> Bool { current.kind == .symbol(symbol) }

    private mutating func accept(_ symbol: String) -> Bool {
        guard isSymbol(symbol) else { return false }
        position += 1
        return true
    }

    private mutating func expect(_ symbol: String, closing opening: Span) throws(Diagnostic) {
        guard !accept(symbol) else { return }
        // What begins a line below is most likely the next statement.
        if isAtEndOfStatement || beginsLine {
            throw Diagnostic(.syntax, "This bracket is never closed.", at: opening, hint: "A `\(symbol)` is missing.")
        }
        throw unexpected(wanted: "`,` or `\(symbol)`")
    }

    /// Whether a line break stands before the current token, inside of brackets.
    private var beginsLine: Bool {
        position > 0 && source.bytes[source.clamp(Span(lastSpan.end, current.span.start))].contains(UInt8(ascii: "\n"))
    }

    private func unexpected(wanted: String? = nil) -> Diagnostic {
        let found = current.kind.described
        if isSymbol("=") {
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
    private mutating func link() throws(Diagnostic) {
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

    // MARK: - Statements

    private mutating func statement() throws(Diagnostic) -> Statement {
        links = 0
        let start = current.span
        if accept("?") {
            let words = try explainedWords()
            return .explain(words, start.to(lastSpan))
        }
        guard case .name(let name) = current.kind else {
            let value = try expression()
            return .show(value, value.span)
        }
        if let diagnostic = ForeignHabits.diagnostic(statementBeginning: name, isAssigned: next.kind == .symbol("="), at: start) {
            throw diagnostic
        }
        // `train?`, `show batch?`, `net.layer4?`
        if let words = questioned() {
            position += words.tokens
            return .explain(words.words, start.to(lastSpan))
        }
        switch next.kind {
        case .separator, .end:
            position += 1
            if let literal = Self.literal(name, start) { return .show(literal, start) }
            return .command(Command(verb: name, verbSpan: start, items: [], span: start))
        case .symbol("="): return try assignment()
        case .symbol(".") where next.isGlued, .symbol("(") where next.isGlued, .symbol("[") where next.isGlued:
            return try assignmentOrValue()
        case .symbol("+"), .symbol("/"), .symbol("*"), .symbol(".."), .symbol("-"):
            if case .symbol("-") = next.kind, tokens[min(position + 2, tokens.count - 1)].isGlued, !next.isGlued { break }
            let value = try expression()
            return .show(value, value.span)
        default: break
        }
        position += 1
        var items: [Command.Item] = []
        while !isAtEndOfStatement {
            if case .name(let option) = current.kind, next.kind == .symbol("=") {
                let span = current.span
                position += 2
                items.append(.option(option, span, try expression()))
            } else {
                items.append(.positional(try expression()))
            }
            // A comma between arguments is a habit that harms nobody.
            if isSymbol(","), !items.isEmpty { position += 1 }
        }
        return .command(Command(verb: name, verbSpan: start, items: items, span: start.to(lastSpan)))
    }

    private func questioned() -> (words: [String], tokens: Int)? {
        var words: [String] = []
        var index = position
        while index < tokens.count {
            switch tokens[index].kind {
            case .name(let word), .segment(let word):
                if index > position, tokens[index - 1].kind == .symbol(".") {
                    words[words.count - 1] += "." + word
                } else {
                    words.append(word)
                }
            case .symbol("."): if words.isEmpty { return nil }
            case .symbol("?"): return words.isEmpty ? nil : (words, index - position + 1)
            default: return nil
            }
            index += 1
        }
        return nil
    }

    private mutating func explainedWords() throws(Diagnostic) -> [String] {
        var words: [String] = []
        while case .name(let word) = current.kind {
            words.append(word)
            position += 1
            while isSymbol("."), position + 1 < tokens.count {
                switch next.kind {
                case .name(let segment), .segment(let segment): words[words.count - 1] += "." + segment
                default: throw unexpected()
                }
                position += 2
            }
        }
        return words
    }

    private mutating func assignment() throws(Diagnostic) -> Statement {
        let value = try postfix()
        guard case .path(let path) = value else { throw unexpected() }
        return try assignment(to: path)
    }

    private mutating func assignment(to path: PathExpression) throws(Diagnostic) -> Statement {
        position += 1
        guard !isAtEndOfStatement else {
            throw Diagnostic(.syntax, "Nothing follows the `=`.", at: lastSpan, hint: "`name = value` gives a value a name.")
        }
        // A constructor's name alone is allowed to be followed by nothing; a second value is not.
        let value = try expression()
        return .assignment(path, value, path.span.to(value.span))
    }

    private mutating func assignmentOrValue() throws(Diagnostic) -> Statement {
        let value = try expression()
        if isSymbol("="), case .path(let path) = value { return try assignment(to: path) }
        return .show(value, value.span)
    }

    // MARK: - Expressions

    private mutating func nested<Result>(_ body: (inout Parser) throws(Diagnostic) -> Result) throws(Diagnostic) -> Result {
        guard depth < Self.deepestNesting else {
            throw Diagnostic(.syntax, "Brackets are nested more than \(Self.deepestNesting) deep here.", at: current.span)
        }
        depth += 1
        defer { depth -= 1 }
        return try body(&self)
    }

    private mutating func expression() throws(Diagnostic) -> Expression {
        try nested { (parser) throws(Diagnostic) in
            let low = try parser.sum()
            guard parser.accept("..") else { return low }
            let high = try parser.sum()
            return .range(low, high, low.span.to(high.span))
        }
    }

    private mutating func sum() throws(Diagnostic) -> Expression {
        var result = try product()
        while isSymbol("+") || isSymbol("-") {
            // `predict -1` and `a -b`: a sign that is glued to what follows, but not to what stands before, begins an argument.
            if !current.isGlued, next.isGlued, isSymbol("-") { break }
            try link()
            let symbol: Expression.Operator = isSymbol("+") ? .add : .subtract
            position += 1
            let right = try product()
            result = .binary(symbol, result, right, result.span.to(right.span))
        }
        return result
    }

    private mutating func product() throws(Diagnostic) -> Expression {
        var result = try unary()
        while isSymbol("*") || isSymbol("/") {
            try link()
            let symbol: Expression.Operator = isSymbol("*") ? .multiply : .divide
            position += 1
            let right = try unary()
            result = .binary(symbol, result, right, result.span.to(right.span))
        }
        return result
    }

    private mutating func unary() throws(Diagnostic) -> Expression {
        guard isSymbol("-") else { return try postfix() }
        let start = current.span
        position += 1
        let value = try nested { (parser) throws(Diagnostic) in try parser.unary() }
        return .negated(value, start.to(value.span))
    }

    private mutating func postfix() throws(Diagnostic) -> Expression {
        let token = current
        position += 1
        switch token.kind {
        case .integer(let value): return .integer(value, token.span)
        case .number(let value): return .number(value, token.span)
        case .percentage(let value): return .percentage(value, token.span)
        case .size(let width, let height): return .size(width, height, token.span)
        case .text(let text): return .text(text, token.span)
        case .symbol("("):
            let inner = try expression()
            // `(a, b)` is what PyTorch writes for a list.
            guard isSymbol(",") else {
                try expect(")", closing: token.span)
                return inner
            }
            position += 1
            let rest = try elements(until: ")", opening: token.span)
            return .list([inner] + rest, token.span.to(lastSpan))
        case .symbol("["):
            let values = try elements(until: "]", opening: token.span)
            return .list(values, token.span.to(lastSpan))
        case .symbol("{"): return try map(opening: token.span)
        case .name(let name):
            if let literal = Self.literal(name, token.span), !(isSymbol(".") && current.isGlued) { return literal }
            return try path(root: name, token.span)
        default:
            position -= 1
            if isAtEndOfStatement { throw Diagnostic(.syntax, "Something is missing at the end of this line.", at: lastSpan) }
            throw unexpected()
        }
    }

    private static func literal(_ name: String, _ span: Span) -> Expression? {
        switch name {
        case "true", "True": .bool(true, span)
        case "false", "False": .bool(false, span)
        case "none", "None": .none(span)
        default: nil
        }
    }

    /// What stands between square brackets after a path: one index an axis; `nil` for `:`, the whole axis.
    private mutating func indices() throws(Diagnostic) -> [Expression?] {
        var items: [Expression?] = []
        while true {
            if isSymbol(":") {
                position += 1
                items.append(nil)
            } else {
                items.append(try expression())
                if isSymbol(":") {
                    throw Diagnostic(
                        .syntax, "A range inside brackets is written with two dots.", at: current.span, hint: "`[0..4]` is the first four, `[:]` is all.")
                }
            }
            guard isSymbol(",") else { return items }
            position += 1
        }
    }

    private mutating func path(root: String, _ span: Span) throws(Diagnostic) -> Expression {
        var steps: [PathExpression.Step] = []
        var receiver: Expression?
        func here() -> Expression { receiver ?? .path(PathExpression(root: root, rootSpan: span, steps: steps)) }
        while current.isGlued {
            if isSymbol("(") {
                try link()
                let call = try call(receiver: receiver, root: root, span, steps)
                receiver = .call(call)
                steps = []
            } else if isSymbol(".") {
                position += 1
                let token = current
                switch token.kind {
                case .name(let text), .segment(let text): steps.append(.segment(text, token.span))
                default:
                    throw Diagnostic(
                        .syntax, "After the dot should be the name of a part.", at: lastSpan,
                        hint: "Press Tab after the dot to see the parts.")
                }
                position += 1
            } else if isSymbol("[") {
                let opening = current.span
                position += 1
                let items = try indices()
                try expect("]", closing: opening)
                steps += items.map { $0.map { .index($0, opening.to(lastSpan)) } ?? .everything(opening.to(lastSpan)) }
            } else {
                break
            }
        }
        guard let receiver else { return .path(PathExpression(root: root, rootSpan: span, steps: steps)) }
        guard steps.isEmpty else {
            throw Diagnostic(
                .syntax, "A path can't begin with a call.", at: receiver.span,
                hint: "Give the value a name first: `net = …`, then `net.part`.")
        }
        return receiver
    }

    private mutating func call(
        receiver: Expression?, root: String, _ rootSpan: Span, _ steps: [PathExpression.Step]
    ) throws(Diagnostic) -> Call {
        let opening = current.span
        position += 1
        var arguments: [Call.Argument] = []
        while !accept(")") {
            if case .name(let name) = current.kind, next.kind == .symbol("=") {
                let nameSpan = current.span
                position += 2
                arguments.append(Call.Argument(name: name, nameSpan: nameSpan, value: try expression()))
            } else if isAtEndOfStatement {
                throw Diagnostic(.syntax, "This bracket is never closed.", at: opening, hint: "A `)` is missing.")
            } else {
                arguments.append(Call.Argument(name: nil, nameSpan: nil, value: try expression()))
            }
            if accept(",") { continue }
            try expect(")", closing: opening)
            break
        }
        let whole = rootSpan.to(lastSpan)
        guard let last = steps.last else {
            return Call(receiver: receiver, name: root, nameSpan: rootSpan, arguments: arguments, span: whole)
        }
        guard case .segment(let name, let nameSpan) = last else {
            throw Diagnostic(.syntax, "An item can't be called.", at: opening)
        }
        let before = receiver ?? .path(PathExpression(root: root, rootSpan: rootSpan, steps: Array(steps.dropLast())))
        return Call(receiver: before, name: name, nameSpan: nameSpan, arguments: arguments, span: whole)
    }

    private mutating func elements(until closing: String, opening: Span) throws(Diagnostic) -> [Expression] {
        var values: [Expression] = []
        while !accept(closing) {
            if isAtEndOfStatement {
                throw Diagnostic(.syntax, "This bracket is never closed.", at: opening, hint: "A `\(closing)` is missing.")
            }
            values.append(try expression())
            if accept(",") { continue }
            try expect(closing, closing: opening)
            break
        }
        return values
    }

    private mutating func map(opening: Span) throws(Diagnostic) -> Expression {
        var entries: [Expression.MapEntry] = []
        while !accept("}") {
            if isAtEndOfStatement {
                throw Diagnostic(.syntax, "This bracket is never closed.", at: opening, hint: "A `}` is missing.")
            }
            let key = try expression()
            guard accept(":") || accept("=") else {
                if isAtEndOfStatement || beginsLine {
                    throw Diagnostic(.syntax, "This bracket is never closed.", at: opening, hint: "A `}` is missing.")
                }
                throw unexpected(wanted: "`:` between a key and its value")
            }
            entries.append(Expression.MapEntry(key: key, value: try expression()))
            if accept(",") { continue }
            try expect("}", closing: opening)
            break
        }
        return .map(entries, opening.to(lastSpan))
    }
}
