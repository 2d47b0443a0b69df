import CommandLanguage

/// Constructors of layers.
enum LayerConstructors {
    static var families: [Vocabularies.Family] { [] }
}
