import Presentation

/// Pages found by words, and those of the language itself.
extension Help {
    /// How cells are written.
    var guide: MIMEBundle {
        let pages = Guide.pages.map { page($0) }
        return MIMEBundle(
            plain: pages.map(\.plain).joined(separator: "\n\n"),
            html: pages.map { if case .text(let html)? = $0.contents["text/html"] { html } else { "" } }.joined())
    }

    func page(_ page: Guide.Page) -> MIMEBundle {
        let examples = page.examples.flatMap { $0.split(separator: "\n").map { "  \($0)" } }
        return MIMEBundle(
            plain: ([page.name + " - " + page.summary] + page.text.flatMap { ["", $0] } + ["", "Examples:"] + examples).joined(
                separator: "\n"),
            html: "<h4>\(Markup.escaped(page.name)) · \(Markup.escaped(page.summary))</h4>"
                + page.text.map { "<p>\(Markup.text($0))</p>" }.joined()
                + "<pre>\(Markup.escaped(page.examples.joined(separator: "\n")))</pre>")
    }

    /// Words of questions that say nothing of what is asked for.
    private static let empty: Set<String> = [
        "a", "about", "an", "and", "are", "can", "do", "does", "for", "from", "get", "how", "i", "in", "is", "it", "me", "my",
        "of", "on", "or", "should",
        "the", "to", "use", "want", "what", "when", "where", "which", "why", "with", "you",
    ]

    /// What people say, and what it is called here.
    private static let synonyms: [String: [String]] = [
        "image": ["picture"], "images": ["picture"], "photo": ["picture"], "photos": ["picture"], "gpu": ["device"],
        "cuda": ["device"], "cpu": ["device"],
        "lr": ["rate"], "bn": ["batchnorm"], "overfit": ["overfitting"], "underfitting": ["epochs"], "label": ["class", "label"],
        "labels": ["class", "label"],
        "imbalanced": ["rare", "balance"], "imbalance": ["rare", "balance"], "stop": ["stops", "patience"],
        "checkpoint": ["stored"], "checkpoints": ["stored"],
        "gradcam": ["grad"], "duplicate": ["twice"], "duplicates": ["twice"], "heatmap": ["grad"], "tta": ["views"], "normalization": ["normalis", "normaliz"],
        "normalisation": ["normalis", "normaliz"], "regularization": ["decay", "dropout"],
        "regularisation": ["decay", "dropout"],
    ]

    /// The pages that speak of all the words, best first; where none does, those that speak of some.
    func search(_ question: String) -> MIMEBundle? {
        // A path that leads to nothing is no question.
        if question.contains("."), !question.contains(" ") { return nil }
        let asked = question.split { !$0.isLetter && !$0.isNumber && $0 != "_" }.map(String.init)
        let wanted = asked.filter { !Self.empty.contains($0) }
        guard !wanted.isEmpty else { return asked.isEmpty ? nil : overview() }
        var hits = found(wanted) { $0.allSatisfy { $0 } }
        if hits.isEmpty { hits = found(wanted.map(Self.singular)) { $0.allSatisfy { $0 } } }
        if hits.isEmpty, wanted.count > 1 { hits = found(wanted.map(Self.singular)) { $0.contains(true) } }
        guard !hits.isEmpty else { return nil }
        let rows = hits.sorted { ($1.score, $0.name) < ($0.score, $1.name) }.prefix(12)
        return MIMEBundle(
            plain: (["About \(question):"] + Self.columns(rows.map { ("  " + $0.name, $0.summary) })).joined(separator: "\n"),
            html: "<p>About <i>\(Markup.escaped(question))</i>:</p>" + Self.table(rows.map { ($0.name, $0.summary) }))
    }

    /// The pages whose words are enough, with how well they fit.
    private func found(_ wanted: [String], isEnough: ([Bool]) -> Bool) -> [(name: String, summary: String, score: Int)] {
        var pages: [(name: String, summary: String, texts: [String])] = []
        for verb in vocabulary.verbs {
            pages.append(
                (
                    verb.name, verb.summary,
                    [verb.discussion] + verb.parameters.flatMap { [$0.name, $0.help] + $0.aliases } + verb.aliases
                ))
        }
        for constructor in vocabulary.constructors {
            pages.append(
                (
                    constructor.name, constructor.summary,
                    [constructor.discussion] + constructor.parameters.flatMap { [$0.name, $0.help] + $0.aliases }
                ))
        }
        for page in Guide.pages { pages.append((page.name, page.summary, page.text)) }
        return pages.compactMap { page in
            let name = Self.hits(wanted, in: page.name)
            let summary = Self.hits(wanted, in: page.name + " " + page.summary)
            let all = Self.hits(wanted, in: ([page.name, page.summary] + page.texts).joined(separator: " "))
            guard isEnough(all) else { return nil }
            let share = all.count { $0 }
            return (page.name, page.summary, share * 8 + (isEnough(name) ? 4 : 0) + (isEnough(summary) ? 2 : 0))
        }
    }

    /// Whether each word begins a word of a text, or longer ones stand within one.
    private static func hits(_ wanted: [String], in text: String) -> [Bool] {
        let bytes = Array(text.lowercased().utf8)
        return wanted.map { asked in ([asked] + (synonyms[asked] ?? [])).contains { stands(Array($0.utf8), in: bytes) } }
    }

    private static func stands(_ word: [UInt8], in text: [UInt8]) -> Bool {
        guard let first = word.first, text.count >= word.count else { return false }
        for start in 0...(text.count - word.count) where text[start] == first {
            guard start == 0 || word.count >= 4 || !Lexer.continuesName(text[start - 1]) else { continue }
            if text[start..<start + word.count].elementsEqual(word) { return true }
        }
        return false
    }

    private static func singular(_ word: String) -> String {
        word.count > 3 && word.hasSuffix("s") ? String(word.dropLast()) : word
    }
}
