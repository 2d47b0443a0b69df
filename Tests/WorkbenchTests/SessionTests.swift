import CommandLanguage
import Foundation
import Learning
import NeuralNetworks
import Presentation
import Testing

@testable import Workbench

/// The session itself: what it remembers, shows, takes back, and asks.
@Suite struct SessionTests {
    // MARK: - Writing and showing

    @Test(arguments: [
        ("print \"hello from\", 6 * 7", "hello from 42"), ("print", ""), ("print 1 2 3", "1 2 3"), ("print 20% 224x224 0.8..1 true none", "20% 224x224 0.8..1 true none"),
        ("print \"a\" + \"b\"", "ab"), ("rate = 0.1\nprint rate / 10", "0.01"), ("print {\"a\": 1}", "{\"a\": 1}"), ("print \"<b>\"", "<b>"),
    ])
    func prints(cell: String, expected: String) { #expect(Desk().run(cell) == expected) }

    @Test func showsValues() {
        let desk = Desk()
        #expect(desk.run("show 6 * 7") == "42")
        #expect(desk.run("rate = 0.1\nshow rate") == "0.1")
        #expect(desk.run("rate") == "0.1")
        #expect(desk.run("show SGD").hasPrefix("SGD("))
        #expect(desk.run("show").contains("rate"))
        #expect(desk.problem("show nothing").contains("Nothing here is called `nothing`."))
        #expect(desk.problem("show status").contains("`status` is a verb"))
        #expect(desk.problem("show rat").contains("Did you mean `rate`?"))
    }

    @Test func namesTellKinds() throws {
        try ScratchFolder.use { folder in
            try folder.fill(train: 2, val: 1)
            let desk = Desk()
            desk.run("bees = ImageFolder(\"pictures\")\nopt = SGD(lr=0.1)\nlong = \"\(String(repeating: "x", count: 500))\"")
            let text = desk.run("names")
            for word in ["bees", "dataset", "opt", "optimizer", "trainer", "classes", "3, of bees"] { #expect(text.contains(word), "\(word)") }
            #expect(text.split(separator: "\n").allSatisfy { $0.count < 160 })
        }
    }

    @Test func historyCountsCells() {
        let desk = Desk()
        #expect(desk.run("history").contains("first cell"))
        desk.run("a = 1\nb = 2")
        _ = desk.attempt("train")
        #expect(desk.run("history") == "[1] history\n[2] a = 1\n     b = 2\n[3] train")
        #expect(desk.run("history n=1").hasSuffix("[4] history"))
        #expect(desk.run("history search=\"B = \"") == "[2] a = 1\n     b = 2")
        #expect(desk.output.pages.allSatisfy { !$0.contains("<script") })
        desk.run("print \"<script>\"")
        desk.run("history")
        #expect(desk.output.pages.allSatisfy { !$0.contains("<script") })
    }

    // MARK: - Settings

    @Test func settings() {
        let desk = Desk()
        let all = desk.run("set")
        for setting in Setting.allCases {
            #expect(all.contains(setting.rawValue))
            #expect(desk.run("set \(setting.rawValue)").hasPrefix(setting.rawValue))
        }
        #expect(desk.run("set seed 7").contains("seed: 7 (was 0)"))
        #expect(desk.session.state.trainer.settings.seed == 7)
        #expect(desk.run("set seed 7").contains("already"))
        desk.run("set device openblas")
        #expect(desk.session.state.trainer.options.backend == .openBLAS)
        desk.run("set threads=2")
        #expect(desk.session.state.trainer.options.threads == 2)
        desk.run("set threads none")
        #expect(desk.session.state.trainer.options.threads == 0)
        desk.run("set exact true; set rows 12; set picture_width 64; set live false; set feature_memory 0.5")
        #expect(desk.session.state.trainer.options.isExact && desk.session.state.display == DisplaySettings(rows: 12, pictureWidth: 64, isLive: false))
        #expect(desk.session.state.trainer.bounds.featureMemory == 500_000_000)
    }

    @Test(arguments: [
        ("set sed 1", "Did you mean `seed`?"), ("set seed -1", "set seed should be a whole number"), ("set seed 1.5", "set seed should be"),
        ("set device gpu", "set device should be onednn or openblas, not `gpu`."), ("set device openblaz", "Did you mean `openblas`?"),
        ("set exact maybe", "true or false"), ("set threads 0", "from 1 to 1024"), ("set precision bf16; set device openblas", "float32 only"),
        ("set colour red", "set: name should be"),
    ])
    func wrongSettings(cell: String, expected: String) {
        let (text, problem) = Desk().attempt(cell)
        // Where the processor has no bfloat16, that is what is told.
        #expect((problem ?? text).contains(expected) || (problem ?? "").contains("bfloat16"), "\(problem ?? text)")
    }

    // MARK: - Undo

    @Test func undoesValues() {
        let desk = Desk()
        #expect(desk.problem("undo").contains("There is nothing to undo."))
        desk.run("a = 1")
        desk.run("a = 2; b = 3")
        desk.run("print a")
        #expect(desk.run("undo").contains("Back to before `a = 2; b = 3`."))
        #expect(desk.run("print a") == "1")
        #expect(desk.problem("print b").contains("Nothing here is called `b`."))
        desk.run("a = 5")
        desk.run("a = 6")
        desk.run("undo 2")
        #expect(desk.run("print a") == "1")
        #expect(desk.problem("undo 3").contains("Only 1 cell can be undone."))
        #expect(desk.problem("undo 0").contains("from 1 to 20"))
        // A cell that goes back counts from what it changed itself.
        #expect(desk.run("a = 9; undo; print a").hasSuffix("1"))
        // Twice in a cell is two cells back, and what a cell does after going back can be undone alone.
        for number in 2...4 { desk.run("a = \(number)") }
        #expect(desk.run("undo; undo; print a").hasSuffix("2"))
        desk.run("undo; a = 7")
        #expect(desk.run("print a") == "7" && desk.run("undo; print a").hasSuffix("1"))
    }

    @Test func undoIsBounded() {
        let desk = Desk()
        for number in 0..<30 { desk.run("a = \(number)") }
        #expect(desk.session.past.undoable.count == PastStates.limit)
        desk.run("undo 20")
        #expect(desk.run("print a") == "9")
        for number in 0..<30 { desk.run("snapshot s\(number)") }
        #expect(desk.session.past.named.map(\.name) == (10..<30).map { "s\($0)" })
    }

    @Test func snapshots() {
        let desk = Desk()
        desk.run("a = 1")
        #expect(desk.run("snapshot").contains("Snapshot s1 taken"))
        desk.run("a = 2")
        desk.run("snapshot before")
        desk.run("a = 3")
        #expect(desk.problem("undo to befor").contains("before"))
        desk.run("undo to before")
        #expect(desk.run("print a") == "2")
        desk.run("undo to \"s1\"")
        #expect(desk.run("print a") == "1")
        // Going to a snapshot can be undone.
        desk.run("undo")
        #expect(desk.run("print a") == "2")
        #expect(desk.run("status").contains("snapshots: s1, before"))
    }

    @Test func undoBringsWeightsAndTrainerBack() throws {
        try ScratchFolder.use { folder in
            try folder.fill(train: 4, val: 2)
            let desk = Desk()
            try desk.prepare("net")
            let before = try #require(desk.session.object(named: "net") as? NetworkObject)
            desk.run("train net on bees epochs=2 batch_size=4 lr=0.1")
            let after = try #require(desk.session.object(named: "net") as? NetworkObject)
            #expect(before.model.parameters != after.model.parameters)
            // Of the network nothing but the head was trained: the rest is shared, and costs nothing.
            let head = before.model.trainableNames.reduce(0) { $0 + (before.model.parameters[$1]?.byteCount ?? 0) }
            let cost = desk.session.past.byteCount(beside: desk.session.state)
            #expect(cost >= head && cost < before.model.parameters.names.reduce(0) { $0 + (before.model.parameters[$1]?.byteCount ?? 0) } / 2)
            let text = desk.run("undo")
            #expect(text.contains("net (weights)") && text.contains("trainer: 0 epochs instead of 2"), "\(text)")
            let back = try #require(desk.session.object(named: "net") as? NetworkObject)
            #expect(back.model.parameters == before.model.parameters)
            #expect(desk.session.state.trainer.epochCount == 0)
        }
    }

    // MARK: - Deleting

    @Test func deletes() throws {
        try ScratchFolder.use { folder in
            try folder.fill(train: 4, val: 2)
            let desk = Desk()
            try desk.prepare("net")
            #expect(desk.problem("delete nett").contains("Did you mean `net`?"))
            #expect(desk.problem("delete trainer").contains("always there"))
            #expect(desk.problem("delete net.fc").contains("Only whole objects"))
            // A swapped head alone is no training.
            desk.run("delete net")
            desk.run("undo")
            desk.run("train net on bees epochs=1 batch_size=4 lr=0.1")
            let refusal = desk.problem("delete net bees")
            #expect(refusal.contains("nobody to ask") && refusal.contains("`delete net bees force`"))
            #expect(desk.run("delete net", answers: ["n"]).contains("Nothing was deleted."))
            #expect(desk.output.questions == ["net was trained. Delete? [y/N] "])
            #expect(desk.run("delete net", answers: [" Yes\n"]).contains("deleted net"))
            #expect(desk.session.state.modelName == nil)
            desk.run("undo")
            desk.run("delete net force")
            #expect(desk.session.names == ["bees"])
        }
    }

    @Test func resets() throws {
        try ScratchFolder.use { folder in
            try folder.fill(train: 4, val: 2)
            let desk = Desk()
            try desk.prepare("net")
            desk.run("set seed 3; train net on bees epochs=1 batch_size=4")
            #expect(desk.problem("reset").contains("`reset force`"))
            #expect(desk.run("reset", answers: ["no"]).contains("Nothing was forgotten."))
            #expect(desk.run("reset", answers: ["y"]).contains("forgot 2 names, 1 epoch trained"))
            #expect(desk.session.names.isEmpty && desk.session.state.trainer.epochCount == 0 && desk.session.state.trainer.settings.seed == 3)
            desk.run("undo")
            #expect(desk.session.names == ["bees", "net"] && desk.session.state.trainer.epochCount == 1)
            desk.run("reset force")
            #expect(desk.run("reset").contains("as it was at the start"))
        }
    }
}
