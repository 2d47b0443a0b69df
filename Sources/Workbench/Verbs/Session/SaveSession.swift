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
        let files = FileManager.default
        guard !folder.isEmpty, !folder.contains("\0") else { throw call.error(.file, at: "folder", "That is no path.") }
        var isFolder: ObjCBool = false
        let exists = unsafe files.fileExists(atPath: folder, isDirectory: &isFolder)
        if exists {
            let entries = (try? files.contentsOfDirectory(atPath: folder)) ?? []
            guard isFolder.boolValue, entries.isEmpty || entries.contains(SavedSession.fileName) else {
                throw call.error(
                    .file, at: "folder", "\(folder) is there already, and is no saved session.",
                    hint: "Choose a folder that is not there yet.")
            }
        }
        // Written beside and put into place when it is whole.
        let fresh = folder + ".new-\(ProcessInfo.processInfo.processIdentifier)"
        try? files.removeItem(atPath: fresh)
        do { try files.createDirectory(atPath: fresh, withIntermediateDirectories: true) } catch {
            throw call.error(.file, at: "folder", "\(folder) can't be written: \(error.localizedDescription)")
        }
        var writer = SessionWriter(session, folder: fresh)
        do {
            try writer.write()
            try replace(folder, with: fresh, exists: exists)
        } catch {
            try? files.removeItem(atPath: fresh)
            throw error
        }
        session.say(.done, "saved \(session.inventory) to \(folder)")
        session.say(.warning, lines: writer.left.isEmpty ? [] : ["not stored: \(writer.left.joined(separator: "; "))"])
    }

    private static func replace(_ folder: String, with fresh: String, exists: Bool) throws {
        let files = FileManager.default
        guard exists else { return try files.moveItem(atPath: fresh, toPath: folder) }
        let old = folder + ".old-\(ProcessInfo.processInfo.processIdentifier)"
        try? files.removeItem(atPath: old)
        try files.moveItem(atPath: folder, toPath: old)
        do { try files.moveItem(atPath: fresh, toPath: folder) } catch {
            try? files.moveItem(atPath: old, toPath: folder)
            throw error
        }
        try? files.removeItem(atPath: old)
    }
}

/// `load session from "monday"`
enum LoadSession: Verb {
    static let declaration = VerbDeclaration(
        "load session", group: "session", "Takes the place of this session with one that `save session` wrote.",
        discussion:
            "Names, networks, trainer and settings are as they were when it was saved; `undo` brings the present ones back.",
        parameters: [.connected("from", "folder", .file(), defaultText: "session in the session's own folder", "where it is")],
        examples: ["save session to \"monday\"\nload session from \"monday\""], setup: "net")

    static func run(_ call: BoundCall, in session: Session) throws {
        let folder = session.savedSessionFolder(call.optionalText("folder"))
        var reader = SessionReader(folder: folder)
        let (state, cells) = try reader.read(for: session)
        session.state = state
        session.cells = cells + session.cells
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
