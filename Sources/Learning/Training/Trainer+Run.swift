import Execution
import NeuralNetworks
import Tensors

extension Trainer {
    /// Trains, and leaves model and trainer as they are after the last whole epoch, or after the last whole step if interrupted.
    ///
    /// - Parameters:
    ///   - model: gets the weights of the best epoch, or the last, as ``TrainingSettings/keep`` says.
    ///   - epochs: how many more.
    ///   - resuming: goes on with an interrupted run: same schedule, same patience, same run number.
    ///   - events: told what happens, on the calling thread.
    ///   - isInterrupted: asked at every step and every few operations.
    /// - Throws: ``LearningError`` before anything has changed, or after the last whole epoch where pictures or memory give out later.
    @discardableResult
    public mutating func run(
        _ model: inout ModelState, on data: Dataset, epochs: Int, resuming: Bool = false,
        events: (TrainingEvent) -> Void = { _ in }, isInterrupted: () -> Bool = { false }
    ) throws(LearningError) -> TrainingSummary {
        // The closures outlive no call of this function: the run that holds them is local.
        var result: Result<TrainingSummary, LearningError> = .failure(.interrupted)
        withoutActuallyEscaping(events) { events in
            withoutActuallyEscaping(isInterrupted) { isInterrupted in
                do throws(LearningError) {
                    result = .success(
                        try perform(
                            &model, on: data, epochs: epochs, resuming: resuming, events: events, isInterrupted: isInterrupted))
                } catch { result = .failure(error) }
            }
        }
        return try result.get()
    }

