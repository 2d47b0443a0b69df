import Presentation
import Testing

@testable import CommandLanguage

/// What the files in Fixtures say of cells: `tokens.txt`, `trees.txt`, `cells.txt`, and the pages of help and reference.
@Suite struct GoldenTests {
    @Test func tokens() throws {
        try Golden.check("tokens.txt") { cell in
            let (tokens, diagnostics) = Lexer.tokens(of: SourceText(cell))
            return (tokens.map(\.short) + diagnostics.map { "! \($0.span.map { "\($0.start)-\($0.end)" } ?? "nowhere") \($0.message)" })
                .joined(separator: "\n")
        }
    }

    @Test func trees() throws {
        try Golden.check("trees.txt") { cell in
            let (statements, diagnostics) = Parser.parse(SourceText(cell))
            return (statements.map(\.tree) + diagnostics.map { "! \($0.span.map { "\($0.start)-\($0.end)" } ?? "nowhere") \($0.message)" })
                .joined(separator: "\n")
        }
    }

    /// What a session is told to do, or what is wrong, as a terminal shows it.
    @Test func cells() throws {
        try Golden.check("cells.txt") { cell in
            let bench = Bench()
            let source = SourceText(cell)
            let outcome = SmallLanguage.interpreter(bench).run(source)
            var lines = bench.log + bench.shown.map { String($0.plain.prefix { $0 != "\n" }) }
            switch outcome {
            case .done(let count): lines.append("done \(count)")
            case .interrupted(let count): lines.append("interrupted after \(count)")
            case .failed(let diagnostics, let count):
                lines.append("failed after \(count)")
                for diagnostic in diagnostics {
                    #expect(diagnostic.span.map { $0.start >= 0 && $0.start <= $0.end && $0.end <= source.bytes.count } == true, "\(cell)")
                    lines += diagnostic.lines(in: source)
                }
            }
            return lines.joined(separator: "\n").replacing("\0", with: "\\0")
        }
    }

    @Test func helpPages() throws {
        let help = Help(SmallLanguage.vocabulary)
        var text = ""
        for topic in ["", "train", "freeze", "SGD", "Linear", "until", "train (group)", "look", "optimizers", "learning rate", "next"] {
            let page = help.page(for: topic.replacing(" (group)", with: ""), next: [("data = ImageFolder(\"…\")", "no data yet")])
            text += "=== help \(topic)\n\(page?.plain ?? "nothing")\n\n"
        }
        try Golden.check("help.txt", is: text)
        #expect(help.page(for: "zzz") == nil)
        #expect(help.topics.allSatisfy { help.page(for: $0) != nil })
    }

    @Test func helpHTML() throws {
        let page = try #require(Help(SmallLanguage.vocabulary).page(for: "train"))
        guard case .text(let html)? = page.contents["text/html"] else {
            Issue.record("no HTML")
            return
        }
        try Golden.check("help-train.html", is: html + "\n")
    }

    @Test func reference() throws { try Golden.check("reference.md", is: Reference(SmallLanguage.vocabulary).markdown) }

    @Test func diagnosticsInHTML() throws {
        var text = ""
        for cell in ["train net epoch=5", "x = <script>alert(1)</script>", "x = \"<b>", "a = 1\nx = netz", "import torch", String(repeating: "x", count: 400) + " 1 <"] {
            let source = SourceText(cell)
            guard case .failed(let diagnostics, _) = SmallLanguage.interpreter().run(source) else {
                Issue.record("no error: \(cell)")
                continue
            }
            text += diagnostics.map { $0.html(in: source) + "\n" }.joined() + "\n"
        }
        #expect(!text.contains("<script"))
        try Golden.check("diagnostics.html", is: text)
    }

    /// Together the tables say at least this much.
    @Test func thereAreEnoughCases() throws {
        let count = try ["tokens.txt", "trees.txt", "cells.txt"].reduce(0) { try $0 + Golden.cases($1).count }
        #expect(count + CompletionTests.cases.count >= 300, "\(count) and \(CompletionTests.cases.count)")
    }

    @Test func vocabularyIsSound() { #expect(SmallLanguage.vocabulary.problems == []) }
}
