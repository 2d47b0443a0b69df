import CommandLanguage

/// The verbs of the group `look`.
enum LookVerbs {
    static var all: [any Verb<Session>.Type] { [] }
}
