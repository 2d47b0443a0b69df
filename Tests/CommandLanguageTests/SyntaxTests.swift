import Testing

@testable import CommandLanguage

@Suite struct SyntaxTests {
    @Test(arguments: [
        ("", Completeness.complete), ("train epochs=5", .complete), ("a = [1, 2]", .complete), ("# only \\", .complete),
        ("a = [1,", .incomplete(indent: "    ")), ("a = f(g(", .incomplete(indent: "        ")),
        ("train net \\", .incomplete(indent: "    ")), ("train net \\\n", .incomplete(indent: "    ")), ("train net \\\non bees", .complete),
        ("a = \"open", .incomplete(indent: "")), ("a = [\"open", .incomplete(indent: "    ")), ("a = \"open\nb = 1", .invalid), ("a = \"open\n", .invalid),
        ("train \\ x", .invalid), ("a = [1, # (", .incomplete(indent: "    ")), ("a = (1; b", .invalid), ("(((", .incomplete(indent: "            ")),
        ("train?", .complete), ("a = {", .incomplete(indent: "    ")), ("!ls", .invalid), ("a = 'it\"s'", .complete), ("import torch", .invalid),
        ("a = 1]", .invalid), ("a = ", .invalid),
    ])
    func completeness(cell: String, expected: Completeness) {
        #expect(Completeness(of: SourceText(cell)) == expected, "\(cell)")
    }

    /// Every error has a place inside the source, whatever the bytes.
    @Test func truncatedAndDamagedCellsNeverTrap() {
        let cell = "net.fc = Sequential(a=Linear(2), b=[0.8..1.0, 224x224, 20%])\ntrain net on bees lr=1e-3 {\"é.*\": -1}; net.**.w[3]?\\\n!ls"
        var random = SplitMix(state: 7)
        let original = Array(cell.utf8)
        for round in 0..<3000 {
            var bytes = Array(original.prefix(round % (original.count + 1)))
            for _ in 0..<(round % 4) where !bytes.isEmpty {
                bytes[Int(random.next() % UInt64(bytes.count))] = UInt8(truncatingIfNeeded: random.next())
            }
            check(SourceText(String(decoding: bytes, as: UTF8.self)))
        }
    }

    @Test(arguments: ["(", "[", "{", "-", "a=[", "f(", "a.", "\u{0}", "\\\r\n"])
    func deepNestingIsBounded(piece: String) { check(SourceText("x = " + String(repeating: piece, count: 10_000))) }

    private func check(_ source: SourceText) {
        for diagnostic in Parser.parse(source).diagnostics {
            guard let span = diagnostic.span else {
                Issue.record("no place: \(diagnostic.message)")
                continue
            }
            #expect(span.start >= 0 && span.start <= span.end && span.end <= source.bytes.count, "\(diagnostic.message)")
            #expect(!diagnostic.lines(in: source).isEmpty)
        }
    }
}
