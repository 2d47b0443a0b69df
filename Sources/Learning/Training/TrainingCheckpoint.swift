import Checkpoints
public import Execution
public import Imaging
import NeuralNetworks
import Tensors

/// A training as it stands after an epoch, read back from disk.
public struct ResumedTraining: Sendable {
    public var trainer: Trainer
    public var model: ModelState
    /// Epochs that are left of the interrupted run; 0 if it was done.
    public let epochsLeft: Int
    /// The data set's ``Dataset/fingerprint``, name and folder at that time.
    public let dataFingerprint: UInt64
    public let dataset: String
    public let root: String?
    /// How the pictures of each part were prepared; parts that took the model's own preprocessing are left out.
    public let transforms: [Split: TransformPipeline]
    /// The file that was read.
    public let path: String
}

/// What a checkpoint says besides tensors.
private struct CheckpointRecord: Codable {
    var settings: TrainingSettings
    var history: History
    var epoch: Int
    var run: Int
    var lastEpoch: Int
    var givenSchedule: Schedule?
    var schedule: Schedule
    var progress: ScheduleState
    var rule: OptimizerRule?
    var steps: [String: Int]
    var best: EpochRecord?
    /// Absent in files of older versions.
    var bestValidation: TrainingState.Validation?
    var freeze: FreezePlan
    var classes: [String]
    var trainedEpochs: [String: Int]
    var dataset: String
    var dataFingerprint: UInt64
    var cell: String
    var root: String?
    var transforms: [String: TransformPipeline]?
    /// Tensors that the model has and was not left with: of a new part. Absent if nothing was changed by hand since the last epoch.
    var newSinceLeft: [String]?
    /// The layers that it was left with, where others have taken their place since.
    var leftModule: Module?

    /// Whether counting on from these numbers can't overflow: a file may say anything.
    var hasSaneCounts: Bool {
        let counts = [
            epoch, run, lastEpoch, progress.epoch, progress.step, progress.warmupSteps ?? 0, progress.plateau.badEpochs,
            progress.plateau.cooldownLeft, progress.plateau.reductions,
        ]
        return [counts, Array(steps.values), Array(trainedEpochs.values)].joined().allSatisfy { (0...(1 << 40)).contains($0) }
    }
}

extension Trainer {
    static func checkpointName(_ epoch: Int) -> String {
        let digits = String(epoch)
        return "epoch-" + String(repeating: "0", count: max(0, 5 - digits.count)) + digits + ".safetensors"
    }

    /// Stores the epoch, if a folder is set. A full disk is told, and training goes on.
    func storeCheckpoint(_ model: ModelState, _ data: Dataset, _ events: (TrainingEvent) -> Void) {
        guard let policy = checkpoints else { return }
        let path = FilePath.join(policy.folder, Self.checkpointName(state.epoch))
        do throws(LearningError) {
            try FileLine.makeFolder(policy.folder)
            try writeCheckpoint(to: path, model, data)
            events(.checkpoint(path: path))
            Self.prune(policy, newest: path)
        } catch { events(.checkpointFailed(reason: error.description)) }
    }

    /// Writes the whole training as it stands: the model's weights under `model.`, those to go on from under `last.` and the moving average
    /// under `average.` where they differ, the best under `best.`, what it was left with after the last epoch under `left.`, optimiser buffers under `optimizer.<n>.`.
    public func writeCheckpoint(to path: String, _ model: ModelState, _ data: Dataset) throws(LearningError) {
        var file = model.stateDictionary(prefix: "model.")
        func add(_ store: ParameterStore?, _ prefix: String) {
            guard let store else { return }
            for name in store.names {
                // Shared tensors are the model's own, and are not written twice.
                guard let tensor = store[name], tensor != model.parameters[name] else { continue }
                file[name: prefix + name] = tensor
            }
        }
        add(state.last, "last.")
        add(state.left, "left.")
        add(state.averaged, "average.")
        add(state.best?.parameters, "best.")
        for (name, value) in state.optimizerState {
            for (index, buffer) in value.buffers.enumerated() { file[name: "optimizer.\(index).\(name)"] = buffer }
        }
        let record = CheckpointRecord(
            settings: settings, history: history, epoch: state.epoch, run: state.run, lastEpoch: state.lastEpoch,
            givenSchedule: state.givenSchedule, schedule: state.schedule, progress: state.progress, rule: state.rule,
            steps: state.optimizerState.mapValues(\.step), best: state.best?.record,
            bestValidation: state.best?.validation, freeze: state.freeze, classes: state.classes,
            trainedEpochs: state.trainedEpochs, dataset: data.name, dataFingerprint: data.fingerprint, cell: cell, root: data.root,
            transforms: Dictionary(uniqueKeysWithValues: data.transforms.map { ($0.key.rawValue, $0.value) }),
            newSinceLeft: state.left.flatMap { left in left == model.parameters ? nil : model.parameters.names.filter { left[$0] == nil } },
            leftModule: state.leftModule == model.module ? nil : state.leftModule)
        file.metadata = try model.metadata()
        file.metadata[ModelState.Key.training] = try ModelState.encode(record)
        file.metadata["thaw.averaged"] = state.averaged == nil ? "0" : "1"
        do throws(CheckpointError) { try Checkpoint.write(file, to: path) } catch { throw .checkpoint(error) }
    }

