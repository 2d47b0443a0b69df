/// What an argument may be.
public indirect enum ParameterType: Sendable, Equatable {
    case integer(ClosedRange<Int>? = nil)
    case number(ClosedRange<Double>? = nil)
    /// A share between 0 and 1, also as a percentage.
    case fraction
    case bool
    case text
    /// A text that is a class of some data; completion offers those that are known.
    case className
    /// A file or folder by its path; endings without a dot restrict what completion offers.
    case file([String] = [])
    /// One of a few words.
    case choice([String])
    /// Two numbers: `0.8..1.0`, or a list of two.
    case range
    /// `224`, `224x224` (width × height) or `[height, width]`.
    case size
    /// A thing of the domain of one of these kinds: a name of the session, or a constructor written out.
    case object([String])
    /// A path into the session that the verb resolves itself; kinds of what it may begin with, for completion: of objects, of `words` of the
    /// session, or `layer` for a part of a network that may go without the network's name.
    case path([String] = [])
    /// One or more values; a single one needs no brackets.
    case list(ParameterType)
    /// `{"key": value}`
    case map(ParameterType)
    /// The first that fits.
    case oneOf([ParameterType])
    case none
    /// What another parameter's word decides: `set threads 2`, `set exact true`.
    case depends(on: String, [String: ParameterType])
    /// Any value.
    case any

    /// Exactly ranged numbers, for declarations.
    public static var positive: ParameterType { .integer(1...Int(Int32.max)) }
    public static var count: ParameterType { .integer(0...Int(Int32.max)) }
    public static var rate: ParameterType { .number(0...1e6) }

    /// What fits, as an error and a help page say it.
    public var described: String {
        switch self {
        case .integer(let range): "a whole number" + Self.bounds(range.map { (Double($0.lowerBound), Double($0.upperBound)) })
        case .number(let range): "a number" + Self.bounds(range.map { ($0.lowerBound, $0.upperBound) })
        case .fraction: "a share such as 0.2 or 20%"
        case .bool: "true or false"
        case .text, .className: "a text in quotes"
        case .file(let endings):
            endings.isEmpty ? "a path in quotes" : "the path of a .\(endings.joined(separator: " or .")) file in quotes"
        case .choice(let words):
            words.count == 1 ? words[0] : words.dropLast().joined(separator: ", ") + " or \(words[words.count - 1])"
        case .range: "a range such as 0.8..1.0"
        case .size: "a size such as 224 or 320x240"
        case .object(let kinds): kinds.map(Value.withArticle).joined(separator: " or ")
        case .path(let kinds):
            switch kinds.filter({ $0 != "part" }) {
            case []: "a path such as net.layer4"
            case ["layer"]: "a layer such as layer4"
            case ["snapshot"]: "a snapshot's name"
            case let kinds: kinds.map(Value.withArticle).joined(separator: " or ") + ", or a path into one"
            }
        case .list(let element): "\(element.described), or a list of them"
        case .map(let value): "a map such as {\"key\": …} with \(value.described) for each key"
        case .oneOf(let types):
            // "A layer, or a list of them" says already that one layer will do.
            types.filter { !types.contains(.list($0)) }.map(\.described).joined(separator: ", or ")
        case .none: "none"
        case .depends(let name, _): "what the \(name) takes"
        case .any: "a value"
        }
    }

    /// A short name for usage lines: `int`, `file`, `dataset`.
    public var label: String {
        switch self {
        case .integer: "int"
        case .number: "number"
        case .fraction: "share"
        case .bool: "bool"
        case .text, .className: "text"
        case .file: "file"
        case .choice(let words): words.joined(separator: "|")
        case .range: "range"
        case .size: "size"
        case .object(let kinds): kinds.joined(separator: "|")
        case .path: "path"
        case .list(let element): "\(element.label)…"
        case .map: "map"
        case .oneOf(let types): types.map(\.label).joined(separator: "|")
        case .none: "none"
        case .depends, .any: "value"
        }
    }

    /// Whether several values by their place are taken one after the other.
    var isRepeatable: Bool {
        switch self {
        case .list: true
        case .oneOf(let types): types.contains { $0.isRepeatable }
        default: false
        }
    }

    /// The type, given the word of the parameter that it depends on.
    func resolved(_ word: (String) -> String?) -> ParameterType {
        guard case .depends(let other, let types) = self else { return self }
        return word(other).flatMap { types[$0] } ?? .any
    }

    /// Whether it is written in quotes.
    var isText: Bool {
        switch self {
        case .text, .className, .file: true
        default: false
        }
    }

    /// Upper bounds from here on are told only to whoever exceeds them.
    static let farAway = 1e6

    private static func bounds(_ range: (Double, Double)?) -> String {
        guard let (low, high) = range else { return "" }
        let (lowest, highest) = (low <= -1e9, high >= farAway)
        switch (lowest, highest) {
        case (true, true): return ""
        case (false, true): return " of at least \(Value.written(low))"
        case (true, false): return " of at most \(Value.written(high))"
        case (false, false): return " from \(Value.written(low)) to \(Value.written(high))"
        }
    }
}
