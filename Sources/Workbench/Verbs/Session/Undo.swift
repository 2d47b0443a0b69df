import CommandLanguage
import Learning
import NeuralNetworks
import Presentation

/// `undo`
enum Undo: Verb {
    static let declaration = VerbDeclaration(
        "undo", group: "session", "Takes the session back to before the last cell that changed it, or to a snapshot.",
        discussion:
            "Objects, weights, trainer and settings come back; files stay as they are. The last \(PastStates.limit) cells that changed something can be "
            + "undone, fewer when their weights take more than \(Format.bytes(PastStates.byteLimit)).",
        parameters: [
            .positional("cells", .integer(1...PastStates.limit), default: .integer(1), "how many cells"),
            .connected("to", "snapshot", .oneOf([.path(["snapshot"]), .text]), "a snapshot to go back to"),
        ], examples: ["rate = 0.1\nundo", "snapshot before\nrate = 0.1\nundo to before"])

    static func run(_ call: BoundCall, in session: Session) throws {
        if let name = try Snapshot.name(call, "snapshot") {
            guard let state = session.past.state(named: name) else {
                let names = session.past.named.map(\.name)
                throw call.error(
                    .unknownName, at: "snapshot", "There is no snapshot \(name).",
                    hint: names.isEmpty ? "`snapshot \(name)` takes one." : "Snapshots: \(names.joined(separator: ", ")).",
                    suggestions: Spelling.nearest(to: name, among: names))
            }
            let before = session.state
            // Going to a snapshot is itself something that can be undone.
            session.state = state
            session.say(.done, lines: ["Back at snapshot \(name)."] + state.differences(from: before))
            return
        }
        let wanted = try call.integer("cells")
        let count = session.past.cells(runningChanged: session.hasCellChanged).count
        guard count > 0 else {
            throw call.error(
                .state, "There is nothing to undo.",
                hint: "Cells that change nothing don't count; `snapshot` keeps a state by name.")
        }
        let before = session.state
        guard let entry = session.past.goBack(wanted, runningChanged: session.hasCellChanged) else {
            throw call.error(.state, at: "cells", "Only \(Format.counted(count, "cell")) can be undone.")
        }
        session.state = entry.state
        session.restartCell()
        let cell = Session.shortened(entry.cell.split(separator: "\n").joined(separator: "; "), limit: 70)
        session.say(.done, lines: ["Back to before `\(cell)`."] + entry.state.differences(from: before))
    }
}

extension SessionState {
    /// What is different from another state, in lines.
    func differences(from other: SessionState) -> [String] {
        let gone = other.order.filter { values[$0] == nil }
        let back = order.filter { other.values[$0] == nil }
        let changed = order.compactMap { name -> String? in
            guard let new = values[name], let old = other.values[name] else { return nil }
            guard let parts = Self.difference(new, old) else { return nil }
            return parts.isEmpty ? name : "\(name) (\(parts))"
        }
        var lines: [String] = []
        if !gone.isEmpty { lines.append("gone again: \(Session.listed(gone))") }
        if !back.isEmpty { lines.append("there again: \(Session.listed(back))") }
        if !changed.isEmpty { lines.append("as it was: \(Session.listed(changed))") }
        if trainer.epochCount != other.trainer.epochCount {
            lines.append("trainer: \(Format.counted(trainer.epochCount, "epoch")) instead of \(other.trainer.epochCount)")
        }
        if trainer.settings != other.trainer.settings || trainer.options != other.trainer.options || display != other.display {
            lines.append("settings as they were")
        }
        return lines
    }

    /// What of a value is different; `nil` if nothing is, empty if it is another value altogether.
    private static func difference(_ new: Value, _ old: Value) -> String? {
        guard let now = new.object as? NetworkObject, let then = old.object as? NetworkObject else {
            return new.source == old.source ? nil : ""
        }
        if now.model.module != then.model.module { return "layers" }
        var parts: [String] = []
        if !now.model.parameters.sharesStorage(with: then.model.parameters) { parts.append("weights") }
        if now.model.freeze != then.model.freeze { parts.append("what is frozen") }
        return parts.isEmpty ? nil : parts.joined(separator: ", ")
    }
}
