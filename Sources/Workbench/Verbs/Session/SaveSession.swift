import CommandLanguage
import Foundation
import Learning
import Presentation

/// `save session to "monday"`
enum SaveSession: Verb {
    static let declaration = VerbDeclaration(
        "save session", group: "session",
        "Writes the whole session into a folder: names, networks, data sets, trainer and settings.",
        discussion:
            "Networks are stored with their weights, data sets as lists of their files (the pictures stay where they are), the trainer with its "
            + "optimiser's state, so that `train` goes on after `load session`. A folder is replaced only if it holds a saved session. What can't be "
            + "stored is told.",
        parameters: [.connected("to", "folder", .file(), defaultText: "session in the session's own folder", "where to")],
        examples: ["save session to \"monday\"", "save session"], setup: "net")

    static func run(_ call: BoundCall, in session: Session) throws {
        let folder = session.savedSessionFolder(call.optionalText("folder"))
        do throws(Diagnostic) { try session.checkPlace(folder) } catch {
            throw call.error(error.kind, at: "folder", error.message, hint: error.hint)
        }
        let left = try session.store(in: folder)
        session.say(.done, "saved \(session.inventory) to \(folder)")
        session.say(.warning, lines: left.isEmpty ? [] : ["not stored: \(left.joined(separator: "; "))"])
    }
}

/// `load session from "monday"`
enum LoadSession: Verb {
    static let declaration = VerbDeclaration(
        "load session", group: "session", "Takes the place of this session with one that `save session` wrote.",
        discussion:
            "Names, networks, trainer and settings are as they were when it was saved; `undo` brings the present ones back. A kernel that "
            + "dies of a fatal error saves its session first, as the last cell left it, and says where.",
        parameters: [.connected("from", "folder", .file(), defaultText: "session in the session's own folder", "where it is")],
        examples: ["save session to \"monday\"\nload session from \"monday\""], setup: "net")

    static func run(_ call: BoundCall, in session: Session) throws {
        let folder = session.savedSessionFolder(call.optionalText("folder"))
        var reader = SessionReader(folder: folder)
        let (state, cells) = try reader.read(for: session)
        session.state = state
        // Cells of this very session have been told once.
        if !session.cells.starts(with: cells) { session.cells = cells + session.cells }
        session.say(
            .done, "loaded \(session.inventory) from \(folder); `names` lists them, `undo` brings the former session back")
        session.say(.warning, lines: reader.warnings)
    }
}

extension Session {
    fileprivate func savedSessionFolder(_ given: String?) -> String {
        guard let given else { return storage.folder + "/session" }
        var path = given.hasPrefix("~") ? NSString(string: given).expandingTildeInPath : given
        while path.count > 1, path.hasSuffix("/") { path.removeLast() }
        return path
    }
}
