public import Presentation

/// What a language needs of the session that it runs in.
public protocol Environment: AnyObject {
    /// The value of a name, a constant of the language's domain included; `nil` if there is none.
    func value(named name: String) -> Value?
    /// The names that the user has given.
    var names: [String] { get }
    /// What stands at a path whose root is a name of the session.
    func value(at path: Path) throws -> Value
    /// Gives a name a value and tells what was made.
    func assign(_ value: Value, to name: String, span: Span?) throws
    /// What may be assigned at a path; `nil` if anything may be tried.
    func type(at path: Path) throws -> ParameterType?
    /// Replaces what stands at a path and tells what changed.
    func assign(_ value: Value, at path: Path) throws
    /// Shows a value, or what a path leads to.
    func show(_ value: Value) throws
    func show(_ path: Path) throws
    /// Shows a help page, or an answer of the language itself.
    func present(_ bundle: MIMEBundle)
    /// What somebody might do next, looking at the session: lines of a cell with the reason.
    func nextSteps() -> [(cell: String, why: String)]
    /// An immutable picture of the session for completion and inspection.
    func snapshot() -> SessionFacts
    /// What an error of the language's domain says to the user.
    func diagnostic(for error: any Error) -> Diagnostic
}

extension Environment {
    public func diagnostic(for error: any Error) -> Diagnostic { error as? Diagnostic ?? Diagnostic(.failure, "\(error)") }
}

/// What completion, inspection and errors know of a session.
public struct SessionFacts: Sendable {
    /// The values by name.
    public let values: [String: Value]
    /// Words that mean something in this session without being objects, such as `classes`, with what they stand for.
    public let constants: [String: String]
    /// Constants that have no value yet, with what gives them one.
    public let unset: [String: String]
    /// Names that stand for no object, by what they are names of: `snapshot`.
    public let words: [String: [String]]
    /// The folder that relative paths begin at.
    public let folder: String

    public init(
        values: [String: Value] = [:], constants: [String: String] = [:], unset: [String: String] = [:], words: [String: [String]] = [:],
        folder: String = "."
    ) {
        self.values = values
        self.constants = constants
        self.unset = unset
        self.words = words
        self.folder = folder
    }

    /// The members at a path of a named object.
    public func members(of name: String, at path: [String]) -> [Member] {
        guard case .object(let object)? = values[name] else { return [] }
        return object.members(at: path)
    }
}
