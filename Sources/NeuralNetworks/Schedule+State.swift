#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// How far training is, for its ``Schedule``. A value to be kept in checkpoints.
public struct ScheduleState: Hashable, Sendable, Codable {
    /// Epochs that have ended: PyTorch's number of `scheduler.step()` calls.
    public var epoch = 0
    /// Optimiser steps that were made.
    public var step = 0
    /// What a plateau has seen.
    public var plateau = ReduceOnPlateau.State()
    /// The steps made when a warm-up that counts epochs ended: where a schedule of steps behind it begins.
    public var warmupSteps: Int?

    public init() {}

    /// At the given epoch and step.
    public init(epoch: Int, step: Int = 0) {
        self.epoch = epoch
        self.step = step
    }

    /// After an optimiser step.
    public mutating func endStep() { step += 1 }

    /// After an epoch, with the metric that a plateau watches.
    ///
    /// - Returns: whether a plateau lowered the rates now.
    @discardableResult
    public mutating func endEpoch(_ schedule: Schedule, metric: Double? = nil) -> Bool {
        epoch += 1
        var inner = schedule
        while case .warmup(let length, let unit, _, let then) = inner {
            if unit == .epoch {
                guard epoch >= length else { return false }
                if warmupSteps == nil { warmupSteps = step }
                // A plateau starts to watch when the rise is over.
                if epoch == length { return false }
            }
            inner = then
        }
        guard case .reduceOnPlateau(let settings) = inner, let metric else { return false }
        return plateau.update(metric, settings)
    }
}

/// The settings of PyTorch's `OneCycleLR`.
public struct OneCycle: Hashable, Sendable, Codable {
    /// The highest rate; `nil`: each group's own.
    public var maximum: Double?
    /// Optimiser steps in all; `nil`: the whole training, see ``Schedule/resolved(epochs:stepsPerEpoch:)``.
    public var totalSteps: Int?
    /// The share of steps that the rate rises.
    public var riseShare = 0.3
    /// The first rate is the highest one divided by this.
    public var initialDivisor = 25.0
    /// The last rate is the first one divided by this.
    public var finalDivisor = 1e4
    /// Along a line instead of half cosines.
    public var isLinear = false
    /// Three phases: up, down to the first rate, then down to the last.
    public var hasThreePhases = false
    /// Whether momentum runs the other way, between `lowMomentum` and `highMomentum`.
    public var cyclesMomentum = true
    public var lowMomentum = 0.85
    public var highMomentum = 0.95

    public init() {}

    public init(maximum: Double? = nil, totalSteps: Int? = nil) {
        self.maximum = maximum
        self.totalSteps = totalSteps
    }

    /// Why the settings make no sense; `nil` if they do.
    public var problem: String? {
        if let totalSteps, totalSteps < 1 { return "total_steps must be at least 1, not \(totalSteps)" }
        if !(0...1).contains(riseShare) { return "pct_start must be between 0 and 1, not \(riseShare)" }
        return initialDivisor > 0 && finalDivisor > 0 ? nil : "div_factor and final_div_factor must be above 0"
    }

    /// The rate at a step; after the last step it stays.
    public func learningRate(base: Double, step: Int) -> Double {
        let highest = maximum ?? base
        let first = highest / initialDivisor
        let last = first / finalDivisor
        return value(step: step, hasThreePhases ? [first, highest, first, last] : [first, highest, last])
    }

    /// The momentum at a step.
    public func momentum(step: Int) -> Double? {
        guard cyclesMomentum else { return nil }
        let values = [highMomentum, lowMomentum, highMomentum]
        return value(step: step, hasThreePhases ? values + [highMomentum] : values)
    }

    /// Between `values`, one more than there are phases. Phase ends are fractions of a step, as in PyTorch.
    private func value(step: Int, _ values: [Double]) -> Double {
        let total = Double(totalSteps ?? 1)
        let rise = riseShare * total - 1
        let ends = hasThreePhases ? [rise, 2 * riseShare * total - 2, total - 1] : [rise, total - 1]
        let position = min(Double(step), total - 1)
        var start = 0.0
        for (phase, end) in ends.enumerated() {
            if position <= end || phase == ends.count - 1 {
                let share = end > start ? (position - start) / (end - start) : 1
                let (from, to) = (values[phase], values[phase + 1])
                return isLinear ? from + (to - from) * share : to + (from - to) / 2 * (1 + cos(.pi * share))
            }
            start = end
        }
        return values[values.count - 1]
    }
}

/// The settings of PyTorch's `ReduceLROnPlateau`.
public struct ReduceOnPlateau: Hashable, Sendable, Codable {
    /// Whether a larger metric is a better one (`mode="max"`, for accuracy).
    public var largerIsBetter = false
    public var factor = 0.1
    /// Epochs without improvement that are let pass.
    public var patience = 10
    /// The least improvement that counts.
    public var threshold = 1e-4
    /// Whether the threshold is a share of the best metric.
    public var isRelative = true
    /// Epochs after a reduction in which nothing is counted.
    public var cooldown = 0
    /// The least rate.
    public var minimum = 0.0
    /// A smaller change of rate is not made.
    public var epsilon = 1e-8

    public init() {}

    /// Why the settings make no sense; `nil` if they do.
    public var problem: String? { factor < 1 && factor > 0 ? nil : "factor must be above 0 and below 1, not \(factor)" }

    /// The rate after a number of reductions.
    public func learningRate(base: Double, reductions: Int) -> Double {
        // As PyTorch multiplies, one reduction after the other, until they change nothing. A file may speak of more than can be counted: a power
        // is as good there.
        let counted = min(max(reductions, 0), 10_000)
        var rate = base
        for _ in 0..<counted {
            let lower = max(rate * factor, minimum)
            guard rate - lower > epsilon else { return rate }
            rate = lower
        }
        return reductions > counted ? max(rate * pow(factor, Double(reductions - counted)), minimum) : rate
    }

    /// What has been seen so far.
    public struct State: Hashable, Sendable, Codable {
        /// The best metric; `nil` before the first.
        public var best: Double?
        public var badEpochs = 0
        public var cooldownLeft = 0
        /// How often the rates were lowered.
        public var reductions = 0

        public init() {}

        /// Takes an epoch's metric in. Returns whether the rates are lowered. A NaN never counts as better.
        mutating func update(_ metric: Double, _ settings: ReduceOnPlateau) -> Bool {
            if isBetter(metric, settings) {
                best = metric
                badEpochs = 0
            } else {
                badEpochs += 1
            }
            if cooldownLeft > 0 {
                cooldownLeft -= 1
                badEpochs = 0
            }
            guard badEpochs > settings.patience else { return false }
            reductions += 1
            cooldownLeft = settings.cooldown
            badEpochs = 0
            return true
        }

        private func isBetter(_ metric: Double, _ settings: ReduceOnPlateau) -> Bool {
            guard let best else { return !metric.isNaN }
            switch (settings.largerIsBetter, settings.isRelative) {
            case (false, true): return metric < best * (1 - settings.threshold)
            case (false, false): return metric < best - settings.threshold
            case (true, true): return metric > best * (1 + settings.threshold)
            case (true, false): return metric > best + settings.threshold
            }
        }
    }
}
