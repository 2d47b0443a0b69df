public import Presentation

/// Help pages, written from the declarations.
public struct Help: Sendable {
    let vocabulary: Vocabulary

    public init(_ vocabulary: Vocabulary) { self.vocabulary = vocabulary }

    /// The groups of verbs in the order of a first session, with what each is for.
    public static let groups: [(name: String, purpose: String)] = [
        ("data", "get data and look after them"), ("look", "look at things"), ("model", "change a network"),
        ("train", "train and measure"), ("use", "use what was trained"), ("session", "the session itself"),
    ]

    /// The kinds of constructors, with what each is called in help.
    public static let kinds: [(kind: String, title: String)] = [
        ("dataset", "Datasets"), ("loader", "Loaders"), ("transform", "Transforms"), ("network", "Networks"), ("layer", "Layers"),
        ("loss", "Losses"), ("optimizer", "Optimizers"), ("scheduler", "Schedulers"), ("mix", "Mixes of pictures"),
    ]

    /// Everything that has a page.
    public var topics: [String] {
        vocabulary.verbs.flatMap { [$0.name] + $0.aliases } + vocabulary.constructors.map(\.name) + headings
    }

    /// The pages that are no verb's and no constructor's: groups and kinds of which something is declared, and the language itself.
    var headings: [String] {
        Self.groups.map(\.name).filter { group in vocabulary.verbs.contains { $0.group == group } }
            + Self.kinds.filter { kind in vocabulary.constructors.contains { $0.kind == kind.kind } }.map {
                $0.title.lowercased()
            } + ["language"] + Guide.pages.map(\.name)
    }

    /// The page for a verb, a constructor, a group, a kind, or words to search for; `nil` if nothing has anything to do with it.
    ///
    /// - Parameter next: what might be done next in this session, for the overview and for `next`.
    public func page(for text: String, next: [(cell: String, why: String)] = []) -> MIMEBundle? {
        let text = text.trimmingBlanks
        if text.isEmpty { return overview(next: next) }
        if Self.nextTopics.contains(text.lowercased().filter { $0 != "?" }), !next.isEmpty { return page(next: next) }
        if let verb = vocabulary.verb(text) { return page(verb) }
        if let constructor = vocabulary.constructor(text) ?? vocabulary.method(text) { return page(constructor) }
        let lowered = text.lowercased()
        if let group = Self.groups.first(where: { $0.name == lowered }) { return page(group: group) }
        if let kind = Self.kinds.first(where: {
            $0.title.lowercased() == lowered || $0.kind == lowered || $0.kind + "s" == lowered
        }) {
            return page(kind: kind)
        }
        if lowered == "language" { return guide }
        if let page = Guide.page(lowered) { return self.page(page) }
        return search(lowered)
    }

    /// The page for what is named: an object of the session or a part of one, or whatever ``page(for:next:)`` knows.
    ///
    /// - Throws: a ``Diagnostic`` with the nearest topics if there is no such page.
    public func page(for words: [String], in session: some Environment) throws(Diagnostic) -> MIMEBundle {
        if let first = words.first, words.count == 1 {
            let segments = first.split(separator: ".").map(String.init)
            if let root = segments.first, case .object(let object)? = session.snapshot().values[root],
                let bundle = object.inspection(at: Array(segments.dropFirst()))
            {
                return bundle
            }
        }
        let text = words.joined(separator: " ")
        if let page = page(for: text, next: session.nextSteps()) { return page }
        throw Diagnostic(.unknownName, "There is no help for `\(text)`.", suggestions: Spelling.nearest(to: text, among: topics))
    }

    /// What asks for the next step.
    static let nextTopics = ["next", "what next", "what now", "tutorial"]

    /// What might be done next: cells with the reason for each.
    public func page(next: [(cell: String, why: String)]) -> MIMEBundle {
        MIMEBundle(
            plain: (["What next?"] + Self.columns(next.map { ("  " + $0.cell, $0.why) })).joined(separator: "\n"),
            html: "<p><b>What next?</b></p>" + Self.table(next.map { ($0.cell, $0.why) }))
    }