    private mutating func perform(
        _ model: inout ModelState, on data: Dataset, epochs: Int, resuming: Bool,
        events: @escaping (TrainingEvent) -> Void, isInterrupted: @escaping () -> Bool
    ) throws(LearningError) -> TrainingSummary {
        let began = monotonicSeconds()
        let started = wallSeconds()
        caches.pictures.bound = bounds.pictures
        let preparation = try prepare(model, on: data, epochs: epochs, resuming: resuming)
        let before = preparation.parameters
        events(.compiling)
        let plan: TrainingPlan
        do throws(ExecutionError) {
            plan = try TrainingPlan(
                preparation.graph, parameters: preparation.parameters, freeze: preparation.freeze,
                batchSize: settings.largestBatch(of: max(preparation.train.count, preparation.val?.count ?? 0)), options: options,
                optimizerStates: settings.runningRule.stateCount, isInterrupted: isInterrupted)
        } catch { throw LearningError(error) }
        plan.setOptimizerState(preparation.optimizerState)
        var facts = preparation.facts
        facts.memory = plan.byteCount + preparation.cache.memory
        events(.planned(facts))
        let features = try cachedFeatures(preparation, plan: plan, model: model, events: events, isInterrupted: isInterrupted)
        let run = TrainingRun(
            preparation, settings: settings, plan: plan, features: features, events: events, isInterrupted: isInterrupted)

        var next = state
        if !resuming { next.run += 1 }
        next.givenSchedule = settings.schedule
        next.schedule = preparation.schedule
        // Weights with another frozen part can't be given back: that part would move.
        next.best = preparation.best.flatMap { preparation.frozenIsUnchanged(from: before, to: $0.parameters) ? $0 : nil }
        next.rule = settings.runningRule
        next.freeze = model.freeze
        next.classes = data.classes
        next.lastEpoch = preparation.lastEpoch
        let firstRecord = history.epochs.count
        var ending = TrainingSummary.Ending.completed
        var validationSeconds = 0.0
        // Whether the model is left with the weights of a step within an epoch.
        var isPartial = false
        var stored = -Double.infinity
        var storingSeconds = 0.0
        let deadline = settings.timeLimit.map { began + $0 }
        // The model gets its classes with its first whole step, so that what is saved can be used.
        var trained = preparation.model
        trained.classes = data.classes

        loop: for epoch in preparation.firstEpoch...max(preparation.lastEpoch, preparation.firstEpoch) {
            let outcome: TrainingRun.Outcome
            let epochBegan = monotonicSeconds()
            let validation: (loss: Double, right: Int, count: Int)?
            do throws(TrainingRun.Stop) {
                outcome = try run.train(
                    epoch: epoch, lastEpoch: preparation.lastEpoch, validationSeconds: validationSeconds, deadline: deadline)
                let validationBegan = monotonicSeconds()
                do throws(LearningError) { validation = try run.validate() } catch {
                    if case .interrupted = error { throw .interrupted(batch: preparation.order.batchCount) }
                    throw .failed(error)
                }
                validationSeconds = monotonicSeconds() - validationBegan
            } catch {
                let done: Int
                // What the model gets in place of the last whole step's weights.
                var best: TrainingState.Best?
                switch error {
                case .interrupted(let batch):
                    done = batch
                    ending = .interrupted(epoch: epoch, batch: batch)
                case .timeLimit(let batch):
                    done = batch
                    ending = .timeLimit(settings.timeLimit ?? 0)
                    if batch == 0 { break loop }
                    // The limit ends a training as its last epoch does.
                    if settings.keep == .best, preparation.val != nil, next.best?.record.valAccuracy != nil { best = next.best }
                case .diverged(let batch, let loss, let rate):
                    ending = .diverged(epoch: epoch, batch: batch, loss: loss, learningRate: rate)
                    // The weights of this epoch are lost; those before it are what the trainer and the model have.
                    break loop
                case .failed(let error): throw error
                }
                run.plan.abandonStep()
                run.collectParameters()
                // The last update can break here too what no loss has seen yet.
                if !run.isSound(nil) {
                    ending = .diverged(epoch: epoch, batch: done, loss: 0, learningRate: run.lastGroupRates.last ?? 0)
                    break loop
                }
                keepPartialEpoch(run, &next, &trained, giving: best)
                isPartial = best == nil
                model = trained
                break loop
            }
            guard outcome.count > 0 else {
                throw .unreadablePictures(
                    count: run.failures.count, of: preparation.train.count, first: run.failures.first?.path ?? "",
                    reason: run.failures.first?.reason ?? "")
            }
            run.collectParameters()
            // The last update of an epoch can break what no loss has seen yet.
            if !run.isSound(validation?.loss) {
                ending = .diverged(
                    epoch: epoch, batch: preparation.order.batchCount, loss: validation?.loss ?? outcome.meanLoss,
                    learningRate: run.lastGroupRates.last ?? 0)
                break loop
            }
            run.progress.endEpochNoting(preparation.schedule, outcome, validation) { events(.ratesLowered(epoch: epoch)) }
            let record = record(
                epoch, next.run, outcome, validation, run, seconds: monotonicSeconds() - epochBegan, best: next.best)
            finish(record, run, &next)
            trained.parameters =
                settings.keep == .best && preparation.val != nil
                ? next.best?.parameters ?? run.keptParameters : run.keptParameters
            next.left = trained.parameters
            next.leftModule = trained.module
            state = next
            history.epochs.append(record)
            model = trained
            events(.epoch(record))
            let stop = reasonToStop(after: record, deadline: deadline)
            // Nothing is left to do then for a `resume`.
            switch stop {
            case .patience, .targetReached: state.lastEpoch = record.epoch
            default: break
            }
            // However large the network is, storing it takes a small share of the time.
            let least = checkpoints?.minimumInterval ?? 0
            let interval = least > 0 ? max(least, 20 * storingSeconds) : 0
            if stop != nil || epoch == preparation.lastEpoch || monotonicSeconds() - stored >= interval {
                let storingBegan = monotonicSeconds()
                storeCheckpoint(model, data, events)
                stored = monotonicSeconds()
                storingSeconds = stored - storingBegan
            }
            if let stop {
                ending = stop
                break
            }
        }
        gradients = plan.gradientStatistics(preparation.frontier.trainable)
        let seconds = monotonicSeconds() - began
        let record = RunRecord(
            name: runName ?? "run \(next.run)", started: started, cell: cell, architecture: model.architecture,
            dataset: data.name, dataFingerprint: data.fingerprintText, settings: settings,
            trainable: preparation.frontier.trainable, epochs: Array(history.epochs.dropFirst(firstRecord)),
            ending: ending.description, seconds: seconds,
            versions: versions.merging(["backend": "\(options.backend)", "precision": "\(options.precision)"]) { $1 })
        if let runLog {
            do throws(LearningError) { try runLog.append(record) } catch { events(.checkpointFailed(reason: error.description)) }
        }
        let summary = TrainingSummary(
            ending: ending, epochs: history.epochs.count - firstRecord, seconds: seconds,
            kept: isPartial ? nil : settings.keep == .best && preparation.val != nil ? state.best?.record : history.epochs.last,
            failures: run.failures,
            frozenUnchanged: preparation.frozenIsUnchanged(from: before, to: model.parameters), record: record)
        events(.finished(summary))
        return summary
    }

    /// After an interrupt or the time limit: training goes on from the weights of the last whole step; the epoch does not count.
    ///
    /// - Parameter best: the epoch whose weights the model gets; `nil`: it has those of the last whole step too.
    private mutating func keepPartialEpoch(
        _ run: TrainingRun, _ next: inout TrainingState, _ model: inout ModelState, giving best: TrainingState.Best?
    ) {
        next.optimizerState = run.plan.optimizerState()
        next.last = run.parameters
        next.averaged = run.averaged
        next.progress = run.progress
        model.parameters = best?.parameters ?? run.keptParameters
        next.left = model.parameters
        next.leftModule = model.module
        state = next
    }

