import Checkpoints

/// Pictures of one content in two parts, found without reading everything: of files of equal size both ends are read, and all of those
/// whose ends are equal.
///
/// What every training does before it starts. ``DatasetCheck`` looks closer, for look-alikes too.
struct LeakCheck: Sendable {
    let warnings: [LearningWarning]

    /// Bytes that are read at either end of a file.
    private static let reach = 4096

    /// - Parameter limit: with more files of shared sizes than this nothing is read, since it would take long; that is told.
    init(_ data: Dataset, limit: Int = 10_000) {
        let sameSize = Self.shared(data.samples) { sample in
            guard let facts = FilePath.facts(sample.path), facts.isRegular, facts.byteCount > 0 else { return nil }
            return String(facts.byteCount)
        }.flatMap { $0 }
        guard sameSize.count <= limit else {
            warnings = [.leaksNotSought(count: sameSize.count)]
            return
        }
        let reach = Self.reach
        let sameEnds = Self.shared(sameSize) { sample in
            guard let size = FilePath.facts(sample.path)?.byteCount,
                let ends = FilePath.ends(sample.path, size: size, count: reach)
            else { return nil }
            return "\(size) \(FileDigest.sha256(of: ends))"
        }.flatMap { $0 }
        var counts: [[Split]: Int] = [:]
        for group in Self.shared(sameEnds, by: { try? FileDigest.sha256(ofFile: $0.path) }) {
            let splits = Split.allCases.filter { split in group.contains { $0.split == split } }
            counts[[splits[0], splits[1]], default: 0] += 1
        }
        warnings = counts.sorted { $0.value > $1.value }.map { .leak(count: $0.value, first: $0.key[0], second: $0.key[1]) }
    }

    /// What the result depends on: every picture's path, part, size and time of change.
    static func key(_ data: Dataset) -> UInt64 {
        var hash = StableHash()
        for sample in data.samples {
            let facts = FilePath.facts(sample.path)
            hash.add(sample.path)
            hash.add(sample.split.rawValue)
            hash.add(facts?.byteCount ?? -1)
            hash.add(UInt64(bitPattern: facts?.modified ?? 0))
        }
        return hash.value
    }

    /// The groups of samples that have one key and are in more than one part. Those without a key are in none.
    private static func shared(_ samples: [Sample], by key: @escaping @Sendable (Sample) -> String?) -> [[Sample]] {
        let keys = WorkerThreads.map(samples, isInterrupted: { false }, key) ?? []
        var groups: [String: [Sample]] = [:]
        for (sample, key) in zip(samples, keys) {
            if let key { groups[key, default: []].append(sample) }
        }
        return groups.values.filter { group in group.contains { $0.split != group[0].split } }
    }
}
