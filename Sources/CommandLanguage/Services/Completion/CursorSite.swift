/// Where in a cell the cursor stands: the word that is being written, and what surrounds it.
///
/// Reads the tokens before the cursor only, and is lenient: half a statement is what completion is asked about.
struct CursorSite {
    /// The word at the cursor as far as it is written.
    private(set) var prefix = ""
    /// The UTF-8 span of ``prefix``.
    private(set) var span: Span
    /// The quotation mark, if the cursor is inside a text.
    private(set) var quote: Character?
    /// The path before the word: `net.layer4` in `net.layer4.co`.
    private(set) var path: (root: String, segments: [String])?
    /// Whether nothing can be completed: a comment, a number, the end of a word that is closed.
    private(set) var isDead = false
    /// The statement and the brackets around the cursor, the innermost last. Never empty.
    private(set) var frames = [CursorFrame(.value)]
    /// Whether nothing stands before the word in its statement.
    private(set) var isStatementStart = true

    /// The innermost frame.
    var frame: CursorFrame { frames[frames.count - 1] }

    init(_ source: SourceText, at cursor: Int, _ vocabulary: Vocabulary, _ facts: SessionFacts) {
        let end = source.clamp(Span(0, cursor)).upperBound
        let before = SourceText(source[Span(0, end)])
        var lexer = Lexer(before)
        lexer.run()
        span = Span(end, end)
        var tokens = lexer.tokens.dropLast()[...]
        tokens = tokens[((tokens.lastIndex { $0.kind == .separator } ?? tokens.startIndex - 1) + 1)...]
        if lexer.endsInComment {
            isDead = true
            return
        }
        takeWord(&tokens, before, end, isInText: lexer.isInText)
        if isDead { return }
        isStatementStart = tokens.isEmpty && path == nil && quote == nil
        read(Array(tokens), vocabulary, facts)
        if frame.holdsValue, !frame.awaitsOperand {
            if case .command = frame.kind { frames[frames.count - 1].finish() } else { isDead = true }
        }
    }

    // MARK: - The word

    private mutating func takeWord(_ tokens: inout ArraySlice<Token>, _ source: SourceText, _ end: Int, isInText: Bool) {
        guard let last = tokens.last, last.span.end == end else { return }
        switch last.kind {
        case .text(let content):
            guard isInText else {
                isDead = true
                return
            }
            quote = source[last.span].first
            span = Span(last.span.start + 1, end)
            prefix = content
            tokens.removeLast()
        case .name(let word), .segment(let word):
            prefix = word
            span = last.span
            tokens.removeLast()
            if let dot = tokens.last, dot.kind == .symbol("."), dot.span.end == last.span.start { takePath(&tokens) }
        case .symbol(".") where last.isGlued: takePath(&tokens)
        case .integer, .number, .percentage, .size, .symbol(")"), .symbol("]"), .symbol("}"): isDead = true
        default: break
        }
    }

    /// The path before the dot that is the last token.
    private mutating func takePath(_ tokens: inout ArraySlice<Token>) {
        var segments: [String] = []
        while let dot = tokens.last, dot.kind == .symbol("."), dot.isGlued {
            tokens.removeLast()
            switch tokens.last?.kind {
            case .name(let word)?, .segment(let word)?:
                segments.insert(word, at: 0)
                tokens.removeLast()
            default:
                // After an index or a call nothing is known of what follows.
                isDead = true
                return
            }
        }
        path = segments.isEmpty ? nil : (segments.removeFirst(), segments)
    }

    // MARK: - What surrounds it

    private mutating func read(_ tokens: [Token], _ vocabulary: Vocabulary, _ facts: SessionFacts) {
        var rest = tokens[...]
        if let first = tokens.first {
            switch first.kind {
            case .symbol("?"):
                frames = [CursorFrame(.topic)]
                return
            case .name(let word):
                frames = [CursorFrame(word == "help" ? .topic : .command(word: word, vocabulary.verb(word)))]
                frames[0].chain = (word, [])
                rest = tokens.dropFirst()
            default: break
            }
        }
        while let token = rest.first {
            let top = frames.count - 1
            switch token.kind {
            case .name(let word), .segment(let word):
                let isOption = rest.dropFirst().first?.kind == .symbol("=")
                if isOption, !frames[top].parameters.isEmpty || frames[top].items > 0 || frames[top].chain == nil {
                    frames[top].finish()
                    frames[top].option = frames[top].parameters.first { $0.name == word || $0.aliases.contains(word) }
                    rest = rest.dropFirst()
                } else {
                    take(word, top, vocabulary, facts)
                }
            case .integer, .number, .percentage, .size, .text: frames[top].begin()
            case .symbol(let symbol): take(symbol: symbol, token, rest.dropFirst().first, top, vocabulary, facts)
            case .separator, .end: break
            }
            rest = rest.dropFirst()
        }
    }

