import Imaging
import NeuralNetworks
import Tensors
import Testing

@testable import Learning

@Suite struct ReportTests {
    @Test func reportReadsHeadersOnly() throws {
        let task = try TinyTask([8, 4])
        try task.folder.write("train/left/wide.png", Image(width: 400, height: 10).encodePNG())
        try task.folder.write("train/left/bad.jpg", [1, 2, 3])
        let report = try DatasetReport(task.data())
        #expect(report.counts[.train] == [10, 4] && report.counts[.val] == [4, 2])
        #expect(report.imbalance == 2.5)
        #expect(abs(report.majorityBaseline(.val) - 4.0 / 6) < 1e-12)
        #expect(report.widths.maximum == 400 && report.widths.median == 15 && report.heights.minimum == 10)
        #expect(report.largest?.path.hasSuffix("wide.png") == true)
        #expect(report.unreadable.map(\.path) == [task.folder.path + "/train/left/bad.jpg"])
        #expect(report.formats.map(\.format) == [.png] && report.formats[0].count == 19)
        #expect(report.byteCount > 1000 && report.rotated == 0)
        let histogram = report.aspectRatios.histogram(bins: 5)
        #expect(histogram.reduce(0) { $0 + $1.count } == 19 && histogram[4].count == 1)
        #expect(throws: LearningError.self) { try DatasetReport(task.data(), isInterrupted: { true }) }
    }

    @Test func quantilesAreNumpys() {
        let distribution = DatasetReport.Distribution([3, 1, 2, 10])
        #expect(distribution.median == 2.5 && abs(distribution.quantile(0.9) - 7.9) < 1e-12 && distribution.mean == 4)
        #expect(DatasetReport.Distribution([]).median.isNaN)
    }

    @Test func checkFindsWhatIsWrong() throws {
        let task = try TinyTask([6, 6])
        func bytes(_ label: Int, _ index: Int) throws -> [UInt8] { try TinyTask.picture(label: label, index: index).encodePNG() }
        // The same picture in training and validation, and once more under the other label.
        try task.folder.write("val/left/copy.png", bytes(0, 0))
        try task.folder.write("val/right/wrong.png", bytes(0, 1))
        try task.folder.write("train/right/named.jpg", bytes(1, 50))
        let whole = try bytes(1, 51)
        try task.folder.write("train/right/cut.png", Array(whole.prefix(whole.count / 2)))
        try task.folder.write("train/right/page.png", Array("<html>not found</html>".utf8))
        var told = 0
        let check = try DatasetCheck(task.data(), progress: { done, _ in told = done })
        #expect(told == check.count && !check.isClean)
        #expect(Set(check.defects.map { FilePath.lastComponent($0.path) }) == ["cut.png", "page.png"])
        #expect(check.defects.first { $0.path.hasSuffix("page.png") }?.kind == .notAPicture)
        #expect(check.wrongEndings.map { FilePath.lastComponent($0.path) } == ["named.jpg"])
        let exact = check.duplicates.filter(\.isExact)
        #expect(exact.count == 2 && exact.allSatisfy(\.crossesSplits))
        #expect(exact.count { $0.contradicts } == 1)
        #expect(check.warnings == [.leak(count: 2, first: .train, second: .val)])
        #expect(LeakCheck(try task.data()).warnings == check.warnings)
        // Broken files and the copy; of the contradiction both, since nobody knows which label is right.
        let suggested = Set(check.suggestedQuarantine.map { FilePath.relative($0, to: task.folder.path) })
        #expect(suggested == ["train/right/cut.png", "train/right/page.png", "val/left/copy.png", "train/left/1.png", "val/right/wrong.png"])
    }

    @Test func lookAlikesSurviveScaling() throws {
        // A smooth picture, and the same one larger.
        func picture(_ side: Int, _ phase: Double) -> Image {
            var image = Image(width: side, height: side)
            for y in 0..<side {
                for x in 0..<side {
                    let value = power(Double((x * 7 / side) * 31 % 11) / 11, 1) * 90 + Double(y * 100 / side) + phase * Double(x * 60 / side)
                    for channel in 0..<3 { image[x, y, channel] = UInt8(min(max(value, 0), 255)) }
                }
            }
            return image
        }
        let (small, large, other) = (DifferenceHash(picture(63, 0)), DifferenceHash(picture(126, 0)), DifferenceHash(picture(63, 2)))
        #expect(small.distance(to: large) <= 2)
        #expect(small.distance(to: other) > 2)
    }

    @Test func channelStatistics() throws {
        let folder = TemporaryFolder()
        var half = Image(width: 2, height: 1)
        half[0, 0, 0] = 255
        try folder.write("a/1.png", half.encodePNG())
        try folder.write("b/1.png", Image(width: 3, height: 3, fill: [0, 255, 0]).encodePNG())
        let statistics = try ChannelStatistics(Dataset.imageFolder(folder.path).train)
        #expect(statistics.mean == [0.25, 0.5, 0] && statistics.pictures == 2)
        #expect(abs(statistics.standardDeviation[0] - (0.25 - 0.0625).squareRoot()) < 1e-12)
        #expect(statistics.standardDeviation[1] == 0.5 && statistics.standardDeviation[2] == 0)
    }

    @Test func sizeFilter() throws {
        let task = try TinyTask([4, 4])
        try task.folder.write("train/left/tiny.png", Image(width: 3, height: 3).encodePNG())
        let data = try Dataset.imageFolder(task.folder.path, filter: SampleFilter(minimumSide: 10))
        #expect(data.train.count == 8 && data.skipped.map(\.reason) == [.filtered])
        #expect(try data.filtered(SampleFilter(include: [GlobPattern("**/left/*")])).train.count == 4)
        #expect(try data.filtered(SampleFilter(exclude: [GlobPattern("0.png")])).train.count == 6)
    }
}
