import CommandLanguage
import NeuralNetworks
import Presentation

/// How rates change.
struct SchedulerObject: SessionObject {
    var schedule: Schedule
    let kind = "scheduler"
    var summary: String { schedule.source }

    /// The rate's course, for a rate of 1 at the beginning.
    func show(_ path: Path, in session: Session) throws -> MIMEBundle {
        guard path.steps.isEmpty else { throw noPart(path) }
        guard !schedule.watchesMetric else {
            return MIMEBundle(plain: "\(summary)\nlowers the rates when the validation figures have stopped improving")
        }
        let (epochs, steps) = (30, 20)
        let resolved = schedule.resolved(epochs: epochs, stepsPerEpoch: steps)
        var state = ScheduleState()
        var points: [(x: Double, y: Double)] = []
        for epoch in 0..<epochs {
            for step in 0..<steps {
                points.append((Double(epoch) + Double(step) / Double(steps), resolved.learningRate(base: 1, at: state)))
                state.endStep()
            }
            state.endEpoch(resolved)
        }
        let chart = Chart(
            .lines([Chart.Series("factor", points)]), title: summary, x: "epoch", y: "rate / given rate", height: 180)
        return Report([.chart(chart)]).bundle
    }
}

extension Schedule {
    /// The schedule as one would write it, defaults left out.
    var source: String {
        let arguments = self.arguments
        return arguments.isEmpty ? name : "\(name)(\(arguments.joined(separator: ", ")))"
    }

    private var arguments: [String] {
        func number(_ name: String, _ value: Double, unless usual: Double? = nil) -> [String] {
            value == usual ? [] : ["\(name)=\(Value.written(value))"]
        }
        func whole(_ name: String, _ value: Int?, unless usual: Int? = nil) -> [String] {
            value.flatMap { $0 == usual ? nil : "\(name)=\($0)" }.map { [$0] } ?? []
        }
        switch self {
        case .fixed: return []
        case .step(let size, let gamma): return ["step_size=\(size)"] + number("gamma", gamma, unless: 0.1)
        case .multiStep(let milestones, let gamma):
            return ["milestones=[\(milestones.map(String.init).joined(separator: ", "))]"] + number("gamma", gamma, unless: 0.1)
        case .exponential(let gamma): return number("gamma", gamma)
        case .constant(let factor, let total):
            return number("factor", factor, unless: 1.0 / 3) + whole("total_iters", total, unless: 5)
        case .linear(let start, let end, let total):
            return number("start_factor", start, unless: 1.0 / 3) + number("end_factor", end, unless: 1)
                + whole("total_iters", total, unless: 5)
        case .cosineAnnealing(let period, let minimum): return whole("T_max", period) + number("eta_min", minimum, unless: 0)
        case .cosineAnnealingWarmRestarts(let period, let multiplier, let minimum):
            return whole("T_0", period) + whole("T_mult", multiplier, unless: 1) + number("eta_min", minimum, unless: 0)
        case .oneCycle(let cycle):
            let usual = OneCycle()
            return (cycle.maximum.map { number("max_lr", $0) } ?? []) + whole("total_steps", cycle.totalSteps)
                + number("pct_start", cycle.riseShare, unless: usual.riseShare)
                + number("div_factor", cycle.initialDivisor, unless: usual.initialDivisor)
                + number("final_div_factor", cycle.finalDivisor, unless: usual.finalDivisor)
                + (cycle.isLinear ? ["anneal_strategy=linear"] : []) + (cycle.hasThreePhases ? ["three_phase=true"] : [])
                + (cycle.cyclesMomentum ? [] : ["cycle_momentum=false"])
        case .reduceOnPlateau(let plateau):
            let usual = ReduceOnPlateau()
            return (plateau.largerIsBetter ? ["mode=max"] : []) + number("factor", plateau.factor, unless: usual.factor)
                + whole("patience", plateau.patience, unless: usual.patience)
                + number("threshold", plateau.threshold, unless: usual.threshold)
                + (plateau.isRelative ? [] : ["threshold_mode=abs"])
                + whole("cooldown", plateau.cooldown, unless: usual.cooldown) + number("min_lr", plateau.minimum, unless: 0)
        case .warmup(let length, let unit, let startFactor, let then):
            return then.arguments + [unit == .epoch ? "warmup=\(length)" : "warmup_steps=\(length)"]
                + number("warmup_factor", startFactor, unless: 1.0 / 3)
        }
    }
}
