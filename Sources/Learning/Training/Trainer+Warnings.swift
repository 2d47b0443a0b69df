import Imaging
import NeuralNetworks
import Tensors

extension Trainer {
    /// What people usually regret, found before the first step.
    func warnings(
        _ given: ModelState, _ model: ModelState, _ data: Dataset, _ graph: Graph, _ frontier: Frontier,
        _ groups: ParameterGroups,
        _ order: EpochOrder, _ start: TrainingFacts.Start, _ schedule: (rates: Schedule, progress: ScheduleState), train: PictureSource,
        val: PictureSource?
    ) -> [LearningWarning] {
        var result: [LearningWarning] = []
        let counts = data.train.classCounts
        if let most = counts.max(), let least = counts.filter({ $0 > 0 }).min(), Double(most) / Double(least) > 3,
            settings.balance == .none
        {
            result.append(
                .imbalance(
                    largest: data.classes[counts.firstIndex(of: most) ?? 0],
                    smallest: data.classes[counts.firstIndex(of: least) ?? 0],
                    ratio: Double(most) / Double(least)))
        }
        if settings.validates, data.val.isEmpty { result.append(.noValidation) }
        if let val, val.count < 50 { result.append(.smallValidation(count: val.count, share: 1 / Double(max(val.count, 1)))) }
        for split in data.splits { result += data[split].classWarnings() }
        result += caches.leakWarnings(data)
        for source in [train, val].compactMap({ $0 }) {
            result += PipelineCheck(source.pipeline, model: given, mode: data.decoding.mode).warnings(source.split)
        }
        if let warning = model.sizeWarning(since: given) { result.append(warning) }
        result += batchNormWarnings(model, graph, order)
        result += rateWarnings(model, frontier, groups, start, schedule)
        return result
    }

    private func batchNormWarnings(_ model: ModelState, _ graph: Graph, _ order: EpochOrder) -> [LearningWarning] {
        var result: [LearningWarning] = []
        let training = model.batchNormPaths(graph, .training)
        let drifting = training.filter { path in
            ["weight", "bias"].allSatisfy { !model.freeze.trains(path.isEmpty ? $0 : "\(path).\($0)") }
        }
        if !drifting.isEmpty { result.append(.batchNormDrift(layers: drifting.count)) }
        if training.count > drifting.count, settings.batchSize < 8 {
            result.append(.smallBatchNorm(batchSize: settings.batchSize, layers: training.count - drifting.count))
        }
        if order.dropsLoneSample, !order.dropsLast, order.count % order.batchSize == 1, order.count > order.batchSize {
            result.append(.loneSampleDropped)
        }
        return result
    }

    private func rateWarnings(
        _ model: ModelState, _ frontier: Frontier, _ groups: ParameterGroups, _ start: TrainingFacts.Start,
        _ schedule: (rates: Schedule, progress: ScheduleState)
    ) -> [LearningWarning] {
        var result = groups.groups.filter { $0.learningRate == 0 }.map { LearningWarning.rateIsZero(group: $0.name) }
        // A rate as the first step will have it: a schedule that goes on has changed what was given.
        func rate(_ name: String) -> Double? {
            groups[name].map { schedule.rates.learningRate(base: $0.learningRate, at: schedule.progress) }
        }
        let given = groups.groups.map(\.learningRate).max() ?? 0
        let actual = schedule.rates.learningRate(base: given, at: schedule.progress)
        if schedule.progress != ScheduleState(), given > 0, actual < given / 50 {
            result.append(.scheduleWentDown(schedule: schedule.rates.name, epoch: state.epoch, given: given, actual: actual))
        }
        // A network from random weights has no features to lose.
        guard model.weights != "none", let head = model.head else { return result }
        func isHead(_ name: String) -> Bool { name.hasPrefix(head + ".") }
        let body = frontier.trainable.filter { !isHead($0) && !model.fresh.contains($0) }
        guard !body.isEmpty else { return result }
        let bodyRate = body.compactMap(rate).max() ?? 0
        let headRate = frontier.trainable.filter(isHead).compactMap(rate).max()
        let headEpochs = frontier.trainable.filter(isHead).map { state.trainedEpochs[$0] ?? 0 }.min() ?? 0
        // A rate that moves a weight by itself in a few hundred steps: what counts as high differs by a factor of ten between
        // adaptive rules and SGD.
        let isAdaptive = settings.optimizer.stateNames.contains { $0.hasSuffix("avg") || $0.hasSuffix("avg_sq") }
        let high = isAdaptive ? 5e-4 : 5e-3
        if case .fresh = start {
            if let headRate, bodyRate >= headRate, headEpochs == 0, bodyRate > high {
                result.append(.bodyAsFastAsFreshHead(rate: bodyRate))
            }
            return result
        }
        let thawed = body.filter { state.freeze.frozen.contains($0) }
        guard !thawed.isEmpty else { return result }
        // Rates that rise towards the head are meant so: there the slowest of what was thawed tells.
        let rates = thawed.compactMap(rate)
        let isGraded = if case .range = settings.effectiveRates { true } else { false }
        let thawedRate = (isGraded ? rates.min() : rates.max()) ?? 0
        let lastRate = history.epochs.last?.learningRates.last?.rate ?? .infinity
        if thawedRate > high || thawedRate >= lastRate {
            let parts = thawed.map { String($0.split(separator: ".")[0]) }
            result.append(.highRateAfterUnfreeze(rate: thawedRate, layers: Array(Set(parts)).sorted()))
        }
        return result
    }
}
