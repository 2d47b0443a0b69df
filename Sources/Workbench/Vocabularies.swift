import CommandLanguage

/// Every verb and constructor of the language: each topic lists its own, and a test finds those that are in no list.
enum Vocabularies {
    typealias Family = (ConstructorDeclaration, (BoundCall, Session) throws -> Value)

    static var verbs: [any Verb<Session>.Type] {
        DataVerbs.all + NetworkVerbs.all + TrainingVerbs.all + SessionVerbs.all
    }

    static var constructors: [any Constructor<Session>.Type] {
        DataConstructors.all + NetworkConstructors.all + TrainConstructors.all
    }

    /// Constructors that share an implementation: transforms, architectures, layers.
    static var families: [Family] { TransformConstructors.families + NetworkConstructors.families + LayerConstructors.families }

    static var table: CommandTable<Session> { CommandTable(verbs: verbs, constructors: constructors, families: families) }
}
