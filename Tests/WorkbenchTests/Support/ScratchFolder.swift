import Foundation
import Synchronization
import Testing

/// A folder for relative paths. The working folder is the process's, so tests that need one take turns.
struct ScratchFolder {
    let path: String

    private static let turn = NSLock()

    /// The committed demo pictures.
    static let clipart = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent().appendingPathComponent("notebooks/data/clipart").path

    /// Photographs of ants and bees, where this machine has them.
    static let antsAndBees: String? = {
        guard let folder = ProcessInfo.processInfo.environment["THAW_TEST_DATA"], !folder.isEmpty else { return nil }
        let path = folder + "/hymenoptera_data"
        return FileManager.default.fileExists(atPath: path + "/train") ? path : nil
    }()

    /// Runs `body` with the working folder changed to a fresh one, which is removed afterwards.
    static func use<Result>(_ body: (ScratchFolder) throws -> Result) throws -> Result {
        try turn.withLock {
            let files = FileManager.default
            let before = files.currentDirectoryPath
            let path = files.temporaryDirectory.appendingPathComponent("thaw-\(UUID().uuidString)").path
            try files.createDirectory(atPath: path, withIntermediateDirectories: true)
            defer {
                _ = files.changeCurrentDirectoryPath(before)
                try? files.removeItem(atPath: path)
            }
            try #require(files.changeCurrentDirectoryPath(path))
            return try body(ScratchFolder(path: path))
        }
    }

    /// Files that examples may speak of: `pictures` (three classes in train and val), `picture.png`, `labels.csv`, `lesson.thaw`.
    func fill(train: Int = 8, val: Int = 3) throws {
        let files = FileManager.default
        var rows = ["image,label"]
        for (split, count) in [("train", train), ("val", val)] {
            for name in ["bugs", "flowers", "fruit"] {
                let source = "\(Self.clipart)/\(split)/\(name)"
                let target = "\(path)/pictures/\(split)/\(name)"
                try files.createDirectory(atPath: target, withIntermediateDirectories: true)
                for file in try files.contentsOfDirectory(atPath: source).sorted().prefix(count) {
                    try files.copyItem(atPath: "\(source)/\(file)", toPath: "\(target)/\(file)")
                    if split == "train" { rows.append("pictures/\(split)/\(name)/\(file),\(name)") }
                }
            }
        }
        let first = try files.contentsOfDirectory(atPath: "\(path)/pictures/val/bugs").sorted()[0]
        try files.copyItem(atPath: "\(path)/pictures/val/bugs/\(first)", toPath: "\(path)/picture.png")
        try (rows.joined(separator: "\n") + "\n").write(toFile: "\(path)/labels.csv", atomically: true, encoding: .utf8)
        try "rate = 0.1\nprint rate\n".write(toFile: "\(path)/lesson.thaw", atomically: true, encoding: .utf8)
    }
}
