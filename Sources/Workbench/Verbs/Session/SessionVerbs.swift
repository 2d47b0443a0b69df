import CommandLanguage

/// The verbs about the session itself, and those that work on anything.
enum SessionVerbs {
    static var all: [any Verb<Session>.Type] { [] }
}
