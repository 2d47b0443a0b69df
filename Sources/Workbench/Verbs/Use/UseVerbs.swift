import CommandLanguage

/// The verbs of the group `use`.
enum UseVerbs {
    static var all: [any Verb<Session>.Type] { [] }
}
