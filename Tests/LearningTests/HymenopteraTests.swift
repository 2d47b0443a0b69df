import Foundation
import Imaging
import Testing

@testable import Learning

/// The tutorial's ants and bees, where they are: in `THAW_TEST_DATA` or in `../shared/data` beside the checkout.
enum TestData {
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

extension DatasetReport.Distribution {
    var count: Int { sorted.count }
}
