import ArgumentParser
import CommandLanguage
import Workbench

/// `thaw reference`: the language's reference, written from its declarations.
struct ReferenceCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "reference", abstract: "Print the reference of the language in Markdown: docs/reference.md.")

    func run() { print(Reference(Session.vocabulary).markdown, terminator: "") }
}
