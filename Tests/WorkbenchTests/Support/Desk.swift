import CommandLanguage
import Foundation
import Presentation
import Testing

@testable import Workbench

/// A session to try cells on, in the present working folder.
final class Desk {
    let session: Session
    private(set) var output = RecordingOutput()

    init() {
        var environment = ProcessInfo.processInfo.environment
        environment["THAW_HOME"] = ".thaw"
        session = Session(environment: environment)
    }

    /// Runs a cell that must succeed, and gives what it shows.
    @discardableResult
    func run(_ cell: String, answers: [String] = [], sourceLocation: SourceLocation = #_sourceLocation) -> String {
        let (text, problem) = attempt(cell, answers: answers)
        if let problem { Issue.record("\(cell)\n\(problem)", sourceLocation: sourceLocation) }
        return text
    }

    /// Runs a cell, and gives what it shows, and what is wrong as a terminal would show it.
    func attempt(_ cell: String, answers: [String] = []) -> (text: String, problem: String?) {
        output = RecordingOutput(answers: answers)
        switch session.run(cell, output: output) {
        case .done: return (output.text, nil)
        case .interrupted: return (output.text, "interrupted")
        case .failed(let diagnostics, _):
            return (output.text, diagnostics.map { $0.text(in: SourceText(cell)) }.joined(separator: "\n"))
        }
    }

    /// What is wrong with a cell that must fail.
    func problem(_ cell: String, answers: [String] = [], sourceLocation: SourceLocation = #_sourceLocation) -> String {
        let before = session.revision
        let (text, problem) = attempt(cell, answers: answers)
        if problem == nil { Issue.record("\(cell) did not fail, and showed:\n\(text)", sourceLocation: sourceLocation) }
        // A cell of one statement that fails has changed nothing.
        if !cell.contains("\n"), !cell.contains(";"), session.revision != before {
            Issue.record("\(cell) failed and changed the session", sourceLocation: sourceLocation)
        }
        return problem ?? ""
    }

    /// A desk in a scratch folder, with its pictures as `bees`.
    static func withPictures(_ body: (Desk) throws -> Void) throws {
        try ScratchFolder.use { folder in
            try folder.fill()
            let desk = Desk()
            desk.run("bees = ImageFolder(\"pictures\")")
            try body(desk)
        }
    }

    /// What declarations say stands before their examples.
    static let setups: [String: [String]] = [
        "": [],
        "data": ["bees = ImageFolder(\"pictures\")"],
        "net": ["bees = ImageFolder(\"pictures\")", "net = resnet18()", "freeze net", "net.fc = Linear(classes)"],
        "trained": [
            "bees = ImageFolder(\"pictures\")", "net = resnet18()", "freeze net", "net.fc = Linear(classes)",
            "train net on bees epochs=1 batch_size=8", "evaluate",
        ],
    ]

    func prepare(_ setup: String, sourceLocation: SourceLocation = #_sourceLocation) throws {
        for cell in try #require(Self.setups[setup], "there is no setup \(setup)", sourceLocation: sourceLocation) {
            run(cell, sourceLocation: sourceLocation)
        }
    }
}
