import CommandLanguage
import Foundation
import ModelZoo
import Presentation
import Testing

@testable import Workbench

/// The tutorial's session from its first cell to its last: what each cell says, on the demo pictures, and on ants and bees where they are.
@Suite struct TranscriptTests {
    struct Step {
        let cell: String
        /// What must be said, in this order.
        let says: [String]
    }

    /// The session, for a folder of pictures and a network with its head and its last block.
    static func steps(data: String, classes: [String], network: String, head: String, block: String, weight: String, picture: String) -> [Step] {
        let count = "\(classes.count) classes"
        return [
            Step(cell: "bees = ImageFolder(\"\(data)\")", says: ["✓ bees:", count, "train", "val"]),
            Step(cell: "show bees", says: ["class", classes[0], classes[1], "folder", "imbalance", "width", "colour modes"]),
            Step(
                cell: """
                    bees.train.transform = [RandomResizedCrop(96, scale=0.8..1.0), RandomRotation(15), RandomHorizontalFlip,
                                            CenterCrop(64), ToTensor, Normalize(imagenet)]
                    bees.val.transform = [Resize(72), CenterCrop(64), ToTensor, Normalize(imagenet)]
                    """, says: ["bees.train.transform: 6 steps", "3 of them random", "bees.val.transform"]),
            Step(cell: "show batch bees.train n=8                       # the pictures as the network will see them", says: ["8 pictures", "picture 8"]),
            Step(cell: "net = \(network)", says: ["✓ net:", "parameters"]),
            Step(cell: "freeze net", says: ["✓ frozen:", "nothing in net trains now", "BatchNorm", "new head"]),
            Step(cell: "net.\(head) = Linear(classes)", says: ["✓ net.", "Linear", "replaced by Linear (weight \(classes.count)×", "classes of bees"]),
            Step(cell: "params net trainable", says: ["Params to learn: \(head).weight, \(head).bias", "2 tensors"]),
            Step(
                cell: """
                    train net on bees epochs=2 batch_size=4 optimizer=SGD(lr=0.001, momentum=0.9) scheduler=StepLR(step_size=7, gamma=0.1)
                    """,
                says: ["train net on bees: 2 epochs", "trains      2 tensors", "SGD(momentum=0.9) at lr 0.001", "StepLR", "memory", "epoch", "✓ net has the weights of epoch"]),
            Step(cell: "unfreeze net.\(block)", says: ["✓ thawed:", "✓ training:"]),
            Step(cell: "train epochs=1 lr=0.0001", says: ["1 epoch (3 to 3)", "lr 0.0001", "after epoch 2", "✓ net has the weights of epoch"]),
            Step(cell: "evaluate", says: ["accuracy", "95 % interval", "precision", "recall", classes[0]]),
            Step(cell: "show confusion", says: ["said", classes[0]]),
            Step(cell: "show mistakes n=6", says: []),
            Step(cell: "net.\(weight)", says: ["shape", "mean", "training", "channel"]),
            Step(cell: "predict \"\(picture)\"", says: [classes[0], "%"]),
            Step(cell: "save net to \"bees.safetensors\"", says: ["✓ bees.safetensors: net"]),
            Step(cell: "load again from \"bees.safetensors\"", says: ["again"]),
            Step(cell: "compare net again", says: []),
            Step(cell: "trainer", says: ["lr", "0.0001", "momentum", "StepLR"]),
            Step(cell: "show history", says: ["epoch", "train loss"]),
            Step(cell: "help next", says: ["What next?", "save net"]),
            Step(cell: "status", says: ["bees:", "net:", "3 epochs so far", "evaluated", "next:"]),
        ]
    }

