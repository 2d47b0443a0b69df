import CommandLanguage
import Execution
import Foundation
import Learning
import NeuralNetworks
import Presentation
import Tensors

/// `status`
enum Status: Verb {
    static let declaration = VerbDeclaration(
        "status", group: "look",
        "Says how things stand: data, network, trainer, last figures, device, memory, and what might come next.",
        examples: ["status"], setup: "trained")

    static func run(_ call: BoundCall, in session: Session) throws { session.output.result(session.status.bundle) }
}

extension Session {
    /// How things stand.
    var status: Report {
        let trainer = state.trainer
        var facts: [(String, String)] = []
        facts.append(("data", currentDataset.map { "\($0.name): \($0.dataset.summary)" } ?? "none yet"))
        if let (name, network) = currentNetwork {
            facts.append(("network", "\(name): \(network.summary)"))
            facts.append(("trains", Self.trainable(of: network.model)))
        } else {
            facts.append(("network", "none yet"))
        }
        facts.append(("trainer", Self.described(trainer)))
        if let last = trainer.history.epochs.last { facts.append(("last epoch", Self.described(last))) }
        if let best = trainer.best, best.epoch != trainer.epochCount { facts.append(("best epoch", Self.described(best))) }
        if let last = state.evaluated {
            facts.append(("evaluated", Self.described(last) + (stillHolds(last) ? "" : ", before the weights or pictures changed")))
        }
        facts.append(("device", Self.device(trainer.options)))
        facts.append(("seed", String(trainer.settings.seed)))
        facts.append(("memory", memory))
        let snapshots = past.named.map(\.name)
        let undoable = past.cells(runningChanged: false).count
        if undoable > 0 || !snapshots.isEmpty {
            facts.append(
                ("undo", Format.counted(undoable, "cell") + (snapshots.isEmpty ? "" : ", snapshots: \(Self.listed(snapshots))")))
        }
        var report = Report([.facts(facts)])
        if let next = nextSteps().first { report.append(.notice(Notice(.info, ["next: `\(next.cell)` (\(next.why))"]))) }
        return report
    }

    private static func trainable(of model: ModelState) -> String {
        let names = model.trainableNames
        guard !names.isEmpty else { return "nothing: every parameter is frozen" }
        let values = names.reduce(0) { $0 + (model.parameters[$1]?.count ?? 0) }
        let which: String
        if names.count == model.parameters.parameterNames.count {
            which = "everything"
        } else if names.count <= 4 {
            which = names.joined(separator: ", ")
        } else {
            // Parts by their first name: in full they would fill the page.
            var parts: [String] = []
            for name in names { if let part = name.split(separator: ".").first.map(String.init), part != parts.last { parts.append(part) } }
            which = "\(Format.counted(names.count, "tensor")) in \(listed(parts))"
        }
        return "\(which) (\(Format.short(values)) of \(Format.short(model.parameters.parameterCount)) parameters)"
    }

    private static func described(_ trainer: Trainer) -> String {
        let settings = trainer.settings
        var parts = ["\(settings.optimizer.source) at \(rates(settings.effectiveRates))", "batch size \(settings.batchSize)"]
        if settings.schedule != .fixed { parts.append(settings.schedule.name) }
        parts.append(trainer.epochCount == 0 ? "not trained yet" : "\(Format.counted(trainer.epochCount, "epoch")) so far")
        return parts.joined(separator: ", ")
    }

    private static func rates(_ rates: LearningRates) -> String {
        switch rates {
        case .uniform(let rate): Value.written(rate)
        case .range(let low, let high): "\(Value.written(low))..\(Value.written(high))"
        case .patterns(let otherwise, let pairs):
            "\(Value.written(otherwise)), \(pairs.map { "\($0.pattern) \(Value.written($0.rate))" }.joined(separator: ", "))"
        }
    }

    private static func described(_ record: EpochRecord) -> String {
        let validation =
            record.valInterval.map { "validation \(accuracy($0))" } ?? "training \(Format.percent(record.trainAccuracy))"
        return "\(record.epoch): \(validation)"
    }

    private static func described(_ last: EvaluatedPart) -> String {
        "\(last.network) on \(last.data).\(last.split.rawValue): \(accuracy(last.evaluation.accuracy))"
    }

    private static func accuracy(_ interval: Interval) -> String {
        "\(Format.percent(interval.estimate)) (\(Format.percent(interval.low)) to \(Format.percent(interval.high)))"
    }

    private static func device(_ options: ExecutionOptions) -> String {
        "\(options.backend.rawValue), \(options.precision.rawValue), \(Format.counted(options.threadCount, "thread"))"
            + (options.isExact ? ", exact" : "")
    }

    /// What the process takes, and what for.
    private var memory: String {
        var census = TensorCensus()
        census.add(state)
        var parts = ["weights \(Format.bytes(census.byteCount))"]
        let features = state.trainer.caches.featureBytes
        if features > 0 { parts.append("cached features \(Format.bytes(features))") }
        let past = past.byteCount(beside: state)
        if past > 0 { parts.append("for undo \(Format.bytes(past))") }
        let all = ProcessMemory.resident.map { "\(Format.bytes($0)) in all, " } ?? ""
        return all + parts.joined(separator: ", ")
    }
}

/// What the process takes of the machine's memory.
enum ProcessMemory {
    /// Resident bytes; `nil` where the system doesn't say.
    static var resident: Int? {
        // Pages, the second number of the line: proc(5).
        guard let line = try? String(contentsOfFile: "/proc/self/statm", encoding: .utf8) else { return nil }
        let numbers = line.split(separator: " ")
        guard numbers.count > 1, let pages = Int(numbers[1]) else { return nil }
        return pages * Int(sysconf(Int32(_SC_PAGESIZE)))
    }
}
