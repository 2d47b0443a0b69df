import CommandLanguage
import Foundation
import Learning
import NeuralNetworks
import Presentation
import Testing

@testable import Workbench

/// Looking at what was trained, and using it.
@Suite struct UsingTests {
    private static func trained(_ body: (Desk) throws -> Void) throws {
        try TrainingTests.use { _ in
            let desk = TrainingTests.desk()
            desk.run("train net on bees epochs=3 batch_size=4 lr=0.02 name=\"first\"")
            try body(desk)
        }
    }

    @Test func looks() throws {
        try Self.trained { desk in
            #expect(desk.run("show confusion").contains("net on bees, val"))
            let evaluation = try #require(desk.session.state.evaluated).evaluation
            let matrix = desk.run("show confusion")
            #expect(matrix.contains("true ↓ said →") && desk.output.pages.contains { $0.contains("data:image/svg+xml") })
            #expect(desk.run("show confusion normalize=true").contains("%"))
            let mistakes = desk.run("show mistakes n=2")
            let wrong = evaluation.mistakes
            if let worst = wrong.first {
                #expect(mistakes.contains("[\(worst.index)]") && mistakes.contains("relabel bees.val[\(worst.index)] as"))
                #expect(desk.output.pages.contains { $0.contains("data:image/") })
            } else {
                #expect(mistakes.contains("no mistakes"))
            }
            for name in ["bugs", "flowers", "fruit"] {
                let label = try #require(evaluation.classes.firstIndex(of: name))
                let told = desk.run("show mistakes label=\"\(name)\"")
                let count = wrong.count { $0.label == label }
                #expect(told.contains(count == 0 ? "no mistakes among the 3 pictures of \(name) in bees.val" : "in 3 pictures of \(name) in bees.val"), "\(told)")
            }
            #expect(desk.run("show predictions n=4").contains("[picture 4]"))
            #expect(desk.run("show predictions n=2 order=unsure").contains("%"))
            #expect(desk.run("show calibration").contains("expected calibration error"))
            #expect(desk.run("show history").contains("train loss"))
            #expect(desk.run("trainer.history") == desk.run("show history"))
            // Other weights are evaluated anew.
            desk.run("train epochs=1 keep=last")
            #expect(desk.run("show confusion").contains("net on bees, val"))
        }
    }

    @Test func findingARateChangesNothing() throws {
        try Self.trained { desk in
            let before = try #require(desk.session.object(named: "net") as? NetworkObject).model.fingerprint
            let revision = desk.session.revision
            let text = desk.run("find lr steps=30")
            #expect(text.contains("suggestion") || text.contains("never fell"))
            #expect(desk.session.revision == revision)
            let after = try #require(desk.session.object(named: "net") as? NetworkObject).model.fingerprint
            #expect(after == before)
            #expect(desk.problem("find lr range=1..0.1").contains("range"))
        }
    }

    @Test func fineTuningPrintsCellsThatDoTheSame() throws {
        try TrainingTests.use { _ in
            let short = TrainingTests.desk()
            let text = short.run("finetune net on bees epochs=2 head_epochs=1 batch_size=4")
            let cells = text.split(separator: "\n").filter { $0.hasPrefix("    ") }.map {
                $0.trimmingCharacters(in: .whitespaces)
            }.prefix(5)
            #expect(cells.contains { $0.hasPrefix("train net on bees epochs=1") })
            try FileManager.default.removeItem(atPath: ".thaw")
            let long = TrainingTests.desk()
            for cell in cells { long.run(cell) }
            let models = [short, long].compactMap { ($0.session.object(named: "net") as? NetworkObject)?.model.fingerprint }
            #expect(models.count == 2 && models[0] == models[1])
        }
    }

