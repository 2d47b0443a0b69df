import Foundation
import Testing

@testable import Learning

@Suite struct DatasetTableTests {
    @Test(arguments: [
        ("a,b\n1,2\n", [["a", "b"], ["1", "2"]]),
        ("a;b\r\n1;2", [["a", "b"], ["1", "2"]]),
        ("\u{FEFF}a\tb\n\n1\t2\n", [["a", "b"], ["1", "2"]]),
        ("\"x, y\",\"say \"\"hi\"\"\"\n\"two\nlines\",z\n", [["x, y", "say \"hi\""], ["two\nlines", "z"]]),
        ("a,\n,b\n", [["a", ""], ["", "b"]]),
    ])
    func parses(text: String, rows: [[String]]) throws {
        let table = try CommaSeparatedValues(Array(text.utf8), path: "t.csv")
        #expect(table.rows.map(\.fields) == rows)
    }

    @Test func tellsTheLine() throws {
        do {
            _ = try CommaSeparatedValues(Array("a,b\nc,\"d\n\n".utf8), path: "t.csv")
            Issue.record("an open quote was taken")
        } catch { #expect(error.description == "t.csv, line 2: a quote is never closed.") }
    }

    @Test func writesWhatItReads() throws {
        let fields = ["plain", "with, comma", "with \"quotes\"", "two\nlines", "", "\u{FEFF}mark", "accent on a \"\u{301} quote"]
        let table = try CommaSeparatedValues(Array(CommaSeparatedValues.line(fields).utf8), path: "t.csv")
        #expect(table.rows.map(\.fields) == [fields])
    }

    /// What `scripts/fuzz` kept because it reached code that no other table had.
    @Test func inputsThatReachedNewCode() throws {
        let corpus = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "../../scripts/fuzz/corpus/csv").standardized
        let names = try FileManager.default.contentsOfDirectory(atPath: corpus.path).sorted()
        #expect(names.count >= 10)
        for name in names {
            let bytes = [UInt8](try Data(contentsOf: corpus.appending(path: name)))
            #expect(throws: Never.self, "\(name)") { _ = try HostileTable.check(bytes) }
        }
    }

    @Test func listWithHeadingsAndSplits() throws {
        let folder = TemporaryFolder()
        for name in ["x.jpg", "y.jpg", "z.jpg"] { try folder.write("pictures/\(name)") }
        let csv = try folder.write(
            "list.csv", text: "id,image,label,split\n1,pictures/x.jpg,bee,train\n2,pictures/y.jpg,ant,train\n3,pictures/z.jpg,bee,valid\n4,pictures/gone.jpg,bee,train\n")
        let data = try Dataset.imageList(csv)
        #expect(data.classes == ["ant", "bee"])
        #expect(data.train.map(\.label) == [1, 0] && data.val.map(\.label) == [1])
        #expect(data.skipped.map(\.reason) == [.missing])
    }

    @Test func listWithoutHeadings() throws {
        let folder = TemporaryFolder()
        for index in 0..<10 { try folder.write("\(index).jpg") }
        let text = (0..<10).map { "\($0).jpg,\($0 % 2 == 0 ? "even" : "odd")\n" }.joined()
        let data = try Dataset.imageList(try folder.write("list.csv", text: text))
        #expect(data.count == 10 && data.classes == ["even", "odd"] && data.val.count == 2)
    }

    @Test func listRefusesUnknownColumns() throws {
        let folder = TemporaryFolder()
        let csv = try folder.write("list.csv", text: "image,label\nx.jpg,a\n")
        #expect(throws: LearningError.self) { try Dataset.imageList(csv, label: .name("kind")) }
        #expect(throws: LearningError.self) { try Dataset.imageList(csv, label: .position(7)) }
    }

