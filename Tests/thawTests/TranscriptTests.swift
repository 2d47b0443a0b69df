import Foundation
import JupyterProtocol
import ModelZoo
import Testing

@testable import JupyterKernel
@testable import Workbench
@testable import thaw

/// The tutorial's whole session, each cell a message to the kernel, and everything that the kernel sends back looked at: once on the demo
/// pictures, and once on ants and bees where they and the pretrained weights are.
@Suite(.serialized) struct TranscriptTests {
    /// What of a cell's texts is the same on every machine.
    enum Sameness {
        /// All of it.
        case facts
        /// The words, but no numbers: they come out of a training.
        case words
        /// The same of a training, whose live view belongs to what is shown. Elsewhere a bar comes only where something takes long.
        case training
        /// The kinds of output alone.
        case kinds
    }

    /// What the session is about: the same cells suit other pictures and another network.
    struct Subject {
        /// The pictures' folder.
        var data: String
        var network: String
        /// Paths inside the network: the head, the last block, and a weight in it.
        var head: String
        var block: String
        var weight: String
        /// What `RandomResizedCrop` and `CenterCrop` leave.
        var crops = (256, 224)
        /// Whether the pictures are smaller than the network's own preparation would have them, which validation takes by itself.
        var isSmall: Bool { crops.1 < 224 }
        /// A picture below ``data``.
        var picture: String
    }

    static func cells(_ subject: Subject, saved: String) -> [(cell: String, sameness: Sameness)] {
        let (first, second) = subject.crops
        return [
            ("bees = ImageFolder(\"\(subject.data)\")          # finds train/ and val/, or splits by itself", .facts),
            (
                "show bees                                       # counts per class and split, sizes, aspect ratios, warnings",
                .facts
            ),
            (
                """
                bees.train.transform = [RandomResizedCrop(\(first), scale=0.8..1.0), RandomRotation(15), RandomHorizontalFlip,
                                        CenterCrop(\(second)), ToTensor, Normalize(imagenet)]
                """
                    + (subject.isSmall
                        ? "\nbees.val.transform = [Resize(\(first)), CenterCrop(\(second)), ToTensor, Normalize(imagenet)]" : ""),
                .facts
            ),
            ("show batch bees.train n=8                       # the pictures as the network will see them", .facts),
            ("net = \(subject.network)", .facts),
            ("freeze net                                      # the pretrained network as a fixed feature extractor", .facts),
            ("net.\(subject.head) = Linear(classes)                        # a new, random, trainable head", .facts),
            ("params net trainable                            # \"Params to learn: …\"", .facts),
            (
                "train net on bees epochs=2 batch_size=4 optimizer=SGD(lr=0.001, momentum=0.9) scheduler=StepLR(step_size=7, gamma=0.1)",
                .training
            ),
            (
                "unfreeze net.\(subject.block)                             # the combined recipe: thaw the top, lower the rate, go on",
                .facts
            ),
            ("train epochs=1 lr=0.0001                        # the shared trainer remembers everything else", .training),
            (
                "evaluate                                        # accuracy with its interval, per-class precision/recall/F1",
                .words
            ),
            ("show confusion", .words),
            ("show mistakes n=6", .kinds),
            ("net.\(subject.weight)                       # statistics, histogram, values", .words),
            ("predict \"\(subject.data)/\(subject.picture)\"", .kinds),
            ("save net to \"\(saved)\"", .facts),
        ]
    }

    @Test func demoPictures() throws {
        try Self.check(
            Subject(
                data: Self.root + "/notebooks/data/clipart", network: "resnet18()", head: "fc", block: "layer4",
                weight: "layer4.1.conv2.weight", crops: (72, 64), picture: "val/bugs/ladybug_01.png"),
            golden: "demo-pictures.txt")
    }

    static let photographs: String? = ProcessInfo.processInfo.environment["THAW_TEST_DATA"].flatMap { folder in
        FileManager.default.fileExists(atPath: folder + "/hymenoptera_data/train") ? folder + "/hymenoptera_data" : nil
    }

