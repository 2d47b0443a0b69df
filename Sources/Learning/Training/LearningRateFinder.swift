import Execution
import NeuralNetworks
import Tensors

/// The loss over rising learning rates, and the rate to take (Smith 2017; smoothing and suggestion as fastai has them).
public struct LearningRateCurve: Hashable, Sendable {
    public struct Point: Hashable, Sendable {
        public let learningRate: Double
        public let loss: Double
        /// The bias-corrected moving average of the losses.
        public let smoothed: Double
    }
    public let points: [Point]
    /// Two thirds down the longest valley; `nil` if the loss never fell.
    public let suggestion: Double?
    /// Where the smoothed loss was lowest, divided by ten: a bolder choice.
    public let minimumTenth: Double?

    init(points: [Point]) {
        self.points = points
        // The first tenth is settling down, the last five are running away.
        let useful = Array(points.dropFirst(points.count / 10).dropLast(min(5, points.count / 4)))
        suggestion = Self.valley(useful)
        minimumTenth = useful.min { $0.smoothed < $1.smoothed }.map { $0.learningRate / 10 }
    }

    /// The longest falling subsequence of the losses, and the point two thirds along its half: fastai's `valley`.
    private static func valley(_ points: [Point]) -> Double? {
        guard points.count > 2 else { return nil }
        var lengths = [Int](repeating: 1, count: points.count)
        for later in 1..<points.count {
            for earlier in 0..<later where points[earlier].smoothed > points[later].smoothed {
                lengths[later] = max(lengths[later], lengths[earlier] + 1)
            }
        }
        guard let longest = lengths.max(), longest > 2, let end = lengths.firstIndex(of: longest) else { return nil }
        let start = end - longest
        let third = Double(end - start) / 3
        let index = start + Int(third) + Int(third / 2)
        return points[min(max(index, 0), points.count - 1)].learningRate
    }
}

extension Trainer {
    /// Trains a copy over exponentially rising rates, and stops when the loss has become four times its best.
    ///
    /// Neither the model nor the trainer changes.
    /// - Parameters:
    ///   - from: the first rate of the group with the highest; the others keep their ratios to it.
    ///   - steps: the number of batches; pictures come round again as often as needed.
    public func findLearningRate(
        _ model: ModelState, on data: Dataset, from low: Double = 1e-7, to high: Double = 10, steps: Int = 100,
        progress: (_ done: Int, _ of: Int) -> Void = { _, _ in }, isInterrupted: () -> Bool = { false }
    ) throws(LearningError) -> LearningRateCurve {
        guard low > 0, high > low, steps >= 10, steps <= 100_000 else {
            throw .badSetting(name: "find lr", reason: "needs 0 < from < to, and at least 10 steps")
        }
        var copy = self
        copy.settings.validates = false
        copy.settings.accumulation = 1
        let preparation = try copy.prepare(model, on: data, epochs: 1, resuming: false)
        let plan: TrainingPlan
        do throws(ExecutionError) {
            plan = try TrainingPlan(
                preparation.graph, parameters: preparation.parameters, freeze: model.freeze,
                batchSize: settings.largestBatch(of: max(preparation.train.count, preparation.val?.count ?? 0)),
                options: options, optimizerStates: copy.settings.runningRule.stateCount, isInterrupted: isInterrupted)
        } catch { throw LearningError(error) }
        let features = try copy.cachedFeatures(preparation, plan: plan, model: model, events: { _ in }, isInterrupted: isInterrupted)
        let bases = preparation.groups.groups.map(\.learningRate)
        let top = bases.max() ?? 1
        var byName: [String: (share: Double, decay: Float)] = [:]
        for group in preparation.groups.groups {
            for name in group.parameters {
                byName[name] = (top > 0 ? group.learningRate / top : 1, Float(group.weightDecay))
            }
        }
        var points: [LearningRateCurve.Point] = []
        var (average, best) = (0.0, Double.infinity)
        var epoch = 1
        var isDone = false
        func step(_ batch: TrainingBatch) throws(LearningError) {
            guard batch.count > 0, !isDone else { return }
            let rate = low * power(high / low, Double(points.count) / Double(steps - 1))
            var random = RandomSource(seed: settings.seed, epoch, batch.number, 0x4C52_4644)
            do throws(ExecutionError) {
                let logits = try plan.forward(batch.source, random: &random, isInterrupted: isInterrupted)
                let (value, gradient) = preparation.loss(logits: logits, targets: batch.targets)
                average = 0.98 * average + 0.02 * Double(value)
                let smoothed = average / (1 - power(0.98, Double(points.count + 1)))
                guard value.isFinite else {
                    isDone = true
                    return
                }
                points.append(.init(learningRate: rate, loss: Double(value), smoothed: smoothed))
                best = min(best, smoothed)
                isDone = points.count >= steps || (points.count > 1 && smoothed > 4 * best)
                try plan.backward(gradient, accumulate: false, isInterrupted: isInterrupted)
            } catch { throw LearningError(error) }
            plan.update(settings.optimizer) { name in
                (Float(rate * (byName[name]?.share ?? 1)), byName[name]?.decay ?? 0)
            }
            progress(points.count, steps)
        }
        while !isDone {
            let before = points.count
            let batches = preparation.order.batches(epoch: epoch)
            if let features {
                for (number, indices) in batches.enumerated() where !isDone {
                    if isInterrupted() { throw .interrupted }
                    try step(features.train.batch(number, indices, view: (epoch - 1) % features.train.views))
                }
            } else {
                // No more batches than are needed are prepared.
                let wanted = Array(batches.prefix(steps - points.count))
                let loader = preparation.train.loader(workers: settings.workers, seed: settings.seed, batchSize: settings.batchSize)
                try loader.run(wanted, epoch: epoch, isInterrupted: isInterrupted) { (batch) throws(LearningError) in
                    try step(
                        TrainingBatch(
                            number: batch.number, count: batch.count, source: .input(batch.images),
                            targets: .classes(batch.labels), failures: batch.failures))
                }
            }
            guard points.count > before || isDone else {
                throw .unreadablePictures(
                    count: preparation.train.count, of: preparation.train.count, first: preparation.train.samples[0].path,
                    reason: "no batch could be prepared")
            }
            epoch += 1
        }
        return LearningRateCurve(points: points)
    }
}
