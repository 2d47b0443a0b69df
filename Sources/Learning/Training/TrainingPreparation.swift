import Execution
import Imaging
import NeuralNetworks
import Tensors

/// Everything that a training needs to know before it computes: checked, counted and told, nothing changed.
struct TrainingPreparation {
    /// The model as it will be trained: for the size of the training pictures, knowing how pictures were prepared.
    let model: ModelState
    let graph: Graph
    let frontier: Frontier
    let freeze: FreezePlan
    let groups: ParameterGroups
    let schedule: Schedule
    let progress: ScheduleState
    let loss: Loss
    let start: TrainingFacts.Start
    /// The weights to start from, and the optimiser's state that still fits.
    let parameters: ParameterStore
    let averaged: ParameterStore?
    let optimizerState: [String: OptimizerState]
    /// The best epoch so far, if what is to validate can be compared with what validated it.
    let best: TrainingState.Best?
    let train: PictureSource
    let val: PictureSource?
    let validation: TrainingState.Validation?
    let order: EpochOrder
    let cache: CachePlan
    let firstEpoch: Int
    let lastEpoch: Int
    let facts: TrainingFacts
}

extension Trainer {
    /// What a training would do: its facts and warnings. Nothing is computed or changed.
    public func facts(_ model: ModelState, on data: Dataset, epochs: Int) throws(LearningError) -> TrainingFacts {
        try prepare(model, on: data, epochs: epochs, resuming: false).facts
    }

    func prepare(
        _ given: ModelState, on data: Dataset, epochs: Int, resuming: Bool
    ) throws(LearningError) -> TrainingPreparation {
        guard epochs >= 1, epochs <= 1_000_000 else {
            throw .badSetting(name: "epochs", reason: "must be from 1 to 1000000, not \(epochs)")
        }
        try settings.check(classes: data.classes.count)
        var model = try given.adapted(to: data.transform(.train) ?? given.preprocessing)
        let graph = try model.graph()
        guard graph.outputShape == [data.classes.count] else {
            throw .headSize(outputs: graph.outputShape.elementCount, classes: data.classes.count)
        }
        if !model.classes.isEmpty, model.classes != data.classes, Set(model.classes) == Set(data.classes) {
            throw .differentClasses(first: model.classes, second: data.classes)
        }
        if let broken = model.tensorsNotFinite.first { throw .notFinite(tensor: broken) }
        let frontier = Frontier(graph, model.freeze)
        guard !frontier.trainable.isEmpty else { throw .nothingTrains }
        guard !data.train.isEmpty else { throw .emptySplit(.train, have: data.splits) }
        let groups: ParameterGroups
        do throws(ParameterGroups.Failure) {
            groups = try ParameterGroups(
                model.module, trainable: frontier.trainable, rates: settings.effectiveRates,
                weightDecay: settings.effectiveWeightDecay, sparesBiasesAndNorms: settings.sparesBiasesAndNorms)
        } catch { throw .groups(error) }
        let train = try PictureSource(data, .train, model: model, caches: caches)
        let validates = settings.validates && !data.val.isEmpty
        let val = validates ? try PictureSource(data, .val, model: model, caches: caches) : nil
        if let val, val.pipeline.firstRandomName == nil { model.prepared(by: val.pipeline) }
        model.decoding = data.decoding
        let trainsBatchNorm = model.batchNormPaths(graph, .training)
        let order = EpochOrder(
            count: train.count, batchSize: settings.batchSize, shuffles: settings.shuffles, dropsLast: settings.dropsLast,
            dropsLoneSample: !trainsBatchNorm.isEmpty, seed: settings.seed,
            balancing: settings.balance == .sampler ? train.labels : nil)
        if settings.batchSize == 1, let path = trainsBatchNorm.first(where: { path in
            graph.outputNode(ofPath: path).map { graph.nodes[$0].shape.dimensions.dropFirst().allSatisfy { $0 == 1 } } ?? false
        }) {
            throw .badSetting(name: "batch_size", reason: "with one picture \(path) has one value a channel, which has no variance; take at least 2, or freeze it")
        }
        guard order.batchCount > 0 else {
            throw .badSetting(
                name: "batch_size", reason: "\(train.count) training pictures give no whole batch of \(settings.batchSize)")
        }
        let cache = cachePlan(graph, frontier, train: train, val: val)
        let steps = (order.batchCount + settings.accumulation - 1) / settings.accumulation
        let validation = val.map { TrainingState.Validation($0, of: data) }
        let from = startingPoint(model, frontier, classes: data.classes, validation: validation)
        let (schedule, progress) = resolvedSchedule(epochs: epochs, steps: steps, resuming: resuming)
        let lastEpoch = resuming ? max(state.lastEpoch, state.epoch + epochs) : state.epoch + epochs
        let loss = settings.loss(balancing: train.labels, classes: data.classes.count, balance: settings.balance)
        let facts = TrainingFacts(
            architecture: model.architecture, dataset: data.name, classes: data.classes,
            groups: groups.groups.map { group in
                TrainingFacts.Group(
                    name: group.name, learningRate: schedule.learningRate(base: group.learningRate, at: progress),
                    weightDecay: group.weightDecay, tensors: group.parameters.count,
                    values: group.parameters.reduce(0) { $0 + (model.parameters[$1]?.count ?? 0) }, parameters: group.parameters)
            },
            trainableTensors: frontier.trainable.count,
            trainableValues: frontier.trainable.reduce(0) { $0 + (model.parameters[$1]?.count ?? 0) },
            frozenTensors: model.parameters.parameterNames.count - frontier.trainable.count,
            frozenValues: model.parameters.parameterCount
                - frontier.trainable.reduce(0) { $0 + (model.parameters[$1]?.count ?? 0) },
            batchNormTraining: trainsBatchNorm.count, batchNormFixed: model.batchNormPaths(graph, .evaluation).count,
            firstEpoch: state.epoch + 1, lastEpoch: lastEpoch, trainCount: train.count, valCount: val?.count ?? 0,
            batchSize: settings.batchSize, batchesPerEpoch: order.batchCount, stepsPerEpoch: steps,
            optimizer: settings.optimizer.name, schedule: settings.schedule.name, loss: loss.name, cache: cache.fact,
            memory: nil, start: from.start,
            warnings: warnings(given, model, data, graph, frontier, groups, order, from.start, (schedule, progress), train: train, val: val))
        return TrainingPreparation(
            model: model, graph: graph, frontier: frontier, freeze: model.freeze, groups: groups, schedule: schedule,
            progress: progress,
            loss: loss, start: from.start, parameters: from.parameters, averaged: from.averaged,
            optimizerState: from.optimizerState, best: from.best, train: train, val: val, validation: validation,
            order: order, cache: cache, firstEpoch: state.epoch + 1, lastEpoch: lastEpoch, facts: facts)
    }

