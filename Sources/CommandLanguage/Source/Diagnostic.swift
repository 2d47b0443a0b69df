/// Why a statement can't be done: one sentence, the place, the cause and the way out.
public struct Diagnostic: Error, Sendable, Equatable {
    /// The kind of trouble, shown as the error's name.
    public enum Kind: String, Sendable, CaseIterable {
        case syntax = "SyntaxError"
        case unknownVerb = "UnknownVerb"
        case unknownName = "UnknownName"
        case unknownPath = "UnknownPath"
        case unknownOption = "UnknownOption"
        case missingArgument = "MissingArgument"
        case type = "TypeError"
        case value = "ValueError"
        case state = "StateError"
        case shape = "ShapeError"
        case file = "FileError"
        case device = "DeviceError"
        case interrupted = "Interrupted"
        case failure = "Failure"
    }

    public var kind: Kind
    /// One sentence that names the thing.
    public var message: String
    /// Where in the cell; `nil` for the statement as a whole.
    public var span: Span?
    /// The way out.
    public var hint: String?
    /// The nearest right spellings, best first.
    public var suggestions: [String]

    public init(_ kind: Kind, _ message: String, at span: Span? = nil, hint: String? = nil, suggestions: [String] = []) {
        self.kind = kind
        self.message = message
        self.span = span
        self.hint = hint
        self.suggestions = suggestions
    }

    /// The same trouble at a place, unless it has one.
    public func located(at span: Span?) -> Diagnostic {
        var copy = self
        copy.span = self.span ?? span
        return copy
    }
}
