import CommandLanguage

/// Constructors of transforms.
enum TransformConstructors {
    static var families: [Vocabularies.Family] { [] }
}
