import Checkpoints

/// A split kept beside the pictures in `.thaw-split.csv`, so that the same pictures validate tomorrow and elsewhere.
struct StoredSplit {
    static let fileName = ".thaw-split.csv"
    let path: String
    /// By the pictures' paths from the folder.
    fileprivate let splits: [String: Split]

    /// The split stored in a folder; `nil` if there is none.
    init?(root: String) throws(LearningError) {
        path = FilePath.join(root, Self.fileName)
        guard FilePath.facts(path) != nil else { return nil }
        let table = try CommaSeparatedValues(FilePath.read(path), path: path)
        var splits: [String: Split] = [:]
        for row in table.rows.dropFirst() {
            guard row.fields.count >= 2, let split = Split(rawValue: row.fields[1]) else {
                throw .csv(path: path, line: row.line, defect: "expected a picture's path and train, val or test")
            }
            splits[row.fields[0]] = split
        }
        self.splits = splits
    }

    /// The samples with their stored parts; pictures that it doesn't name stay in the part that they lie in.
    func apply(to samples: [Sample], root: String) -> [Sample] {
        samples.map { sample in
            var sample = sample
            sample.split = splits[FilePath.relative(sample.path, to: root)] ?? sample.split
            return sample
        }
    }
}

extension Dataset {
    /// Keeps the present split in the data set's folder, beside what is stored there of other pictures; the next ``imageFolder(_:shares:seed:filter:isInterrupted:)`` without
    /// `split=` obeys it. Returns the file's path.
    @discardableResult
    public func storeSplit() throws(LearningError) -> String {
        let path = FilePath.join(root, StoredSplit.fileName)
        var text = "image,split\n"
        var splits = (try? StoredSplit(root: root))?.splits.filter { FilePath.facts(FilePath.join(root, $0.key)) != nil } ?? [:]
        for sample in samples { splits[FilePath.relative(sample.path, to: root)] = sample.split }
        for (image, split) in splits.sorted(by: { $0.key < $1.key }) { text += CommaSeparatedValues.line([image, split.rawValue]) }
        do throws(CheckpointError) { try AtomicFile.write(Array(text.utf8), to: path) } catch { throw .checkpoint(error) }
        return path
    }

    /// The pictures split afresh, class by class.
    public func resplit(_ shares: SplitShares, seed: UInt64 = 0) throws(LearningError) -> Dataset {
        try shares.check()
        var stratified = StratifiedSplit(shares: shares, seed: seed, root: root)
        var result = replacing(samples: stratified.assign(samples, classes: classes), classes: classes)
        result.notes =
            notes.filter { note in
                switch note {
                case .split, .storedSplit, .splitNotUsed, .tooFewToSplit: false
                default: true
                }
            } + stratified.notes
        if shares.val > 0 { result.notes.append(.split(.val, share: shares.val, from: nil, seed: seed)) }
        if shares.test > 0 { result.notes.append(.split(.test, share: shares.test, from: nil, seed: seed)) }
        return result
    }
}
