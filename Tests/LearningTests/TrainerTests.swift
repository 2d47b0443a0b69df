import Imaging
import NeuralNetworks
import Tensors
import Testing

@testable import Learning

@Suite struct TrainerTests {
    let task: TinyTask
    init() throws { task = try TinyTask() }

    private func weights(_ model: ModelState) -> [String: [UInt32]] {
        var result: [String: [UInt32]] = [:]
        for name in model.parameters.names { result[name] = model.parameters[name]?.elements.map(\.bitPattern) }
        return result
    }

    @Test func learnsAndTells() throws {
        var trainer = TinyTask.trainer()
        var model = try TinyTask.model()
        var events: [String] = []
        var steps = 0
        let summary = try trainer.run(&model, on: task.data(), epochs: 6, events: { event in
            switch event {
            case .compiling: events.append("compiling")
            case .planned(let facts):
                events.append("planned")
                #expect(facts.trainableTensors == 8 && facts.frozenTensors == 0 && facts.batchesPerEpoch == 4)
                #expect(facts.cache == .none(.nothingFrozen) && (facts.memory ?? 0) > 0)
            case .step: steps += 1
            case .epoch: events.append("epoch")
            case .finished: events.append("finished")
            default: break
            }
        })
        #expect(events == ["compiling", "planned"] + Array(repeating: "epoch", count: 6) + ["finished"])
        #expect(steps == 24 && summary.ending == .completed && summary.epochs == 6)
        #expect(trainer.history.epochs.count == 6 && trainer.epochCount == 6)
        #expect((summary.kept?.valAccuracy ?? 0) >= 0.9)
        #expect(model.classes == ["left", "right"])
        let evaluation = try model.evaluate(on: task.data(), options: trainer.options)
        #expect(evaluation.accuracy.estimate == summary.kept?.valAccuracy)
        #expect(abs(evaluation.loss - (summary.kept?.valLoss ?? 0)) < 1e-5)
    }

    enum Case: String, CaseIterable { case plain, momentumAdam, dropoutAndAugmentation, frozen, accumulation, averaging, schedule, keepLast }

    private func setUp(_ kind: Case) throws -> (Trainer, ModelState, Dataset) {
        var model = try TinyTask.model(dropout: kind == .dropoutAndAugmentation ? 0.3 : 0)
        var data = try task.data()
        let trainer = TinyTask.trainer { settings in
            switch kind {
            case .plain: break
            case .momentumAdam:
                settings.optimizer = .adam()
                settings.learningRates = .uniform(0.01)
            case .dropoutAndAugmentation: settings.mixing = [.mixUp(alpha: 1), .cutMix(alpha: 1)]
            case .frozen: break
            case .accumulation: settings.accumulation = 3
            case .averaging: settings.averaging = 0.9
            case .schedule: settings.schedule = .step(size: 3, gamma: 0.1)
            case .keepLast: settings.keep = .last
            }
        }
        if kind == .dropoutAndAugmentation {
            data = try task.data([.randomResizedCrop(ImageSize(side: 12)), .randomHorizontalFlip(p: 0.1)])
        }
        if kind == .frozen { model = model.withFrozenBody }
        return (trainer, model, data)
    }

    @Test(arguments: Case.allCases) func twoAndTwoIsFour(kind: Case) throws {
        var (whole, model, data) = try setUp(kind)
        var (halves, other, _) = try setUp(kind)
        try whole.run(&model, on: data, epochs: 4)
        try halves.run(&other, on: data, epochs: 2)
        try halves.run(&other, on: data, epochs: 2)
        #expect(weights(model) == weights(other))
        #expect(whole.history.epochs.map(\.trainLoss) == halves.history.epochs.map(\.trainLoss))
        #expect(whole.history.epochs.map(\.valLoss) == halves.history.epochs.map(\.valLoss))
        #expect(whole.state.optimizerState == halves.state.optimizerState)
    }

