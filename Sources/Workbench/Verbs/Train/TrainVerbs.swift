import CommandLanguage

/// The verbs of the group `train`.
enum TrainVerbs {
    static var all: [any Verb<Session>.Type] { [] }
}
