import Checkpoints
public import Imaging

/// Every file decoded once: what is broken, what is twice there, and what is not what its name says.
public struct DatasetCheck: Sendable {
    /// A file that can't be used.
    public struct Defect: Sendable, Hashable {
        public enum Kind: String, Sendable, Hashable { case corrupt, truncated, notAPicture, tooLarge, unreadable, unsupported }
        public let path: String
        public let split: Split
        public let kind: Kind
        public let reason: String
    }

    /// A file whose ending names another format than its content has. It is read all the same.
    public struct WrongEnding: Sendable, Hashable {
        public let path: String
        public let format: ImageFormat
    }

    /// Files with the same content, or that look the same.
    public struct Duplicates: Sendable, Hashable {
        /// Whether the pictures are equal bit by bit; otherwise they look alike.
        public let isExact: Bool
        public let samples: [Sample]
        /// Whether the pictures are in more than one part: figures will flatter.
        public var crossesSplits: Bool { Set(samples.map(\.split)).count > 1 }
        /// Whether one picture has several labels: at least one is wrong.
        public var contradicts: Bool { Set(samples.map(\.label)).count > 1 }
    }

    public let count: Int
    public let defects: [Defect]
    public let wrongEndings: [WrongEnding]
    public let duplicates: [Duplicates]
    /// Classes that a part lacks.
    public let missingClasses: [(split: Split, classes: [String])]
    /// Of readable headers.
    public let colourModes: [(mode: ImageHeader.ColourMode, count: Int)]
    /// Pictures whose EXIF tag asks for a turn or a mirror.
    public let rotated: Int
    public let skipped: [SkippedPath]

    public var isClean: Bool { defects.isEmpty && wrongEndings.isEmpty && duplicates.isEmpty && missingClasses.isEmpty }

    /// Leaks between two parts, as warnings for a training.
    public var warnings: [LearningWarning] {
        var counts: [[Split]: Int] = [:]
        for group in duplicates where group.crossesSplits {
            let splits = Split.allCases.filter { split in group.samples.contains { $0.split == split } }
            counts[[splits[0], splits[1]], default: 0] += 1
        }
        return counts.sorted { $0.value > $1.value }.map { .leak(count: $0.value, first: $0.key[0], second: $0.key[1]) }
    }

    /// What `quarantine` should take out: broken files, and of exact duplicates all but the first training one.
    public var suggestedQuarantine: [String] {
        let spare = duplicates.filter(\.isExact).flatMap { group in
            let kept = group.contradicts ? nil : group.samples.first { $0.split == .train } ?? group.samples.first
            return group.samples.filter { $0 != kept }.map(\.path)
        }
        return defects.map(\.path) + spare
    }

    /// Decodes every picture, on worker threads.
    ///
    /// - Parameter threshold: how many of the 64 bits of two difference hashes may differ for pictures to look the same.
    public init(
        _ data: Dataset, threshold: Int = 2, progress: (_ done: Int, _ count: Int) -> Void = { _, _ in },
        isInterrupted: () -> Bool = { false }
    ) throws(LearningError) {
        let decoding = data.decoding
        let findings = WorkerThreads.map(
            data.samples, isInterrupted: isInterrupted, progress: { progress($0, data.count) }
        ) { Finding($0, decoding) }
        guard let findings else { throw .interrupted }
        count = data.count
        defects = findings.compactMap(\.defect)
        wrongEndings = findings.compactMap(\.wrongEnding)
        duplicates = Self.duplicates(data.samples, findings, threshold: threshold)
        missingClasses = data.splits.compactMap { split in
            let missing = data[split].missingClasses
            return missing.isEmpty ? nil : (split, missing)
        }
        let headers = findings.compactMap(\.header)
        colourModes = ImageHeader.ColourMode.allCases.map { mode in (mode, headers.count { $0.colourMode == mode }) }
            .filter { $0.1 > 0 }
        rotated = headers.count { $0.orientation != .upright }
        skipped = data.skipped
    }

    private static func duplicates(_ samples: [Sample], _ findings: [Finding], threshold: Int) -> [Duplicates] {
        var result: [Duplicates] = []
        var byDigest: [String: [Int]] = [:]
        for (index, finding) in findings.enumerated() { finding.digest.map { byDigest[$0, default: []].append(index) } }
        for (_, indices) in byDigest.sorted(by: { $0.value[0] < $1.value[0] }) where indices.count > 1 {
            result.append(Duplicates(isExact: true, samples: indices.map { samples[$0] }))
        }
        // One of each exact group looks for look-alikes.
        let firsts = byDigest.values.map { $0[0] }.sorted()
        for group in LookAlikes(firsts.compactMap { index in findings[index].look.map { (index, $0) } }, threshold: threshold).groups {
            result.append(Duplicates(isExact: false, samples: group.map { samples[$0] }))
        }
        return result
    }
}

/// What decoding one file told.
private struct Finding: Sendable {
    var defect: DatasetCheck.Defect?
    var wrongEnding: DatasetCheck.WrongEnding?
    var header: ImageHeader?
    var digest: String?
    var look: DifferenceHash?

    init(_ sample: Sample, _ decoding: DecodeOptions) {
        do {
            let header = try ImageHeader.read(path: sample.path)
            self.header = header
            if !header.format.fileExtensions.contains(FilePath.ending(sample.path)) {
                wrongEnding = DatasetCheck.WrongEnding(path: sample.path, format: header.format)
            }
            let image = try Image.decode(path: sample.path, decoding)
            look = DifferenceHash(image)
            digest = try FileDigest.sha256(ofFile: sample.path)
        } catch {
            defect = DatasetCheck.Defect(
                path: sample.path, split: sample.split, kind: Self.kind(error), reason: PictureSource.reason(error))
        }
    }

    private static func kind(_ error: any Error) -> DatasetCheck.Defect.Kind {
        guard let error = error as? ImageError else { return .unreadable }
        switch error {
        case .inFile(_, let inner): return kind(inner)
        case .truncated: return .truncated
        case .damaged: return .corrupt
        case .notAPicture, .empty: return .notAPicture
        case .tooManyPixels: return .tooLarge
        case .unsupported, .notBuiltIn: return .unsupported
        default: return .unreadable
        }
    }
}
