import CommandLanguage

/// Constructors of data sets and loaders, and the methods of data sets.
enum DataConstructors {
    static var all: [any Constructor<Session>.Type] { [] }
}