    @Test func predictsFilesFoldersAndParts() throws {
        try Self.trained { desk in
            let one = desk.run("predict \"picture.png\" top=2")
            #expect(one.contains("picture.png") && one.contains("%"))
            let told = desk.run("predict bees.val to=\"out.csv\" n=0")
            #expect(told.contains("9 predictions written to out.csv") && !told.contains("probability"))
            let lines = try String(contentsOfFile: "out.csv", encoding: .utf8).split(separator: "\n")
            #expect(lines.count == 10)
            #expect(lines[0] == "image,class,probability,bugs,flowers,fruit")
            #expect(desk.run("predict \"pictures/val\" n=1").contains("fruit"))
            #expect(desk.run("predict \"pictures/val/*/*.png\" with net n=1").contains("fruit"))
            #expect(desk.run("predict net bees.val[0]").contains("bugs"))
            #expect(desk.problem("predict \"nowhere/*.png\"").contains("nowhere"))
            #expect(desk.problem("predict net").contains("needs pictures"))
            // A file that is no picture is told and does not stop the others.
            try "no picture".write(toFile: "pictures/val/bugs/broken.png", atomically: true, encoding: .utf8)
            #expect(desk.run("predict \"pictures/val\" n=0").contains("1 picture could not be read"))
        }
    }

    /// As a shell reads them: a pattern stays in its folder, and only `**` goes into others.
    @Test func patternsStayInTheirFolder() throws {
        try Self.trained { desk in
            for pattern in ["*.png", "./*.png", "pict*.png"] {
                #expect(desk.run("predict \"\(pattern)\" to=\"here.csv\" n=0").contains("1 prediction written"), "\(pattern)")
            }
            #expect(desk.run("predict \"./pictures/val/**/*.png\" to=\"below.csv\" n=0").contains("9 predictions written"))
            #expect(desk.problem("predict \"pictures/*.png\"").contains("There are no pictures in \"pictures/*.png\""))
        }
    }

    /// What has a name of its own is taken as what it stands for.
    @Test func partsWithNamesAreTaken() throws {
        try Self.trained { desk in
            desk.run("some = bees.val[0..2]; one = bees.val[3]")
            #expect(desk.run("predict some to=\"some.csv\" n=0").contains("2 predictions written"))
            #expect(desk.run("predict one n=1").contains("flowers"))
            #expect(desk.run("explain some").contains("[picture 4]"))
            #expect(desk.run("show activations net on some").contains("net on 2 pictures of some"))
            #expect(desk.run("embed net on some").contains("some: 2 pictures as"))
            #expect(desk.problem("predict some.count").contains("count"))
        }
    }

    @Test func theSavedFileAloneIsEnough() throws {
        try Self.trained { desk in
            let said = desk.run("predict \"picture.png\" top=3 n=0")
            desk.run("save net to \"net.safetensors\"")
            let fresh = Desk()
            fresh.run("set threads 1\nload mine from \"net.safetensors\"")
            #expect(fresh.run("predict \"picture.png\" top=3 n=0") == said)
        }
    }

    @Test func explains() throws {
        try Self.trained { desk in
            let text = desk.run("explain bees.val[0] label=\"fruit\"")
            #expect(text.contains("fruit") && text.contains("by relu2"))
            // A class that is asked about is no answer, so it can't be wrong or right.
            #expect(!text.contains("✓") && !text.contains("✗"))
            #expect(desk.run("explain bees.val[0]").contains { $0 == "✓" || $0 == "✗" })
            #expect(desk.run("explain \"picture.png\" layer=net.conv1").contains("by conv1"))
            #expect(
                desk.problem("explain \"picture.png\" label=\"wasps\"").contains("there is no class wasps")
                    || desk.problem("explain \"picture.png\" label=\"wasps\"").contains("There is no class wasps"))
            let flat = desk.problem("explain \"picture.png\" layer=net.fc")
            #expect(flat.contains("Layer fc gives numbers without an area") && flat.contains("Did you mean `net.relu2`?"), "\(flat)")
        }
    }

    @Test func comparesRuns() throws {
        try Self.trained { desk in
            desk.run("train epochs=2 lr=0.001 name=\"second\"")
            let text = desk.run("compare runs")
            for word in ["first", "second", "Sequential", "what differs", "lr"] { #expect(text.contains(word), "\(word)") }
            #expect(desk.run("compare runs last=1").contains("second"))
            #expect(desk.problem("compare runs \"secnd\"").contains("second"))
            // The log outlives the session.
            #expect(Desk().run("compare runs").contains("first"))
        }
    }

    @Test func advises() throws {
        try Self.trained { desk in
            let text = desk.run("advise net on bees")
            #expect(text.contains("nearest neighbour") && text.contains("18 training pictures in 3 classes"))
        }
    }
}
