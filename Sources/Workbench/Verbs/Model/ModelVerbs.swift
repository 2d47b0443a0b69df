import CommandLanguage

/// The verbs of the group `model`.
enum ModelVerbs {
    static var all: [any Verb<Session>.Type] { [] }
}
