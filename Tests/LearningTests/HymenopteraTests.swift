import Foundation
import Imaging
import ModelZoo
import NeuralNetworks
import Testing

@testable import Learning

/// The tutorial's ants and bees, where they are: in `THAW_TEST_DATA` or in `../shared/data` beside the checkout.
enum TestData {
    /// The published weights of EfficientNet-Lite0, in `checkpoints` beside the pictures.
    static let lite0: String? = hymenoptera.flatMap {
        let path = ($0 as NSString).deletingLastPathComponent + "/checkpoints/efficientnet-lite0-57934424.pth"
        return FileManager.default.fileExists(atPath: path) ? path : nil
    }

    static let hymenoptera: String? = {
        let checkout = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
        let candidates: [String?] = [
            ProcessInfo.processInfo.environment["THAW_TEST_DATA"],
            checkout.deletingLastPathComponent().appendingPathComponent("shared/data").path,
        ]
        return candidates.compactMap { $0.map { $0 + "/hymenoptera_data" } }
            .first { FileManager.default.fileExists(atPath: $0 + "/train") }
    }()
}

@Suite(.enabled(if: TestData.hymenoptera != nil, "the ants and bees are not here"))
struct HymenopteraTests {
    private func data() throws -> Dataset { try Dataset.imageFolder(#require(TestData.hymenoptera)) }

    @Test func countsAreTheTutorials() throws {
        let data = try data()
        #expect(data.classes == ["ants", "bees"])
        #expect(data.train.classCounts == [123, 121] && data.val.classCounts == [70, 83])
        let report = try DatasetReport(data)
        #expect(report.unreadable.isEmpty && report.formats.map(\.format) == [.jpeg])
        #expect(report.widths.count == 397)
    }

    @Test func everyPictureDecodes() throws {
        let check = try DatasetCheck(data())
        #expect(check.defects.isEmpty && check.count == 397)
    }
}

/// Real transfer learning, where EfficientNet-Lite0's published weights lie beside the pictures.
@Suite(.enabled(if: TestData.lite0 != nil, "the ants and bees, or the weights of EfficientNet-Lite0, are not here"), .serialized)
struct TransferTests {
    private func model() throws -> ModelState {
        let architecture = try #require(ModelZoo["efficientnet_lite0"])
        var model = try ModelState.pretrained(architecture, file: #require(TestData.lite0)).model
        try model.freeze()
        try model.setHead(classes: ["ants", "bees"], seed: 1)
        return model
    }

    @Test func aHeadOnFixedFeatures() throws {
        let data = try Dataset.imageFolder(#require(TestData.hymenoptera))
        var model = try model()
        var trainer = Trainer()
        trainer.settings.optimizer = .adam()
        let before = model.fingerprint
        let summary = try trainer.run(&model, on: data, epochs: 10, events: { event in
            if case .planned(let facts) = event, case .none(let reason) = facts.cache { Issue.record("nothing is cached: \(reason)") }
        })
        #expect((summary.kept?.valAccuracy ?? 0) > 0.92)
        #expect(summary.frozenUnchanged && model.fingerprint != before)
        let evaluation = try model.evaluate(on: data)
        #expect(evaluation.accuracy.estimate == summary.kept?.valAccuracy)
        let picture = try data.val.source(for: model).tensor(at: 0)
        #expect(try model.explain(picture)?.map.shape.rank == 2)
        #expect(try model.neighbourAccuracy(on: data).estimate > 0.8)
    }
}

extension DatasetReport.Distribution {
    var count: Int { sorted.count }
}
