/// Text that is safe to put into a page: made of escaped text and of markup that the program wrote.
public struct HTML: Sendable, Equatable, ExpressibleByStringInterpolation, CustomStringConvertible {
    /// The markup.
    public let markup: String

    /// Markup that the caller has made safe.
    public init(markup: String) { self.markup = markup }

    /// Escaped text.
    public init(_ text: some StringProtocol) { markup = Self.escape(text) }

    /// Escaped prose, in which what stands between backticks is shown as code. A backtick without a partner stays one.
    public init(prose text: String) {
        let parts = text.split(separator: "`", omittingEmptySubsequences: false)
        guard parts.count % 2 == 1 else {
            markup = Self.escape(text)
            return
        }
        markup = parts.enumerated().map { index, part in
            index % 2 == 1 ? "<code>\(Self.escape(part))</code>" : Self.escape(part)
        }.joined()
    }

    /// A literal is markup; what is interpolated into it is escaped, unless it is HTML itself.
    public init(stringLiteral value: String) { markup = value }
    public init(stringInterpolation: Interpolation) { markup = stringInterpolation.markup }

    public var description: String { markup }

    public static func + (left: HTML, right: HTML) -> HTML { HTML(markup: left.markup + right.markup) }

    public struct Interpolation: StringInterpolationProtocol {
        fileprivate var markup = ""
        public init(literalCapacity: Int, interpolationCount: Int) { markup.reserveCapacity(literalCapacity) }
        public mutating func appendLiteral(_ literal: String) { markup += literal }
        public mutating func appendInterpolation(_ html: HTML) { markup += html.markup }
        public mutating func appendInterpolation(_ text: some StringProtocol) { markup += HTML.escape(text) }
        public mutating func appendInterpolation(_ number: Int) { markup += String(number) }
        public mutating func appendInterpolation(_ number: Double) { markup += String(number) }
    }

    /// Text with everything escaped that means something in a page; control characters, and what no XML may hold, become
    /// replacement characters.
    public static func escape(_ text: some StringProtocol) -> String {
        var result = ""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "&": result += "&amp;"
            case "<": result += "&lt;"
            case ">": result += "&gt;"
            case "\"": result += "&quot;"
            case "'": result += "&#39;"
            case "\n", "\t": result.unicodeScalars.append(scalar)
            case "\u{7F}", "\u{FFFE}", "\u{FFFF}": result += "\u{FFFD}"
            case _ where scalar.value < 32: result += "\u{FFFD}"
            default: result.unicodeScalars.append(scalar)
            }
        }
        return result
    }
}

extension Sequence where Element == HTML {
    /// All in a row.
    public func joined(_ separator: HTML = "") -> HTML { HTML(markup: map(\.markup).joined(separator: separator.markup)) }
}
