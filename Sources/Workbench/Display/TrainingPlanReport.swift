import CommandLanguage
import Learning
import NeuralNetworks
import Presentation

/// What a training is about to do, said before its first step.
struct TrainingPlanReport {
    let facts: TrainingFacts
    let network: String
    let data: String
    let settings: TrainingSettings
    let seed: UInt64

    var report: Report {
        var report = Report([.text(heading), .facts(lines)])
        if facts.groups.count > 1 { report.append(.table(groups)) }
        if !facts.warnings.isEmpty { report.append(.notice(Notice(.warning, facts.warnings.map(\.description)))) }
        return report
    }

    private var heading: String {
        let count = facts.lastEpoch - facts.firstEpoch + 1
        let span = facts.firstEpoch == 1 ? "" : " (\(facts.firstEpoch) to \(facts.lastEpoch))"
        return
            "train \(network) on \(data): \(Format.counted(count, "epoch"))\(span), \(Format.count(facts.trainCount)) pictures in \(Format.counted(facts.batchesPerEpoch, "batch", "batches")) of \(facts.batchSize)"
    }

    private var lines: [(String, String)] {
        var lines = [("trains", trains), ("recipe", recipe)]
        if let start { lines.append(("goes on", start)) }
        lines.append(
            (
                "validation",
                facts.valCount > 0
                    ? "\(Format.counted(facts.valCount, "picture")) after each epoch, \(kept)"
                    : "none: the last epoch's weights stay"
            ))
        if let stops { lines.append(("stops", stops)) }
        lines.append(("cache", cache))
        if let memory = facts.memory { lines.append(("memory", Format.bytes(memory))) }
        return lines
    }

    private var trains: String {
        var text =
            "\(Format.counted(facts.trainableTensors, "tensor")) (\(Self.named(facts.groups.flatMap(\.parameters)))), \(Format.short(facts.trainableValues)) parameters"
        if facts.frozenValues > 0 { text += "; \(Format.short(facts.frozenValues)) frozen" }
        if facts.batchNormTraining > 0 {
            text += "; \(Format.counted(facts.batchNormTraining, "BatchNorm layer")) gathering statistics"
        } else if facts.batchNormFixed > 0 {
            text += "; \(Format.counted(facts.batchNormFixed, "BatchNorm layer")) held still"
        }
        return text
    }

    /// The parts that names lie in, few enough to read.
    private static func named(_ names: [String]) -> String {
        guard names.count > 4 else { return names.joined(separator: ", ") }
        var parts: [String] = []
        for name in names {
            let part = String(name.split(separator: ".")[0])
            if !parts.contains(part) { parts.append(part) }
        }
        return Session.listed(parts, limit: 8)
    }

    private var recipe: String {
        var parts: [String] = []
        let rates = facts.groups.map(\.learningRate)
        let low = rates.min() ?? 0
        let high = rates.max() ?? 0
        let rate = low == high ? Format.significant(high, 4) : "\(Format.significant(low, 4)) to \(Format.significant(high, 4))"
        parts.append("\(settings.optimizer.source) at lr \(rate)")
        if settings.effectiveWeightDecay > 0 {
            parts.append(
                "weight decay \(Value.written(settings.effectiveWeightDecay))\(settings.sparesBiasesAndNorms ? " (not of biases and norms)" : "")"
            )
        }
        if case .fixed = settings.schedule {} else { parts.append(settings.schedule.source) }
        parts.append(settings.loss.source)
        if !settings.mixing.isEmpty { parts.append(settings.mixing.map(\.source).joined(separator: " or ")) }
        if settings.balance != .none { parts.append("classes balanced by \(settings.balance.rawValue)") }
        if let norm = settings.clipNorm { parts.append("gradient clipped at \(Value.written(norm))") }
        if settings.accumulation > 1 { parts.append("\(settings.accumulation) batches a step") }
        if let decay = settings.averaging { parts.append("weights averaged with decay \(Value.written(decay))") }
        parts.append("seed \(seed)")
        return parts.joined(separator: ", ")
    }

    /// What ends the training early.
    private var stops: String? {
        var rules: [String] = []
        if let patience = settings.patience { rules.append("after \(Format.counted(patience, "epoch")) without a better one") }
        if let target = settings.targetAccuracy { rules.append("at \(Format.percent(target)) validation accuracy") }
        if let limit = settings.timeLimit { rules.append("after \(Format.duration(limit))") }
        return rules.isEmpty ? nil : "early, " + rules.joined(separator: ", or ")
    }

    private var kept: String { settings.keep == .best ? "the best epoch's weights stay" : "the last epoch's weights stay" }

    private var start: String? {
        func momentum(_ count: Int) -> String {
            count > 0 ? ", with the optimizer's state of \(Format.counted(count, "tensor"))" : ""
        }
        switch facts.start {
        case .fresh: return nil
        case .continues(let epoch, let tensors, nil): return "after epoch \(epoch)\(momentum(tensors))"
        case .continues(let epoch, let tensors, let best?):
            return "after epoch \(epoch), from the weights of epoch \(best), the best, since other parts train now\(momentum(tensors))"
        case .changedSince(let epoch, let tensors):
            return "after epoch \(epoch), with weights or layers that were changed since\(momentum(tensors))"
        }
    }

    private var cache: String {
        switch facts.cache {
        case .features(let path, let bytes, let place, let views):
            let what = path.isEmpty ? "the features before the trained part" : "the features after \(path)"
            let times = views > 1 ? ", \(views) views of each picture" : ""
            return "\(what) are computed once and kept\(place == .disk ? " on disk" : "") (\(Format.bytes(bytes))\(times))"
        case .none(let reason): return "none: \(reason)"
        }
    }

    private var groups: Table {
        Table(
            [
                Table.Column("group"), Table.Column("lr", .right), Table.Column("weight decay", .right),
                Table.Column("tensors", .right),
                Table.Column("parameters", .right),
            ],
            rows: facts.groups.map {
                [
                    Table.Cell($0.name), Table.Cell(Format.significant($0.learningRate, 4)),
                    Table.Cell(Value.written($0.weightDecay)),
                    Table.Cell(Format.count($0.tensors)), Table.Cell(Format.count($0.values)),
                ]
            }, limit: 24)
    }
}
