import Checkpoints

/// Pictures of one content in two parts, found without reading everything: only files of equal size are read.
///
/// What every training does before it starts. ``DatasetCheck`` looks closer, for look-alikes too.
struct LeakCheck {
    let warnings: [LearningWarning]

    /// - Parameter limit: with more files of shared sizes than this nothing is read, since it would take long.
    init(_ data: Dataset, limit: Int = 1000) {
        var bySize: [Int: [Sample]] = [:]
        for sample in data.samples {
            if let facts = FilePath.facts(sample.path), facts.byteCount > 0 { bySize[facts.byteCount, default: []].append(sample) }
        }
        let suspects = bySize.values.filter { group in group.contains { $0.split != group[0].split } }
        guard suspects.reduce(0, { $0 + $1.count }) <= limit else {
            warnings = []
            return
        }
        var counts: [[Split]: Int] = [:]
        for group in suspects {
            var byDigest: [String: Set<Split>] = [:]
            for sample in group {
                if let digest = try? FileDigest.sha256(ofFile: sample.path) { byDigest[digest, default: []].insert(sample.split) }
            }
            for splits in byDigest.values where splits.count > 1 {
                let ordered = Split.allCases.filter(splits.contains)
                counts[[ordered[0], ordered[1]], default: 0] += 1
            }
        }
        warnings = counts.sorted { $0.value > $1.value }.map { .leak(count: $0.value, first: $0.key[0], second: $0.key[1]) }
    }
}
