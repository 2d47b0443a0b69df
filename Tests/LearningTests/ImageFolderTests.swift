import Foundation
import Testing

@testable import Learning

@Suite struct ImageFolderTests {
    /// The tutorial's layout with what lies about in real folders.
    private func hymenoptera() throws -> TemporaryFolder {
        let folder = TemporaryFolder()
        for (split, counts) in [("train", [3, 4]), ("val", [2, 1])] {
            for (name, count) in zip(["ants", "bees"], counts) {
                for index in 0..<count { try folder.write("\(split)/\(name)/\(index).jpg") }
            }
        }
        try folder.write("train/ants/imageNotFound.gif")
        try folder.write("train/.ipynb_checkpoints/0-checkpoint.jpg")
        try folder.write("train/ants/.DS_Store")
        try folder.write("__MACOSX/train/ants/._0.jpg")
        try folder.write("README.txt")
        return folder
    }

    @Test func readsSplitFoldersAndSaysWhatItSkipped() throws {
        let folder = try hymenoptera()
        let data = try Dataset.imageFolder(folder.path)
        #expect(data.classes == ["ants", "bees"])
        #expect(data.train.count == 7 && data.val.count == 3 && data.test.isEmpty)
        #expect(data.train.classCounts == [3, 4])
        #expect(data.train[0].path.hasSuffix("train/ants/0.jpg") && data.train[6].label == 1)
        let reasons = Dictionary(grouping: data.skipped, by: \.reason).mapValues(\.count)
        #expect(reasons[.hidden] == 3)
        #expect(reasons[.notAPicture] == 1)
        #expect(reasons[.outsideClasses] == 1)
    }

    /// torchvision passes GIFs over; a filter that names them brings them in.
    @Test func takesGIFsThatAFilterNames() throws {
        let folder = try hymenoptera()
        let both = try Dataset.imageFolder(folder.path, filter: SampleFilter(include: [GlobPattern("*.jpg"), GlobPattern("*.gif")]))
        #expect(both.train.classCounts == [4, 4] && both.val.count == 3)
        let alone = try Dataset.imageFolder(folder.path, filter: SampleFilter(include: [GlobPattern("**/*.gif")]))
        #expect(alone.train.map(\.path) == ["\(folder.path)/train/ants/imageNotFound.gif"])
        // A pattern doesn't make a picture of what no library reads.
        let text = try Dataset.imageFolder(folder.path, filter: SampleFilter(include: [GlobPattern("*.jpg"), GlobPattern("*.txt")]))
        #expect(text.count == 10)
    }

    @Test(arguments: [
        ("training", "validation", "testing"), ("Train", "valid", "Test"), ("train", "dev", "test"),
    ])
    func knowsUsualNames(train: String, val: String, test: String) throws {
        let folder = TemporaryFolder()
        for name in [train, val, test] { for label in ["a", "b"] { try folder.write("\(name)/\(label)/1.png") } }
        let data = try Dataset.imageFolder(folder.path)
        #expect(data.splits == [.train, .val, .test])
    }

    @Test func validationTakesTheTrainingClasses() throws {
        let folder = TemporaryFolder()
        for label in ["b", "c", "d"] { try folder.write("train/\(label)/1.jpg") }
        for label in ["a", "c", "d"] { try folder.write("val/\(label)/1.jpg") }
        let data = try Dataset.imageFolder(folder.path)
        #expect(data.classes == ["b", "c", "d"])
        #expect(data.val.map(\.label) == [1, 2])
        #expect(data.skipped.map(\.reason) == [.classNotInTraining("a")])
        #expect(data.val.missingClasses == ["b"] && data.notes.isEmpty)
    }

    @Test func aPartThatIsThereStaysAndThatIsTold() throws {
        let folder = try hymenoptera()
        let data = try Dataset.imageFolder(folder.path, shares: SplitShares(val: 0.3, test: 0.2), seed: 1)
        #expect(data.val.count == 3 && !data.test.isEmpty)
        let note = DatasetNote.splitNotUsed(.val, share: 0.3)
        #expect(data.notes.contains(note) && !data.notes.contains(.splitNotUsed(.test, share: 0.2)))
        #expect(note.description.contains("`split val=30%`"))
        // After `split` it is no longer so, and where nothing was asked for nothing is told.
        #expect(try !data.resplit(SplitShares(val: 0.3)).notes.contains(note))
        #expect(try Dataset.imageFolder(folder.path).notes.isEmpty)
    }

