import Tensors

/// How large the parts are that are set apart from the training pictures: `split=20%`.
public struct SplitShares: Hashable, Sendable, Codable {
    public var val: Double
    public var test: Double

    /// Twenty of a hundred for validation.
    public static let `default` = SplitShares(val: 0.2)

    public init(val: Double, test: Double = 0) {
        self.val = val
        self.test = test
    }

    func check() throws(LearningError) {
        guard val >= 0, test >= 0, val + test < 1 else {
            throw .badSplit(reason: "val \(val) and test \(test) must be at least 0 and leave something to train on")
        }
    }
}

/// Sets parts of each class apart.
///
/// Which pictures go is decided by a hash of the seed and each picture's path below the root, so it depends neither on the machine's
/// file order nor on where the folder lies, and pictures that come later move few of the others.
struct StratifiedSplit {
    let shares: SplitShares
    let seed: UInt64
    let root: String
    private(set) var notes: [DatasetNote] = []

    init(shares: SplitShares, seed: UInt64, root: String) {
        self.shares = shares
        self.seed = seed
        self.root = root
    }

    /// The samples with their parts, in their order.
    mutating func assign(_ samples: [Sample], classes: [String]) -> [Sample] {
        var members = [[Int]](repeating: [], count: classes.count)
        for (index, sample) in samples.enumerated() { members[sample.label].append(index) }
        var result = samples
        for (label, indices) in members.enumerated() where !indices.isEmpty {
            let ordered = indices.map { index in
                (key: key(samples[index]), index: index)
            }.sorted { ($0.key, $0.index) < ($1.key, $1.index) }
            let (valCount, testCount) = counts(indices.count)
            if valCount + testCount == 0, shares.val + shares.test > 0 {
                notes.append(.tooFewToSplit(classes[label], count: indices.count))
            }
            for (rank, entry) in ordered.enumerated() {
                result[entry.index].split = rank < valCount ? .val : rank < valCount + testCount ? .test : .train
            }
        }
        return result
    }

    private func key(_ sample: Sample) -> UInt64 {
        var stream = RandomSource(seed: seed, name: FilePath.relative(sample.path, to: root))
        return stream.next()
    }

    /// Rounded shares; at least one training picture stays, and a class of two or more gives at least one to each part asked for
    /// while it can.
    private func counts(_ count: Int) -> (val: Int, test: Int) {
        func share(_ value: Double) -> Int { value > 0 ? max(1, Int((Double(count) * value).rounded())) : 0 }
        var (val, test) = (share(shares.val), share(shares.test))
        while val + test > count - 1 {
            if test >= val, test > 0 { test -= 1 } else if val > 0 { val -= 1 } else { break }
        }
        return (val, test)
    }
}
