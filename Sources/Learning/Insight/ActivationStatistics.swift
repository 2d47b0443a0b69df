public import Execution
import NeuralNetworks
import Tensors

/// What a part of a network gives for a number of pictures: whether its units speak at all, and how loudly.
public struct ActivationStatistics: Sendable, Hashable {
    /// The part's path; a part that is used more than once has one entry a use.
    public let path: String
    /// PyTorch's type.
    public let kind: String
    /// The shape of one picture's result.
    public let shape: [Int]
    public let pictures: Int
    public let mean: Double
    public let deviation: Double
    public let low: Double
    public let high: Double
    /// The share of values that are exactly zero.
    public let zeros: Double
    /// Channels, or features, whose every value was at most zero in every picture.
    public let dead: [Int]
    /// How often each channel is above zero, 0…1.
    public let activity: [Double]

    public var channels: Int { shape.first ?? 0 }
}

extension ModelState {
    /// Statistics of what parts of the network give for a source's pictures.
    ///
    /// - Parameters:
    ///   - paths: the parts; `nil`: every activation function.
    ///   - count: how many pictures at the most, the source's first.
    /// - Throws: ``LearningError``: a path leads to nothing, or no picture can be read.
    public func activationStatistics(
        of source: PictureSource, paths: [String]? = nil, count: Int = 32, batchSize: Int = 8, options: ExecutionOptions = ExecutionOptions(),
        progress: (_ done: Int, _ count: Int) -> Void = { _, _ in }, isInterrupted: () -> Bool = { false }
    ) throws(LearningError) -> [ActivationStatistics] {
        let graph = try graph()
        var nodes: [Int] = []
        if let paths {
            for path in paths { nodes.append(try node(ofPath: path, in: graph)) }
        } else {
            nodes = graph.nodes.indices.filter { index in
                if case .layer(.activation) = graph.nodes[index].operation { true } else { false }
            }
        }
        let total = min(count, source.count)
        guard !nodes.isEmpty, total > 0 else { return [] }
        let predictor = try Predictor(self, batchSize: Predictor.batchSize(for: total, most: batchSize), options: options, outputs: nodes)
        var gathered = nodes.map { Gathering(graph.nodes[$0]) }
        var failures: [LoadFailure] = []
        let batches = stride(from: 0, to: total, by: predictor.batchSize).map { Array($0..<min($0 + predictor.batchSize, total)) }
        var done = 0
        try source.loader(workers: nil, seed: 0, batchSize: predictor.batchSize).run(batches, epoch: 0, isInterrupted: isInterrupted) {
            (batch) throws(LearningError) in
            failures += batch.failures
            if batch.count > 0 {
                let values = try predictor.run(batch.images, isInterrupted: isInterrupted)
                for (position, value) in values.enumerated() { gathered[position].add(value) }
            }
            done += batch.count + batch.failures.count
            progress(done, total)
        }
        guard failures.count < total else {
            throw .unreadablePictures(count: failures.count, of: total, first: failures.first?.path ?? "", reason: failures.first?.reason ?? "")
        }
        return gathered.map(\.result)
    }
}

/// Sums over pictures of one node's values.
private struct Gathering {
    private let path: String
    private let kind: String
    private let shape: Shape
    private var pictures = 0
    private var sum = 0.0
    private var squares = 0.0
    private var low = Double.infinity
    private var high = -Double.infinity
    private var zeros = 0
    private var above: [Int]

    init(_ node: Graph.Node) {
        path = node.path
        shape = node.shape
        if case .layer(let layer) = node.operation { kind = layer.kind } else { kind = "\(node.operation)" }
        above = [Int](repeating: 0, count: node.shape.rank > 0 ? node.shape[0] : 1)
    }

    mutating func add(_ values: Tensor) {
        let count = values.shape[0]
        let channels = above.count
        let area = shape.elementCount / max(channels, 1)
        pictures += count
        unsafe values.withElements { elements in
            for picture in 0..<count {
                for channel in 0..<channels {
                    var (positive, zero, partial, square) = (0, 0, 0.0, 0.0)
                    var (least, most) = (Float.infinity, -Float.infinity)
                    let start = (picture * channels + channel) * area
                    for index in start..<start + area {
                        let value = unsafe elements[index]
                        if value > 0 { positive += 1 }
                        if value == 0 { zero += 1 }
                        partial += Double(value)
                        square += Double(value) * Double(value)
                        least = min(least, value)
                        most = max(most, value)
                    }
                    above[channel] += positive
                    zeros += zero
                    sum += partial
                    squares += square
                    low = min(low, Double(least))
                    high = max(high, Double(most))
                }
            }
        }
    }

    var result: ActivationStatistics {
        let number = Double(max(pictures * shape.elementCount, 1))
        let each = Double(max(pictures * (shape.elementCount / max(above.count, 1)), 1))
        let mean = sum / number
        return ActivationStatistics(
            path: path, kind: kind, shape: shape.dimensions, pictures: pictures, mean: mean,
            deviation: max(0, squares / number - mean * mean).squareRoot(), low: low, high: high, zeros: Double(zeros) / number,
            dead: above.indices.filter { above[$0] == 0 }, activity: above.map { Double($0) / each })
    }
}
