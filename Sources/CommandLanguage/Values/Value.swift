public import Presentation

/// What a name stands for and an argument carries.
public indirect enum Value: Sendable {
    case none
    case bool(Bool)
    case integer(Int)
    case number(Double)
    /// As a fraction: `20%` is 0.2.
    case percentage(Double)
    case text(String)
    case range(Double, Double)
    case size(width: Int, height: Int)
    case list([Value])
    case map([(key: String, value: Value)])
    /// A path that the verb resolves itself: `net.layer4.*`.
    case path(Path)
    /// A thing of the domain: a dataset, a network, an optimizer.
    case object(any LanguageObject)

    /// What the value is, for errors: `a number`, `a list`, `a dataset`.
    public var described: String {
        switch self {
        case .none: "none"
        case .bool(let value): value ? "true" : "false"
        case .integer, .number: "the number \(source)"
        case .percentage: "the percentage \(source)"
        case .text: "the text \(source)"
        case .range: "the range \(source)"
        case .size: "the size \(source)"
        case .list: "a list"
        case .map: "a map"
        case .path(let path): "`\(path)`"
        case .object(let object): Self.withArticle(object.kind)
        }
    }

    /// The value as one would write it in a cell.
    public var source: String {
        switch self {
        case .none: "none"
        case .bool(let value): value ? "true" : "false"
        case .integer(let value): String(value)
        case .number(let value): Self.written(value)
        case .percentage(let value): "\(Self.written((value * 1e10).rounded() / 1e8))%"
        case .text(let text): "\"\(text.replacing("\\", with: "\\\\").replacing("\"", with: "\\\"").replacing("\n", with: "\\n"))\""
        case .range(let low, let high): "\(Self.written(low))..\(Self.written(high))"
        case .size(let width, let height): "\(width)x\(height)"
        case .list(let values): "[\(values.map(\.source).joined(separator: ", "))]"
        case .map(let entries): "{\(entries.map { "\(Value.text($0.key).source): \($0.value.source)" }.joined(separator: ", "))}"
        case .path(let path): path.description
        case .object(let object): object.summary
        }
    }

    /// The number, of whichever kind.
    public var asNumber: Double? {
        switch self {
        case .integer(let value): Double(value)
        case .number(let value), .percentage(let value): value
        default: nil
        }
    }

    /// A number as people write it: 5, 0.001, 1e-05.
    public static func written(_ value: Double) -> String {
        if value == value.rounded(), abs(value) < 1e15 { return String(Int(value)) }
        return "\(value)"
    }

    static func withArticle(_ noun: String) -> String {
        "aeiou".contains(noun.first?.lowercased() ?? "x") ? "an \(noun)" : "a \(noun)"
    }
}

/// A thing of the domain that a name can stand for. A value: what is kept is a picture of it that nobody changes.
public protocol LanguageObject: Sendable {
    /// What it is, in one word: `dataset`, `network`, `optimizer`, `transform`…
    var kind: String { get }
    /// What it is, in one line with the facts.
    var summary: String { get }
    /// What can be reached inside at a path: for completion and the nearest spelling. Empty if nothing stands there.
    func members(at path: [String]) -> [Member]
    /// What is known of it, or of the part at a path, in a few lines; `nil` if nothing stands there.
    func inspection(at path: [String]) -> MIMEBundle?
}

extension LanguageObject {
    public func members(at path: [String]) -> [Member] { [] }
    public func inspection(at path: [String]) -> MIMEBundle? { path.isEmpty ? MIMEBundle(plain: summary) : nil }
}

/// A part that can be reached inside an object.
public struct Member: Sendable, Equatable {
    /// The segment to write.
    public let name: String
    /// What stands there, in a word: `layer`, `parameter`, `split`, `property`.
    public let kind: String
    /// A few facts to show beside it.
    public let detail: String

    public init(_ name: String, kind: String, detail: String = "") {
        self.name = name
        self.kind = kind
        self.detail = detail
    }
}
