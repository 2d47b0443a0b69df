public import Tensors

/// A picture that could not be read, by its place and name.
public struct LoadFailure: Hashable, Sendable {
    /// The index within the part.
    public let index: Int
    public let path: String
    public let reason: String

    public init(index: Int, path: String, reason: String) {
        self.index = index
        self.path = path
        self.reason = reason
    }
}

/// Pictures and their classes, ready for a network.
public struct Batch: Sendable {
    /// The batch's number in its epoch, from 0.
    public let number: Int
    /// Indices within the part, in the batch's order; pictures that could not be read are not among them.
    public let indices: [Int]
    /// `[n, C, H, W]`.
    public let images: Tensor
    /// One class index a picture.
    public let labels: [Int]
    public let failures: [LoadFailure]

    public var count: Int { indices.count }
}

/// In which order and in which groups an epoch visits the pictures: a function of (seed, epoch) alone.
public struct EpochOrder: Sendable {
    public let count: Int
    public let batchSize: Int
    public let shuffles: Bool
    public let dropsLast: Bool
    /// Leaves out a last batch of just one picture.
    public let dropsLoneSample: Bool
    public let seed: UInt64
    /// The classes of the pictures, to draw each equally often with replacement; `nil`: every picture once.
    public let balancing: [Int]?

    public init(
        count: Int, batchSize: Int, shuffles: Bool = false, dropsLast: Bool = false, dropsLoneSample: Bool = false,
        seed: UInt64 = 0, balancing: [Int]? = nil
    ) {
        self.count = count
        self.batchSize = max(batchSize, 1)
        self.shuffles = shuffles
        self.dropsLast = dropsLast
        self.dropsLoneSample = dropsLoneSample
        self.seed = seed
        self.balancing = balancing
    }

    /// Keys of the random streams, so that no two purposes share one.
    private enum Purpose {
        static let shuffle = 0x5348_5546
        static let draw = 0x4452_4157
    }

    /// The number of batches, the same in every epoch.
    public var batchCount: Int {
        let full = count / batchSize
        let rest = count % batchSize
        if rest == 0 || dropsLast || (dropsLoneSample && rest == 1 && full > 0) { return full }
        return full + 1
    }

    /// The pictures of an epoch (from 1), batch by batch.
    public func batches(epoch: Int) -> [[Int]] {
        let order = self.order(epoch: epoch)
        return (0..<batchCount).map { Array(order[$0 * batchSize..<min(($0 + 1) * batchSize, count)]) }
    }

    private func order(epoch: Int) -> [Int] {
        if let balancing {
            var members: [Int: [Int]] = [:]
            for (index, label) in balancing.enumerated() { members[label, default: []].append(index) }
            let groups = members.sorted { $0.key < $1.key }.map(\.value)
            var stream = RandomSource(seed: seed, epoch, Purpose.draw)
            return (0..<count).map { _ in
                let group = groups[stream.integer(below: groups.count)]
                return group[stream.integer(below: group.count)]
            }
        }
        guard shuffles else { return Array(0..<count) }
        var stream = RandomSource(seed: seed, epoch, Purpose.shuffle)
        return stream.permutation(count)
    }
}
