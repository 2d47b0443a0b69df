import Execution
import Imaging
import NeuralNetworks
import Tensors

/// One training while it runs: the compiled plan and the sums of the present epoch.
final class TrainingRun {
    let preparation: TrainingPreparation
    let settings: TrainingSettings
    let plan: TrainingPlan
    let features: CachedFeatures?
    let classCount: Int
    /// The weights that training goes on from; brought up to date from the plan at the end of an epoch.
    private(set) var parameters: ParameterStore
    private(set) var averaged: ParameterStore?
    var progress: ScheduleState
    private(set) var failures: [LoadFailure] = []
    private var failedPaths = Set<String>()
    private let events: (TrainingEvent) -> Void
    private let isInterrupted: () -> Bool
    private let bases: [(name: String, group: Int)]
    private let trainable: Set<String>

    init(
        _ preparation: TrainingPreparation, settings: TrainingSettings, plan: TrainingPlan, features: CachedFeatures?,
        events: @escaping (TrainingEvent) -> Void, isInterrupted: @escaping () -> Bool
    ) {
        self.preparation = preparation
        self.settings = settings
        self.plan = plan
        self.features = features
        self.events = events
        self.isInterrupted = isInterrupted
        classCount = preparation.graph.outputShape.elementCount
        parameters = preparation.parameters
        averaged = preparation.averaged
        progress = preparation.progress
        trainable = Set(preparation.frontier.trainable)
        bases = preparation.groups.groups.enumerated().flatMap { group in group.element.parameters.map { ($0, group.offset) } }
    }

    /// Why an epoch ended before its end.
    enum Stop: Error {
        case interrupted(batch: Int)
        case timeLimit(batch: Int)
        case diverged(batch: Int, loss: Double, rate: Double)
        case failed(LearningError)
    }

    /// What an epoch of training gave.
    struct Outcome {
        var loss = 0.0
        var right = 0
        var count = 0
        var steps = 0
        var seconds = 0.0
        var largestNorm: Double?
        var failures = 0

        var meanLoss: Double { count == 0 ? .nan : loss / Double(count) }
        var accuracy: Double { count == 0 ? .nan : Double(right) / Double(count) }
    }

    /// One pass over the training pictures.
    func train(epoch: Int, lastEpoch: Int, validationSeconds: Double, deadline: Double?) throws(Stop) -> Outcome {
        var outcome = Outcome()
        let began = monotonicSeconds()
        let batches = preparation.order.batches(epoch: epoch)
        var stop: Stop?
        do throws(LearningError) {
            try forEachBatch(batches, epoch: epoch) { (batch) throws(LearningError) in
                outcome.failures += note(batch.failures)
                do throws(Stop) {
                    try step(batch, of: batches, epoch: epoch, &outcome)
                    outcome.seconds = monotonicSeconds() - began
                    events(.step(stepProgress(batch, batches.count, epoch, lastEpoch, outcome, validationSeconds)))
                    if let deadline, monotonicSeconds() >= deadline { throw .timeLimit(batch: batch.number + 1) }
                    if isInterrupted() { throw .interrupted(batch: batch.number + 1) }
                } catch {
                    stop = error
                    throw .interrupted
                }
            }
        } catch {
            if let stop { throw stop }
            if case .interrupted = error { throw .interrupted(batch: outcome.steps) }
            throw .failed(error)
        }
        return outcome
    }

    private var lastBatchLoss = 0.0
    /// Pictures whose gradients the present accumulation has summed.
    private var gathered = 0
    /// The rate of each group at the last step.
    private(set) var lastGroupRates: [Double] = []

    /// Forward, loss, backward and, at the end of an accumulation, the update. The weights change here only, and last.
    private func step(_ batch: TrainingBatch, of batches: [[Int]], epoch: Int, _ outcome: inout Outcome) throws(Stop) {
        let position = batch.number % settings.accumulation
        let first = batch.number - position
        let group = batches[first..<min(first + settings.accumulation, batches.count)]
        let pictures = group.reduce(0) { $0 + $1.count }
        if position == 0 { gathered = 0 }
        if batch.count > 0 { try gather(batch, share: group.count == 1 ? nil : Float(batch.count) / Float(pictures), epoch: epoch, &outcome) }
        guard position == settings.accumulation - 1 || batch.number == batches.count - 1, gathered > 0 else { return }
        // Pictures that can't be read have no part in the mean.
        if group.count > 1, gathered < pictures { plan.scaleGradients(by: Float(pictures) / Float(gathered)) }
        update(&outcome)
    }