    @Test func splitsByClassAndSeed() throws {
        let folder = TemporaryFolder()
        for index in 0..<40 { try folder.write("cats/\(index).jpg") }
        for index in 0..<10 { try folder.write("dogs/\(index).jpg") }
        try folder.write("rare/0.jpg")
        let data = try Dataset.imageFolder(folder.path, shares: SplitShares(val: 0.2, test: 0.1), seed: 5)
        #expect(data.val.classCounts == [8, 2, 0])
        #expect(data.test.classCounts == [4, 1, 0])
        #expect(data.notes.contains(.tooFewToSplit("rare", count: 1)))
        let again = try Dataset.imageFolder(folder.path, shares: SplitShares(val: 0.2, test: 0.1), seed: 5)
        #expect(data.fingerprint == again.fingerprint)
        let other = try Dataset.imageFolder(folder.path, shares: SplitShares(val: 0.2, test: 0.1), seed: 6)
        #expect(data.fingerprint != other.fingerprint)
        // Every picture is in exactly one part.
        #expect(Set(data.samples.map(\.path)).count == 51)
    }

    @Test(arguments: [(0.2, "20%"), (0.125, "12.5%"), (1e300, "100%"), (Double.infinity, "100%"), (-1, "0%"), (Double.nan, "0%")])
    func storedSharesMayBeAnyNumber(share: Double, text: String) {
        #expect("\(DatasetNote.split(.val, share: share, from: nil, seed: 1))".hasPrefix(text + " of"))
    }

    @Test func aNewPictureMovesNoOther() throws {
        let folder = TemporaryFolder()
        for index in 0..<50 { try folder.write("cats/\(index).jpg") }
        let before = try Dataset.imageFolder(folder.path, seed: 1)
        try folder.write("cats/new.jpg")
        let after = try Dataset.imageFolder(folder.path, seed: 1)
        let (old, new) = (Set(before.val.map(\.path)), Set(after.val.map(\.path)))
        #expect(old.subtracting(new).count <= 1)
    }

    @Test func storedSplitIsObeyed() throws {
        let folder = TemporaryFolder()
        for index in 0..<20 { try folder.write("a/\(index).jpg"); try folder.write("b/\(index).jpg") }
        let data = try Dataset.imageFolder(folder.path, seed: 3)
        let path = try data.storeSplit()
        try folder.write("a/late.jpg")
        let again = try Dataset.imageFolder(folder.path, seed: 99)
        #expect(again.notes.contains(.storedSplit(path: path)))
        #expect(Set(again.val.map(\.path)) == Set(data.val.map(\.path)))
        #expect(again.train.count == data.train.count + 1)
    }

    @Test func descendsIntoALoneFolder() throws {
        let folder = TemporaryFolder()
        for label in ["a", "b"] { try folder.write("unzipped/train/\(label)/1.jpg"); try folder.write("unzipped/val/\(label)/1.jpg") }
        let data = try Dataset.imageFolder(folder.path)
        #expect(data.count == 4 && data.name == "unzipped")
    }

    @Test func refusals() throws {
        let folder = TemporaryFolder()
        #expect(throws: LearningError.self) { try Dataset.imageFolder(folder.path + "/nowhere") }
        try folder.write("1.jpg")
        try folder.write("2.jpg")
        do {
            _ = try Dataset.imageFolder(folder.path)
            Issue.record("a folder without class folders was taken")
        } catch {
            guard case .noClassFolders(_, let pictures) = error else { throw error }
            #expect(pictures == 2)
            #expect(error.description.contains("ImagePattern"))
        }
        #expect(throws: LearningError.self) { try Dataset.imageFolder(folder.path, shares: SplitShares(val: 1.2)) }
    }

    @Test func quarantineStays() throws {
        let folder = try hymenoptera()
        let data = try Dataset.imageFolder(folder.path)
        let bad = data.train[1].path
        let cleaned = try data.quarantining([bad])
        #expect(cleaned.train.count == 6)
        let again = try Dataset.imageFolder(folder.path)
        #expect(again.train.count == 6 && !again.samples.contains { $0.path == bad })
        #expect(again.skipped.contains(SkippedPath(path: bad, reason: .quarantined)))
        var list = Quarantine(root: folder.path)
        try list.remove([bad])
        #expect(try Dataset.imageFolder(folder.path).train.count == 7)
    }

    @Test func symbolicLoopsEnd() throws {
        let folder = try hymenoptera()
        try FileManager.default.createSymbolicLink(atPath: folder.path + "/train/ants/loop", withDestinationPath: folder.path + "/train")
        let data = try Dataset.imageFolder(folder.path)
        #expect(data.classes == ["ants", "bees"])
    }

    @Test func digitNamesAreSortedAsTextAndTold() throws {
        let folder = TemporaryFolder()
        for label in ["0", "1", "2", "10"] { for index in 0..<5 { try folder.write("\(label)/\(index).png") } }
        let data = try Dataset.imageFolder(folder.path)
        #expect(data.classes == ["0", "1", "10", "2"])
        #expect(data.notes.contains(.digitNamesSortedAsText))
    }

    @Test func interruptIsObeyed() throws {
        let folder = try hymenoptera()
        #expect(throws: LearningError.self) { try Dataset.imageFolder(folder.path, isInterrupted: { true }) }
    }
}
