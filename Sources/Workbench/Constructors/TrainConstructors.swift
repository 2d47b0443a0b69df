import CommandLanguage

/// Constructors of losses, optimisers, schedulers and mixes.
enum TrainConstructors {
    static var all: [any Constructor<Session>.Type] { [] }
}
