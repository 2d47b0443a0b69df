import Imaging

/// Which pictures a data set takes: by name, by size, or both.
public struct SampleFilter: Hashable, Sendable {
    /// Patterns of paths below the root, any of which may match; empty takes all.
    public var include: [GlobPattern]
    /// Patterns of paths below the root, none of which may match.
    public var exclude: [GlobPattern]
    /// Pictures with a shorter side are left out.
    public var minimumSide: Int?
    /// Pictures with a longer side are left out.
    public var maximumSide: Int?

    public init(
        include: [GlobPattern] = [], exclude: [GlobPattern] = [], minimumSide: Int? = nil, maximumSide: Int? = nil
    ) {
        self.include = include
        self.exclude = exclude
        self.minimumSide = minimumSide
        self.maximumSide = maximumSide
    }

    /// The samples that pass; the others are told to `scan`. Sizes are read from the files' headers; a file whose header can't be
    /// read fails a filter by size.
    func apply(to samples: [Sample], root: String, _ scan: inout FolderScan) throws(LearningError) -> [Sample] {
        var kept: [Sample] = []
        for sample in samples {
            if passes(sample.path, root: root) { kept.append(sample) } else { scan.skip(sample.path, .filtered) }
        }
        return kept
    }

    /// The samples of a new data set that pass, with a note of patterns that match none of them.
    ///
    /// - Throws: ``LearningError/allFiltered(path:filter:count:)`` if none passes.
    func choose(
        from samples: [Sample], of path: String, root: String, _ scan: inout FolderScan, _ notes: inout [DatasetNote]
    ) throws(LearningError) -> [Sample] {
        let kept = try apply(to: samples, root: root, &scan)
        guard let first = samples.first else { return kept }
        guard !kept.isEmpty else { throw .allFiltered(path: path, filter: description, count: samples.count) }
        let patterns = include.map { ($0, $0.text) } + exclude.map { ($0, "!" + $0.text) }
        guard !patterns.isEmpty else { return kept }
        let names = samples.map { FilePath.relative($0.path, to: root) }
        for (pattern, text) in patterns where !names.contains(where: pattern.matches) {
            let example = pattern.text.contains("/") ? FilePath.relative(first.path, to: root) : FilePath.lastComponent(first.path)
            notes.append(.idlePattern(text, example: example))
        }
        return kept
    }

    private func passes(_ path: String, root: String) -> Bool {
        let relative = FilePath.relative(path, to: root)
        if !include.isEmpty, !include.contains(where: { $0.matches(relative) }) { return false }
        if exclude.contains(where: { $0.matches(relative) }) { return false }
        guard minimumSide != nil || maximumSide != nil else { return true }
        guard let size = try? ImageHeader.read(path: path).size else { return false }
        return size.shortSide >= minimumSide ?? 0 && size.longSide <= maximumSide ?? .max
    }
}

extension SampleFilter: CustomStringConvertible {
    /// The filter as it is written: `"*.jpg"`, `["*.jpg", "!bad/*"]`, with the sides behind.
    public var description: String {
        let patterns = (include.map(\.text) + exclude.map { "!" + $0.text }).map { "\"\($0)\"" }
        let written = patterns.count > 1 ? "[\(patterns.joined(separator: ", "))]" : patterns.first
        return [written, minimumSide.map { "min_side: \($0)" }, maximumSide.map { "max_side: \($0)" }].compactMap { $0 }.joined(separator: ", ")
    }
}

extension Dataset {
    /// The pictures that pass a filter.
    public func filtered(_ filter: SampleFilter) throws(LearningError) -> Dataset {
        var scan = FolderScan(isInterrupted: { false })
        let kept = try filter.apply(to: samples, root: root, &scan)
        var result = replacing(samples: kept, classes: classes)
        result.skipped += scan.skipped
        return result
    }
}
