import CommandLanguage
import Learning
import NeuralNetworks
import Presentation
import Tensors

/// `delete net`
enum Delete: Verb {
    static let declaration = VerbDeclaration(
        "delete", group: "session", "Forgets objects; asks before a trained network goes.",
        discussion: "Files stay as they are, and `undo` brings objects back.",
        parameters: [.required("names", .list(.path()), "what to forget"), .flag("force", "doesn't ask")],
        aliases: ["forget"], examples: ["rate = 0.1\ndelete rate", "delete net bees force"], setup: "net")

    static func run(_ call: BoundCall, in session: Session) throws {
        var names: [String] = []
        for value in call.list("names") {
            guard case .path(let path) = value else { continue }
            guard let name = path.bareName else {
                throw Diagnostic(
                    .value, "Only whole objects can be deleted, not `\(path)`.", at: path.span,
                    hint: "`delete \(path.root)` forgets all of it.")
            }
            if let meaning = Session.reserved[name] {
                throw Diagnostic(
                    .value, "`\(name)` is \(meaning): it is always there.", at: path.span,
                    hint: name == "trainer" ? "`reset` begins anew." : nil)
            }
            guard session.state.values[name] != nil else {
                throw Diagnostic(
                    .unknownName, "Nothing here is called `\(name)`.", at: path.span,
                    suggestions: Spelling.nearest(to: name, among: session.names))
            }
            if !names.contains(name) { names.append(name) }
        }
        let trained = names.filter { session.isTrained($0) }
        if !trained.isEmpty, !call.flag("force") {
            let subject = trained.count == 1 ? "\(trained[0]) was trained" : "\(Session.listed(trained)) were trained"
            guard
                try session.confirms(
                    "\(subject). Delete?",
                    otherwise: "`\(call.name) \(names.joined(separator: " ")) force` deletes without asking.")
            else {
                return session.say(.info, "Nothing was deleted.")
            }
        }
        var state = session.state
        for name in names { state.forget(name) }
        session.state = state
        session.say(.done, "deleted \(Session.listed(names))")
    }
}

/// `reset`
enum Reset: Verb {
    static let declaration = VerbDeclaration(
        "reset", group: "session", "Forgets every object and the trainer's state; asks before.",
        discussion: "What `set` has set stays, and so do files. `undo` brings everything back.",
        parameters: [.flag("force", "doesn't ask")], examples: ["reset force"])

    static func run(_ call: BoundCall, in session: Session) throws {
        let isEmpty = session.state.order.isEmpty && session.state.trainer.epochCount == 0
        if !isEmpty, !call.flag("force") {
            guard try session.confirms("Forget \(session.inventory)?", otherwise: "`reset force` resets without asking.") else {
                return session.say(.info, "Nothing was forgotten.")
            }
        }
        let inventory = session.inventory
        var fresh = SessionState()
        let old = session.state
        fresh.display = old.display
        fresh.trainer.options = old.trainer.options
        fresh.trainer.bounds = old.trainer.bounds
        fresh.trainer.settings.seed = old.trainer.settings.seed
        fresh.trainer.checkpoints = old.trainer.checkpoints
        fresh.trainer.runLog = old.trainer.runLog
        old.trainer.caches.clear()
        session.state = fresh
        session.say(
            .done,
            isEmpty ? "The session is as it was at the start." : "forgot \(inventory); settings stay, `undo` brings the rest back"
        )
    }
}

extension SessionState {
    /// Forgets a name, and what the trainer's slots and the last evaluation say of it.
    mutating func forget(_ name: String) {
        values[name] = nil
        order.removeAll { $0 == name }
        if modelName == name { modelName = nil }
        if dataName == name { dataName = nil }
        if let last = evaluated, last.network == name || last.data == name { evaluated = nil }
    }
}

extension Session {
    /// Whether a name stands for a network whose weights are not those that it came with.
    func isTrained(_ name: String) -> Bool {
        guard let network = object(named: name) as? NetworkObject else { return false }
        let (now, origin) = (network.model.parameters, network.origin)
        if state.modelName == name, state.trainer.epochCount > 0 { return now != origin }
        // A part that was swapped has other names or shapes than what it replaced: that alone is no training.
        return now.names.contains { tensor in
            guard let new = now[tensor], let old = origin[tensor], new.shape == old.shape else { return false }
            return new != old
        }
    }

    /// Asks for yes or no. Where nobody can be asked, the error says how to do without.
    func confirms(_ question: String, otherwise hint: String) throws -> Bool {
        let answer: String
        do throws(Diagnostic) { answer = try output.ask("\(question) [y/N] ") } catch {
            if error.kind == .interrupted { throw error }
            var refusal = error
            refusal.hint = hint
            throw refusal
        }
        return ["y", "yes"].contains(answer.lowercased().filter { !$0.isWhitespace })
    }
}
