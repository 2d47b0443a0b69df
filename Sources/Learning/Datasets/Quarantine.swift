import Checkpoints

/// The list of files that were taken out of a data set, kept in its folder as `.thaw-quarantine`, one path a line.
public struct Quarantine: Sendable {
    static let fileName = ".thaw-quarantine"
    /// The list's file.
    public let path: String
    private let root: String
    /// Paths below the root.
    public private(set) var paths: [String]

    /// The list of a folder; empty if there is none.
    public init(root: String) {
        self.root = root
        path = FilePath.join(root, Self.fileName)
        let bytes = (try? FilePath.read(path)) ?? []
        paths = String(decoding: bytes, as: UTF8.self).split(separator: "\n").map(String.init)
    }

    /// The samples that are not on the list; those that are, are told.
    func apply(to samples: [Sample], _ scan: inout FolderScan, _ notes: inout [DatasetNote]) -> [Sample] {
        guard !paths.isEmpty else { return samples }
        let listed = Set(paths)
        var kept: [Sample] = []
        for sample in samples {
            if listed.contains(FilePath.relative(sample.path, to: root)) {
                scan.skip(sample.path, .quarantined)
            } else {
                kept.append(sample)
            }
        }
        if kept.count < samples.count { notes.append(.quarantined(count: samples.count - kept.count, list: path)) }
        return kept
    }

    /// Adds files to the list and stores it.
    mutating func add(_ files: [String]) throws(LearningError) {
        let listed = Set(paths)
        paths += files.map { FilePath.relative($0, to: root) }.filter { !listed.contains($0) }
        try store()
    }

    /// Takes files off the list and stores it.
    public mutating func remove(_ files: [String]) throws(LearningError) {
        let freed = Set(files.map { FilePath.relative($0, to: root) })
        paths.removeAll { freed.contains($0) }
        try store()
    }

    private func store() throws(LearningError) {
        let text = paths.map { $0 + "\n" }.joined()
        do throws(CheckpointError) { try AtomicFile.write(Array(text.utf8), to: path) } catch { throw .checkpoint(error) }
    }
}

extension Dataset {
    /// The data set without the given files. They stay on disk, and out of this folder's data sets from now on.
    ///
    /// - Parameter remembers: whether the list in the folder is written; `false` for a folder that can't be.
    public func quarantining(_ files: [String], remembers: Bool = true) throws(LearningError) -> Dataset {
        if remembers {
            var list = Quarantine(root: root)
            try list.add(files)
        }
        let out = Set(files)
        var result = mapping { out.contains($0.path) ? nil : $0 }
        result.setAside += samples.filter { out.contains($0.path) }
        result.skipped += files.map { SkippedPath(path: $0, reason: .quarantined) }
        return result
    }

    /// The data set with samples back that were put aside since it was made.
    ///
    /// - Parameter files: paths, whole or below the data set's folder.
    /// - Returns: the data set, and how many of the files came back. Those that were on the list before are not known.
    public func readmitting(_ files: [String]) -> (dataset: Dataset, count: Int) {
        let wanted = Set(files)
        func isWanted(_ path: String) -> Bool { wanted.contains(path) || wanted.contains(relativePath(path)) }
        let back = setAside.filter { isWanted($0.path) && classes.indices.contains($0.label) }
        var result = replacing(samples: samples + back, classes: classes)
        result.setAside.removeAll { isWanted($0.path) }
        result.skipped.removeAll { $0.reason == .quarantined && isWanted($0.path) }
        return (result, back.count)
    }
}
