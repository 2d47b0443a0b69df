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

    @Test func checkCountsModesAndTurns() throws {
        let task = try TinyTask([4, 4])
        try task.folder.write("train/left/grey.png", Image(width: 15, height: 13, channels: 1, fill: 90).encodePNG())
        let jpeg = try TinyTask.picture(label: 0, index: 90).encodeJPEG()
        // EXIF with one tag, right after the start of the picture: it wants a quarter turn.
        var turned = Array(jpeg.prefix(2))
        turned += [0xFF, 0xE1, 0, 34] as [UInt8]
        turned += Array("Exif\0\0MM\0*".utf8)
        turned += [0, 0, 0, 8, 0, 1, 0x01, 0x12, 0, 3, 0, 0, 0, 1, 0, 6, 0, 0, 0, 0, 0, 0] as [UInt8]
        turned += jpeg.dropFirst(2)
        try task.folder.write("train/left/turned.jpg", turned)
        try task.folder.write("train/left/page.png", Array("<html>not found</html>".utf8))
        let check = try DatasetCheck(task.data())
        #expect(check.count == 15 && check.defects.count == 1)
        #expect(check.colourModes.map { $0.mode } == [.grey, .rgb] && check.colourModes.map { $0.count } == [1, 13])
        #expect(check.rotated == 1)
    }

    /// Equal ends make files suspect, not equal.
    @Test func leaksAreFilesThatAreEqualThroughout() throws {
        let folder = TemporaryFolder()
        var bytes = [UInt8](repeating: 7, count: 20_000)
        try folder.write("train/a/1.png", bytes)
        bytes[10_000] = 8
        try folder.write("val/a/1.png", bytes)
        #expect(try LeakCheck(Dataset.imageFolder(folder.path)).warnings.isEmpty)
        bytes[10_000] = 7
        try folder.write("val/a/2.png", bytes)
        let data = try Dataset.imageFolder(folder.path)
        #expect(LeakCheck(data, limit: 3).warnings == [.leak(count: 1, first: .train, second: .val)])
        // Beyond the bound that is told, and nothing is read.
        #expect(LeakCheck(data, limit: 2).warnings == [.leaksNotSought(count: 3)])
        #expect(LearningWarning.leaksNotSought(count: 3).description.contains("`check` looks"))
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

    /// A filter that leaves out everything is named, and a pattern that matches nothing is told.
    @Test func filtersThatMissAreNamed() throws {
        let task = try TinyTask([4, 4])
        let text: String
        do { text = try Dataset.imageFolder(task.folder.path, filter: SampleFilter(include: [GlobPattern("*.jpg")], minimumSide: 3)).name } catch { text = "\(error)" }
        #expect(text.contains("the filter \"*.jpg\", min_side: 3 leaves out all 12"), "\(text)")
        let data = try Dataset.imageFolder(task.folder.path, filter: SampleFilter(exclude: [GlobPattern("left/*"), GlobPattern("0.png")]))
        #expect(data.train.count == 6 && data.notes.contains(.idlePattern("!left/*", example: "train/left/0.png")), "\(data.notes)")
    }
}