    private mutating func take(_ word: String, _ top: Int, _ vocabulary: Vocabulary, _ facts: SessionFacts) {
        if let chain = frames[top].chain, frames[top].awaitsSegment {
            frames[top].chain = (chain.root, chain.segments + [word])
            frames[top].awaitsSegment = false
            frames[top].valueKind = nil
            return
        }
        if case .command(let first, let verb) = frames[top].kind, frames[top].option == nil, !frames[top].awaitsOperand {
            if frames[top].items == 0, !frames[top].holdsValue, let both = vocabulary.verb("\(first) \(word)"),
                facts.values[word] == nil || verb == nil
            {
                frames[top] = CursorFrame(.command(word: both.name, both))
                return
            }
            if frames[top].holdsValue { frames[top].finish() }
            let given = frames[top].given
            if let parameter = verb?.parameters.first(where: { $0.style == .connected(word) && !given.contains($0.name) }) {
                frames[top].option = parameter
                return
            }
            if let flag = verb?.parameters.first(where: { $0.style == .flag && ($0.name == word || $0.aliases.contains(word)) }) {
                frames[top].given.insert(flag.name)
                frames[top].items += 1
                return
            }
        }
        var kind: String?
        if case .object(let object)? = facts.values[word] {
            kind = object.kind
        } else {
            kind = vocabulary.constructor(word)?.kind
        }
        frames[top].begin(kind: kind)
        frames[top].chain = (word, [])
    }

    private mutating func take(
        symbol: String, _ token: Token, _ next: Token?, _ top: Int, _ vocabulary: Vocabulary, _ facts: SessionFacts
    ) {
        switch symbol {
        case ".": frames[top].awaitsSegment = token.isGlued
        case "(" where token.isGlued && frames[top].chain != nil:
            let name = frames[top].chain.map { $0.segments.last ?? $0.root } ?? ""
            let method = frames[top].chain?.segments.isEmpty == false ? vocabulary.method(name) : nil
            let constructor = method ?? vocabulary.constructor(name)
            leaveCommandIfAlone(top)
            frames[top].valueKind = constructor?.kind
            frames[top].chain = nil
            frames.append(CursorFrame(.call(constructor)))
        case "[" where token.isGlued && frames[top].chain != nil:
            let chain = frames[top].chain ?? ("", [])
            leaveCommandIfAlone(top)
            frames.append(CursorFrame(.index(root: chain.root, segments: chain.segments)))
        case "(", "[", "{":
            frames[top].startOfBracket()
            let wanted = frames[top].expected
            frames[top].begin()
            switch symbol {
            case "[": frames.append(CursorFrame(.list, wanted: wanted.element))
            case "{": frames.append(CursorFrame(.map, wanted: wanted.mapped))
            default: frames.append(CursorFrame(.group, wanted: wanted))
            }
        case ")", "]", "}": if frames.count > 1 { frames.removeLast() }
        case ",": frames[top].finish()
        case ":", "=":
            if symbol == "=", let chain = frames[top].chain, top == 0, frames[top].items == 0 {
                let wanted = Self.assigned(chain.root, chain.segments, vocabulary, facts)
                frames[top] = CursorFrame(.assignment(root: chain.root, segments: chain.segments), wanted: wanted)
            } else if case .map = frames[top].kind {
                frames[top].isKey = false
                frames[top].holdsValue = false
                frames[top].chain = nil
            }
        case "+", "-", "*", "/", "..":
            // A sign that is glued to what follows begins an argument.
            if symbol == "-", !token.isGlued, next?.isGlued == true, case .command = frames[top].kind {
                return frames[top].finish()
            }
            frames[top].awaitsOperand = true
            frames[top].chain = nil
        default: break
        }
    }

    /// What is likely assigned to a path: a part is replaced by a layer, `transform` and the like by what they are called.
    private static func assigned(
        _ root: String, _ segments: [String], _ vocabulary: Vocabulary, _ facts: SessionFacts
    ) -> ParameterType {
        guard let last = segments.last else { return .any }
        if let constructor = vocabulary.constructors.first(where: { $0.kind == last || $0.kind + "s" == last }) {
            return .object([constructor.kind])
        }
        let member = facts.members(of: root, at: Array(segments.dropLast())).first { $0.name == last }
        // What has parts or weights of its own is a layer too, whatever it is called: `net.head`.
        let inner = facts.members(of: root, at: segments)
        return member?.kind == "layer" || inner.contains { $0.kind == "layer" || $0.kind == "parameter" } ? .object(["layer"]) : .any
    }

    /// `net(…` and `net[…` at the beginning of a line are values, no commands.
    private mutating func leaveCommandIfAlone(_ top: Int) {
        guard case .command = frames[top].kind, frames[top].items == 0, !frames[top].holdsValue, frames[top].option == nil else {
            return
        }
        frames[top].kind = .value
        frames[top].holdsValue = true
    }
}

extension CursorFrame {
    /// Between the arguments of a verb stand only blanks: a bracket after a value begins the next.
    fileprivate mutating func startOfBracket() {
        if holdsValue, !awaitsOperand, case .command = kind { finish() }
    }
}
