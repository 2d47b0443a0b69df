import CommandLanguage

/// Constructors of networks: own ones here, those of the zoo as a family.
enum NetworkConstructors {
    static var all: [any Constructor<Session>.Type] { [] }
    static var families: [Vocabularies.Family] { [] }
}
