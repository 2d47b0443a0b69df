import CommandLanguage
import Foundation
import Testing

@testable import Workbench

/// What the whole language says, word for word: `Fixtures/answers.txt` has cells with all that is shown, `Fixtures/help.txt` pages of help.
@Suite struct GoldenTests {
    /// Wrong cells, habits, and small things that are right, each in a session with data and a network.
    @Test func answers() throws {
        try ScratchFolder.use { folder in
            try folder.fill(train: 2, val: 1)
            let desk = Desk()
            try desk.prepare("net")
            desk.run("rate = 0.01; lr = 0.1; letters = [\"a\", \"b\"]; batch = 4; snapshot before")
            let (state, past) = (desk.session.state, desk.session.past)
            try Golden.check("answers.txt") { cell in
                desk.session.state = state
                desk.session.past = past
                let (text, problem) = desk.attempt(cell)
                return [text, problem].compactMap { $0 }.filter { !$0.isEmpty }.joined(separator: "\n").replacing(
                    "\0", with: "\\0")
            }
        }
    }

    @Test func helpPages() throws {
        try ScratchFolder.use { folder in
            try folder.fill(train: 2, val: 1)
            let desk = Desk()
            try desk.prepare("net")
            try Golden.check("help.txt") { desk.run($0) }
        }
    }

    /// Words that people search for lead to what they need.
    @Test(arguments: [
        ("learning rate", "find lr"), ("overfitting", "train"), ("augmentation", "show augment"), ("how do I train", "train"),
        ("freeze layers", "freeze"),
        ("confusion matrix", "show confusion"), ("early stopping", "train"), ("class weights", "CrossEntropyLoss"),
        ("image size", "Resize"), ("export onnx", "export"),
        ("wrong labels", "relabel"), ("wildcards", "paths"), ("ranges", "values"), ("comments", "lines"),
        ("what next?", "What next?"), ("seed", "set"), ("gpu", "set"),
        ("duplicates", "check"), ("imbalance", "DataLoader"), ("schedulers", "StepLR"), ("resume", "resume"),
        ("grad cam", "explain"),
    ])
    func searching(question: String, expected: String) throws {
        let desk = Desk()
        desk.run("net = resnet18()")
        let page = desk.run("help \"\(question)\"")
        #expect(page.contains(expected), "\(question):\n\(page)")
    }
}