    private struct StartingPoint {
        var start: TrainingFacts.Start
        var parameters: ParameterStore
        var averaged: ParameterStore?
        var optimizerState: [String: OptimizerState]
        var best: TrainingState.Best?
    }

    /// From the last epoch's weights where nothing was touched since; else from the model's, with the momentum of what still trains.
    private func startingPoint(
        _ model: ModelState, _ frontier: Frontier, classes: [String], validation: TrainingState.Validation?
    ) -> StartingPoint {
        let kept = state.optimizerState.filter { name, value in
            guard frontier.trainable.contains(name), let shape = model.parameters[name]?.shape else { return false }
            // A tensor that was replaced meanwhile, as by a new head, has no momentum yet.
            guard state.left == nil || state.left?[name] == model.parameters[name] else { return false }
            return value.buffers.allSatisfy { $0.shape == shape } && value.buffers.count == settings.runningRule.stateCount
        }
        // Buffers of one number can mean different things: RMSprop's momentum is no mean of gradients.
        let isSameRule = state.rule?.name == settings.optimizer.name && state.rule?.stateNames == settings.runningRule.stateNames
        let momentum = isSameRule ? kept : [:]
        guard state.epoch > 0 || state.last != nil else {
            return StartingPoint(start: .fresh, parameters: model.parameters, averaged: nil, optimizerState: [:], best: nil)
        }
        // Dropout changes nothing of what the network says, so it may be set between epochs.
        let isUntouched = state.left == model.parameters && state.classes == classes
            && state.leftModule?.withoutDropout == model.module.withoutDropout
        guard isUntouched else {
            return StartingPoint(
                start: .changedSince(epoch: state.epoch, momentumTensors: momentum.count), parameters: model.parameters,
                averaged: nil, optimizerState: momentum, best: nil)
        }
        let goesOn = state.freeze == model.freeze
        let isEarlier = !goesOn && state.last != nil && state.last != model.parameters
        return StartingPoint(
            start: .continues(epoch: state.epoch, momentumTensors: momentum.count, weights: isEarlier ? state.best?.record.epoch : nil),
            parameters: goesOn ? state.last ?? model.parameters : model.parameters, averaged: goesOn && settings.averaging != nil ? state.averaged : nil,
            optimizerState: momentum, best: state.best.flatMap { $0.isComparable(with: validation) ? $0 : nil })
    }

    /// A schedule that was given goes on; one that is new, or whose length is the run's, begins.
    private func resolvedSchedule(epochs: Int, steps: Int, resuming: Bool) -> (Schedule, ScheduleState) {
        if resuming { return (state.schedule, state.progress) }
        let resolved = settings.schedule.resolved(epochs: epochs, stepsPerEpoch: steps)
        let goesOn = state.givenSchedule == settings.schedule && resolved == settings.schedule
        return (resolved, goesOn ? state.progress : ScheduleState())
    }
}

extension TrainingSettings {
    /// The rule as it runs: one without momentum gets some where the schedule cycles it.
    var runningRule: OptimizerRule {
        var rule = optimizer
        if rule.momentum == 0, schedule.cyclesMomentum { rule.momentum = 0.9 }
        return rule
    }

    fileprivate func loss(balancing labels: [Int], classes: Int, balance: Balance) -> Loss {
        guard balance == .weights, loss.classWeights == nil else { return loss }
        let weights = ClassBalance(labels: labels, classes: classes).weights
        switch loss {
        case .crossEntropy(_, let labelSmoothing): return .crossEntropy(classWeights: weights, labelSmoothing: labelSmoothing)
        case .focal(let gamma, _): return .focal(gamma: gamma, classWeights: weights)
        }
    }
}

extension Schedule {
    /// Whether the cycle inside, if any, moves momentum too.
    fileprivate var cyclesMomentum: Bool {
        switch self {
        case .oneCycle(let cycle): cycle.cyclesMomentum
        case .warmup(_, _, _, let then): then.cyclesMomentum
        default: false
        }
    }
}

/// How often each class occurs, and what makes up for it.
struct ClassBalance {
    let counts: [Int]

    init(labels: [Int], classes: Int) {
        var counts = [Int](repeating: 0, count: classes)
        for label in labels { counts[label] += 1 }
        self.counts = counts
    }

    /// n / (classes · nᵧ): the mean over the pictures is 1. A class without pictures weighs nothing.
    var weights: [Float] {
        let present = counts.count { $0 > 0 }
        let total = counts.reduce(0, +)
        return counts.map { $0 > 0 ? Float(Double(total) / (Double(present) * Double($0))) : 0 }
    }
}
