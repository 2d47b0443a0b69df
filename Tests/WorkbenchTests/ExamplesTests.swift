import CommandLanguage
import Foundation
import Testing

@testable import Workbench

/// Every declaration's examples are cells that work, in its setup, without a network.
@Suite struct ExamplesTests {
    /// A verb or a constructor with its examples.
    struct Declared {
        let name: String
        let setup: String
        let examples: [String]
    }

    static let declared: [Declared] =
        Session.vocabulary.verbs.map { Declared(name: $0.name, setup: $0.setup, examples: $0.examples) }
        + Session.vocabulary.constructors.map { Declared(name: $0.name, setup: $0.setup, examples: $0.examples) }
        + Guide.pages.map { Declared(name: "help \($0.name)", setup: "net", examples: $0.examples) }

    @Test(arguments: Desk.setups.keys.sorted())
    func examplesRun(setup: String) throws {
        let declared = Self.declared.filter { $0.setup == setup }
        try ScratchFolder.use { folder in
            try folder.fill()
            let desk = Desk()
            try desk.prepare(setup)
            let (state, cells) = (desk.session.state, desk.session.cells)
            for declaration in declared {
                // Files stay for a declaration's next example; what was in memory does not.
                for example in declaration.examples {
                    desk.session.state = state
                    desk.session.cells = cells
                    desk.session.past = PastStates()
                    let begin = ContinuousClock.now
                    let (text, problem) = desk.attempt(example)
                    if let problem { Issue.record("\(declaration.name): \(example)\n\(problem)") }
                    if ProcessInfo.processInfo.environment["THAW_SHOW_EXAMPLES"] == "1" {
                        print("▶ \(example)    [\(ContinuousClock.now - begin)]\n\(text)\n")
                    }
                    Self.checkPages(desk.output, example)
                }
            }
        }
    }

    /// What a notebook is given: every page is markup that is closed, and no script.
    private static func checkPages(_ output: RecordingOutput, _ example: String) {
        for page in output.pages {
            if page.contains("<script") || page.contains("javascript:") { Issue.record("\(example) shows a script") }
            for tag in ["table", "div", "pre", "svg", "tr", "td"] {
                let opened = page.components(separatedBy: "<\(tag)>").count + page.components(separatedBy: "<\(tag) ").count - 2
                let closed = page.components(separatedBy: "</\(tag)>").count - 1
                if opened != closed { Issue.record("\(example): \(opened) <\(tag)> and \(closed) </\(tag)>") }
            }
        }
    }

    @Test func everySetupIsKnown() {
        for declaration in Self.declared where Desk.setups[declaration.setup] == nil {
            Issue.record("\(declaration.name) has the setup \(declaration.setup), which nobody prepares")
        }
    }
}
