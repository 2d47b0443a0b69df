/// Statements: commands, assignments, values, and questions.
extension Parser {
    mutating func statement() throws(Diagnostic) -> Statement {
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
}