    static let hasWeights: Bool = {
        guard let architecture = ModelZoo["efficientnet_lite0"], let published = try? PretrainedWeights.published(architecture)
        else {
            return false
        }
        return Session().weights.find(published.file) != nil
    }()

    @Test(
        .enabled(if: photographs != nil, "THAW_TEST_DATA names no folder with hymenoptera_data"),
        .enabled(if: hasWeights, "no weights here: `thaw fetch efficientnet_lite0`"))
    func antsAndBees() throws {
        let bench = try Self.check(
            Subject(
                data: try #require(Self.photographs), network: "efficientnet_lite0(weights=imagenet)", head: "classifier.1",
                block: "features.8",
                weight: "features.8.0.weight", picture: "val/ants/10308379_1b6c72e180.jpg"),
            golden: "ants-and-bees.txt")
        // Pretrained features tell ants from bees: always saying the larger class would reach 54 %.
        let texts = bench.sent.compactMap { $0.content["data"]?["text/plain"]?.string }
        let accuracy = texts.last { $0.contains("95 % interval") && $0.contains("precision") }?.firstMatch(
            of: /accuracy +([0-9.]+) %/)
        #expect(try #require(accuracy.flatMap { Double($0.1) }) > 75)
    }

    // MARK: - One session

    private static let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent()
        .path

    @discardableResult
    private static func check(_ subject: Subject, golden: String) throws -> Bench {
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent("thaw-\(UUID().uuidString)").path
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let environment = ProcessInfo.processInfo.environment.merging(["THAW_HOME": folder + "/.thaw"]) { $1 }
        // A whole training is one cell: what is between two of its messages may take long on a machine that has other work.
        let bench = Bench(.thaw(environment: environment), patience: 300)
        var lines: [String] = []
        for (number, (cell, sameness)) in cells(subject, saved: folder + "/bees.safetensors").enumerated() {
            let id = "cell-\(number + 1)"
            _ = bench.run(cell, id: id)
            let transcript = Transcript(bench.sent.filter { $0.request == id }, cell: cell, number: number + 1)
            transcript.check(
                opened: Set(bench.sent.filter { $0.type == "comm_open" }.compactMap { $0.content["comm_id"]?.string }))
            let shown =
                cell.components(separatedBy: "\n").map { "▶ " + $0 } + transcript.lines(sameness).map { "    " + $0 } + [""]
            lines += shown.map {
                $0.replacing(subject.data, with: "DATA").replacing(folder, with: "FOLDER").replacing(root, with: "ROOT")
            }
        }
        try Self.compare(lines.joined(separator: "\n"), with: golden)
        return bench
    }

    /// Compares with a file in Fixtures. `THAW_RECORD=1` writes it; the test fails then, so that nobody records unseen.
    private static func compare(_ found: String, with golden: String) throws {
        let file = URL(fileURLWithPath: #filePath).deletingLastPathComponent().appendingPathComponent("Fixtures/\(golden)")
        let expected = (try? String(contentsOf: file, encoding: .utf8)) ?? ""
        if found == expected { return }
        let (new, old) = (found.components(separatedBy: "\n"), expected.components(separatedBy: "\n"))
        let place = zip(new, old).enumerated().first { $0.element.0 != $0.element.1 }?.offset ?? min(new.count, old.count)
        func around(_ lines: [String]) -> String {
            lines[max(0, min(place, lines.count) - 3)..<min(lines.count, place + 3)].joined(separator: "\n")
        }
        Issue.record("\(golden), line \(place + 1): found\n\(around(new))\ninstead of\n\(around(old))")
        if ProcessInfo.processInfo.environment["THAW_RECORD"] == "1" {
            try found.write(to: file, atomically: true, encoding: .utf8)
            Issue.record("recorded \(golden)")
        }
    }
}