    /// All verbs by group with one line each, and the constructors by kind.
    public func overview(next: [(cell: String, why: String)] = []) -> MIMEBundle {
        var plain = ["Objects are made by constructors and kept by name; verbs act on them; paths reach inside.", ""]
        var html =
            "<p>Objects are made by <b>constructors</b> and kept by name; <b>verbs</b> act on them; <b>paths</b> reach inside.</p>"
        for group in Self.groups {
            let verbs = vocabulary.verbs.filter { $0.group == group.name }
            guard !verbs.isEmpty else { continue }
            plain.append("\(group.name) - \(group.purpose)")
            plain += Self.columns(verbs.map { ("  " + $0.name, $0.summary) })
            plain.append("")
            html +=
                "<h4>\(Markup.escaped(group.name)) · \(Markup.escaped(group.purpose))</h4>"
                + Self.table(verbs.map { ($0.name, $0.summary) })
        }
        for (kind, title) in Self.kinds {
            let names = vocabulary.constructors.filter { $0.kind == kind && $0.receivers.isEmpty }.map(\.name)
            guard !names.isEmpty else { continue }
            plain.append("\(title): \(names.joined(separator: ", "))")
            html += "<p><b>\(title)</b>: \(names.map { "<code>\(Markup.escaped($0))</code>" }.joined(separator: ", "))</p>"
        }
        if !next.isEmpty {
            plain += ["", page(next: next).plain]
            html += "<p><b>What next?</b></p>" + Self.table(next.map { ($0.cell, $0.why) })
        }
        plain += [
            "",
            "help VERB explains one, help \"learning rate\" searches, help language tells how cells are written; Tab completes, Shift-Tab explains what stands under the cursor.",
        ]
        html +=
            "<p><code>help VERB</code> explains one, <code>help \"learning rate\"</code> searches, <code>help language</code> tells how cells are written; Tab completes, Shift-Tab explains.</p>"
        return MIMEBundle(plain: plain.joined(separator: "\n"), html: html)
    }

    /// A verb's page.
    ///
    /// - Parameter brief: without the discussion, and with one example.
    public func page(_ verb: VerbDeclaration, brief: Bool = false) -> MIMEBundle {
        page(
            usage: verb.usage, verb.summary, brief ? "" : verb.discussion, verb.parameters, verb.aliases,
            brief ? Array(verb.examples.prefix(1)) : verb.examples)
    }

    /// A constructor's page.
    public func page(_ constructor: ConstructorDeclaration, brief: Bool = false) -> MIMEBundle {
        page(
            usage: constructor.usage, constructor.summary, brief ? "" : constructor.discussion, constructor.parameters, [],
            brief ? Array(constructor.examples.prefix(1)) : constructor.examples)
    }

    private func page(
        usage: String, _ summary: String, _ discussion: String, _ parameters: [Parameter], _ aliases: [String],
        _ examples: [String]
    ) -> MIMEBundle {
        var plain = [usage, "", summary]
        var html = "<p><code><b>\(Markup.escaped(usage))</b></code></p><p>\(Markup.text(summary))</p>"
        if !discussion.isEmpty {
            plain += ["", discussion]
            html += Self.paragraphs(discussion)
        }
        if !aliases.isEmpty {
            plain += ["", "Also: \(aliases.joined(separator: ", "))"]
            html += "<p>Also: \(aliases.map { "<code>\(Markup.escaped($0))</code>" }.joined(separator: ", "))</p>"
        }
        if !parameters.isEmpty {
            plain.append("")
            plain += Self.columns(parameters.map { ("  " + $0.label, Self.explanation($0)) })
            html += Self.table(parameters.map { ($0.label, Self.explanation($0)) })
        }
        if !examples.isEmpty {
            plain += ["", examples.count == 1 ? "Example:" : "Examples:"]
            plain += examples.flatMap { $0.split(separator: "\n").map { "  \($0)" } }
            html += "<pre>\(Markup.escaped(examples.joined(separator: "\n")))</pre>"
        }
        return MIMEBundle(plain: plain.joined(separator: "\n"), html: html)
    }

