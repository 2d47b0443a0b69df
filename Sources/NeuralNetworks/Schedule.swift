#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// How learning rates change during training: PyTorch's `lr_scheduler` formulas in closed form, so that any moment can be looked up.
public enum Schedule: Hashable, Sendable, Codable {
    /// The rate stays.
    case fixed
    /// Times `gamma` after every `size` epochs.
    case step(size: Int, gamma: Double = 0.1)
    /// Times `gamma` at each milestone.
    case multiStep(milestones: [Int], gamma: Double = 0.1)
    /// Times `gamma` after every epoch.
    case exponential(gamma: Double)
    /// Times `factor` for the first `total` epochs.
    case constant(factor: Double = 1.0 / 3, total: Int = 5)
    /// The factor goes from `start` to `end` along a line over `total` epochs.
    case linear(start: Double = 1.0 / 3, end: Double = 1, total: Int = 5)
    /// Half a cosine down to `minimum` over `period` epochs, and up again after; `nil`: over the whole training.
    case cosineAnnealing(period: Int?, minimum: Double = 0)
    /// Half a cosine down, again and again, each period `multiplier` times the one before (Loshchilov, Hutter 2017).
    case cosineAnnealingWarmRestarts(period: Int, multiplier: Int = 1, minimum: Double = 0)
    /// Up and down once over the whole training, by optimiser steps; momentum runs the other way (Smith, Topin 2018).
    case oneCycle(OneCycle = OneCycle())
    /// Times a factor when a metric has stopped improving.
    case reduceOnPlateau(ReduceOnPlateau = ReduceOnPlateau())
    /// A rise along a line from `startFactor` before another schedule.
    ///
    /// Counted in epochs, the other schedule begins afterwards (`SequentialLR`); in steps, the rise lies over its first epochs
    /// (`ChainedScheduler`).
    indirect case warmup(length: Int, unit: Unit = .epoch, startFactor: Double = 1.0 / 3, then: Schedule)

    /// What a schedule counts.
    public enum Unit: String, Hashable, Sendable, Codable { case epoch, step }

    /// PyTorch's name: `StepLR`, `CosineAnnealingLR`, …
    public var name: String {
        switch self {
        case .fixed: "none"
        case .step: "StepLR"
        case .multiStep: "MultiStepLR"
        case .exponential: "ExponentialLR"
        case .constant: "ConstantLR"
        case .linear: "LinearLR"
        case .cosineAnnealing: "CosineAnnealingLR"
        case .cosineAnnealingWarmRestarts: "CosineAnnealingWarmRestarts"
        case .oneCycle: "OneCycleLR"
        case .reduceOnPlateau: "ReduceLROnPlateau"
        case .warmup(_, _, _, let then): then.name
        }
    }

    /// How often the rate changes.
    public var unit: Unit {
        switch self {
        case .oneCycle: .step
        case .warmup(_, let unit, _, let then): unit == .step ? .step : then.unit
        default: .epoch
        }
    }

    /// Whether ``ScheduleState/endEpoch(_:metric:)`` needs a metric.
    public var watchesMetric: Bool {
        switch self {
        case .reduceOnPlateau: true
        case .warmup(_, _, _, let then): then.watchesMetric
        default: false
        }
    }

    /// The schedule with lengths that were left to the training filled in.
    public func resolved(epochs: Int, stepsPerEpoch: Int) -> Schedule {
        switch self {
        case .cosineAnnealing(nil, let minimum): return .cosineAnnealing(period: max(epochs, 1), minimum: minimum)
        case .oneCycle(var cycle):
            cycle.totalSteps = cycle.totalSteps ?? max(epochs * stepsPerEpoch, 1)
            return .oneCycle(cycle)
        case .warmup(let length, let unit, let startFactor, let then):
            let left = unit == .epoch ? max(epochs - length, 1) : epochs
            return .warmup(
                length: length, unit: unit, startFactor: startFactor,
                then: then.resolved(epochs: left, stepsPerEpoch: stepsPerEpoch))
        default: return self
        }
    }