    /// Adds a batch's gradients to those of the present accumulation.
    ///
    /// - Parameter share: the batch's part of the accumulation; `nil` where it is all of it.
    private func gather(_ batch: TrainingBatch, share: Float?, epoch: Int, _ outcome: inout Outcome) throws(Stop) {
        var random = RandomSource(seed: settings.seed, epoch, batch.number, 0x4452_4F50)
        let value: Float
        do throws(ExecutionError) {
            let logits = try plan.forward(batch.source, random: &random, isInterrupted: isInterrupted)
            let gradient: Tensor
            (value, gradient) = preparation.loss(logits: logits, targets: batch.targets)
            // A loss that is no number has no gradient worth computing.
            if value.isFinite {
                try plan.backward(
                    share.map(gradient.scaled(by:)) ?? gradient, accumulate: gathered > 0, isInterrupted: isInterrupted)
                for (row, label) in batch.targets.majority.enumerated() where logits.largest(inRow: row) == label {
                    outcome.right += 1
                }
            }
        } catch {
            if case .interrupted = error { throw .interrupted(batch: batch.number) }
            throw .failed(.execution(error))
        }
        lastBatchLoss = Double(value)
        guard value.isFinite else { throw .diverged(batch: batch.number + 1, loss: Double(value), rate: principalRate) }
        outcome.loss += Double(value) * Double(batch.count)
        outcome.count += batch.count
        gathered += batch.count
    }

    private func update(_ outcome: inout Outcome) {
        if let limit = settings.clipNorm {
            let norm = Double(plan.gradientNorm())
            outcome.largestNorm = max(outcome.largestNorm ?? 0, norm)
            // PyTorch's clip_grad_norm_: the coefficient is max / (norm + 1e-6), at most 1.
            let scale = limit / (norm + 1e-6)
            if scale < 1 { plan.scaleGradients(by: Float(scale)) }
        }
        var rule = settings.optimizer
        if let momentum = preparation.schedule.momentum(at: progress) { rule.momentum = momentum }
        let rates = groupRates
        lastGroupRates = rates
        var byName: [String: (learningRate: Float, weightDecay: Float)] = [:]
        for (name, group) in bases {
            byName[name] = (Float(rates[group]), Float(preparation.groups.groups[group].weightDecay))
        }
        plan.update(rule) { byName[$0] ?? (0, 0) }
        progress.endStep()
        outcome.steps += 1
        if let decay = settings.averaging { average(decay: Float(decay)) }
    }

    /// `a = d·a + (1-d)·w` for every trained value, and the running statistics as they are; begins as the weights after the first step.
    private func average(decay: Float) {
        plan.exportParameters(into: &parameters)
        guard var average = averaged else {
            averaged = parameters
            return
        }
        for name in parameters.names {
            guard let new = parameters[name], let old = average[name], !new.sharesStorage(with: old) else { continue }
            average[name] = trainable.contains(name) ? old.interpolated(to: new, keeping: decay) : new
        }
        averaged = average
    }

    /// The present rate of each group.
    var groupRates: [Double] {
        preparation.groups.groups.map { preparation.schedule.learningRate(base: $0.learningRate, at: progress) }
    }

    /// The rate of the last group, which is the head's.
    private var principalRate: Double { groupRates.last ?? 0 }

    private func stepProgress(
        _ batch: TrainingBatch, _ batches: Int, _ epoch: Int, _ lastEpoch: Int, _ outcome: Outcome, _ validationSeconds: Double
    ) -> TrainingEvent.StepProgress {
        let done = batch.number + 1
        let perBatch = outcome.seconds / Double(max(done, 1))
        let left = perBatch * Double(batches - done) + Double(lastEpoch - epoch) * perBatch * Double(batches)
        return TrainingEvent.StepProgress(
            epoch: epoch, lastEpoch: lastEpoch, batch: done, batches: batches, loss: outcome.meanLoss,
            accuracy: outcome.accuracy, batchLoss: lastBatchLoss,
            imagesPerSecond: Double(outcome.count) / max(outcome.seconds, 1e-9),
            secondsLeft: left + Double(lastEpoch - epoch + 1) * validationSeconds, learningRate: principalRate)
    }

