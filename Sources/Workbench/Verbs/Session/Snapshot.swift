import CommandLanguage
import Learning
import Presentation

/// `snapshot before`
enum Snapshot: Verb {
    static let declaration = VerbDeclaration(
        "snapshot", group: "session", "Keeps the whole session as it is now under a name, for `undo to` it.",
        discussion:
            "Objects, weights, trainer and settings are all kept. A snapshot shares its tensors with the session, so it costs memory only for what is "
            + "changed after it. The last \(PastStates.namedLimit) stay.",
        parameters: [.positional("name", .oneOf([.path(), .text]), defaultText: "s1, s2, …", "what to call it")],
        examples: ["snapshot", "snapshot before"])

    static func run(_ call: BoundCall, in session: Session) throws {
        let name = try Self.name(call, "name") ?? session.past.freeName
        let replaces = session.past.state(named: name) != nil
        session.past.name(session.state, name)
        session.say(
            .done,
            "Snapshot \(name) \(replaces ? "taken anew" : "taken"): \(session.inventory). `undo to \(name)` comes back to it.")
    }

    /// A name, with or without quotes.
    static func name(_ call: BoundCall, _ parameter: String) throws -> String? {
        switch call.value(parameter) {
        case .text(let text)?: return text
        case .path(let path)?:
            guard let name = path.bareName else {
                throw call.error(.value, at: parameter, "A snapshot's name is one word, not `\(path)`.")
            }
            return name
        default: return nil
        }
    }
}

extension Session {
    /// What there is, in a few words.
    var inventory: String {
        let objects = state.order.count
        let epochs = state.trainer.epochCount
        return Format.counted(objects, "name") + (epochs > 0 ? ", \(Format.counted(epochs, "epoch")) trained" : "")
    }
}
