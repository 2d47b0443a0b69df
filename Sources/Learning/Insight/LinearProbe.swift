public import Execution
import NeuralNetworks
import Tensors

/// How well a linear classifier on a layer's features tells the classes apart: where a network can be cut.
public struct LinearProbe: Sendable, Hashable {
    /// The part whose results were the features, averaged over their area.
    public let path: String
    public let features: Int
    public let train: Interval
    public let val: Interval
    /// Values in the network up to and including the part.
    public let parameters: Int

    public init(path: String, features: Int, train: Interval, val: Interval, parameters: Int) {
        self.path = path
        self.features = features
        self.train = train
        self.val = val
        self.parameters = parameters
    }
}

extension ModelState {
    /// The parts behind which the network can be cut, from the input to the head: those of the top level that learn; of networks that keep all but
    /// the head in one container, such as `features`, those inside it. An activation that follows belongs to the part before it.
    public var cuts: [String] {
        guard case .block(let block) = module else { return [] }
        let isInOneContainer = block.children.count { !$0.module.parameterDeclarations.isEmpty } <= 2
        let inside = block.children.flatMap { child -> [String] in
            if case .block(let inner) = child.module {
                Self.learning(inner.children, below: child.name + ".")
            } else {
                Self.learning([child], below: "")
            }
        }
        let paths = isInOneContainer ? inside : Self.learning(block.children, below: "")
        return paths.filter { path in
            guard let trunk = try? module.until(path) else { return false }
            return !trunk.parameterDeclarations.contains { name, _ in head.map { name.hasPrefix($0 + ".") } ?? false }
        }
    }

    private static func learning(_ children: [Block.Child], below prefix: String) -> [String] {
        var paths: [String] = []
        for (index, child) in children.enumerated() {
            if !child.module.parameterDeclarations.isEmpty {
                paths.append(prefix + child.name)
            } else if index > 0, case .layer(.activation) = child.module, paths.last == prefix + children[index - 1].name {
                paths[paths.count - 1] = prefix + child.name
            }
        }
        return paths
    }

    /// Linear probes behind parts of the network: logistic regression on features that stay fixed.
    ///
    /// Features are averaged over their area and standardised by the training pictures'; the regression is run to the same loss whatever
    /// their number, with a small L2 penalty.
    /// - Parameter paths: the parts; `nil`: ``cuts``.
    public func probe(
        on data: Dataset, paths: [String]? = nil, batchSize: Int = 16, options: ExecutionOptions = ExecutionOptions(),
        progress: (_ done: Int, _ count: Int) -> Void = { _, _ in }, isInterrupted: () -> Bool = { false }
    ) throws(LearningError) -> [LinearProbe] {
        for split in [Split.train, .val] where data[split].isEmpty { throw .emptySplit(split, have: data.splits) }
        let paths = paths ?? cuts
        let sizes = (data.train.count, data.val.count)
        let train = try features(data, .train, paths, batchSize, options, isInterrupted) { done in
            progress(done, sizes.0 + sizes.1)
        }
        let val = try features(data, .val, paths, batchSize, options, isInterrupted) { done in
            progress(sizes.0 + done, sizes.0 + sizes.1)
        }
        var probes: [LinearProbe] = []
        for (position, path) in paths.enumerated() {
            let regression = try LogisticRegression(
                train.values[position], labels: train.labels, classes: data.classes.count, isInterrupted: isInterrupted)
            func score(_ values: Tensor, _ labels: [Int]) -> Interval {
                let predicted = regression.predictions(values)
                return Interval(successes: zip(predicted, labels).count { $0 == $1 }, of: labels.count)
            }
            let trunk = (try? module.until(path)) ?? module
            probes.append(
                LinearProbe(
                    path: path, features: train.values[position].shape[1], train: score(train.values[position], train.labels),
                    val: score(val.values[position], val.labels),
                    parameters: trunk.parameterDeclarations.reduce(0) {
                        $0 + ($1.declaration.role == .parameter ? $1.declaration.shape.elementCount : 0)
                    }))
        }
        return probes
    }

    private func features(
        _ data: Dataset, _ split: Split, _ paths: [String], _ batchSize: Int, _ options: ExecutionOptions,
        _ isInterrupted: () -> Bool,
        progress: (Int) -> Void
    ) throws(LearningError) -> (values: [Tensor], labels: [Int]) {
        // Training pictures too are prepared as for validation: nothing random, so the same numbers every time.
        let pipeline = data.transform(.val) ?? preprocessing
        let model = try adapted(to: pipeline)
        let source = PictureSource(
            samples: Array(data[split]), split: split, pipeline: pipeline, decoding: data.decoding, cache: nil)
        let graph = try model.graph()
        var nodes: [Int] = []
        for path in paths { nodes.append(try node(ofPath: path, in: graph)) }
        let predictor = try Predictor(model, batchSize: batchSize, options: options, outputs: nodes, isInterrupted: isInterrupted)
        var pieces: [[Tensor]] = nodes.map { _ in [] }
        var labels: [Int] = []
        var failures: [LoadFailure] = []
        let batches = EpochOrder(count: source.count, batchSize: predictor.batchSize).batches(epoch: 1)
        try source.loader(workers: nil, seed: 0, batchSize: predictor.batchSize).run(
            batches, epoch: 0, isInterrupted: isInterrupted
        ) {
            (batch) throws(LearningError) in
            failures += batch.failures
            if batch.count > 0 {
                // Averaged at once: whole feature maps of a data set would not fit.
                let values = try predictor.run(batch.images, isInterrupted: isInterrupted).map(\.averagedOverArea)
                for (position, value) in values.enumerated() { pieces[position].append(value) }
                labels += batch.indices.map { source.labels[$0] }
            }
            progress(labels.count + failures.count)
        }
        guard !labels.isEmpty else {
            throw .unreadablePictures(
                count: failures.count, of: source.count, first: failures.first?.path ?? "", reason: failures.first?.reason ?? "")
        }
        return (pieces.map { Tensor(joining: $0) }, labels)
    }
}