    /// The batches of an epoch, from the cache or from files, mixed if asked for.
    private func forEachBatch(
        _ batches: [[Int]], epoch: Int, _ body: (TrainingBatch) throws(LearningError) -> Void
    ) throws(LearningError) {
        if let features {
            for (number, indices) in batches.enumerated() {
                if isInterrupted() { throw .interrupted }
                try body(features.train.batch(number, indices, view: (epoch - 1) % features.train.views))
            }
            return
        }
        let loader = preparation.train.loader(workers: settings.workers, seed: settings.seed, batchSize: settings.batchSize)
        try loader.run(batches, epoch: epoch, isInterrupted: isInterrupted) { (batch) throws(LearningError) in
            var images = batch.images
            var targets = Targets.classes(batch.labels)
            if !settings.mixing.isEmpty, batch.count > 1 {
                var random = RandomSource(seed: settings.seed, epoch, batch.number, 0x4D49_5820)
                let mix = settings.mixing[random.integer(below: settings.mixing.count)]
                targets = try mix.apply(to: &images, labels: batch.labels, random: &random)
            }
            try body(
                TrainingBatch(
                    number: batch.number, count: batch.count, source: .input(images), targets: targets, failures: batch.failures))
        }
    }

    /// Tells each unreadable file once. Returns how many of a batch failed.
    private func note(_ found: [LoadFailure]) -> Int {
        for failure in found where failedPaths.insert(failure.path).inserted {
            failures.append(failure)
            events(.skipped(failure))
        }
        return found.count
    }

    /// Loss and accuracy of the validation part under the weights that are to be kept.
    func validate() throws(LearningError) -> (loss: Double, right: Int, count: Int)? {
        guard let source = preparation.val else { return nil }
        collectParameters()
        if let averaged { plan.importParameters(from: averaged) }
        defer { if averaged != nil { plan.importParameters(from: parameters) } }
        // The mean of the whole part: pictures stand in the order of their classes, so weights would cancel out of the means of batches.
        var (losses, denominator, right, count) = (0.0, 0.0, 0, 0)
        func add(_ batch: TrainingBatch) throws(LearningError) {
            _ = note(batch.failures)
            guard batch.count > 0 else { return }
            do throws(ExecutionError) {
                let logits = try plan.evaluate(batch.source, isInterrupted: isInterrupted)
                let sums = preparation.loss.sums(logits: logits, targets: batch.targets)
                losses += sums.losses
                denominator += sums.denominator
                count += batch.count
                for (row, label) in batch.targets.majority.enumerated() where logits.largest(inRow: row) == label { right += 1 }
            } catch { throw LearningError(error) }
            events(.validating(done: count, of: source.count))
        }
        let batches = EpochOrder(count: source.count, batchSize: settings.batchSize).batches(epoch: 1)
        if let cached = features?.val {
            for (number, indices) in batches.enumerated() { try add(cached.batch(number, indices, view: 0)) }
        } else {
            let loader = source.loader(workers: settings.workers, seed: settings.seed, batchSize: settings.batchSize)
            try loader.run(batches, epoch: 0, isInterrupted: isInterrupted) { (batch) throws(LearningError) in
                try add(
                    TrainingBatch(
                        number: batch.number, count: batch.count, source: .input(batch.images), targets: .classes(batch.labels),
                        failures: batch.failures))
            }
        }
        return count == 0 ? nil : (denominator == 0 ? 0 : losses / denominator, right, count)
    }

    /// Whether the loss and every weight that was trained are numbers.
    func isSound(_ loss: Double?) -> Bool {
        (loss ?? 0).isFinite
            && preparation.frontier.trainable.allSatisfy { parameters[$0]?.isFinite ?? true }
    }

    /// Takes the weights out of the plan's layout.
    func collectParameters() { plan.exportParameters(into: &parameters) }

    /// The weights that validate and are kept: the moving average where there is one.
    var keptParameters: ParameterStore { averaged ?? parameters }
}

/// A batch as the plan takes it.
struct TrainingBatch {
    let number: Int
    let count: Int
    let source: TrainingPlan.Source
    let targets: Targets
    let failures: [LoadFailure]
}

extension Tensor {
    /// The position of the largest element of a row of `[n, k]`; the first of equals.
    func largest(inRow row: Int) -> Int {
        let columns = shape[1]
        return unsafe withElements { elements in
            var best = 0
            for column in 1..<max(columns, 1) where unsafe elements[row * columns + column] > elements[row * columns + best] {
                best = column
            }
            return best
        }
    }

    func scaled(by factor: Float) -> Tensor {
        var result = self
        unsafe result.withMutableElements { elements in
            for index in 0..<elements.count { unsafe elements[index] *= factor }
        }
        return result
    }

    /// `keeping · self + (1 - keeping) · other`.
    func interpolated(to other: Tensor, keeping: Float) -> Tensor {
        var result = self
        unsafe result.withMutableElements { elements in
            unsafe other.withElements { target in
                for index in 0..<elements.count {
                    unsafe elements[index] = keeping * elements[index] + (1 - keeping) * target[index]
                }
            }
        }
        return result
    }
}
