public import Execution
public import NeuralNetworks
public import Tensors

/// A model compiled for prediction, with the pipeline that its pictures take.
///
/// Used by one thread at a time.
public final class Predictor {
    public let model: ModelState
    public let batchSize: Int
    private let plan: InferencePlan

    /// - Parameter outputs: nodes of the model's graph whose values are wanted; by default its logits.
    public init(
        _ model: ModelState, batchSize: Int = 16, options: ExecutionOptions = ExecutionOptions(), outputs: [Int]? = nil,
        isInterrupted: () -> Bool = { false }
    ) throws(LearningError) {
        self.model = model
        self.batchSize = max(batchSize, 1)
        let graph = try model.graph()
        do throws(ExecutionError) {
            plan = try InferencePlan(
                graph, parameters: model.parameters, batchSize: max(batchSize, 1), outputs: outputs, options: options,
                isInterrupted: isInterrupted)
        } catch { throw LearningError(error) }
    }

    /// The batch for so many pictures: a power of two up to `most`, since ways to compute are measured anew for every size of a batch.
    static func batchSize(for count: Int, most: Int) -> Int {
        var size = 1
        while size < min(count, most) { size *= 2 }
        return min(size, most)
    }

    /// The wanted values of a batch `[n, C, H, W]` of prepared pictures, n at most the batch size.
    public func run(_ images: Tensor, isInterrupted: () -> Bool = { false }) throws(LearningError) -> [Tensor] {
        do throws(ExecutionError) { return try plan.run(images, isInterrupted: isInterrupted) } catch { throw LearningError(error) }
    }

    /// The wanted values of all pictures of a source that can be read, each `[n, …]`, with their indices and the failures.
    func run(
        _ source: PictureSource, workers: Int? = nil, epoch: Int = 0, seed: UInt64 = 0,
        progress: (Int, Int) -> Void = { _, _ in }, isInterrupted: () -> Bool
    ) throws(LearningError) -> (values: [Tensor], indices: [Int], failures: [LoadFailure]) {
        var pieces: [[Tensor]] = []
        var indices: [Int] = []
        var failures: [LoadFailure] = []
        let batches = EpochOrder(count: source.count, batchSize: batchSize).batches(epoch: 1)
        try source.loader(workers: workers, seed: seed, batchSize: batchSize).run(batches, epoch: epoch, isInterrupted: isInterrupted) {
            (batch) throws(LearningError) in
            failures += batch.failures
            if batch.count > 0 {
                pieces.append(try run(batch.images, isInterrupted: isInterrupted))
                indices += batch.indices
            }
            progress(indices.count + failures.count, source.count)
        }
        guard let first = pieces.first else { throw Self.nothingRead(of: source, failures) }
        let values = first.indices.map { position in Tensor(joining: pieces.map { $0[position] }) }
        return (values, indices, failures)
    }

    /// The logits of all pictures of a source that can be read, `[n, classes]`; with more than one view, of the mean over them and their mirror images.
    func logits(
        _ source: PictureSource, views: Int, workers: Int?, progress: (Int, Int) -> Void, isInterrupted: () -> Bool
    ) throws(LearningError) -> (logits: Tensor, indices: [Int], failures: [LoadFailure]) {
        let first = try run(source, workers: workers, progress: progress, isInterrupted: isInterrupted)
        guard views > 1 else { return (first.values[0], first.indices, first.failures) }
        let second = try run(source.mirrored(), workers: workers, isInterrupted: isInterrupted)
        if first.indices == second.indices {
            return (Evaluation.logMeanProbabilities([first.values[0], second.values[0]]), first.indices, first.failures)
        }
        // A file came or went between the passes: only what both have seen has two views.
        let rows = Dictionary(second.indices.enumerated().map { ($0.element, $0.offset) }) { row, _ in row }
        let pairs = first.indices.enumerated().compactMap { position, index in rows[index].map { (position, $0, index) } }
        let known = Set(first.failures.map(\.index))
        let failures = (first.failures + second.failures.filter { !known.contains($0.index) }).sorted { $0.index < $1.index }
        guard !pairs.isEmpty else { throw Self.nothingRead(of: source, failures) }
        let logits = [
            Tensor(stacking: pairs.map { first.values[0].row($0.0) }), Tensor(stacking: pairs.map { second.values[0].row($0.1) }),
        ]
        return (Evaluation.logMeanProbabilities(logits), pairs.map { $0.2 }, failures)
    }

    private static func nothingRead(of source: PictureSource, _ failures: [LoadFailure]) -> LearningError {
        .unreadablePictures(
            count: failures.count, of: source.count, first: failures.first?.path ?? "", reason: failures.first?.reason ?? "")
    }
}

extension Tensor {
    /// Tensors that differ in their first extent only, one after the other.
    init(joining tensors: [Tensor]) {
        guard tensors.count != 1, let first = tensors.first else {
            self = tensors.first ?? Tensor(zeros: [0])
            return
        }
        unsafe self.init(uninitialized: first.shape.withBatch(tensors.reduce(0) { $0 + $1.shape[0] })) { buffer in
            var position = 0
            for tensor in tensors {
                unsafe tensor.withElements { elements in
                    _ = unsafe UnsafeMutableBufferPointer(rebasing: buffer[position..<position + elements.count])
                        .initialize(fromContentsOf: elements)
                    position += elements.count
                }
            }
        }
    }

