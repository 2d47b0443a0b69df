/// The reference of a language in Markdown: every verb by its group, every constructor by its kind, written from the declarations.
public struct Reference: Sendable {
    private let vocabulary: Vocabulary

    public init(_ vocabulary: Vocabulary) { self.vocabulary = vocabulary }

    /// The whole reference. The same declarations give the same text.
    public var markdown: String {
        var lines = [
            "# Reference", "",
            "Objects are made by constructors and kept by name; verbs act on them, one a line; paths reach inside. This page is written from the",
            "declarations that the language itself reads: `thaw reference` makes it.", "",
        ]
        let verbs = grouped(vocabulary.verbs, by: \.group, order: Help.groups.map { ($0.name, $0.purpose) })
        let constructors = grouped(
            vocabulary.constructors.filter { $0.receivers.isEmpty }, by: \.kind, order: Help.kinds.map { ($0.kind, $0.title) })
        let methods = vocabulary.constructors.filter { !$0.receivers.isEmpty }
        lines.append("## Contents")
        lines.append("")
        lines.append("- **The language**: " + Guide.pages.map { Self.link($0.name) }.joined(separator: ", "))
        for group in verbs { lines.append("- **\(group.key)**, \(group.title): " + group.members.map { Self.link($0.name) }.joined(separator: ", ")) }
        for group in constructors { lines.append("- **\(group.title)**: " + group.members.map { Self.link($0.name) }.joined(separator: ", ")) }
        if !methods.isEmpty { lines.append("- **Methods**: " + methods.map { Self.link($0.name) }.joined(separator: ", ")) }
        lines.append("")
        lines.append("# The language")
        for page in Guide.pages {
            lines += ["", "### \(page.name)", "", page.summary] + page.text.flatMap { ["", $0] } + ["", "Examples:", "", "```"] + page.examples + ["```"]
        }
        lines.append("")
        lines.append("# Verbs")
        for group in verbs {
            lines += ["", "## \(group.key): \(group.title)"]
            for verb in group.members { lines += Self.entry(verb) }
        }
        lines += ["", "# Constructors"]
        for group in constructors {
            lines += ["", "## \(group.title)"]
            for constructor in group.members { lines += Self.entry(constructor) }
        }
        if !methods.isEmpty {
            lines += ["", "# Methods"]
            for method in methods { lines += Self.entry(method) }
        }
        return lines.joined(separator: "\n") + "\n"
    }

    /// The declarations in the order of their groups; groups that the order doesn't know come last, by name.
    private func grouped<Declaration>(
        _ declarations: [Declaration], by key: (Declaration) -> String, order: [(key: String, title: String)]
    ) -> [(key: String, title: String, members: [Declaration])] {
        let known = Set(order.map(\.key))
        let others = Set(declarations.map(key)).subtracting(known).sorted().map { (key: $0, title: $0) }
        return (order + others).compactMap { group in
            let members = declarations.filter { key($0) == group.key }
            return members.isEmpty ? nil : (group.key, group.title, members)
        }
    }

    private static func entry(_ verb: VerbDeclaration) -> [String] {
        entry(verb.name, verb.usage, verb.summary, verb.discussion, verb.aliases, verb.parameters, verb.examples, isCall: false)
    }

    private static func entry(_ constructor: ConstructorDeclaration) -> [String] {
        entry(
            constructor.name, constructor.usage, constructor.summary, constructor.discussion, [], constructor.parameters, constructor.examples,
            isCall: true)
    }

    private static func entry(
        _ name: String, _ usage: String, _ summary: String, _ discussion: String, _ aliases: [String], _ parameters: [Parameter],
        _ examples: [String], isCall: Bool
    ) -> [String] {
        var lines = ["", "### \(name)", "", summary, "", "```", usage, "```"]
        if !aliases.isEmpty { lines += ["", "Also: " + aliases.map { "`\($0)`" }.joined(separator: ", ")] }
        if !discussion.isEmpty { lines += ["", discussion] }
        if !parameters.isEmpty {
            lines += ["", "| | takes | default | |", "|---|---|---|---|"]
            for parameter in parameters {
                let label = isCall ? parameter.name : parameter.label
                let other = parameter.aliases.isEmpty ? "" : " (also " + parameter.aliases.map { "`\($0)`" }.joined(separator: ", ") + ")"
                let usual = parameter.isRequired ? "required" : parameter.shownDefault.map { "`\($0)`" } ?? ""
                let takes = parameter.style == .flag ? "" : parameter.type.described
                lines.append("| `\(cell(label))` | \(cell(takes)) | \(cell(usual)) | \(cell(parameter.help + other)) |")
            }
        }
        if !examples.isEmpty { lines += ["", examples.count == 1 ? "Example:" : "Examples:", "", "```"] + examples + ["```"] }
        return lines
    }

    /// A text in a cell of a table.
    private static func cell(_ text: String) -> String { text.replacing("|", with: "\\|").replacing("\n", with: " ") }

    private static func link(_ name: String) -> String {
        "[\(name)](#\(name.lowercased().replacing(" ", with: "-")))"
    }
}
