import CommandLanguage
import Tensors

/// Writes cells in the words of a vocabulary: verbs with their own options, constructors with their own arguments, mostly of the type that
/// fits, and now and then of another.
struct CellWriter {
    var random: RandomSource
    let vocabulary: Vocabulary

    mutating func below(_ bound: Int) -> Int { bound > 0 ? random.integer(below: bound) : 0 }
    private mutating func any<Element>(_ elements: [Element]) -> Element { elements[below(elements.count)] }

    mutating func cell() -> String { (0...below(2)).map { _ in statement() }.joined(separator: any(["\n", "; ", "\r\n"])) }

    /// A cell with something taken out, doubled, or put in.
    mutating func damaged() -> String {
        var scalars = Array(cell().unicodeScalars)
        let strange: [Unicode.Scalar] = [
            "\0", "(", ")", "[", "]", "{", "}", "\"", "'", "\\", "\r", "\n", "=", ".", ",", ":", "*", "?", "#", "é", "🐝",
            "\u{301}", "\u{FEFF}",
        ]
        for _ in 0...below(3) where !scalars.isEmpty {
            let place = below(scalars.count)
            switch below(4) {
            case 0: scalars.remove(at: place)
            case 1: scalars.insert(scalars[place], at: place)
            case 2: scalars.insert(any(strange), at: place)
            default: scalars.removeSubrange(place..<min(scalars.count, place + 1 + below(6)))
            }
        }
        var text = String.UnicodeScalarView()
        text.append(contentsOf: scalars)
        return String(text)
    }

    /// Bytes of the characters that mean something, and some of any kind.
    mutating func bytes() -> String {
        let alphabet = Array("ab1.0*=([{}]),:;\"'\\#?+-/%x \n\r\t_é🐝\0!@<".utf8)
        let words = ["net", "bees", "train ", "fc", "SGD", "lr=", "on ", "true", "none"]
        var bytes: [UInt8] = []
        for _ in 0..<below(24) {
            switch below(12) {
            case 0: bytes.append(UInt8(truncatingIfNeeded: random.next()))
            case 1: bytes += Array(any(words).utf8)
            default: bytes.append(any(alphabet))
            }
        }
        return String(decoding: bytes, as: UTF8.self)
    }

    // MARK: - Statements

    private mutating func statement() -> String {
        switch below(32) {
        case 0...3: "\(any(["x", "net", "bees", "opt", "日本", path()])) = \(value(.any, 2))"
        case 4...7: path()
        case 8: "\(any([any(vocabulary.verbs).name, any(vocabulary.constructors).name, path()]))?"
        case 9:
            "help \(any([any(vocabulary.verbs).name, any(vocabulary.constructors).name, "\"learning rate\"", "nothing", "next"]))"
        default: command()
        }
    }

    private mutating func command() -> String {
        let verb = any(vocabulary.verbs)
        var words = [any([verb.name] + verb.aliases)]
        for parameter in verb.parameters where parameter.isRequired || below(4) == 0 {
            let written = below(12) == 0 ? value(.any, 2) : value(parameter.type, 2)
            switch parameter.style {
            case .positional: words.append(written)
            case .connected(let word): words.append(below(4) == 0 ? "\(parameter.name)=\(written)" : "\(word) \(written)")
            case .option: words.append("\(any([parameter.name] + parameter.aliases))=\(written)")
            case .flag: words.append(parameter.name)
            }
        }
        if below(8) == 0 { words.append("\(any(["epoch", "nothing", "lr", "n"]))=\(value(.any, 1))") }
        if below(8) == 0 { words.append(value(.any, 1)) }
        return words.joined(separator: " ")
    }

    // MARK: - Values

    private mutating func path() -> String {
        var text = any(["net", "bees", "trainer", "classes", "rate", "first", "x"])
        for _ in 0..<below(4) {
            text += any([
                ".layer4", ".layer1", ".0", ".1", ".conv1", ".weight", ".bn1", ".*", ".**", ".fc", ".head", ".train", ".val",
                ".transform", ".lr", ".optimizer",
                ".classes", ".state_dict", ".until(layer3)", "[0]", "[-1]", "[3]", "[\"bugs\"]", "[0..2]", "[:]", "[0, 1]",
                ".bugs", ".preprocessing", ".epoch",
            ])
        }
        return text
    }

    private mutating func value(_ type: ParameterType, _ depth: Int) -> String {
        if below(16) == 0 { return literal() }
        switch type {
        case .integer(let range): return "\(any([range?.lowerBound ?? 1, range?.upperBound ?? 7, 2, 5, 0, -1]))"
        case .number(let range): return any(["\(range?.lowerBound ?? 0)", "0.1", "1e-3", "20%", "rate / 10", "-1", "1e308"])
        case .fraction: return any(["0.2", "20%", "1", "0", "2"])
        case .bool: return any(["true", "false"])
        case .text, .className, .file: return any(["\"bugs\"", "'w.safetensors'", "\"a b/ü.png\"", "\"\""])
        case .choice(let words): return any(words)
        case .range: return any(["0.8..1.0", "1e-5..1e-3", "[0.5, 2]", "1..0"])
        case .size: return any(["224", "64x48", "[3, 4]", "0x0", "99999999x1"])
        case .object(let kinds): return object(kinds, depth)
        case .path: return path()
        case .list(let element):
            return below(3) == 0
                ? value(element, depth) : "[\((0..<below(4)).map { _ in value(element, depth - 1) }.joined(separator: ", "))]"
        case .map(let element):
            return
                "{\((0..<below(3)).map { _ in "\(any(["\"bugs\"", "\"layer4.*\"", "net.fc", "1"])): \(value(element, depth - 1))" }.joined(separator: ", "))}"
        case .oneOf(let types): return value(any(types), depth)
        case .none: return "none"
        case .depends(_, let types): return value(any(types.keys.sorted().compactMap { types[$0] }), depth)
        case .any:
            return depth > 0 && below(2) == 0
                ? object([], depth) : any([literal(), path(), "(\(literal()) \(any(["+", "-", "*", "/"])) \(literal()))"])
        }
    }

    private mutating func literal() -> String {
        any([
            "1", "-1", "0", "0.5", "1e-3", "20%", "224x224", "\"a.png\"", "true", "none", "imagenet", "9223372036854775807",
            "1e300", "[]", "{}", "-rate", "[1, [2, [3]]]",
        ])
    }

    private mutating func object(_ kinds: [String], _ depth: Int) -> String {
        let fitting = vocabulary.constructors.filter { kinds.isEmpty || kinds.contains($0.kind) }
        guard depth > 0, !fitting.isEmpty, below(4) > 0 else {
            return any(["net", "bees", "bees.train", "opt", "best", "layer"])
        }
        let constructor = any(fitting)
        var arguments: [String] = []
        for parameter in constructor.parameters where parameter.isRequired || below(4) == 0 {
            let written = below(12) == 0 ? value(.any, depth - 1) : value(parameter.type, depth - 1)
            arguments.append(
                parameter.isRequired && below(2) == 0 && !arguments.contains { $0.contains("=") }
                    ? written : "\(parameter.name)=\(written)")
        }
        if let others = constructor.others, below(2) == 0 {
            arguments.append("\(any(["a", "trunk", "head"]))=\(value(others, depth - 1))")
        }
        if below(16) == 0 { arguments.append("nothing=1") }
        let name = (constructor.receivers.isEmpty ? "" : "net.") + constructor.name
        return arguments.isEmpty && below(2) == 0 ? name : "\(name)(\(arguments.joined(separator: ", ")))"
    }
}
