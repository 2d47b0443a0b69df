import CommandLanguage

/// The verbs about training, measuring and using what was trained.
enum TrainingVerbs {
    static var all: [any Verb<Session>.Type] { [] }
}
