/// A word of the language with its place.
public struct Token: Hashable, Sendable {
    /// What a token is.
    public enum Kind: Hashable, Sendable {
        case name(String)
        /// What follows a dot in a path: `0`, `*`, `**`, `conv*`.
        case segment(String)
        case integer(Int)
        case number(Double)
        /// As a fraction: `20%` is 0.2.
        case percentage(Double)
        /// Width × height: `224x224`.
        case size(Int, Int)
        case text(String)
        /// `= ( ) [ ] { } , : . .. + - * / ?`
        case symbol(String)
        /// The end of a statement: a line break outside brackets, or `;`.
        case separator
        case end
    }

    public let kind: Kind
    public let span: Span
    /// Whether nothing stands between this token and the one before.
    public let isGlued: Bool
}

extension Token.Kind {
    /// The token as an error names it.
    var described: String {
        switch self {
        case .name(let text), .segment(let text): "`\(text)`"
        case .integer, .number, .percentage, .size: "a number"
        case .text: "a text"
        case .symbol(let text): "`\(text)`"
        case .separator: "the end of the line"
        case .end: "the end of the cell"
        }
    }
}