    /// One row of the first axis.
    func row(_ index: Int) -> Tensor {
        let rest = Shape(Array(shape.dimensions.dropFirst()))
        let size = rest.elementCount
        return unsafe withElements { elements in
            unsafe Tensor(rest, UnsafeBufferPointer(rebasing: elements[index * size..<(index + 1) * size]))
        }
    }
}

extension ModelState {
    /// How well the model does on a part of a data set.
    ///
    /// - Parameters:
    ///   - loss: what the figures' loss is.
    ///   - views: with more than 1, probabilities are means over the picture and its mirror image (test-time augmentation, 2 views).
    public func evaluate(
        on data: Dataset, split: Split = .val, loss: Loss = .crossEntropy(), views: Int = 1, batchSize: Int = 16,
        workers: Int? = nil, options: ExecutionOptions = ExecutionOptions(), caches: TrainingCaches? = nil,
        progress: (_ done: Int, _ count: Int) -> Void = { _, _ in }, isInterrupted: () -> Bool = { false }
    ) throws(LearningError) -> Evaluation {
        let outputs = try graph().outputShape.elementCount
        guard outputs == data.classes.count else { throw .headSize(outputs: outputs, classes: data.classes.count) }
        if let weights = loss.classWeights, weights.count != data.classes.count {
            throw .badSetting(name: "weight", reason: LearningError.reason(classWeights: weights.count, classes: data.classes.count))
        }
        if !classes.isEmpty, classes != data.classes { throw .differentClasses(first: classes, second: data.classes) }
        guard !data[split].isEmpty else { throw .emptySplit(split, have: data.splits) }
        let model = try adapted(to: data.transform(split) ?? preprocessing)
        let source = try PictureSource(data, split, model: model, caches: caches)
        let predictor = try Predictor(
            model, batchSize: Predictor.batchSize(for: source.count, most: batchSize), options: options, isInterrupted: isInterrupted)
        let (logits, indices, failures) = try predictor.logits(
            source, views: views, workers: workers, progress: progress, isInterrupted: isInterrupted)
        return Evaluation(
            logits: logits, labels: indices.map { source.labels[$0] }, classes: data.classes, loss: loss, split: split,
            samples: indices.map { ($0, source.samples[$0].path) }, failures: failures)
    }

    /// What the model says of pictures: probabilities by class, in the order of the paths.
    public func predict(
        _ paths: [String], views: Int = 1, batchSize: Int = 16, workers: Int? = nil,
        options: ExecutionOptions = ExecutionOptions(), progress: (_ done: Int, _ count: Int) -> Void = { _, _ in },
        isInterrupted: () -> Bool = { false }
    ) throws(LearningError) -> [ImagePrediction] {
        guard !paths.isEmpty else { return [] }
        let names = try outputNames()
        let source = PictureSource(paths: paths, model: self)
        let predictor = try Predictor(
            self, batchSize: Predictor.batchSize(for: paths.count, most: batchSize), options: options, isInterrupted: isInterrupted)
        let (logits, indices, failures) = try predictor.logits(
            source, views: views, workers: workers, progress: progress, isInterrupted: isInterrupted)
        let probabilities = Evaluation.softmax(logits)
        var byIndex: [Int: [Float]] = [:]
        for (row, index) in indices.enumerated() { byIndex[index] = probabilities[row] }
        let reasons = Dictionary(failures.map { ($0.index, $0.reason) }, uniquingKeysWith: { first, _ in first })
        return paths.enumerated().map { index, path in
            ImagePrediction(path: path, classes: names, probabilities: byIndex[index] ?? [], failure: reasons[index])
        }
    }

    /// The classes, or numbers where they are not known.
    func outputNames() throws(LearningError) -> [String] {
        let count = try graph().outputShape.elementCount
        return classes.count == count ? classes : (0..<count).map(String.init)
    }
}

/// What a model says of one picture.
public struct ImagePrediction: Hashable, Sendable {
    public let path: String
    public let classes: [String]
    /// By class; empty if the picture could not be read.
    public let probabilities: [Float]
    /// Why the picture could not be read.
    public let failure: String?

    /// The most probable classes, the first of equals first.
    public func top(_ count: Int) -> [(name: String, probability: Float)] {
        probabilities.enumerated().sorted { ($1.element, $0.offset) < ($0.element, $1.offset) }
            .prefix(max(count, 0)).map { (classes[$0.offset], $0.element) }
    }

    /// Predictions as a table: the path, the class and its probability, then the probability of every class.
    public static func csv(_ predictions: [ImagePrediction]) -> String {
        guard let first = predictions.first else { return "" }
        var text = CommaSeparatedValues.line(["image", "class", "probability"] + first.classes)
        for prediction in predictions {
            let best = prediction.top(1).first
            text += CommaSeparatedValues.line(
                [prediction.path, best?.name ?? "", best.map { "\($0.probability)" } ?? ""]
                    + (prediction.probabilities.isEmpty ? first.classes.map { _ in "" } : prediction.probabilities.map { "\($0)" }))
        }
        return text
    }
}

extension Evaluation {
    /// The logarithm of the mean of several softmaxes: logits whose softmax is that mean.
    static func logMeanProbabilities(_ logits: [Tensor]) -> Tensor {
        let all = logits.map(softmax)
        var elements: [Float] = []
        for row in 0..<logits[0].shape[0] {
            for column in 0..<logits[0].shape[1] {
                let mean = all.reduce(0) { $0 + Double($1[row][column]) } / Double(all.count)
                elements.append(Float(logarithm(max(mean, 1e-45))))
            }
        }
        return Tensor(logits[0].shape, elements)
    }
}
