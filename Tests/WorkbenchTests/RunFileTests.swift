import CommandLanguage
import Foundation
import Testing

@testable import Workbench

/// `run "file.thaw"`: files of cells, within each other, damaged, or not there.
@Suite struct RunFileTests {
    @Test func runsFiles() throws {
        try ScratchFolder.use { folder in
            try folder.fill(train: 1, val: 1)
            try "\u{FEFF}a = 1\r\nrun \"inner.thaw\"\r\nprint a\r\n".write(toFile: "outer.thaw", atomically: true, encoding: .utf8)
            try "a = a + 1".write(toFile: "inner.thaw", atomically: true, encoding: .utf8)
            let desk = Desk()
            let text = desk.run("run \"outer.thaw\"")
            #expect(text == "✓ ran inner.thaw: 1 statement\n2\n✓ ran outer.thaw: 3 statements")
            // A file is one cell: what it changed is undone at once.
            desk.run("undo")
            #expect(desk.session.names.isEmpty)
        }
    }

    @Test func failuresNameFileAndLine() throws {
        try ScratchFolder.use { _ in
            try "a = 1\n\ntrain epochs=many\nb = 2".write(toFile: "wrong.thaw", atomically: true, encoding: .utf8)
            try "a = [1\nb = )".write(toFile: "syntax.thaw", atomically: true, encoding: .utf8)
            try "run \"wrong.thaw\"".write(toFile: "outer.thaw", atomically: true, encoding: .utf8)
            let desk = Desk()
            let problem = desk.problem("run \"wrong.thaw\"; print 1")
            #expect(problem.contains("wrong.thaw, line 3: ") && problem.contains("`train epochs=many`") && problem.contains("1 statement before is done."), "\(problem)")
            // What was done before stays.
            #expect(desk.run("print a") == "1")
            let syntax = desk.problem("run \"syntax.thaw\"")
            #expect(syntax.hasPrefix("SyntaxError: syntax.thaw, line 1: This bracket is never closed."), "\(syntax)")
            #expect(desk.problem("run \"outer.thaw\"; print 1").contains("outer.thaw, line 1: wrong.thaw, line 3: "))
        }
    }

    @Test func filesThatCanNotBeRun() throws {
        try ScratchFolder.use { folder in
            try folder.fill(train: 1, val: 1)
            try FileManager.default.createDirectory(atPath: "folder", withIntermediateDirectories: true)
            try Data([0xFF, 0xFE, 0x00]).write(to: URL(fileURLWithPath: "bytes.thaw"))
            try Data(count: RunFile.largest + 1).write(to: URL(fileURLWithPath: "large.thaw"))
            let desk = Desk()
            #expect(desk.problem("run \"lessen.thaw\"").contains("Did you mean `\"lesson.thaw\"`?"))
            #expect(desk.problem("run \"folder\"").contains("is a folder"))
            #expect(desk.problem("run \"bytes.thaw\"").contains("not UTF-8"))
            #expect(desk.problem("run \"large.thaw\"").contains("no file of cells"))
            #expect(desk.problem("run \"/dev/zero\"").contains("no regular file"))
            #expect(desk.problem("run \"a\0b\"").contains("There is no file"))
            #expect(desk.problem("run \"\"").contains("There is no file"))
            #expect(desk.problem("run lesson.thaw").contains("Write \"lesson.thaw\""))
        }
    }

    @Test func nestingIsBounded() throws {
        try ScratchFolder.use { _ in
            try "depth = depth + 1\nrun \"self.thaw\"".write(toFile: "self.thaw", atomically: true, encoding: .utf8)
            let desk = Desk()
            desk.run("depth = 0")
            let problem = desk.problem("run \"self.thaw\"; print 1")
            #expect(problem.contains("more than \(RunFile.deepest) deep"), "\(problem)")
            #expect(desk.run("print depth") == "\(RunFile.deepest)")
            #expect(desk.session.runDepth == 0)
        }
    }

    @Test func interruptionEndsFiles() throws {
        try ScratchFolder.use { _ in
            try "a = 1\nb = 2".write(toFile: "two.thaw", atomically: true, encoding: .utf8)
            let session = Session(environment: ["THAW_HOME": ".thaw"])
            let output = RecordingOutput()
            let asked = Counter()
            let outcome = session.run("run \"two.thaw\"\nc = 3", output: output) { asked.next() > 2 }
            guard case .interrupted(let done) = outcome else {
                Issue.record("not interrupted: \(outcome)")
                return
            }
            #expect(done == 0 && session.names == ["a"])
        }
    }
}

/// Counts how often something is asked.
final class Counter: Sendable {
    private let count = NSLock()
    nonisolated(unsafe) private var value = 0

    func next() -> Int {
        count.withLock {
            value += 1
            return value
        }
    }
}