    @Test func patternTakesLabelsFromNames() throws {
        let folder = TemporaryFolder()
        for name in ["Abyssinian_1.jpg", "Abyssinian_12.jpg", "great_dane_3.jpg", "great_dane_4.jpg"] { try folder.write("images/\(name)") }
        let data = try Dataset.imagePattern(folder.path + "/images/*.jpg", label: #"^(.+)_\d+\.jpg$"#)
        #expect(data.classes == ["Abyssinian", "great_dane"])
        #expect(data.count == 4)
        #expect(throws: LearningError.self) { try Dataset.imagePattern(folder.path, label: "(") }
        #expect(throws: LearningError.self) { try Dataset.imagePattern(folder.path, label: "^(cat)") }
    }

    @Test(arguments: [
        ("*.jpg", "a/b/c.jpg", true), ("a/*.jpg", "a/b/c.jpg", false), ("a/**/*.jpg", "a/b/c.jpg", true),
        ("a/**/*.jpg", "a/c.jpg", true), ("**/ants/**", "x/ants/1.png", true), ("**/ants/**", "x/bees/1.png", false),
        ("[ab]?.png", "a1.png", true), ("[ab]?.png", "c1.png", false), ("**", "anything/at/all", true),
    ])
    func globs(pattern: String, path: String, matches: Bool) { #expect(GlobPattern(pattern).matches(path) == matches) }

    /// Files are found as a shell finds them: each segment is one step from the folder, and only `**` goes on into others.
    @Test(arguments: [
        ("*.jpg", ["a.jpg"]), ("[a-z].jpg", ["a.jpg"]), ("./*.jpg", ["./a.jpg"]), ("*/*.jpg", ["in/b.jpg"]), ("in/*.jpg", ["in/b.jpg"]),
        ("**/*.jpg", ["a.jpg", "in/b.jpg", "in/deep/c.jpg"]), ("in/**/*.jpg", ["in/b.jpg", "in/deep/c.jpg"]), ("**/./c.jpg", ["in/deep/c.jpg"]),
        ("*/**", ["in/b.jpg", "in/deep/c.jpg"]), ("in/*/*", ["in/deep/c.jpg"]), ("*.txt", []), ("out/*.jpg", []),
    ] as [(String, [String])])
    func patternsFindFiles(pattern: String, found: [String]) throws {
        let folder = TemporaryFolder()
        for name in ["a.jpg", "a.txt", "in/b.jpg", "in/deep/c.jpg", ".hidden/d.jpg"] { try folder.write(name) }
        let root = folder.path + "/"
        #expect(try GlobPattern.pictures(root + pattern).map { String($0.dropFirst(root.count)) } == found)
    }

    private var letters: Dataset {
        let samples = (0..<12).map { Sample(path: "/d/\($0).jpg", label: $0 % 3, split: $0 < 9 ? .train : .val) }
        return Dataset(name: "d", root: "/d", classes: ["a", "b", "c"], samples: samples)
    }

    @Test func remapsAndMerges() throws {
        let merged = try letters.remapping(["a": "x", "c": "x"])
        #expect(merged.classes == ["x", "b"] && merged.train.classCounts == [6, 3])
        let dropped = try letters.remapping(["b": String?.none])
        #expect(dropped.classes == ["a", "c"] && dropped.count == 8)
        #expect(throws: LearningError.self) { try letters.remapping(["z": "y"]) }
    }

    @Test func classesWithoutPicturesAreCountedAsTheyAre() throws {
        #expect(letters.val.classWarnings().isEmpty)
        let few = try letters.subset(.val, at: [0])
        #expect(few.val.missingClasses == ["b", "c"])
        #expect(few.val.classWarnings() == [.classMissing("b", in: .val), .classMissing("c", in: .val)])
        #expect(few.val.classWarnings(besides: ["b"]) == [.classMissing("c", in: .val)])
        #expect(try few.remapping(["b": "a", "c": "a"]).val.classWarnings().isEmpty)
        let longer = try few.ordered(as: ["a", "b", "c", "d", "e"])
        #expect(longer.val.classWarnings() == [.classesMissing(["b", "c", "d", "e"], in: .val)])
        #expect("\(longer.val.classWarnings()[0])" == "4 classes have no val pictures: b, c, d and 1 more")
    }

    /// A file of another version is read all the same.
    @Test func unknownNotesArePassedOver() throws {
        let data = Dataset(name: "d", root: "/d", classes: ["a"], samples: [], notes: [.digitNamesSortedAsText])
        let text = String(decoding: try JSONEncoder().encode(data), as: UTF8.self)
        let known = "{\"digitNamesSortedAsText\":{}}"
        let other = text.replacingOccurrences(of: known, with: "{\"classMissing\":{\"_0\":\"a\",\"in\":\"val\"}}," + known)
        #expect(other != text)
        #expect(try JSONDecoder().decode(Dataset.self, from: Data(other.utf8)).notes == data.notes)
    }

    @Test func subsetsAndConcatenates() throws {
        let few = letters.subset(perClass: 2, seed: 4)
        #expect(few.train.classCounts == [2, 2, 2] && few.val.classCounts == [1, 1, 1])
        #expect(few.fingerprint == letters.subset(perClass: 2, seed: 4).fingerprint)
        let two = try letters.subset(classes: ["c", "a"])
        #expect(two.classes == ["c", "a"] && two.train.classCounts == [3, 3])
        let other = Dataset(
            name: "e", root: "/e", classes: ["c", "d"], samples: [Sample(path: "/e/1.jpg", label: 1, split: .test)])
        let joined = letters.concatenating(other)
        #expect(joined.classes == ["a", "b", "c", "d"] && joined.test[0].label == 3 && joined.count == 13)
        #expect(try joined.ordered(as: ["d", "c", "b", "a"]).test[0].label == 0)
        #expect(throws: LearningError.self) { try joined.ordered(as: ["a"]) }
    }

    @Test func indexesSafely() throws {
        #expect(try letters.train.sample(at: -1).path == "/d/8.jpg")
        #expect(throws: LearningError.self) { try letters.train.sample(at: 9) }
        #expect(try letters.train.indices(ofClass: "b") == [1, 4, 7])
        #expect(throws: LearningError.self) { try letters.train.indices(ofClass: "z") }
        let relabelled = try letters.relabelling(["/d/0.jpg"], as: "b")
        #expect(relabelled.train[0].label == 1 && relabelled.fingerprint != letters.fingerprint)
    }
}
