import CommandLanguage

/// The verbs of the group `session`.
enum SessionVerbs {
    static var all: [any Verb<Session>.Type] { [] }
}
