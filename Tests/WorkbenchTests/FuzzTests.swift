import Foundation
import Presentation
import Tensors
import Testing

@testable import CommandLanguage
@testable import Workbench

/// A million cells that nobody would write, in the words of the whole language: no trap, no hang, and every error has its place in the source.
///
/// `THAW_FUZZ_ROUNDS` asks for another number. What ever failed is kept in `Fixtures/seeds.txt`.
@Suite struct FuzzTests {
    private static let rounds: Int = {
        #if DEBUG
            let usual = 20_000
        #else
            let usual = 1_000_000
        #endif
        return ProcessInfo.processInfo.environment["THAW_FUZZ_ROUNDS"].flatMap(Int.init) ?? usual
    }()

    /// A session with data, a network and other things to speak of.
    private static func session() -> Session {
        let session = Session(environment: [
            "THAW_HOME": FileManager.default.temporaryDirectory.appendingPathComponent("thaw-fuzz").path
        ])
        let cell = """
            bees = ImageFolder("\(ScratchFolder.clipart)")
            net = resnet18(); net.fc = Linear(classes); freeze net.layer1
            first = bees.train[0]; opt = SGD(lr=0.1); best = net.state_dict; layer = Linear(3); rate = 0.01
            """
        guard case .done = session.run(cell, output: RecordingOutput()) else {
            Issue.record("the session to speak of could not be made")
            return session
        }
        return session
    }

    @Test(arguments: [("bytes", 70), ("grammar", 15), ("damaged grammar", 15)])
    func cells(kind: String, percent: Int) {
        let dry = DryRun(Self.session())
        var writer = CellWriter(random: RandomSource(seed: UInt64(percent)), vocabulary: Session.vocabulary)
        let features = LanguageFeatures(Session.vocabulary, facts: dry.snapshot())
        for round in 0..<Self.rounds / 100 * percent {
            let cell = kind == "bytes" ? writer.bytes() : kind == "grammar" ? writer.cell() : writer.damaged()
            Self.check(cell, dry)
            if round % 512 == 0 { Self.checkServices(cell, features, cursor: writer.below(cell.unicodeScalars.count + 3) - 1) }
            // Large numbers would make layers that fit into the memory of some machines, and weights would be fetched.
            if kind == "grammar", round % 512 == 0, !cell.contains(/[0-9]{4}|(?i)imagenet|default/) {
                Self.checkAssigning(cell, dry.session)
            }
        }
        // The writer writes what the language understands: most of its calls are bound.
        if kind == "grammar" { #expect(dry.bound > Self.rounds / 100 * percent / 2) }
    }

    /// What failed once, and what takes a hostile mind.
    @Test func seeds() throws {
        let dry = DryRun(Self.session())
        let features = LanguageFeatures(Session.vocabulary, facts: dry.snapshot())
        let file = URL(fileURLWithPath: #filePath).deletingLastPathComponent().appendingPathComponent("Fixtures/seeds.txt")
        let seeds = try String(contentsOf: file, encoding: .utf8).split(separator: "\n").map(String.init)
        #expect(!seeds.isEmpty)
        for cell in seeds {
            Self.check(cell, dry)
            Self.checkServices(cell, features, cursor: cell.unicodeScalars.count)
            Self.checkAssigning(cell, dry.session)
        }
    }

    /// Things within things, as deep as they may be written: what takes double the time for each depth would not end.
    @Test(arguments: [
        ("SGD(lr=", ")"), ("SGD(lr=[", "])"), ("Sequential(a=", ")"), ("Sequential(a=[", "])"), ("Sequential([", "])"),
        ("RandomAffine(10, shear=[", "])"),
        ("CrossEntropyLoss(weight={\"a\": ", "})"), ("ImageFolder(\"a\", filter={\"b\": ", "})"), ("Normalize(", ")"),
        ("Concat(", ")"), ("Conv2d(", ")"), ("DataLoader(", ")"),
    ])
    func deep(opening: String, closing: String) {
        let dry = DryRun(Self.session())
        for inner in ["1", "ReLU", "nothing", "[]"] {
            for depth in [5, 20, 31] {
                Self.check(
                    "x = " + String(repeating: opening, count: depth) + inner + String(repeating: closing, count: depth), dry)
                Self.check(
                    "net.fc = " + String(repeating: opening, count: depth) + inner + String(repeating: closing, count: depth), dry
                )
                Self.check(
                    "train net on bees optimizer=" + String(repeating: opening, count: depth) + inner
                        + String(repeating: closing, count: depth), dry)
            }
        }
    }

    // MARK: - What must hold

    private static func check(_ cell: String, _ dry: DryRun) {
        let source = SourceText(cell)
        let completeness = Completeness(of: source)
        switch dry.run(source) {
        case .done: if completeness == .invalid { Issue.record("ran, but is called invalid: \(Value.text(cell).source)") }
        case .interrupted: Issue.record("interrupted by nobody: \(Value.text(cell).source)")
        case .failed(let diagnostics, _):
            if diagnostics.isEmpty { Issue.record("failed without saying why: \(Value.text(cell).source)") }
            for diagnostic in diagnostics { check(diagnostic, in: source) }
        }
    }

    /// The expectation macro is slow; it is only for what fails.
    private static func check(_ diagnostic: Diagnostic, in source: SourceText) {
        guard let span = diagnostic.span, span.start >= 0, span.start <= span.end, span.end <= source.bytes.count else {
            Issue.record("“\(diagnostic.message)” stands nowhere in \(Value.text(source.text).source)")
            return
        }
        if diagnostic.message.isEmpty || diagnostic.lines(in: source).count < 3 {
            Issue.record("“\(diagnostic.message)” shows no place in \(Value.text(source.text).source)")
        }
    }

    private static func checkServices(_ cell: String, _ features: LanguageFeatures, cursor: Int) {
        let (_, range) = features.complete(cell, atScalar: cursor)
        if range.lowerBound < 0 || range.upperBound > cell.unicodeScalars.count {
            Issue.record("completion outside of \(Value.text(cell).source)")
        }
        _ = features.inspect(cell, atScalar: cursor, detail: 1)
        _ = features.completeness(of: cell)
    }

    /// Assignments for good: what is put into the network or the data is what the language lets through. Then all is as it was.
    private static func checkAssigning(_ cell: String, _ session: Session) {
        let source = SourceText(cell)
        // Into objects only: a name may get anything, a network of any size or a folder of files too.
        let statements = Parser.parse(source).statements.filter {
            if case .assignment(let path, _, _) = $0 { !path.steps.isEmpty } else { false }
        }
        let state = session.state
        defer { session.state = state }
        for statement in statements {
            let assignment = SourceText(source[statement.span])
            if case .failed(let diagnostics, _) = session.run(assignment.text, output: RecordingOutput()) {
                for diagnostic in diagnostics { check(diagnostic, in: assignment) }
            }
        }
    }
}
