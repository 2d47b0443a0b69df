public import Imaging

/// What a data set looks like, from the files' headers: nothing is decoded.
public struct DatasetReport: Sendable {
    /// The spread of a number over the pictures.
    public struct Distribution: Sendable, Hashable {
        /// All values in ascending order.
        public let sorted: [Double]
        public var minimum: Double { sorted.first ?? .nan }
        public var maximum: Double { sorted.last ?? .nan }
        public var median: Double { quantile(0.5) }
        public var mean: Double { sorted.isEmpty ? .nan : sorted.reduce(0, +) / Double(sorted.count) }

        init(_ values: [Double]) { sorted = values.sorted() }

        /// The value below which a share of the others lies, linearly between neighbours (numpy's default).
        public func quantile(_ share: Double) -> Double {
            guard !sorted.isEmpty else { return .nan }
            let position = min(max(share, 0), 1) * Double(sorted.count - 1)
            let below = Int(position)
            let above = min(below + 1, sorted.count - 1)
            return sorted[below] + (sorted[above] - sorted[below]) * (position - Double(below))
        }

        /// Counts in equal bins from the minimum to the maximum.
        public func histogram(bins: Int) -> [(low: Double, high: Double, count: Int)] {
            guard let first = sorted.first, let last = sorted.last, bins > 0 else { return [] }
            let width = last > first ? (last - first) / Double(bins) : 1
            var counts = [Int](repeating: 0, count: bins)
            for value in sorted { counts[min(Int((value - first) / width), bins - 1)] += 1 }
            return counts.enumerated().map { (first + Double($0) * width, first + Double($0 + 1) * width, $1) }
        }
    }

    /// A picture and its size.
    public struct Extreme: Sendable, Hashable {
        public let path: String
        public let size: ImageSize
    }

    public let name: String
    public let classes: [String]
    public let splits: [Split]
    /// The number of pictures by part, then by class index.
    public let counts: [Split: [Int]]
    /// Of readable headers: upright sizes if EXIF is applied, else as stored.
    public let widths: Distribution
    public let heights: Distribution
    /// Width / height.
    public let aspectRatios: Distribution
    public let colourModes: [(mode: ImageHeader.ColourMode, count: Int)]
    public let formats: [(format: ImageFormat, count: Int)]
    /// Pictures whose EXIF tag asks for a turn or a mirror.
    public let rotated: Int
    public let isOrientationApplied: Bool
    public let byteCount: Int
    public let smallest: Extreme?
    public let largest: Extreme?
    /// Files whose header can't be read.
    public let unreadable: [LoadFailure]
    public let skipped: [SkippedPath]
    public let notes: [DatasetNote]

    /// The training pictures of the most frequent class for each of the rarest.
    public var imbalance: Double {
        let present = (counts[.train] ?? []).filter { $0 > 0 }
        guard let most = present.max(), let least = present.min() else { return .nan }
        return Double(most) / Double(least)
    }

    /// The accuracy of always saying the most frequent training class, on a part.
    public func majorityBaseline(_ split: Split) -> Double {
        guard let train = counts[.train] ?? counts.values.first, let most = train.max(), let label = train.firstIndex(of: most),
            let part = counts[split]
        else { return .nan }
        let total = part.reduce(0, +)
        return total == 0 ? .nan : Double(part[label]) / Double(total)
    }

    /// Reads every header, on worker threads.
    public init(
        _ data: Dataset, progress: (_ done: Int, _ count: Int) -> Void = { _, _ in }, isInterrupted: () -> Bool = { false }
    ) throws(LearningError) {
        let facts = WorkerThreads.map(
            Array(data.samples.enumerated()), isInterrupted: isInterrupted, progress: { progress($0, data.count) }
        ) { index, sample in
            let byteCount = FilePath.facts(sample.path)?.byteCount ?? 0
            do { return Facts(byteCount: byteCount, header: try ImageHeader.read(path: sample.path), failure: nil) } catch {
                let failure = LoadFailure(index: index, path: sample.path, reason: PictureSource.reason(error))
                return Facts(byteCount: byteCount, header: nil, failure: failure)
            }
        }
        guard let facts else { throw .interrupted }
        name = data.name
        classes = data.classes
        splits = data.splits
        counts = Dictionary(uniqueKeysWithValues: data.splits.map { ($0, data[$0].classCounts) })
        isOrientationApplied = data.decoding.exif == .apply
        let exif = data.decoding.exif
        let sized = zip(data.samples, facts).compactMap { sample, fact in
            fact.header.map { Extreme(path: sample.path, size: $0.size(exif)) }
        }
        widths = Distribution(sized.map { Double($0.size.width) })
        heights = Distribution(sized.map { Double($0.size.height) })
        aspectRatios = Distribution(sized.map { Double($0.size.width) / Double(max($0.size.height, 1)) })
        smallest = sized.min { $0.size.area < $1.size.area }
        largest = sized.max { $0.size.area < $1.size.area }
        let headers = facts.compactMap(\.header)
        colourModes = ImageHeader.ColourMode.allCases.map { mode in (mode, headers.count { $0.colourMode == mode }) }
            .filter { $0.1 > 0 }
        formats = ImageFormat.allCases.map { format in (format, headers.count { $0.format == format }) }.filter { $0.1 > 0 }
        rotated = headers.count { $0.orientation != .upright }
        byteCount = facts.reduce(0) { $0 + $1.byteCount }
        unreadable = facts.compactMap(\.failure)
        skipped = data.skipped
        notes = data.notes
    }

    private struct Facts: Sendable {
        let byteCount: Int
        let header: ImageHeader?
        let failure: LoadFailure?
    }
}