    @Test(arguments: Case.allCases) func threadsAreNoMatter(kind: Case) throws {
        var reference: [String: [UInt32]]?
        for workers in [0, 1, 3] {
            var (trainer, model, data) = try setUp(kind)
            trainer.settings.workers = workers
            trainer.options.threads = workers
            try trainer.run(&model, on: data, epochs: 2)
            if let reference { #expect(weights(model) == reference) }
            reference = reference ?? weights(model)
        }
    }

    @Test func seedsMatter() throws {
        var results: [[String: [UInt32]]] = []
        for seed in [UInt64(1), 2] {
            var trainer = TinyTask.trainer { $0.seed = seed }
            var model = try TinyTask.model()
            try trainer.run(&model, on: task.data(), epochs: 1)
            results.append(weights(model))
        }
        #expect(results[0] != results[1])
    }

    @Test func cachedFeaturesGiveTheSameNumbers() throws {
        var results: [[String: [UInt32]]] = []
        for policy in [TrainingSettings.CachePolicy.off, .automatic] {
            var trainer = TinyTask.trainer { $0.cache = policy }
            var model = try TinyTask.model().withFrozenBody
            var cached = 0
            var cache: TrainingFacts.Cache?
            try trainer.run(&model, on: task.data(), epochs: 3, events: {
                if case .caching = $0 { cached += 1 }
                if case .planned(let facts) = $0 { cache = facts.cache }
            })
            results.append(weights(model))
            #expect((cached > 0) == (policy == .automatic))
            if policy == .automatic {
                guard case .features(_, let bytes, .memory, 1)? = cache else { Issue.record("not cached: \(String(describing: cache))"); continue }
                #expect(bytes == 36 * 32 * 4)
                // A second training finds them.
                cached = 0
                try trainer.run(&model, on: task.data(), epochs: 1, events: { if case .caching = $0 { cached += 1 } })
                #expect(cached == 0)
            }
        }
        #expect(results[0] == results[1])
    }

    @Test func cachedViewsAreTheFirstEpochsOfUncachedTraining() throws {
        var results: [[String: [UInt32]]] = []
        for policy in [TrainingSettings.CachePolicy.off, .views(3)] {
            var trainer = TinyTask.trainer { $0.cache = policy }
            var model = try TinyTask.model().withFrozenBody
            try trainer.run(&model, on: task.data([.randomHorizontalFlip()]), epochs: 3)
            results.append(weights(model))
        }
        #expect(results[0] == results[1])
    }

    @Test func evaluationTakesCachedFeatures() throws {
        var trainer = TinyTask.trainer()
        var model = try TinyTask.model().withFrozenBody
        try trainer.run(&model, on: task.data(), epochs: 2)
        let cached = try trainer.evaluate(model, on: task.data())
        let computed = try model.evaluate(on: task.data(), options: trainer.options)
        #expect(cached.confusion == computed.confusion && cached.predictions.map(\.path) == computed.predictions.map(\.path))
        #expect(abs(cached.loss - computed.loss) < 1e-5)
        #expect(throws: LearningError.self) {
            try trainer.evaluate(model, on: task.data(), loss: .crossEntropy(classWeights: [1, 1, 1]))
        }
        // Without the files' cache it must look at the files: they are gone by then.
        try task.folder.write("val/left/12.png", [0])
        #expect(try trainer.evaluate(model, on: task.data()).failures.count == 1)
    }

    @Test func diskHoldsWhatMemoryDoesNot() throws {
        var results: [[String: [UInt32]]] = []
        for memory in [1 << 30, 100] {
            var trainer = TinyTask.trainer()
            trainer.bounds.featureMemory = memory
            trainer.bounds.folder = task.folder.path
            var model = try TinyTask.model().withFrozenBody
            var place: TrainingFacts.Place?
            try trainer.run(&model, on: task.data(), epochs: 2, events: {
                if case .planned(let facts) = $0, case .features(_, _, let where_, _) = facts.cache { place = where_ }
            })
            #expect(place == (memory == 100 ? .disk : .memory))
            results.append(weights(model))
        }
        #expect(results[0] == results[1])
    }