    private func record(
        _ epoch: Int, _ runNumber: Int, _ outcome: TrainingRun.Outcome, _ validation: (loss: Double, right: Int, count: Int)?,
        _ run: TrainingRun, seconds: Double, best: TrainingState.Best?
    ) -> EpochRecord {
        let valAccuracy = validation.map { Double($0.right) / Double($0.count) }
        let isBest: Bool
        if let valAccuracy {
            // Few pictures often give equal accuracies: then the loss decides, and of those equal in both the earlier stays.
            isBest = best.map { ($0.record.valAccuracy ?? -1, -($0.record.valLoss ?? .infinity)) < (valAccuracy, -(validation?.loss ?? .infinity)) } ?? true
        } else {
            isBest = best.map { outcome.meanLoss < $0.record.trainLoss } ?? true
        }
        return EpochRecord(
            epoch: epoch, run: runNumber, trainLoss: outcome.meanLoss, trainAccuracy: outcome.accuracy,
            valLoss: validation?.loss, valAccuracy: valAccuracy, trainCount: outcome.count, valCount: validation?.count ?? 0,
            learningRates: zip(run.preparation.groups.groups, run.lastGroupRates).map { .init(group: $0.name, rate: $1) },
            seconds: seconds, imagesPerSecond: Double(outcome.count) / max(outcome.seconds, 1e-9), isBest: isBest,
            skipped: outcome.failures, gradientNorm: outcome.largestNorm)
    }

    private func finish(_ record: EpochRecord, _ run: TrainingRun, _ next: inout TrainingState) {
        next.epoch = record.epoch
        next.progress = run.progress
        next.optimizerState = run.plan.optimizerState()
        next.last = run.parameters
        next.averaged = run.averaged
        for name in run.preparation.frontier.trainable { next.trainedEpochs[name, default: 0] += 1 }
        if record.isBest {
            next.best = TrainingState.Best(
                record: record, parameters: run.keptParameters, validation: run.preparation.validation)
        }
    }

    /// What the stopping rules say after a whole epoch.
    private func reasonToStop(after record: EpochRecord, deadline: Double?) -> TrainingSummary.Ending? {
        if let target = settings.targetAccuracy, let accuracy = record.valAccuracy, accuracy >= target {
            return .targetReached(accuracy)
        }
        if let patience = settings.patience, badEpochs(in: record.run) >= patience { return .patience(patience) }
        if let deadline, monotonicSeconds() >= deadline, record.epoch < state.lastEpoch {
            return .timeLimit(settings.timeLimit ?? 0)
        }
        return nil
    }

    /// Epochs of a run since its best, or since its beginning if none of its epochs is the best.
    private func badEpochs(in run: Int) -> Int {
        history.epochs(ofRun: run).reversed().prefix { !$0.isBest }.count
    }
}

extension ScheduleState {
    /// After an epoch, with the metric that a plateau watches: validation figures where there are any.
    mutating func endEpochNoting(
        _ schedule: Schedule, _ outcome: TrainingRun.Outcome, _ validation: (loss: Double, right: Int, count: Int)?,
        lowered: () -> Void
    ) {
        let accuracy = validation.map { Double($0.right) / Double($0.count) } ?? outcome.accuracy
        let loss = validation?.loss ?? outcome.meanLoss
        if endEpoch(schedule, metric: schedule.watchesAccuracy ? accuracy : loss) { lowered() }
    }
}

extension Schedule {
    /// Whether the plateau inside, if any, waits for a larger metric.
    fileprivate var watchesAccuracy: Bool {
        switch self {
        case .reduceOnPlateau(let settings): settings.largerIsBetter
        case .warmup(_, _, _, let then): then.watchesAccuracy
        default: false
        }
    }
}

extension TrainingPreparation {
    /// Whether every tensor that should be fixed has the bits that it had.
    func frozenIsUnchanged(from before: ParameterStore, to after: ParameterStore) -> Bool {
        let trainable = Set(frontier.trainable)
        let movingPaths = Set(
            graph.nodes.compactMap { node -> String? in
                guard case .layer(.batchNorm2d) = node.operation, freeze.batchNormMode(path: node.path) == .training else {
                    return nil
                }
                return node.path
            })
        return before.names.allSatisfy { name in
            if trainable.contains(name) { return true }
            let isStatistic = before.entry(name)?.role == .buffer
            if isStatistic, let dot = name.lastIndex(of: "."), movingPaths.contains(String(name[..<dot])) { return true }
            return before[name] == after[name]
        }
    }
}
