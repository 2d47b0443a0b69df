import CommandLanguage
import Foundation
import Presentation

/// `run "lesson.thaw"`
enum RunFile: Verb {
    static let declaration = VerbDeclaration(
        "run", group: "session", "Runs a file of cells in this session.",
        discussion:
            "The file's statements are run as if they stood here, up to the first that fails; what was done before it stays. Files may run files, "
            + "\(deepest) deep at most. Relative paths begin at the session's folder.",
        parameters: [.required("file", .file(["thaw"]), "the file")], aliases: ["source"], examples: ["run \"lesson.thaw\""])

    static let deepest = 8
    /// No file of cells has more bytes than this.
    static let largest = 4 << 20

    static func run(_ call: BoundCall, in session: Session) throws {
        let path = try call.text("file")
        guard session.runDepth < deepest else {
            throw call.error(.state, at: "file", "Files run files more than \(deepest) deep.", hint: "Does \(path) run itself?")
        }
        let source = SourceText(try text(of: path, call))
        session.runDepth += 1
        defer { session.runDepth -= 1 }
        let outcome = Interpreter(table: session.table, context: session).run(source, isInterrupted: session.interruptionCheck)
        switch outcome {
        case .done(let count):
            session.say(.done, "ran \(path): \(Format.counted(count, "statement"))")
        case .interrupted(let done):
            throw Diagnostic(.interrupted, "Interrupted in \(path) after \(Format.counted(done, "statement")).")
        case .failed(let diagnostics, let done): throw failure(diagnostics, of: path, source, done: done, call)
        }
    }

    private static func text(of path: String, _ call: BoundCall) throws -> String {
        let expanded = path.hasPrefix("~") ? NSString(string: path).expandingTildeInPath : path
        var isFolder: ObjCBool = false
        // A path with a NUL would be cut short by the system.
        guard !path.isEmpty, !path.contains("\0"), unsafe FileManager.default.fileExists(atPath: expanded, isDirectory: &isFolder) else {
            throw call.error(.file, at: "file", "There is no file \(path).")
        }
        guard !isFolder.boolValue else { throw call.error(.file, at: "file", "\(path) is a folder, not a file of cells.") }
        let attributes = try? FileManager.default.attributesOfItem(atPath: expanded)
        guard
            attributes?[.type] as? FileAttributeType == .typeRegular
                || attributes?[.type] as? FileAttributeType == .typeSymbolicLink
        else {
            throw call.error(.file, at: "file", "\(path) is no regular file.")
        }
        guard let data = FileManager.default.contents(atPath: expanded) else {
            throw call.error(.file, at: "file", "\(path) can't be read.")
        }
        guard data.count <= largest else {
            throw call.error(.file, at: "file", "\(path) has \(Format.bytes(data.count)): that is no file of cells.")
        }
        guard let text = String(data: data, encoding: .utf8) else {
            throw call.error(.file, at: "file", "\(path) is not UTF-8 text.")
        }
        return text.hasPrefix("\u{FEFF}") ? String(text.dropFirst()) : text
    }

    /// The first error of a file, told at the statement that ran the file.
    private static func failure(
        _ diagnostics: [Diagnostic], of path: String, _ source: SourceText, done: Int, _ call: BoundCall
    ) -> Diagnostic {
        guard let first = diagnostics.first else { return call.error(.failure, at: "file", "\(path) failed.") }
        var message = "\(path)"
        var hint: [String] = []
        if let span = first.span {
            message += ", line \(source.line(at: span.start) + 1)"
            let line = source[source.lineSpan(at: span.start)]
            hint.append("In `\(Session.shortened(line, limit: 100))`.")
        }
        if diagnostics.count > 1 {
            hint.append("\(diagnostics.count - 1) more \(diagnostics.count == 2 ? "error" : "errors") in the file.")
        }
        if let own = first.hint { hint.append(own) }
        if done > 0 { hint.append("\(Format.counted(done, "statement")) before \(done == 1 ? "is" : "are") done.") }
        return Diagnostic(
            first.kind, "\(message): \(first.message)", at: call.span(of: "file"), hint: hint.joined(separator: " "),
            suggestions: first.suggestions)
    }
}
