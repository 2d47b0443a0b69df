import Foundation
import Presentation
import Testing

@testable import CommandLanguage

/// Inputs that nobody would write: no trap, no hang, and every error has its place inside the source.
@Suite struct FuzzTests {
    /// The language by itself, over a vocabulary made for tests; a million inputs go through the whole one in `WorkbenchTests`.
    /// `THAW_FUZZ_ROUNDS` asks for another number. What ever failed is kept in `Fixtures/seeds.txt`.
    private static let rounds: Int = {
        #if DEBUG
            let usual = 20_000
        #else
            let usual = 200_000
        #endif
        return ProcessInfo.processInfo.environment["THAW_FUZZ_ROUNDS"].flatMap(Int.init) ?? usual
    }()

    @Test func bytes() {
        var random = SplitMix(state: 1)
        let alphabet = Array("ab1.0*=([{}]),:;\"'\\#?+-/%x \n\r\t_é🐝\0!@<".utf8)
        for _ in 0..<Self.rounds {
            let count = random.below(24)
            let bytes = (0..<count).map { _ in random.below(8) == 0 ? UInt8(truncatingIfNeeded: random.next()) : alphabet[random.below(alphabet.count)] }
            Self.checkSyntax(String(decoding: bytes, as: UTF8.self))
        }
    }

    @Test func grammar() {
        var cells = CellGenerator(random: SplitMix(state: 2))
        for round in 0..<Self.rounds / 4 {
            let cell = cells.cell()
            Self.checkSyntax(cell)
            if round % 4 == 0 { Self.checkRunning(cell) }
        }
    }

    @Test func damagedGrammar() {
        var cells = CellGenerator(random: SplitMix(state: 3))
        for round in 0..<Self.rounds / 4 {
            let cell = cells.damaged()
            Self.checkSyntax(cell)
            if round % 8 == 0 { Self.checkServices(cell, &cells.random) }
        }
    }

    /// What failed once.
    @Test func seeds() throws {
        var random = SplitMix(state: 4)
        for (cell, _) in try Golden.cases("seeds.txt") {
            let source = Golden.unescaped(cell)
            Self.checkSyntax(source)
            Self.checkRunning(source)
            Self.checkServices(source, &random)
        }
    }

    /// 1 MB of a cell, and 10,000 brackets within each other.
    @Test(arguments: [
        "x = 1\n", "(", "[", "{", "a.", "a[", "f(", "-", "\"", "\\\n", "\0", "\r\n", ";", "1 + ", "é", "🐝", "x ", "?", "net.", "[1, ", "{\"a\": ", "#", "1*", "f()", "a.b()", "x;", "(;", "x? ", "a=1;",
    ])
    func large(piece: String) {
        var random = SplitMix(state: 5)
        let nested = "x = " + String(repeating: piece, count: 10_000)
        Self.checkSyntax(nested)
        Self.checkServices(nested, &random)
        let megabyte = String(repeating: piece, count: 1_000_000 / piece.utf8.count)
        Self.checkSyntax(megabyte)
    }

    // MARK: - What must hold

    static func check(_ diagnostics: [Diagnostic], _ source: SourceText) {
        // The expectation macro is slow; it is only for what fails.
        for diagnostic in diagnostics {
            guard let span = diagnostic.span, span.start >= 0, span.start <= span.end, span.end <= source.bytes.count else {
                Issue.record("\(diagnostic.message) stands nowhere in \(Value.text(source.text).source)")
                continue
            }
            if diagnostic.message.isEmpty { Issue.record("no message for \(Value.text(source.text).source)") }
        }
        for diagnostic in diagnostics.prefix(3) where diagnostic.lines(in: source).count < 3 {
            Issue.record("no place shown for \(Value.text(source.text).source)")
        }
    }

    static func checkSyntax(_ cell: String) {
        let source = SourceText(cell)
        let (statements, diagnostics) = Parser.parse(source)
        check(diagnostics, source)
        for statement in statements where statement.span.start < 0 || statement.span.end > source.bytes.count || statement.span.start > statement.span.end {
            Issue.record("a statement of \(Value.text(cell).source) stands nowhere")
        }
        let completeness = Completeness(of: source)
        if completeness == .complete, !diagnostics.isEmpty { Issue.record("complete, but wrong: \(Value.text(cell).source)") }
    }

    static func checkRunning(_ cell: String) {
        let source = SourceText(cell)
        if case .failed(let diagnostics, _) = SmallLanguage.interpreter().run(source) { check(diagnostics, source) }
    }

