import Foundation
import Testing

/// Files of cells and what is expected of each:
///
///     ▶ train net on bees
///         train(model=…, data=…)
///
/// `THAW_RECORD=1` writes what is found into the file; the test fails then, so that nobody records unseen.
enum Golden {
    static let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent().appendingPathComponent("Fixtures")

    static var isRecording: Bool { ProcessInfo.processInfo.environment["THAW_RECORD"] == "1" }

    /// The cells of a file with what is expected; `\n`, `\r`, `\t` and `\0` stand for what they do elsewhere, `\\` for a backslash.
    static func cases(_ name: String) throws -> [(cell: String, expected: String)] {
        var result: [(String, [String])] = []
        for line in try String(contentsOf: folder.appendingPathComponent(name), encoding: .utf8).components(separatedBy: "\n") {
            if line.hasPrefix("▶ ") {
                result.append((String(line.dropFirst(2)), []))
            } else if line.hasPrefix("    "), let last = result.indices.last {
                result[last].1.append(String(line.dropFirst(4)))
            }
        }
        return result.map { ($0.0, $0.1.joined(separator: "\n")) }
    }

    static func unescaped(_ cell: String) -> String {
        var text = ""
        var isEscaped = false
        for character in cell {
            if isEscaped {
                text.append(["n": "\n", "r": "\r", "t": "\t", "0": "\0"][character] ?? character)
                isEscaped = false
            } else if character == "\\" {
                isEscaped = true
            } else {
                text.append(character)
            }
        }
        return text
    }

    /// Compares each case of a file with what is found.
    static func check(_ name: String, _ find: (String) -> String) throws {
        let cases = try cases(name)
        #expect(!cases.isEmpty)
        var lines: [String] = []
        for (cell, expected) in cases {
            let found = find(unescaped(cell))
            #expect(found == expected, "\(name): \(cell)")
            lines.append("▶ \(cell)")
            lines += found.components(separatedBy: "\n").map { "    " + $0 }
            lines.append("")
        }
        if isRecording { try record(name, lines.joined(separator: "\n")) }
    }

    /// Compares a whole file.
    static func check(_ name: String, is found: String) throws {
        let file = folder.appendingPathComponent(name)
        #expect((try? String(contentsOf: file, encoding: .utf8)) == found, "\(name)")
        if isRecording { try record(name, found) }
    }

    private static func record(_ name: String, _ text: String) throws {
        try text.write(to: folder.appendingPathComponent(name), atomically: true, encoding: .utf8)
        Issue.record("recorded \(name)")
    }
}