    /// The highest epoch that is stored where the trainer stores its own; `nil`: none, or nowhere. More than it has trained itself, if it
    /// was taken back.
    public var newestStoredEpoch: Int? {
        guard let path = checkpoints.flatMap({ Self.stored(in: $0.folder).last }) else { return nil }
        return Int(FilePath.lastComponent(path).dropFirst("epoch-".count).dropLast(".safetensors".count))
    }

    private static func prune(_ policy: CheckpointPolicy, newest: String) {
        let stored = Self.stored(in: policy.folder)
        for path in stored.dropLast(policy.keep) where path != newest { FileLine.remove(path) }
    }

    /// The checkpoints in a folder, the oldest first. Temporary files that a crash left behind are not among them.
    static func stored(in folder: String) -> [String] {
        // By number: as text, the epochs from 100000 on would come before those of five digits.
        let checkpoints = (FilePath.entries(folder) ?? []).compactMap { entry -> (epoch: Int, name: String)? in
            guard !entry.isDirectory, entry.name.hasPrefix("epoch-"), entry.name.hasSuffix(".safetensors") else { return nil }
            return Int(entry.name.dropFirst("epoch-".count).dropLast(".safetensors".count)).map { ($0, entry.name) }
        }
        return checkpoints.sorted { $0.epoch < $1.epoch }.map { FilePath.join(folder, $0.name) }
    }

    /// The newest checkpoint that can be read, from a folder or of a file.
    ///
    /// A file that was cut short is passed over for the one before it.
    /// - Parameters:
    ///   - options: backend and precision; the same as before for the same numbers.
    public static func resume(
        from path: String, options: ExecutionOptions = ExecutionOptions(), caches: TrainingCaches = TrainingCaches()
    ) throws(LearningError) -> ResumedTraining {
        let given = FilePath.expandingHome(path)
        let isFolder = FilePath.isDirectory(given)
        let candidates = isFolder ? stored(in: given).reversed() : [given]
        guard !candidates.isEmpty else { throw .noCheckpoint(folder: path) }
        var failure = LearningError.noCheckpoint(folder: path)
        for (position, candidate) in candidates.enumerated() {
            do throws(LearningError) {
                return try read(
                    candidate, folder: isFolder ? given : FilePath.folder(candidate), options: options, caches: caches)
            } catch { if position == 0 { failure = error } }
        }
        throw failure
    }

    private static func read(
        _ path: String, folder: String, options: ExecutionOptions, caches: TrainingCaches
    ) throws(LearningError) -> ResumedTraining {
        let file: CheckpointFile
        do throws(CheckpointError) { file = try Checkpoint.read(path) } catch { throw .checkpoint(error) }
        guard let text = file.metadata[ModelState.Key.training] else {
            throw .notAModelFile(path: path, reason: "it holds a model but no training; `load` it instead")
        }
        let record = try ModelState.decode(CheckpointRecord.self, from: text, path: path)
        guard record.hasSaneCounts, record.settings.hasSaneCounts, record.schedule.problem == nil else {
            throw .notAModelFile(path: path, reason: "its counts of epochs and steps are out of range")
        }
        let model = try ModelState(metadata: file.metadata, state: file.state, prefix: "model.", path: path)
        func store(_ prefix: String) -> ParameterStore {
            var store = model.parameters
            for name in store.names {
                if let tensor = file.state[name: prefix + name], tensor.shape == store[name]?.shape { store[name] = tensor }
            }
            return store
        }
        var trainer = Trainer(caches: caches)
        trainer.options = options
        trainer.settings = record.settings
        trainer.history = record.history
        trainer.cell = record.cell
        trainer.checkpoints = CheckpointPolicy(folder: folder)
        trainer.state.epoch = record.epoch
        trainer.state.run = record.run
        trainer.state.lastEpoch = record.lastEpoch
        trainer.state.givenSchedule = record.givenSchedule
        trainer.state.schedule = record.schedule
        trainer.state.progress = record.progress
        trainer.state.rule = record.rule
        trainer.state.freeze = record.freeze
        trainer.state.classes = record.classes
        trainer.state.trainedEpochs = record.trainedEpochs
        trainer.state.left = model.parameters
        trainer.state.leftModule = record.leftModule ?? model.module
        if let new = record.newSinceLeft {
            for name in new { trainer.state.left?[name] = nil }
            for entry in file.state.entries where entry.name.hasPrefix("left.") {
                trainer.state.left?[String(entry.name.dropFirst("left.".count))] = entry.tensor
            }
        }
        trainer.state.last = store("last.")
        if file.metadata["thaw.averaged"] == "1" { trainer.state.averaged = store("average.") }
        if let best = record.best {
            trainer.state.best = TrainingState.Best(
                record: best, parameters: store("best."), validation: record.bestValidation)
        }
        for (name, step) in record.steps {
            guard let shape = model.parameters[name]?.shape else { continue }
            let buffers = (0..<(record.rule?.stateCount ?? 0)).compactMap { file.state[name: "optimizer.\($0).\(name)"] }
            guard buffers.allSatisfy({ $0.shape == shape }) else {
                throw .notAModelFile(path: path, reason: "the optimiser's state of \(name) has another shape")
            }
            trainer.state.optimizerState[name] = OptimizerState(step: step, buffers: buffers)
        }
        return ResumedTraining(
            trainer: trainer, model: model, epochsLeft: max(0, record.lastEpoch - record.epoch),
            dataFingerprint: record.dataFingerprint, dataset: record.dataset, root: record.root,
            transforms: Dictionary(
                uniqueKeysWithValues: (record.transforms ?? [:]).compactMap { key, value in
                    Split(rawValue: key).map { ($0, value) }
                }),
            path: path)
    }
}