    /// Why the settings make no sense; `nil` if they do.
    public var problem: String? {
        switch self {
        case .fixed, .exponential, .multiStep: return nil
        case .step(let size, _): return size > 0 ? nil : "step_size must be at least 1, not \(size)"
        case .constant(let factor, let total):
            if !(0...1).contains(factor) { return "factor must be between 0 and 1, not \(factor)" }
            return total >= 0 ? nil : "total_iters must be at least 0, not \(total)"
        case .linear(let start, let end, let total):
            if !(start > 0 && start <= 1) { return "start_factor must be above 0 and at most 1, not \(start)" }
            if !(0...1).contains(end) { return "end_factor must be between 0 and 1, not \(end)" }
            return total > 0 ? nil : "total_iters must be at least 1, not \(total)"
        case .cosineAnnealing(let period, _): return period ?? 1 > 0 ? nil : "T_max must be at least 1, not \(period ?? 0)"
        case .cosineAnnealingWarmRestarts(let period, let multiplier, _):
            if period < 1 { return "T_0 must be at least 1, not \(period)" }
            return multiplier >= 1 ? nil : "T_mult must be at least 1, not \(multiplier)"
        case .oneCycle(let cycle): return cycle.problem
        case .reduceOnPlateau(let plateau): return plateau.problem
        case .warmup(let length, _, let startFactor, let then):
            if length < 0 { return "warmup must be at least 0, not \(length)" }
            if !(0...1).contains(startFactor) { return "the warm-up's start factor must be between 0 and 1, not \(startFactor)" }
            return then.problem
        }
    }

    /// The learning rate of a group.
    ///
    /// - Parameters:
    ///   - base: the group's own rate, PyTorch's `initial_lr`.
    ///   - state: how far training is.
    public func learningRate(base: Double, at state: ScheduleState) -> Double {
        switch self {
        case .fixed: return base
        case .step(let size, let gamma): return base * pow(gamma, Double(state.epoch / max(size, 1)))
        case .multiStep(let milestones, let gamma):
            return base * pow(gamma, Double(milestones.count { $0 <= state.epoch }))
        case .exponential(let gamma): return base * pow(gamma, Double(state.epoch))
        case .constant(let factor, let total): return state.epoch < total ? base * factor : base
        case .linear(let start, let end, let total):
            return base * (start + (end - start) * Double(min(state.epoch, total)) / Double(max(total, 1)))
        case .cosineAnnealing(let period, let minimum):
            return minimum + (base - minimum) * (1 + cos(.pi * Double(state.epoch) / Double(max(period ?? 1, 1)))) / 2
        case .cosineAnnealingWarmRestarts(let period, let multiplier, let minimum):
            var (length, into) = (max(period, 1), state.epoch)
            // Equal periods need no counting, however many epochs a file speaks of.
            if multiplier <= 1 { into %= length }
            while into >= length {
                into -= length
                // A period beyond all numbers is longer than any training.
                let (longer, overflow) = length.multipliedReportingOverflow(by: max(multiplier, 1))
                length = overflow ? .max : longer
            }
            return minimum + (base - minimum) * (1 + cos(.pi * Double(into) / Double(length))) / 2
        case .oneCycle(let cycle): return cycle.learningRate(base: base, step: state.step)
        case .reduceOnPlateau(let plateau):
            return plateau.learningRate(base: base, reductions: state.plateau.reductions)
        case .warmup(let length, let unit, let startFactor, let then):
            var later = state
            if unit == .epoch {
                if state.epoch < length {
                    return base * (startFactor + (1 - startFactor) * Double(state.epoch) / Double(length))
                }
                later.epoch -= length
                later.step -= min(state.warmupSteps ?? 0, later.step)
                return then.learningRate(base: base, at: later)
            }
            let rate = then.learningRate(base: base, at: state)
            guard state.step < length else { return rate }
            return rate * (startFactor + (1 - startFactor) * Double(state.step) / Double(length))
        }
    }

    /// The momentum (Adam's β₁) that the schedule asks for; `nil` to leave the optimiser's own.
    public func momentum(at state: ScheduleState) -> Double? {
        switch self {
        case .oneCycle(let cycle): return cycle.momentum(step: state.step)
        case .warmup(let length, .epoch, _, let then):
            guard state.epoch >= length else { return nil }
            var later = state
            later.step -= min(state.warmupSteps ?? 0, later.step)
            return then.momentum(at: later)
        case .warmup(_, .step, _, let then): return then.momentum(at: state)
        default: return nil
        }
    }
}
