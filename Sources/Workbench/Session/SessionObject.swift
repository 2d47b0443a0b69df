import CommandLanguage
import Presentation

/// A thing that a name of the session stands for: what every kind of object can be asked.
///
/// Objects are values. What changes one makes a changed copy and puts it back under its name with ``Session/put(_:as:)``.
protocol SessionObject: LanguageObject {
    /// The value at a path inside; the whole object if the path is its bare name.
    func value(at path: Path, in session: Session) throws -> Value
    /// What is shown of the part at a path, or of the whole.
    func show(_ path: Path, in session: Session) throws -> MIMEBundle
    /// What may be assigned at a path; `nil` if anything may be tried.
    func assignableType(at path: Path, in session: Session) throws -> ParameterType?
    /// Replaces what stands at a path, puts the changed object back, and tells what changed.
    func assign(_ value: Value, at path: Path, in session: Session) throws
    /// Opens the part at a path as widgets.
    func explore(_ path: Path, in session: Session) throws
    /// What is told when the object gets a name.
    func introduction(as name: String, in session: Session) -> MIMEBundle
}

extension SessionObject {
    func value(at path: Path, in session: Session) throws -> Value {
        if path.steps.isEmpty { return .object(self) }
        throw noPart(path)
    }

    func show(_ path: Path, in session: Session) throws -> MIMEBundle {
        if path.steps.isEmpty { return MIMEBundle(plain: summary) }
        let value = try value(at: path, in: session)
        if let object = value.object { return try object.show(Path(path.root, span: path.span), in: session) }
        return MIMEBundle(plain: value.source)
    }

    func assignableType(at path: Path, in session: Session) throws -> ParameterType? { nil }

    func assign(_ value: Value, at path: Path, in session: Session) throws {
        throw Diagnostic(.type, "Nothing can be assigned to `\(path)`: \(Value.object(self).described) has no such part.", at: path.span)
    }

    func explore(_ path: Path, in session: Session) throws {
        throw Diagnostic(.type, "There is nothing to explore in \(Value.object(self).described).", at: path.span, hint: "`explore` opens networks, data sets and parameters.")
    }

    func introduction(as name: String, in session: Session) -> MIMEBundle { Notice(.done, ["\(name): \(summary)"]).bundle }

    /// The error for a path to something other than pictures, where pictures are wanted.
    func noPictures(_ path: Path) -> Diagnostic { Diagnostic(.type, "`\(path)` stands for no pictures.", at: path.span) }

    /// The error for a path that leads nowhere, with the nearest spellings of what stands there.
    func noPart(_ path: Path) -> Diagnostic {
        let segments = path.segments
        // The longest beginning that exists: the wrong word is the one after it.
        var good = 0
        while good < segments.count, members(at: Array(segments[..<good])).contains(where: { $0.name == segments[good] }) { good += 1 }
        let place = ([path.root] + segments[..<good]).joined(separator: ".")
        let names = members(at: Array(segments[..<good])).map(\.name)
        guard good < segments.count else {
            return Diagnostic(.unknownPath, "`\(path)` leads to nothing.", at: path.span)
        }
        var near = Spelling.nearest(to: segments[good], among: names)
        // The head has another name in each family, and one that all share.
        if good == 0, near.isEmpty, self is NetworkObject, ["fc", "classifier", "last_linear", "heads"].contains(segments[0]) { near = ["head"] }
        return Diagnostic(
            .unknownPath, "`\(place)` has no part `\(segments[good])`.", at: path.span,
            hint: near.isEmpty ? (names.isEmpty ? "It has no parts." : "Parts: \(Session.listed(names)).") : nil,
            suggestions: near.map { ([path.root] + segments[..<good] + [$0]).joined(separator: ".") })
    }
}

extension Value {
    /// The object, if the value is one of the session's.
    var object: (any SessionObject)? {
        if case .object(let object) = self { return object as? any SessionObject }
        return nil
    }
}

extension Session {
    /// Names in a row, the long tail counted.
    static func listed(_ names: [String], limit: Int = 12) -> String {
        names.count <= limit ? names.joined(separator: ", ") : names.prefix(limit - 2).joined(separator: ", ") + " and \(names.count - limit + 2) more"
    }
}
