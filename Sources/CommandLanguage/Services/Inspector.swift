import Presentation

/// Explains what stands at a place of a cell.
struct Inspector {
    let vocabulary: Vocabulary
    let facts: SessionFacts
    let source: SourceText
    let offset: Int

    private var help: Help { Help(vocabulary) }

    func bundle(brief: Bool) -> MIMEBundle? {
        // The end of the word under the cursor: what stands before it is the same for every place in the word.
        var end = offset
        while end < source.bytes.count {
            let length = Lexer.nameLength(in: source.bytes, at: end)
            guard length > 0 else { break }
            end += length
        }
        let site = CursorSite(source, at: end, vocabulary, facts)
        if site.quote == nil, let found = word(site, end, brief) { return found }
        // Elsewhere: what the cursor is inside of.
        for frame in site.frames.reversed() {
            switch frame.kind {
            case .call(let constructor?): return help.page(constructor, brief: brief)
            case .command(_, let verb?): return help.page(verb, brief: brief)
            default: continue
            }
        }
        return nil
    }

    private func word(_ site: CursorSite, _ end: Int, _ brief: Bool) -> MIMEBundle? {
        let word = site.prefix
        guard !word.isEmpty else { return nil }
        if let path = site.path {
            if let found = object(path.root, path.segments + [word]) { return found }
            return vocabulary.method(word).map { help.page($0, brief: brief) }
        }
        if let parameter = parameter(word, site, end) {
            return MIMEBundle(plain: "\(parameter.owner): \(parameter.usage)\n\(parameter.explanation)")
        }
        if site.isStatementStart {
            if let verb = second(after: end, of: word) ?? vocabulary.verb(word) { return help.page(verb, brief: brief) }
            if !vocabulary.topics(of: word).isEmpty {
                return MIMEBundle(plain: vocabulary.topics(of: word).map { "\(word) \($0)" }.joined(separator: "\n"))
            }
        }
        if case .command(let first, _) = site.frame.kind, site.frame.items == 0, facts.values[word] == nil, let verb = vocabulary.verb("\(first) \(word)") {
            return help.page(verb, brief: brief)
        }
        if let found = object(word, []) { return found }
        if let constructor = vocabulary.constructor(word) { return help.page(constructor, brief: brief) }
        if let meaning = facts.constants[word] { return MIMEBundle(plain: "\(word): \(meaning)") }
        if case .topic = site.frame.kind { return help.page(for: word) }
        return nil
    }

    private func object(_ root: String, _ segments: [String]) -> MIMEBundle? {
        switch facts.values[root] {
        case .object(let object)?: object.inspection(at: segments)
        case let value? where segments.isEmpty: MIMEBundle(plain: "\(root) = \(value.source)")
        default: nil
        }
    }

    /// The option, flag or connecting word that the word is.
    private func parameter(_ word: String, _ site: CursorSite, _ end: Int) -> (owner: String, usage: String, explanation: String)? {
        let owner: String
        switch site.frame.kind {
        case .command(_, let verb?): owner = verb.name
        case .call(let constructor?): owner = constructor.name
        default: return nil
        }
        guard !site.isStatementStart, site.frame.option == nil else { return nil }
        var next = end
        while next < source.bytes.count, source.bytes[next] == UInt8(ascii: " ") { next += 1 }
        let isOption = next < source.bytes.count && source.bytes[next] == UInt8(ascii: "=")
        let found = site.frame.parameters.first { parameter in
            switch parameter.style {
            case .flag: parameter.name == word || parameter.aliases.contains(word)
            case .connected(let connecting) where connecting == word: true
            default: isOption && (parameter.name == word || parameter.aliases.contains(word))
            }
        }
        return found.map { (owner, $0.usage, Help.explanation($0)) }
    }

    /// The verb of two words that `word` begins here.
    private func second(after end: Int, of word: String) -> VerbDeclaration? {
        let rest = source[Span(end, source.lineSpan(at: end).end)].drop { $0 == " " }
        let next = rest.prefix { $0.isLetter || $0 == "_" }
        if facts.values[String(next)] != nil, vocabulary.verb(word) != nil { return nil }
        return next.isEmpty ? nil : vocabulary.verb("\(word) \(next)")
    }
}
