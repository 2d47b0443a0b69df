import Foundation
import Glibc
import JupyterProtocol
import Testing

@testable import JupyterKernel

/// Earlier cells, of this session and of others.
@Suite struct HistoryTests {
    private let folder = FileManager.default.temporaryDirectory.appending(path: "history-\(UUID().uuidString)")
    private var path: String { folder.appending(path: "deep/history.jsonl").path }

    private func ask(_ bench: Bench, _ content: JSON) -> JSON? {
        _ = bench.request("history_request", content)
        return bench.last("history_reply")?.content["history"]
    }

    @Test func tailRangeAndSearch() {
        let bench = Bench()
        for (index, code) in ["result 1", "print x", "result 2", "fail E", "print x", "  "].enumerated() {
            _ = bench.run(code, id: "\(index)")
        }
        bench.send("execute_request", Author.execute("print unstored", store: false), id: "u")
        _ = bench.lines(untilIdle: "u")
        let all: [JSON] = [[1, 1, "result 1"], [1, 2, "print x"], [1, 3, "result 2"], [1, 4, "fail E"], [1, 5, "print x"]]
        let cases: [(JSON, [JSON])] = [
            (["hist_access_type": "tail", "n": 2], [all[3], all[4]]), (["hist_access_type": "tail", "n": 100], all),
            (["hist_access_type": "tail", "n": -3], []), ([:], all),
            (
                ["hist_access_type": "tail", "n": 3, "output": true],
                [[1, 3, ["result 2", "2"]], [1, 4, ["fail E", nil]], [1, 5, ["print x", nil]]]
            ),
            (["hist_access_type": "range", "session": 0, "start": 2, "stop": 4], [all[1], all[2]]),
            (["hist_access_type": "range", "session": 1, "start": 4], [all[3], all[4]]),
            (["hist_access_type": "range", "session": -1, "start": 1, "stop": 100], []),
            (["hist_access_type": "range", "session": .integer(.min), "start": .integer(.min), "stop": .integer(.max)], []),
            (["hist_access_type": "search", "pattern": "result *"], [all[0], all[2]]),
            (["hist_access_type": "search", "pattern": "*"], all),
            (["hist_access_type": "search", "pattern": "result ?", "n": 1], [all[2]]),
            (["hist_access_type": "search", "pattern": "*x", "unique": true], [all[4]]),
            (["hist_access_type": "search", "pattern": "*x", "unique": false, "n": 5], [all[1], all[4]]),
            (["hist_access_type": "search", "pattern": "nothing"], []),
        ]
        for (request, expected) in cases { #expect(ask(bench, request) == .array(expected), "\(request.text)") }
    }

    @Test func outlivesTheKernel() throws {
        defer { try? FileManager.default.removeItem(at: folder) }
        for session in 1...3 {
            let bench = Bench(historyPath: path)
            #expect(ask(bench, ["hist_access_type": "range", "session": 0, "start": 0]) == [])
            _ = bench.run("print session \(session)")
        }
        let bench = Bench(historyPath: path)
        #expect(ask(bench, ["hist_access_type": "tail", "n": 2]) == [[2, 1, "print session 2"], [3, 1, "print session 3"]])
        #expect(ask(bench, ["hist_access_type": "range", "session": -1, "start": 1, "stop": 2]) == [[3, 1, "print session 3"]])
        #expect(ask(bench, ["hist_access_type": "range", "session": 1, "start": 1, "stop": 2]) == [[1, 1, "print session 1"]])
        let mode = try FileManager.default.attributesOfItem(atPath: path)[.posixPermissions] as? Int
        #expect(mode == 0o600, "what users typed is theirs")
    }

    @Test func twoKernelsAtOnceHaveNumbersOfTheirOwn() {
        defer { try? FileManager.default.removeItem(at: folder) }
        let benches = [Bench(historyPath: path), Bench(historyPath: path)]
        for bench in benches { _ = bench.run("print x") }
        let third = Bench(historyPath: path)
        let entries = ask(third, ["hist_access_type": "tail", "n": 9])?.array ?? []
        #expect(Set(entries.compactMap { $0.array?.first?.integer }).count == 2 && entries.count == 2, "\(entries)")
    }

    @Test func aDamagedFileLosesItsDamagedLinesOnly() throws {
        defer { try? FileManager.default.removeItem(at: folder) }
        try FileManager.default.createDirectory(at: folder.appending(path: "deep"), withIntermediateDirectories: true)
        let good = #"{"session":7,"line":1,"input":"print old","output":null}"#
        try Data("ession\":1}\n\(good)\n{\"session\":\n[]\n\u{0}\u{FF}\n{\"session\":8,\"line\":\"x\",\"input\":3}\n".utf8).write(
            to: URL(fileURLWithPath: path))
        let bench = Bench(historyPath: path)
        _ = bench.run("print new")
        #expect(ask(bench, ["hist_access_type": "tail", "n": 9]) == [[7, 1, "print old"], [8, 1, "print new"]])
    }

    /// A number that can't be counted on from must not keep every later kernel from starting.
    @Test func numbersOutOfRangeAreSkipped() throws {
        defer { try? FileManager.default.removeItem(at: folder) }
        try FileManager.default.createDirectory(at: folder.appending(path: "deep"), withIntermediateDirectories: true)
        let lines = [(Int.max, 1), (7, Int.max), (7, 1), (-1, 1), (7, -1)].map { session, line in
            #"{"session":\#(session),"line":\#(line),"input":"print \#(session) \#(line)","output":null}"# + "\n"
        }
        try Data(lines.joined().utf8).write(to: URL(fileURLWithPath: path))
        let bench = Bench(historyPath: path)
        _ = bench.run("print new")
        #expect(ask(bench, ["hist_access_type": "tail", "n": 9]) == [[7, 1, "print 7 1"], [8, 1, "print new"]])
    }

    /// As on a network's file system whose other end is gone.
    @Test func aLockThatIsStuckIsDoneWithout() throws {
        defer { try? FileManager.default.removeItem(at: folder) }
        try FileManager.default.createDirectory(at: folder.appending(path: "deep"), withIntermediateDirectories: true)
        let descriptor = open(path + ".lock", O_RDWR | O_CREAT, 0o600)
        defer { close(descriptor) }
        let isLocked = flock(descriptor, LOCK_EX) == 0
        try #require(descriptor >= 0 && isLocked)
        let bench = Bench(historyPath: path)
        _ = bench.run("print x")
        #expect(ask(bench, ["hist_access_type": "tail", "n": 9]) == [[1, 1, "print x"]])
        #expect(ask(Bench(historyPath: path), ["hist_access_type": "tail", "n": 9]) == [[1, 1, "print x"]])
    }

    @Test func aPlaceThatCannotBeWrittenIsDoneWithout() {
        let bench = Bench(historyPath: "/proc/nowhere/history.jsonl")
        _ = bench.run("print x")
        #expect(ask(bench, ["hist_access_type": "tail", "n": 9]) == [[1, 1, "print x"]])
    }

    @Test(arguments: [
        ("", "", true), ("*", "", true), ("?", "", false), ("a*b*c", "axxbyyc", true), ("a*b*c", "axxbyy", false),
        ("*é?", "caféx", true),
        ("**", "x", true), ("[a]", "a", false), ("a\nb", "a\nb", true), ("*b", "ab\nb", true),
    ])
    func patterns(pattern: String, text: String, matches: Bool) { #expect(Glob.matches(pattern, text) == matches) }

    @Test func hostilePatternsEnd() {
        let pattern = String(repeating: "*a", count: 100) + "b"
        #expect(!Glob.matches(pattern, String(repeating: "a", count: 5000)))
    }
}