    /// A discussion as a page has it: its paragraphs with their line breaks, and lines that begin with `- ` as a list.
    private static func paragraphs(_ discussion: String) -> String {
        var html = ""
        for paragraph in discussion.split(separator: "\n\n") {
            var lines = paragraph.split(separator: "\n").map(String.init)[...]
            while let first = lines.first {
                let isList = first.hasPrefix("- ")
                let run = lines.prefix { $0.hasPrefix("- ") == isList }
                lines = lines.dropFirst(run.count)
                if isList {
                    html += "<ul>" + run.map { "<li>\(Markup.text(String($0.dropFirst(2))))</li>" }.joined() + "</ul>"
                } else {
                    html += "<p>" + run.map(Markup.text).joined(separator: "<br>") + "</p>"
                }
            }
        }
        return html
    }

    static func explanation(_ parameter: Parameter) -> String {
        var text = parameter.help
        if parameter.style != .flag {
            text += " (\(parameter.type.described)"
            if parameter.isRequired {
                text += ", required"
            } else if let shown = parameter.shownDefault {
                text += ", default \(shown)"
            }
            text += ")"
        }
        return text
    }

    private func page(group: (name: String, purpose: String)) -> MIMEBundle {
        let verbs = vocabulary.verbs.filter { $0.group == group.name }
        return MIMEBundle(
            plain: (["\(group.name) - \(group.purpose)"] + Self.columns(verbs.map { ("  " + $0.usage, $0.summary) })).joined(
                separator: "\n"),
            html: "<h4>\(Markup.escaped(group.name)) · \(Markup.escaped(group.purpose))</h4>"
                + Self.table(verbs.map { ($0.usage, $0.summary) }))
    }

    private func page(kind: (kind: String, title: String)) -> MIMEBundle {
        let constructors = vocabulary.constructors.filter { $0.kind == kind.kind }
        return MIMEBundle(
            plain: ([kind.title] + Self.columns(constructors.map { ("  " + $0.usage, $0.summary) })).joined(separator: "\n"),
            html: "<h4>\(Markup.escaped(kind.title))</h4>" + Self.table(constructors.map { ($0.usage, $0.summary) }))
    }

    static func columns(_ rows: [(String, String)]) -> [String] {
        let width = min(34, rows.map(\.0.count).max() ?? 0)
        return rows.map { left, right in
            left.count > width
                ? "\(left)\n\(String(repeating: " ", count: width + 2))\(right)"
                : left + String(repeating: " ", count: width - left.count + 2) + right
        }
    }

    static func table(_ rows: [(String, String)]) -> String {
        let cells = rows.map {
            "<tr><td style=\"text-align:left;vertical-align:top;white-space:nowrap\"><code>\(Markup.escaped($0.0))</code></td><td style=\"text-align:left\">\(Markup.text($0.1))</td></tr>"
        }
        return "<table>\(cells.joined())</table>"
    }
}

extension Parameter {
    /// The parameter as help lists it.
    var label: String {
        switch style {
        case .positional, .flag: name
        case .connected(let word): "\(word) \(name)"
        case .option: "\(name)="
        }
    }
}

/// The little markup that help pages need.
enum Markup {
    static func escaped(_ text: String) -> String {
        text.replacing("&", with: "&amp;").replacing("<", with: "&lt;").replacing(">", with: "&gt;").replacing(
            "\"", with: "&quot;")
    }

    /// Escaped text with `code` in back-quotes set as such.
    static func text(_ text: String) -> String {
        escaped(text).split(separator: "`", omittingEmptySubsequences: false).enumerated()
            .map { $0.offset % 2 == 1 ? "<code>\($0.element)</code>" : String($0.element) }.joined()
    }
}

extension String {
    var trimmingBlanks: String {
        var text = self[...]
        while let first = text.first, first.isWhitespace { text.removeFirst() }
        while let last = text.last, last.isWhitespace { text.removeLast() }
        return String(text)
    }
}