    static func checkServices(_ cell: String, _ random: inout SplitMix) {
        let features = LanguageFeatures(SmallLanguage.vocabulary, facts: Bench().snapshot())
        let count = cell.unicodeScalars.count
        let cursor = random.below(count + 3) - 1
        let (_, range) = features.complete(cell, atScalar: cursor)
        if range.lowerBound < 0 || range.upperBound > count { Issue.record("completion outside of \(Value.text(cell).source)") }
        _ = features.inspect(cell, atScalar: cursor, detail: cursor & 1)
    }
}

/// Writes cells that are mostly right.
struct CellGenerator {
    var random: SplitMix

    init(random: SplitMix) { self.random = random }

    mutating func cell() -> String { (0...random.below(3)).map { _ in statement() }.joined(separator: random.below(2) == 0 ? "\n" : "; ") }

    /// A cell with something taken out, doubled, or put in.
    mutating func damaged() -> String {
        var scalars = Array(cell().unicodeScalars)
        let strange: [Unicode.Scalar] = ["\0", "(", ")", "]", "{", "\"", "\\", "\r", "\n", "=", ".", "*", "é", "🐝", "\u{301}", "\u{FEFF}"]
        for _ in 0...random.below(3) where !scalars.isEmpty {
            let place = random.below(scalars.count)
            switch random.below(4) {
            case 0: scalars.remove(at: place)
            case 1: scalars.insert(scalars[place], at: place)
            case 2: scalars.insert(strange[random.below(strange.count)], at: place)
            default: scalars.removeSubrange(place..<min(scalars.count, place + 3))
            }
        }
        var text = String.UnicodeScalarView()
        text.append(contentsOf: scalars)
        return String(text)
    }

    private mutating func any(_ words: [String]) -> String { words[random.below(words.count)] }

    private mutating func statement() -> String {
        switch random.below(6) {
        case 0: "\(path()) = \(value(3))"
        case 1: path()
        case 2: any(["train?", "?SGD", "net.layer4?", "?", "show batch?"])
        default: command()
        }
    }

    private mutating func command() -> String {
        var words = [any(["train", "fit", "show", "show batch", "find lr", "freeze", "load", "save", "predict", "set", "fail", "foo"])]
        for _ in 0..<random.below(5) {
            switch random.below(4) {
            case 0: words.append("\(option())=\(value(2))")
            case 1: words.append(any(["on", "from", "to", "with", "until", "quiet", "partial"]))
            default: words.append(value(2))
            }
        }
        return words.joined(separator: " ")
    }

    private mutating func option() -> String { any(["epochs", "lr", "optimizer", "scheduler", "keep", "n", "top", "share", "size", "range", "bn", "names", "nothing"]) }

    private mutating func path() -> String {
        var text = any(["net", "bees", "best", "rate", "日本", "x", "y", "classes", "resnet18"])
        for _ in 0..<random.below(3) { text += any([".layer4", ".0", ".*", ".**", ".fc", ".train", "[3]", "[\"ants\"]", "[0..2]", ".transform", ".lr"]) }
        return text
    }

    private mutating func value(_ depth: Int) -> String {
        if depth == 0 || random.below(3) == 0 {
            return any(["1", "-1", "0", "0.5", "1e-3", "20%", "224x224", "\"a.png\"", "'b'", "true", "none", "best", "imagenet", "9223372036854775807", path()])
        }
        switch random.below(8) {
        case 0: return "[\((0..<random.below(4)).map { _ in value(depth - 1) }.joined(separator: ", "))]"
        case 1: return "{\((0..<random.below(3)).map { _ in "\(any(["\"a\"", "b", "net.fc", "1"])): \(value(depth - 1))" }.joined(separator: ", "))}"
        case 2: return "\(value(depth - 1))..\(value(depth - 1))"
        case 3: return "\(value(depth - 1)) \(any(["+", "-", "*", "/"])) \(value(depth - 1))"
        case 4: return "(\(value(depth - 1)))"
        case 5: return path()
        default:
            let arguments = (0..<random.below(3)).map { _ in random.below(2) == 0 ? value(depth - 1) : "\(any(["lr", "momentum", "bias", "weights", "a", "root"]))=\(value(depth - 1))" }
            return "\(any(["SGD", "StepLR", "Linear", "Sequential", "resnet18", "ImageFolder", "CenterCrop", "ToTensor", "net.until", "Foo"]))(\(arguments.joined(separator: ", ")))"
        }
    }
}

/// SplitMix64 (Steele, Lea and Flood 2014): the same inputs on every run.
struct SplitMix {
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var z = state
        z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
        z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
        return z ^ (z >> 31)
    }

    mutating func below(_ bound: Int) -> Int { bound > 0 ? Int(next() % UInt64(bound)) : 0 }
}