    static func run(_ steps: [Step], on desk: Desk) {
        for step in steps {
            let text = desk.run(step.cell)
            if ProcessInfo.processInfo.environment["THAW_SHOW_EXAMPLES"] == "1" { print("▶ \(step.cell)\n\(text)\n") }
            var rest = text[...]
            for words in step.says {
                guard let found = rest.range(of: words) else {
                    Issue.record("\(step.cell)\ndoes not say “\(words)” in:\n\(text)")
                    break
                }
                rest = rest[found.upperBound...]
            }
            // Every page has its text beside it, and nothing of it comes unescaped from a file.
            for item in desk.output.items {
                switch item {
                case .shown(let bundle), .result(let bundle), .paged(let bundle): #expect(!bundle.plain.isEmpty, "\(step.cell)")
                default: break
                }
            }
        }
    }

    @Test func demoPictures() throws {
        try ScratchFolder.use { folder in
            let desk = Desk()
            let steps = Self.steps(
                data: ScratchFolder.clipart, classes: ["bugs", "flowers", "fruit", "houses", "instruments", "mammals", "vehicles"], network: "resnet18()",
                head: "fc", block: "layer4", weight: "layer4.1.conv2.weight", picture: Self.firstPicture("\(ScratchFolder.clipart)/val/bugs"))
            Self.run(steps, on: desk)
            // The same cells give the same figures.
            let other = Desk()
            for step in steps.prefix(11) { other.run(step.cell) }
            #expect(other.session.state.trainer.history.epochs.map(\.trainLoss) == desk.session.state.trainer.history.epochs.map(\.trainLoss))
        }
    }

    /// On the tutorial's own photographs, with the published weights that are on this machine.
    @Test(.enabled(if: ScratchFolder.antsAndBees != nil, "THAW_TEST_DATA names no folder with hymenoptera_data"))
    func antsAndBees() throws {
        let data = try #require(ScratchFolder.antsAndBees)
        try ScratchFolder.use { _ in
            let desk = Desk()
            let hasWeights = desk.session.weights.find(try PretrainedWeights.published(#require(ModelZoo["efficientnet_lite0"]))) != nil
            let network = hasWeights ? "efficientnet_lite0(weights=imagenet)" : "efficientnet_lite0()"
            Self.run(
                Self.steps(
                    data: data, classes: ["ants", "bees"], network: network, head: "classifier.1", block: "features.8", weight: "features.8.0.weight",
                    picture: "\(data)/val/ants/10308379_1b6c72e180.jpg"), on: desk)
            if hasWeights {
                let best = desk.session.state.trainer.history.epochs.compactMap(\.valAccuracy).max() ?? 0
                #expect(best > 0.75)
            }
        }
    }

    private static func firstPicture(_ folder: String) -> String {
        let files = (try? FileManager.default.contentsOfDirectory(atPath: folder))?.sorted() ?? []
        return folder + "/" + (files.first { $0.hasSuffix(".png") } ?? "")
    }

    /// The README's first cells, as they stand there: every line is a cell that parses, with verbs, options and constructors that there are.
    @Test func readmeSpeaksTheLanguage() throws {
        let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
        let text = try String(contentsOf: root.appendingPathComponent("README.md"), encoding: .utf8)
        let blocks = text.components(separatedBy: "```").enumerated().filter { $0.offset % 2 == 1 }.map(\.element)
        let tour = try #require(blocks.first { $0.hasPrefix("\n") && $0.contains("ImageFolder(") })
        try ScratchFolder.use { folder in
            try folder.fill(train: 4, val: 2)
            let desk = Desk()
            let first = try FileManager.default.contentsOfDirectory(atPath: "pictures/val/bugs").sorted()[0]
            // What is not in every checkout stands in for: the photographs, and weights that would be downloaded.
            let cells = tour.replacing("hymenoptera_data/val/ants/10308379_1b6c72e180.jpg", with: "pictures/val/bugs/\(first)")
                .replacing("hymenoptera_data", with: "pictures").replacing("weights=imagenet", with: "weights=none").replacing("epochs=5", with: "epochs=1")
            for line in cells.split(separator: "\n") where !line.allSatisfy(\.isWhitespace) { desk.run(String(line)) }
            #expect(desk.session.state.trainer.epochCount == 2)
        }
    }
}