    @Test func aChangedFileOrWeightMakesNewFeatures() throws {
        var trainer = TinyTask.trainer()
        var model = try TinyTask.model().withFrozenBody
        let data = try task.data()
        func cachings() throws -> Int {
            var count = 0
            try trainer.run(&model, on: data, epochs: 1, events: { if case .caching = $0 { count += 1 } })
            return count
        }
        #expect(try cachings() == 6)
        #expect(try cachings() == 0)
        var changed = model.parameters["conv1.weight"] ?? Tensor(0)
        changed[flat: 0] += 0.5
        model.parameters["conv1.weight"] = changed
        #expect(try cachings() == 6)
        try task.folder.write("train/left/0.png", TinyTask.picture(label: 0, index: 999).encodePNG())
        #expect(try cachings() == 4)
    }

    @Test func frozenTensorsStayBitForBit() throws {
        for plan in ["body", "conv1"] {
            var trainer = TinyTask.trainer { $0.weightDecay = 0.1 }
            var model = try TinyTask.model()
            model.freeze.freeze(
                model.parameters.parameterNames.filter { plan == "body" ? !$0.hasPrefix("fc.") : $0.hasPrefix("conv1.") || $0.hasPrefix("bn1.") })
            let before = weights(model)
            let summary = try trainer.run(&model, on: task.data(), epochs: 2)
            let after = weights(model)
            for name in model.freeze.frozen { #expect(before[name] == after[name], "\(name)") }
            #expect(before["bn1.running_mean"] == after["bn1.running_mean"])
            #expect(before["fc.weight"] != after["fc.weight"])
            #expect((before["bn2.running_var"] == after["bn2.running_var"]) == (plan == "body"))
            #expect(summary.frozenUnchanged)
        }
    }

    @Test func naiveBatchNormDriftsAndIsWarnedOf() throws {
        var trainer = TinyTask.trainer()
        var model = try TinyTask.model().withFrozenBody
        for path in ["bn1", "bn2"] { model.freeze.setBatchNormMode(.training, path: path) }
        let facts = try trainer.facts(model, on: task.data(), epochs: 1)
        #expect(facts.warnings.contains(.batchNormDrift(layers: 2)))
        let before = weights(model)
        try trainer.run(&model, on: task.data(), epochs: 1)
        #expect(before["bn1.running_mean"] != weights(model)["bn1.running_mean"])
        #expect(before["bn1.weight"] == weights(model)["bn1.weight"])
    }

    /// Where parts are frozen or thawed after the best epoch, it is told which weights are trained on.
    @Test func whatGoesOnFromEarlierWeightsSaysSo() throws {
        var trainer = TinyTask.trainer()
        var model = try TinyTask.model().withFrozenBody
        try trainer.run(&model, on: task.data(), epochs: 1)
        trainer.state.best?.record.valAccuracy = 2
        try trainer.run(&model, on: task.data(), epochs: 2)
        #expect(try trainer.facts(model, on: task.data(), epochs: 1).start == .continues(epoch: 3, momentumTensors: 2))
        model.freeze.unfreeze(model.parameters.parameterNames.filter { $0.hasPrefix("conv2") })
        #expect(try trainer.facts(model, on: task.data(), epochs: 1).start == .continues(epoch: 3, momentumTensors: 2, weights: 1))
    }

    /// Buffers of equal number that mean something else are no state: RMSprop's momentum is no mean of gradients.
    @Test func stateOfAnotherMeaningIsLeft() throws {
        var trainer = TinyTask.trainer { $0.optimizer = .rmsprop(alpha: 0.99, epsilon: 1e-8, momentum: 0.9, centered: false) }
        var model = try TinyTask.model()
        try trainer.run(&model, on: task.data(), epochs: 1)
        #expect(try trainer.facts(model, on: task.data(), epochs: 1).start == .continues(epoch: 1, momentumTensors: 8))
        trainer.settings.optimizer = .rmsprop(alpha: 0.99, epsilon: 1e-8, momentum: 0, centered: true)
        #expect(try trainer.facts(model, on: task.data(), epochs: 1).start == .continues(epoch: 1, momentumTensors: 0))
        try trainer.run(&model, on: task.data(), epochs: 1)
    }

    /// Of epochs with one accuracy the one with the lower loss stays.
    @Test func equalAccuraciesAreDecidedByTheLoss() throws {
        var trainer = TinyTask.trainer()
        // With its body frozen and a rate of 0 the second epoch's network is the first's.
        var model = try TinyTask.model().withFrozenBody
        try trainer.run(&model, on: task.data(), epochs: 1)
        let first = try #require(trainer.history.epochs.first)
        for (loss, isBetter) in [(1e9, true), (-1, false)] {
            var (other, trained) = (trainer, model)
            other.settings.learningRates = .uniform(0)
            other.state.best?.record.valLoss = loss
            try other.run(&trained, on: task.data(), epochs: 1)
            let second = try #require(other.history.epochs.last)
            #expect(second.valAccuracy == first.valAccuracy && second.isBest == isBetter)
        }
    }

    @Test func unfreezingKeepsTheOthersMomentum() throws {
        var trainer = TinyTask.trainer()
        var model = try TinyTask.model().withFrozenBody
        model.weights = "imagenet"
        try trainer.run(&model, on: task.data(), epochs: 2)
        #expect(trainer.momentumNames == ["fc.bias", "fc.weight"])
        let step = trainer.state.optimizerState["fc.weight"]?.step
        model.freeze.unfreeze(model.parameters.parameterNames.filter { $0.hasPrefix("conv2") })
        let facts = try trainer.facts(model, on: task.data(), epochs: 1)
        #expect(facts.start == .continues(epoch: 2, momentumTensors: 2))
        #expect(facts.warnings.contains { if case .highRateAfterUnfreeze(_, ["conv2"]) = $0 { true } else { false } })
        try trainer.run(&model, on: task.data(), epochs: 1)
        #expect(trainer.momentumNames == ["conv2.weight", "fc.bias", "fc.weight"])
        #expect(trainer.state.optimizerState["fc.weight"]?.step == (step ?? 0) + 4)
        #expect(trainer.state.optimizerState["conv2.weight"]?.step == 4)
        // Freezing drops it again.
        model = model.withFrozenBody
        try trainer.run(&model, on: task.data(), epochs: 1)
        #expect(trainer.momentumNames == ["fc.bias", "fc.weight"])
    }

    @Test func interruptKeepsTheLastWholeStep() throws {
        var trainer = TinyTask.trainer()
        var model = try TinyTask.model()
        let before = weights(model)
        var steps = 0
        let summary = try trainer.run(
            &model, on: task.data(), epochs: 5, events: { if case .step = $0 { steps += 1 } }, isInterrupted: { steps >= 6 })
        #expect(summary.ending == .interrupted(epoch: 2, batch: 2) && summary.epochs == 1)
        #expect(trainer.epochCount == 1 && weights(model) != before)
        #expect(trainer.state.optimizerState["fc.weight"]?.step == 6)
        // Going on works.
        try trainer.run(&model, on: task.data(), epochs: 1)
        #expect(trainer.epochCount == 2)
    }

    @Test func stopsAtTargetPatienceAndTime() throws {
        var trainer = TinyTask.trainer { $0.targetAccuracy = 0.5 }
        var model = try TinyTask.model()
        let summary = try trainer.run(&model, on: task.data(), epochs: 50)
        guard case .targetReached = summary.ending else { Issue.record("\(summary.ending)"); return }
        #expect(summary.epochs < 50)

        var patient = TinyTask.trainer { $0.patience = 2; $0.learningRates = .uniform(0) }
        var still = try TinyTask.model()
        let stopped = try patient.run(&still, on: task.data(), epochs: 50)
        // Nothing learns, so only running statistics change; accuracy stops improving at some point.
        guard case .patience(2) = stopped.ending else { Issue.record("\(stopped.ending)"); return }

        var hurried = TinyTask.trainer { $0.timeLimit = 0.001 }
        var third = try TinyTask.model()
        let late = try hurried.run(&third, on: task.data(), epochs: 50)
        guard case .timeLimit = late.ending else { Issue.record("\(late.ending)"); return }
    }

    /// A limit that is over with the first step of an epoch: the model has the weights that it is said to have, and training goes on
    /// from the step.
    @Test(arguments: TrainingSettings.Keep.allCases) func aTimeLimitWithinAnEpoch(keep: TrainingSettings.Keep) throws {
        var trainer = TinyTask.trainer { $0.keep = keep; $0.timeLimit = 1e-9 }
        var model = try TinyTask.model()
        let data = try task.data()
        let first = try trainer.run(&model, on: data, epochs: 2)
        #expect(first.ending == .timeLimit(1e-9) && first.kept == nil && first.epochs == 0)
        #expect(model.parameters == trainer.state.last && trainer.state.left == model.parameters)
        trainer.settings.timeLimit = nil
        try trainer.run(&model, on: data, epochs: 2)
        let steps = trainer.state.optimizerState["fc.weight"]?.step ?? 0
        trainer.settings.timeLimit = 1e-9
        let later = try trainer.run(&model, on: data, epochs: 2)
        #expect(later.ending == .timeLimit(1e-9) && later.epochs == 0 && later.frozenUnchanged)
        #expect(later.kept == (keep == .best ? trainer.best : nil))
        #expect(model.parameters == (keep == .best ? trainer.state.best?.parameters : trainer.state.last))
        #expect(trainer.state.left == model.parameters && trainer.state.best?.parameters != trainer.state.last)
        #expect(trainer.state.optimizerState["fc.weight"]?.step == steps + 1)
        #expect(try trainer.facts(model, on: data, epochs: 1).start == .continues(epoch: 2, momentumTensors: 8))
    }

    /// An accuracy that can't be beaten says nothing about other pictures.
    @Test func aBestOfOtherValidationPicturesIsNoMeasure() throws {
        var trainer = TinyTask.trainer()
        var model = try TinyTask.model()
        let data = try task.data()
        func isBest(on data: Dataset) throws -> Bool {
            trainer.state.best?.record.valAccuracy = 2
            try trainer.run(&model, on: data, epochs: 1)
            return trainer.history.epochs.last?.isBest == true
        }
        let few = try data.subset(.val, at: [0])
        #expect(try isBest(on: few))
        #expect(try !isBest(on: few))
        #expect(try isBest(on: data))
        #expect(trainer.best?.epoch == 3 && model.parameters == trainer.state.last)
        // Momentum and epochs go on.
        #expect(trainer.state.optimizerState["fc.weight"]?.step == 12)
        // The same in another order are the same.
        let turned = try data.subset(.val, at: data.val.indices.reversed())
        #expect(turned.val.map(\.path) != data.val.map(\.path))
        #expect(try !isBest(on: turned))
        // Read, prepared or labelled otherwise they are not.
        var other = data
        other.decoding.exif = .ignore
        #expect(try isBest(on: other))
        other.transforms[.val] = try TransformPipeline([.grayscale(channels: 3)] + TinyTask.ending)
        #expect(try isBest(on: other))
        #expect(try isBest(on: other.relabelling([data.val[0].path], as: "right")))
    }

    /// The best of an earlier run has other weights where nothing trains any more: it can't come back.
    @Test func aBestWithAnotherFrozenPartIsLeft() throws {
        var trainer = TinyTask.trainer { $0.keep = .last }
        var model = try TinyTask.model()
        let data = try task.data()
        try trainer.run(&model, on: data, epochs: 1)
        trainer.state.best?.record.valAccuracy = 2
        try trainer.run(&model, on: data, epochs: 1)
        #expect(trainer.best?.epoch == 1)
        trainer.settings.keep = .best
        model = model.withFrozenBody
        let summary = try trainer.run(&model, on: data, epochs: 1)
        #expect(summary.frozenUnchanged && summary.kept?.epoch == 3)
        // Where the frozen part is the same, it stays.
        trainer.state.best?.record.valAccuracy = 2
        try trainer.run(&model, on: data, epochs: 1)
        #expect(trainer.best?.epoch == 3)
    }

    /// An update within an epoch that is not over breaks the weights: they are not kept.
    @Test(arguments: [true, false]) func aBrokenStepOfAPartialEpochIsSeen(isInterrupted: Bool) throws {
        var trainer = TinyTask.trainer {
            $0.learningRates = .uniform(.greatestFiniteMagnitude)
            if !isInterrupted { $0.timeLimit = 1e-9 }
        }
        var model = try TinyTask.model()
        let before = model.fingerprint
        var steps = 0
        let summary = try trainer.run(
            &model, on: task.data(), epochs: 3, events: { if case .step = $0 { steps += 1 } },
            isInterrupted: { isInterrupted && steps >= 1 })
        guard case .diverged(1, 1, _, _) = summary.ending else { Issue.record("\(summary.ending)"); return }
        #expect(model.fingerprint == before && trainer.epochCount == 0 && trainer.state.last == nil)
    }

    /// The last update of an epoch makes weights that are no numbers, and no loss has seen it: that epoch does not count.
    @Test(arguments: [true, false]) func aBrokenLastStepIsSeen(validates: Bool) throws {
        let task = try TinyTask([6, 6])
        var trainer = TinyTask.trainer {
            $0.batchSize = 12
            $0.learningRates = .uniform(.greatestFiniteMagnitude)
            $0.validates = validates
        }
        var model = try TinyTask.model()
        let before = model.fingerprint
        let summary = try trainer.run(&model, on: task.data(), epochs: 3)
        guard case .diverged(1, _, _, _) = summary.ending else { Issue.record("\(summary.ending)"); return }
        #expect(model.fingerprint == before && trainer.epochCount == 0)
    }

    @Test func patienceEndsATrainingForGood() throws {
        let task = try TinyTask([6, 6])
        var trainer = TinyTask.trainer {
            $0.learningRates = .uniform(0)
            $0.patience = 2
        }
        trainer.checkpoints = .init(folder: task.folder.path + "/epochs", minimumInterval: 0)
        var model = try TinyTask.model().withFrozenBody
        try trainer.run(&model, on: task.data(), epochs: 9)
        #expect(trainer.epochCount == 3)
        #expect(try Trainer.resume(from: task.folder.path + "/epochs").epochsLeft == 0)
    }

    @Test func divergenceGivesTheLastGoodState() throws {
        var trainer = TinyTask.trainer()
        var model = try TinyTask.model()
        try trainer.run(&model, on: task.data(), epochs: 1)
        let good = weights(model)
        trainer.settings.learningRates = .uniform(1e30)
        let summary = try trainer.run(&model, on: task.data(), epochs: 3)
        guard case .diverged(2, _, let loss, let rate) = summary.ending else { Issue.record("\(summary.ending)"); return }
        #expect(!loss.isFinite && rate == 1e30)
        #expect(weights(model) == good && trainer.epochCount == 1)
    }

    @Test func refusals() throws {
        let data = try task.data()
        let trainer = TinyTask.trainer()
        var frozen = try TinyTask.model()
        frozen.freeze.freeze(frozen.parameters.parameterNames)
        let cases: [(ModelState, Trainer)] = [
            (frozen, trainer), (try TinyTask.model(classes: 3), trainer),
            (try TinyTask.model(), TinyTask.trainer { $0.batchSize = 0 }),
            (try TinyTask.model(), TinyTask.trainer { $0.loss = .crossEntropy(classWeights: [1, 2, 3]) }),
            (try TinyTask.model(), TinyTask.trainer { $0.learningRates = .patterns(otherwise: 0.1, [.init("layer9", 1)]) }),
            (try TinyTask.model(), TinyTask.trainer { $0.dropsLast = true; $0.batchSize = 100 }),
        ]
        for (model, trainer) in cases {
            let error = #expect(throws: LearningError.self) { try trainer.facts(model, on: data, epochs: 1) }
            #expect(error?.description.hasSuffix(".") == true)
        }
        #expect(throws: LearningError.self) { try trainer.facts(TinyTask.model(), on: data, epochs: 0) }
    }

    @Test func badPicturesAreSkippedCountedAndNamed() throws {
        let bad = try task.folder.write("train/left/broken.png", [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A, 0, 0])
        for policy in [TrainingSettings.CachePolicy.off, .automatic] {
            var trainer = TinyTask.trainer { $0.cache = policy }
            var model = try TinyTask.model().withFrozenBody
            var skipped: [LoadFailure] = []
            let summary = try trainer.run(&model, on: task.data(), epochs: 2, events: { if case .skipped(let failure) = $0 { skipped.append(failure) } })
            #expect(skipped.map(\.path) == [bad] && summary.failures == skipped)
            #expect(trainer.history.epochs.map(\.skipped) == [1, 1])
            #expect(trainer.history.epochs[0].trainCount == 24)
        }
    }

    @Test func clippingBoundsTheStep() throws {
        var trainer = TinyTask.trainer { $0.clipNorm = 1e-3; $0.optimizer = .sgd(); $0.learningRates = .uniform(1); $0.keep = .last }
        var model = try TinyTask.model()
        let before = model.parameters
        let summary = try trainer.run(&model, on: task.data(), epochs: 1)
        #expect((summary.record.epochs[0].gradientNorm ?? 0) > 1e-3)
        var moved = 0.0
        for name in before.parameterNames {
            for (a, b) in zip(before[name]?.elements ?? [], model.parameters[name]?.elements ?? []) { moved += Double((a - b) * (a - b)) }
        }
        // Four steps of at most 1e-3 each.
        #expect(moved.squareRoot() <= 4.01e-3)
    }

    /// Without averaging the next training goes on from the weights themselves, and keeps those.
    @Test func averagingEndsWhereItIsTurnedOff() throws {
        var trainer = TinyTask.trainer { $0.averaging = 0.9; $0.keep = .last }
        var model = try TinyTask.model()
        try trainer.run(&model, on: task.data(), epochs: 1)
        let averaged = model.parameters
        trainer.settings.averaging = nil
        try trainer.run(&model, on: task.data(), epochs: 2)
        #expect(trainer.state.averaged == nil && model.parameters["fc.weight"] != averaged["fc.weight"])
        #expect(model.parameters == trainer.state.last ?? model.parameters)
    }

    @Test func accumulationIsTheLargeBatch() throws {
        var results: [[Float]] = []
        for (batch, accumulation) in [(12, 1), (4, 3)] {
            var trainer = TinyTask.trainer {
                $0.batchSize = batch
                $0.accumulation = accumulation
                $0.keep = .last
            }
            // BatchNorm would see other batches: only the head trains.
            var model = try TinyTask.model().withFrozenBody
            try trainer.run(&model, on: task.data(), epochs: 2)
            results.append(model.parameters["fc.weight"]?.elements ?? [])
        }
        for (a, b) in zip(results[0], results[1]) { #expect(abs(a - b) < 1e-5) }
    }

    /// A batch without one readable picture neither ends an accumulation early nor leaves old gradients in it.
    @Test func accumulationPassesOverUnreadableBatches() throws {
        var results: [[Float]] = []
        for bad in [nil, "train/left/-.png", "train/left/1.png"] {
            let task = try TinyTask([1, 1])
            // With a part for validation none is taken from the training pictures.
            for (label, name) in ["left", "right"].enumerated() {
                try task.folder.write("val/\(name)/9.png", TinyTask.picture(label: label, index: 9).encodePNG())
            }
            if let bad { try task.folder.write(bad, [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A, 0, 0]) }
            var trainer = TinyTask.trainer {
                $0.batchSize = 1
                $0.accumulation = bad == nil ? 1 : 2
                $0.shuffles = false
                $0.keep = .last
            }
            var model = try TinyTask.model()
            let summary = try trainer.run(&model, on: task.data(), epochs: 3)
            #expect(summary.failures.count == (bad == nil ? 0 : 1))
            results.append(model.parameters["fc.weight"]?.elements ?? [])
        }
        for result in results.dropFirst() { for (a, b) in zip(results[0], result) { #expect(abs(a - b) < 1e-6) } }
    }
}
