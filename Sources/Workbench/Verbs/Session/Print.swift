import CommandLanguage

/// `print "hello from", 6 * 7`
enum Print: Verb {
    static let declaration = VerbDeclaration(
        "print", group: "look", "Writes values in a line, with a blank between them.",
        parameters: [.positional("values", .list(.any), "what to write: texts as they are, the rest as a cell would have it")],
        examples: ["print \"hello from\", 6 * 7"])

    static func run(_ call: BoundCall, in session: Session) throws {
        session.output.write(call.list("values").map(written).joined(separator: " ") + "\n")
    }

    private static func written(_ value: Value) -> String {
        if case .text(let text) = value { return text }
        return value.source
    }
}