/// Multinomial logistic regression on standardised features by accelerated gradient descent (Nesterov 1983): the problem is convex and
/// small, and the result doesn't depend on anything random.
struct LogisticRegression {
    private let mean: [Float]
    private let scale: [Float]
    /// `[classes × features]`, and a constant a class.
    private var weights: [Float]
    private var constants: [Float]
    private let classes: Int
    private let size: Int

    /// - Parameter isInterrupted: asked before every step.
    init(
        _ values: Tensor, labels: [Int], classes: Int, steps: Int = 300, penalty: Float = 1e-3, isInterrupted: () -> Bool = { false }
    ) throws(LearningError) {
        size = values.shape[1]
        self.classes = classes
        let count = values.shape[0]
        let elements = values.elements
        var mean = [Float](repeating: 0, count: size)
        var scale = [Float](repeating: 0, count: size)
        for row in 0..<count { for column in 0..<size { mean[column] += elements[row * size + column] / Float(count) } }
        for row in 0..<count {
            for column in 0..<size {
                let difference = elements[row * size + column] - mean[column]
                scale[column] += difference * difference / Float(count)
            }
        }
        // A feature that never changes says nothing.
        scale = scale.map { $0 > 1e-12 ? 1 / $0.squareRoot() : 0 }
        (self.mean, self.scale) = (mean, scale)
        weights = [Float](repeating: 0, count: classes * size)
        constants = [Float](repeating: 0, count: classes)
        let standard = Self.standardised(elements, size, mean, scale)
        // The gradient's Lipschitz constant is at most half the largest eigenvalue of the features' covariance, which is at most its trace.
        let used = Float(scale.count { $0 > 0 })
        let rate = 1 / (0.5 * (Self.largestEigenvalue(standard, count, size, bound: used) + 1) + penalty)
        var (look, lookConstants) = (weights, constants)
        for step in 0..<steps {
            if isInterrupted() { throw .interrupted }
            var gradient = look.map { $0 * penalty }
            var slope = [Float](repeating: 0, count: classes)
            for row in 0..<count {
                var shares = Self.shares(standard, row, size, look, lookConstants)
                shares[labels[row]] -= 1
                for label in 0..<classes {
                    let share = shares[label] / Float(count)
                    slope[label] += share
                    for column in 0..<size { gradient[label * size + column] += share * standard[row * size + column] }
                }
            }
            let momentum = Float(step) / Float(step + 3)
            for index in weights.indices {
                let next = look[index] - rate * gradient[index]
                look[index] = next + momentum * (next - weights[index])
                weights[index] = next
            }
            for label in 0..<classes {
                let next = lookConstants[label] - rate * slope[label]
                lookConstants[label] = next + momentum * (next - constants[label])
                constants[label] = next
            }
        }
    }

    /// The most probable class of each row.
    func predictions(_ values: Tensor) -> [Int] {
        let standard = Self.standardised(values.elements, size, mean, scale)
        return (0..<values.shape[0]).map { row in
            let shares = Self.shares(standard, row, size, weights, constants)
            return shares.indices.max { (shares[$0], $1) < (shares[$1], $0) } ?? 0
        }
    }

    private static func standardised(_ elements: [Float], _ size: Int, _ mean: [Float], _ scale: [Float]) -> [Float] {
        elements.enumerated().map { ($0.element - mean[$0.offset % size]) * scale[$0.offset % size] }
    }

    /// Softmax of a row's scores.
    private static func shares(_ values: [Float], _ row: Int, _ size: Int, _ weights: [Float], _ constants: [Float]) -> [Float] {
        var scores = constants
        for label in constants.indices {
            var dot: Float = 0
            for column in 0..<size { dot += weights[label * size + column] * values[row * size + column] }
            scores[label] += dot
        }
        let largest = scores.max() ?? 0
        let powers = scores.map { Float(exponential(Double($0 - largest))) }
        let total = powers.reduce(0, +)
        return powers.map { $0 / total }
    }

    /// By the power method on XᵀX / n, which never overestimates; a little is added.
    private static func largestEigenvalue(_ values: [Float], _ count: Int, _ size: Int, bound: Float) -> Float {
        var vector = [Float](repeating: 1 / Float(max(size, 1)).squareRoot(), count: size)
        var value: Float = 0
        for _ in 0..<12 {
            var next = [Float](repeating: 0, count: size)
            for row in 0..<count {
                var dot: Float = 0
                for column in 0..<size { dot += values[row * size + column] * vector[column] }
                for column in 0..<size { next[column] += dot / Float(count) * values[row * size + column] }
            }
            value = next.reduce(0) { $0 + $1 * $1 }.squareRoot()
            guard value > 0 else { return 1 }
            vector = next.map { $0 / value }
        }
        return min(value * 1.2, bound)
    }
}
