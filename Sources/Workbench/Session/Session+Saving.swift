import CommandLanguage
import Foundation

/// Sessions as folders, and what is saved when the process dies.
extension Session {
    /// Whether a session may be written there: into a folder that isn't there yet, is empty, or holds a saved session.
    func checkPlace(_ folder: String) throws(Diagnostic) {
        guard !folder.isEmpty, !folder.contains("\0") else { throw Diagnostic(.file, "That is no path.") }
        let files = FileManager.default
        var isFolder: ObjCBool = false
        guard unsafe files.fileExists(atPath: folder, isDirectory: &isFolder) else { return }
        let entries = (try? files.contentsOfDirectory(atPath: folder)) ?? []
        guard isFolder.boolValue, entries.isEmpty || entries.contains(SavedSession.fileName) else {
            throw Diagnostic(
                .file, "\(folder) is there already, and is no saved session.", hint: "Choose a folder that is not there yet.")
        }
    }

    /// Writes the session into a folder, which takes the place of what stood there when it is whole.
    ///
    /// - Returns: what could not be stored, with the reason.
    func store(in folder: String) throws -> [String] {
        let files = FileManager.default
        let fresh = folder + ".new-\(ProcessInfo.processInfo.processIdentifier)"
        try? files.removeItem(atPath: fresh)
        do { try files.createDirectory(atPath: fresh, withIntermediateDirectories: true) } catch {
            throw Diagnostic(.file, "\(folder) can't be written: \(error.localizedDescription)")
        }
        var writer = SessionWriter(self, folder: fresh)
        do {
            try writer.write()
            try Self.replace(folder, with: fresh)
        } catch {
            try? files.removeItem(atPath: fresh)
            throw error
        }
        return writer.left
    }

    private static func replace(_ folder: String, with fresh: String) throws {
        let files = FileManager.default
        guard files.fileExists(atPath: folder) else { return try files.moveItem(atPath: fresh, toPath: folder) }
        let old = folder + ".old-\(ProcessInfo.processInfo.processIdentifier)"
        try? files.removeItem(atPath: old)
        try files.moveItem(atPath: folder, toPath: old)
        do { try files.moveItem(atPath: fresh, toPath: folder) } catch {
            try? files.moveItem(atPath: old, toPath: folder)
            throw error
        }
        try? files.removeItem(atPath: old)
    }

    // MARK: - When the process dies

    /// Saves the session as it stands now, at any later time and on any thread, and tells how to have it back; `nil` while there is
    /// nothing in it.
    ///
    /// What it holds is a snapshot: it shares its tensors with the session, and stays as it is when the session goes on.
    public var rescue: (@Sendable () -> String)? {
        guard !state.values.isEmpty else { return nil }
        let (state, cells, folder) = (state, cells, storage.rescue)
        return {
            let session = Session()
            (session.state, session.cells) = (state, cells)
            do {
                try session.checkPlace(folder)
                let left = try session.store(in: folder)
                let loss = left.isEmpty ? "" : " Not stored: \(left.joined(separator: "; "))."
                return "The session as it was after the last cell that ended was saved: `load session from "
                    + "\(Value.text(folder).source)` brings it back.\(loss)"
            } catch { return "The session could not be saved: \(session.diagnostic(for: error).message)" }
        }
    }
}
