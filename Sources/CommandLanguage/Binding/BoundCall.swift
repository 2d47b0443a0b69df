/// A verb's or constructor's arguments, checked against its declaration.
///
/// The getters convert as the declaration promises. They throw a ``Diagnostic`` where a declaration and its implementation disagree,
/// and never trap.
public struct BoundCall: Sendable {
    /// One argument.
    struct Bound: Sendable {
        let value: Value
        /// Where it was written; `nil` for a default.
        let span: Span?
    }

    /// The verb's or constructor's name.
    public let name: String
    /// Where the whole call stands.
    public let span: Span?
    /// What a method belongs to.
    public let receiver: Value?
    /// `name=value` arguments beyond the declared ones, in their order.
    public let others: [(name: String, value: Value)]
    private let arguments: [String: Bound]
    private let named: Set<String>

    init(
        name: String, span: Span?, receiver: Value? = nil, arguments: [String: Bound], others: [(name: String, value: Value)] = [],
        named: Set<String> = []
    ) {
        self.name = name
        self.span = span
        self.receiver = receiver
        self.arguments = arguments
        self.others = others
        self.named = named
    }

    /// Whether a constructor's argument was written as `name=value`, not by its place.
    public func isNamed(_ name: String) -> Bool { named.contains(name) }

    /// The argument, or its default; `nil` if there is neither, or it is `none`.
    public func value(_ name: String) -> Value? {
        guard let value = arguments[name]?.value else { return nil }
        if case .none = value { return nil }
        return value
    }

    /// Whether the argument was written.
    public func isGiven(_ name: String) -> Bool { arguments[name]?.span != nil }

    /// Where the argument was written.
    public func span(of name: String) -> Span? { arguments[name]?.span ?? span }

    /// Whether `none` was written.
    public func isNone(_ name: String) -> Bool {
        if let bound = arguments[name], bound.span != nil, case .none = bound.value { return true }
        return false
    }

    /// An error about an argument, marked there.
    public func error(
        _ kind: Diagnostic.Kind, at name: String? = nil, _ message: String, hint: String? = nil, suggestions: [String] = []
    ) -> Diagnostic {
        Diagnostic(kind, message, at: name.flatMap { arguments[$0]?.span } ?? span, hint: hint, suggestions: suggestions)
    }

    private func mismatch(_ name: String, _ wanted: String) -> Diagnostic {
        guard let value = value(name) else {
            return Diagnostic(.missingArgument, "\(self.name) needs \(name).", at: span)
        }
        return Diagnostic(.type, "\(self.name): \(name) should be \(wanted), not \(value.described).", at: span(of: name))
    }

    // MARK: - Values that must be there

    public func integer(_ name: String) throws(Diagnostic) -> Int {
        guard let value = optionalInteger(name) else { throw mismatch(name, "a whole number") }
        return value
    }

    public func number(_ name: String) throws(Diagnostic) -> Double {
        guard let value = optionalNumber(name) else { throw mismatch(name, "a number") }
        return value
    }

    public func text(_ name: String) throws(Diagnostic) -> String {
        guard let value = optionalText(name) else { throw mismatch(name, "a text") }
        return value
    }

    public func path(_ name: String) throws(Diagnostic) -> Path {
        guard let value = optionalPath(name) else { throw mismatch(name, "a path") }
        return value
    }

    public func object<Object>(_ name: String, as type: Object.Type) throws(Diagnostic) -> Object {
        guard let value = optionalObject(name, as: type) else { throw mismatch(name, "such an object") }
        return value
    }

    /// Whether a flag was given or a boolean is true.
    public func flag(_ name: String) -> Bool {
        if case .bool(true)? = value(name) { return true }
        return false
    }

    // MARK: - Values that may be missing

    public func optionalInteger(_ name: String) -> Int? {
        if case .integer(let value)? = value(name) { return value }
        return nil
    }

    public func optionalNumber(_ name: String) -> Double? { value(name)?.asNumber }

    public func optionalBool(_ name: String) -> Bool? {
        if case .bool(let value)? = value(name) { return value }
        return nil
    }

    public func optionalText(_ name: String) -> String? {
        if case .text(let value)? = value(name) { return value }
        return nil
    }

    public func optionalPath(_ name: String) -> Path? {
        if case .path(let value)? = value(name) { return value }
        return nil
    }

    public func optionalObject<Object>(_ name: String, as type: Object.Type) -> Object? {
        if case .object(let value)? = value(name) { return value as? Object }
        return nil
    }

    /// Low and high of a range, or of a list of two.
    public func optionalRange(_ name: String) -> (low: Double, high: Double)? {
        if case .range(let low, let high)? = value(name) { return (low, high) }
        return nil
    }

    public func optionalSize(_ name: String) -> (width: Int, height: Int)? {
        if case .size(let width, let height)? = value(name) { return (width, height) }
        return nil
    }

    /// The values of a list; one value counts as a list of one.
    public func list(_ name: String) -> [Value] {
        switch value(name) {
        case .list(let values)?: values
        case let value?: [value]
        case nil: []
        }
    }

    public func map(_ name: String) -> [(key: String, value: Value)] {
        if case .map(let entries)? = value(name) { return entries }
        return []
    }
}
