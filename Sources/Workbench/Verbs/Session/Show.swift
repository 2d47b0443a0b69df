import CommandLanguage
import Presentation

/// `show net.layer4`
enum Show: Verb {
    static let declaration = VerbDeclaration(
        "show", group: "look", "Shows an object, a part of one, or a value; alone, the names of the session.",
        discussion:
            "What is shown depends on the thing: of a data set its classes and pictures, of a network its layers, of a parameter its figures and "
            + "their distribution, of the trainer its settings and history. A path alone on a line does the same.",
        parameters: [.positional("what", .oneOf([.path(), .any]), "a name, a path such as `net.layer4.**.weight`, or a value")],
        examples: ["show bees", "show net.fc", "show trainer"], setup: "net")

    static func run(_ call: BoundCall, in session: Session) throws {
        switch call.value("what") {
        case .path(let path)?:
            if let word = path.bareName, session.value(named: word) == nil {
                if Session.vocabulary.beginsVerb(word) {
                    throw call.error(
                        .unknownName, at: "what", "`\(word)` is a verb, not a thing to show.",
                        suggestions: [word, "help \(word)"])
                }
                // Of a constructor there is nothing to see but what it makes.
                if let constructor = Session.vocabulary.constructor(word) {
                    return session.output.result(Help(Session.vocabulary).page(constructor))
                }
            }
            try session.show(path)
        case let value?: try session.show(value)
        case nil: session.output.result(session.namesTable.bundle)
        }
    }
}
