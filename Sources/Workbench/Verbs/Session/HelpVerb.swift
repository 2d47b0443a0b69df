import CommandLanguage

/// `help train`
enum HelpVerb: Verb {
    static let declaration = VerbDeclaration(
        "help", group: "session", "Explains a verb, a constructor, a topic or an object; alone, lists everything.",
        discussion:
            "Words that are no topic are searched for. `help next` looks at the session and says what might come next. `train?` and `?train` do the "
            + "same as `help train`.",
        parameters: [
            .positional(
                "topic", .list(.oneOf([.path(), .text])),
                "a verb, a constructor, a group, a name of the session, or words to search for")
        ],
        examples: ["help", "help train", "help optimizers", "help \"learning rate\"", "help next"])

    static func run(_ call: BoundCall, in session: Session) throws {
        let words = call.list("topic").map { value in
            switch value {
            case .path(let path): path.description
            case .text(let text): text
            case let other: other.source
            }
        }
        let page = try Help(Session.vocabulary).page(for: words, in: session)
        session.output.show(page)
    }
}
