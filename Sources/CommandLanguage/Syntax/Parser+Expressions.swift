/// Expressions, from ranges down to literals and what stands between brackets.
extension Parser {
    private mutating func nested<Result>(_ body: (inout Parser) throws(Diagnostic) -> Result) throws(Diagnostic) -> Result {
        guard depth < Self.deepestNesting else {
            throw Diagnostic(.syntax, "Brackets are nested more than \(Self.deepestNesting) deep here.", at: current.span)
        }
        depth += 1
        defer { depth -= 1 }
        return try body(&self)
    }

    mutating func expression() throws(Diagnostic) -> Expression {
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

    mutating func postfix() throws(Diagnostic) -> Expression {
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

    static func literal(_ name: String, _ span: Span) -> Expression? {
        switch name {
        case "true", "True": .bool(true, span)
        case "false", "False": .bool(false, span)
        case "none", "None": .none(span)
        default: nil
        }
    }

    mutating func elements(until closing: String, opening: Span) throws(Diagnostic) -> [Expression] {
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
