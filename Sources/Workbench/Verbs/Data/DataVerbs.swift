import CommandLanguage

/// The verbs of the group `data`.
enum DataVerbs {
    static var all: [any Verb<Session>.Type] { [] }
}
