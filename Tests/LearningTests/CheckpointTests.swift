import Checkpoints
import Execution
import Foundation
import NeuralNetworks
import Tensors
import Testing

@testable import Learning

@Suite struct CheckpointTests {
    let task: TinyTask
    init() throws { task = try TinyTask() }

    private func bits(_ store: ParameterStore) -> [String: [UInt32]] {
        var result: [String: [UInt32]] = [:]
        for name in store.names { result[name] = store[name]?.elements.map(\.bitPattern) }
        return result
    }

    @Test func aModelFileIsEnough() throws {
        var trainer = TinyTask.trainer()
        var model = try TinyTask.model(dropout: 0.2)
        model.freeze.freeze(["conv1.weight"])
        try trainer.run(&model, on: task.data(), epochs: 1)
        let path = task.folder.path + "/model.safetensors"
        try model.save(to: path)
        let loaded = try ModelState.load(from: path)
        #expect(loaded.module == model.module && loaded.classes == ["left", "right"] && loaded.freeze == model.freeze)
        #expect(loaded.preprocessing == model.preprocessing && loaded.architecture == "Sequential")
        #expect(loaded.parameters.names == model.parameters.names)
        #expect(bits(loaded.parameters) == bits(model.parameters) && loaded.fingerprint == model.fingerprint)
        let pictures = try task.data().val.map(\.path)
        let (before, after) = (
            try model.predict(pictures, options: trainer.options), try loaded.predict(pictures, options: trainer.options)
        )
        #expect(before.map(\.probabilities) == after.map(\.probabilities) && before.map(\.classes) == after.map(\.classes))
        // Other programs find state_dict's names.
        #expect(try Checkpoint.read(path).state.names.contains("bn1.running_mean"))
    }

    @Test func aCheckpointIsAModelFileToo() throws {
        var trainer = TinyTask.trainer { $0.averaging = 0.9 }
        trainer.checkpoints = .init(folder: task.folder.path + "/epochs", minimumInterval: 0)
        var model = try TinyTask.model()
        try trainer.run(&model, on: task.data(), epochs: 2)
        let loaded = try ModelState.load(from: task.folder.path + "/epochs/epoch-00002.safetensors")
        #expect(loaded.fingerprint == model.fingerprint && loaded.classes == model.classes)
    }

    @Test func transformsAndMomentumOfACycleAreResumed() throws {
        // SGD without momentum, to which the cycle gives some: its buffers are part of the state.
        let settings: (inout TrainingSettings) -> Void = {
            $0.optimizer = .sgd()
            $0.schedule = .oneCycle()
        }
        let data = try task.data([.randomHorizontalFlip(p: 0.5)])
        var whole = TinyTask.trainer(settings)
        var expected = try TinyTask.model()
        try whole.run(&expected, on: data, epochs: 4)
        var first = TinyTask.trainer(settings)
        first.checkpoints = .init(folder: task.folder.path + "/cycle", keep: 9, minimumInterval: 0)
        var model = try TinyTask.model()
        try first.run(&model, on: data, epochs: 4)
        FileLine.remove(task.folder.path + "/cycle/epoch-00004.safetensors")
        FileLine.remove(task.folder.path + "/cycle/epoch-00003.safetensors")
        var resumed = try Trainer.resume(from: task.folder.path + "/cycle", options: first.options)
        #expect(resumed.epochsLeft == 2 && resumed.transforms == data.transforms && resumed.root == data.root)
        var plain = try task.data()
        plain.transforms = resumed.transforms
        try resumed.trainer.run(&resumed.model, on: plain, epochs: 2, resuming: true)
        #expect(resumed.model.fingerprint == expected.fingerprint)
    }

    @Test func foreignAndHostileFilesAreRefused() throws {
        let path = task.folder.path + "/weights.safetensors"
        var state = StateDictionary([.init(name: "fc.weight", tensor: Tensor([2], [1, 2]))])
        try Checkpoint.write(state, to: path)
        #expect(throws: LearningError.self) { try ModelState.load(from: path) }
        let model = try TinyTask.model()
        let good = try model.metadata()
        let changes: [(String, String)] = [
            ("thaw.input", "[3,99999999999,12]"), ("thaw.input", "[3]"), ("thaw.module", "{"), ("thaw.version", "9"),
            ("thaw.module", good["thaw.module"]!.replacingOccurrences(of: "\"outFeatures\":2", with: "\"outFeatures\":4611686018427387904")),
            ("thaw.module", good["thaw.module"]!.replacingOccurrences(of: "\"height\":3", with: "\"height\":-3")),
        ]
        for (key, value) in changes {
            state = model.stateDictionary(prefix: "")
            state.metadata = good
            state.metadata[key] = value
            try Checkpoint.write(state, to: path)
            #expect(throws: LearningError.self, "\(key) \(value)") { try ModelState.load(from: path) }
        }
    }

    /// Those of steps and of parts that no step uses, too.
    @Test func theSizesOfEveryLayerAreChecked() {
        func block(_ part: Layer, _ step: Layer) -> Module {
            .block(
                Block(
                    kind: "Block", children: [.init(name: "unused", module: .layer(part))],
                    wiring: .steps([.init(.function(.layer(step)), [0])])))
        }
        #expect(block(.conv(Convolution(4, 8, kernel: 3)), .maxPool2d(Pooling(kernel: 2))).hasSaneSizes)
        let huge = 9_000_000_000_000_000_000
        #expect(!block(.identity, .maxPool2d(Pooling(kernel: 2, padding: huge))).hasSaneSizes)
        #expect(!block(.conv(Convolution(4, 8, kernel: 3, groups: 0)), .relu).hasSaneSizes)
        #expect(!block(.conv(Convolution(4, 8, kernel: 0)), .relu).hasSaneSizes)
        #expect(!block(.conv(Convolution(4, 8, kernel: 3, stride: 0)), .relu).hasSaneSizes)
        #expect(!block(.avgPool2d(Pooling(kernel: 2, stride: 0)), .relu).hasSaneSizes)
    }

    @Test func countsOutOfRangeAreRefused() throws {
        var trainer = TinyTask.trainer()
        var model = try TinyTask.model()
        let data = try task.data()
        try trainer.run(&model, on: data, epochs: 1)
        let path = task.folder.path + "/counts.safetensors"
        try trainer.writeCheckpoint(to: path, model, data)
        #expect(try Trainer.resume(from: path).epochsLeft == 0)
        let changes: [(inout TrainingState) -> Void] = [
            { $0.epoch = .max }, { $0.lastEpoch = .min }, { $0.run = .max }, { $0.progress.step = .max },
            { $0.trainedEpochs["fc.bias"] = .max }, { $0.schedule = .warmup(length: .min, then: .fixed) },
            { $0.optimizerState = $0.optimizerState.mapValues { OptimizerState(step: .max, buffers: $0.buffers) } },
        ]
        for (index, change) in changes.enumerated() {
            var changed = trainer
            change(&changed.state)
            try changed.writeCheckpoint(to: path, model, data)
            #expect(throws: LearningError.self, "change \(index)") { try Trainer.resume(from: path) }
        }
        trainer.settings.accumulation = .max
        #expect(throws: LearningError.self) { try trainer.facts(model, on: data, epochs: 1) }
    }

    enum Recipe: CaseIterable { case best, last, adam, averaging, frozen, plateau }

    private func setUp(_ recipe: Recipe) throws -> (Trainer, ModelState) {
        let trainer = TinyTask.trainer { settings in
            switch recipe {
            case .best, .frozen: break
            case .last: settings.keep = .last
            case .adam:
                settings.optimizer = .adamW()
                settings.schedule = .cosineAnnealing(period: nil)
            case .averaging: settings.averaging = 0.8
            case .plateau: settings.schedule = .reduceOnPlateau(ReduceOnPlateau())
            }
        }
        let model = try TinyTask.model(dropout: 0.1)
        return (trainer, recipe == .frozen ? model.withFrozenBody : model)
    }

    /// Every epoch's checkpoint, taken up in a fresh trainer, ends with the bits of the run that was never interrupted.
    @Test(arguments: Recipe.allCases) func resumesBitForBit(recipe: Recipe) throws {
        let data = try task.data()
        var (trainer, model) = try setUp(recipe)
        let folder = task.folder.path + "/checkpoints/\(recipe)"
        trainer.checkpoints = .init(folder: folder, keep: 10, minimumInterval: 0)
        var stored: [String] = []
        try trainer.run(&model, on: data, epochs: 4, events: { if case .checkpoint(let path) = $0 { stored.append(path) } })
        #expect(stored.count == 4)
        for (index, path) in stored.enumerated() {
            var resumed = try Trainer.resume(from: path, options: trainer.options)
            #expect(resumed.epochsLeft == 3 - index && resumed.dataFingerprint == data.fingerprint)
            resumed.trainer.checkpoints = nil
            if resumed.epochsLeft > 0 {
                try resumed.trainer.run(&resumed.model, on: data, epochs: resumed.epochsLeft, resuming: true)
            }
            #expect(bits(resumed.model.parameters) == bits(model.parameters))
            #expect(resumed.trainer.state.optimizerState == trainer.state.optimizerState)
            #expect(resumed.trainer.history.epochs.map(\.valLoss) == trainer.history.epochs.map(\.valLoss))
            #expect(resumed.trainer.best?.epoch == trainer.best?.epoch)
        }
    }

    /// What the best was measured on is stored; in a checkpoint of an older version it is taken to be what validates now.
    @Test func aCheckpointKnowsWhatValidatedItsBest() throws {
        let data = try task.data()
        let few = try data.subset(.val, at: [0])
        var (trainer, model) = try setUp(.best)
        try trainer.run(&model, on: data, epochs: 2)
        trainer.state.best?.record.valAccuracy = 2
        let path = task.folder.path + "/measured.safetensors"
        for isOld in [false, true] {
            if isOld { trainer.state.best?.validation = nil }
            try trainer.writeCheckpoint(to: path, model, data)
            for (pictures, stays) in [(data, true), (few, isOld)] {
                var resumed = try Trainer.resume(from: path, options: trainer.options)
                resumed.trainer.checkpoints = nil
                #expect(resumed.trainer.state.best?.validation == trainer.state.best?.validation)
                try resumed.trainer.run(&resumed.model, on: pictures, epochs: 1)
                #expect((resumed.trainer.best?.epoch != 3) == stays, "\(isOld) \(stays)")
            }
        }
        #expect(trainer.best?.epoch != 3)
    }

    @Test func prunesAndPassesOverACutFile() throws {
        var (trainer, model) = try setUp(.best)
        let folder = task.folder.path + "/checkpoints/cut"
        trainer.checkpoints = .init(folder: folder, keep: 2, minimumInterval: 0)
        try trainer.run(&model, on: task.data(), epochs: 4)
        let names = try FileManager.default.contentsOfDirectory(atPath: folder).sorted()
        #expect(names == ["epoch-00003.safetensors", "epoch-00004.safetensors"])
        // As a power loss without rename's protection would leave it.
        let newest = folder + "/epoch-00004.safetensors"
        let bytes = try Data(contentsOf: URL(fileURLWithPath: newest))
        try bytes.prefix(bytes.count / 2).write(to: URL(fileURLWithPath: newest))
        let resumed = try Trainer.resume(from: folder)
        #expect(resumed.path.hasSuffix("epoch-00003.safetensors") && resumed.epochsLeft == 1)
        #expect(throws: LearningError.self) { try Trainer.resume(from: task.folder.path + "/train") }
    }

    @Test func epochsAreOrderedByNumber() throws {
        let epochs = [9, 99_999, 100_000, 1_000_000]
        for epoch in epochs { try task.folder.write("long/" + Trainer.checkpointName(epoch)) }
        try task.folder.write("long/epoch-00010.safetensors.7-7.tmp")
        let folder = task.folder.path + "/long"
        #expect(Trainer.stored(in: folder) == epochs.map { folder + "/" + Trainer.checkpointName($0) })
    }

    @Test func aFolderThatCannotBeWrittenIsToldAndTrainingGoesOn() throws {
        var (trainer, model) = try setUp(.best)
        let blocked = try task.folder.write("blocked", [0])
        trainer.checkpoints = .init(folder: blocked + "/inside", minimumInterval: 0)
        var failures = 0
        let summary = try trainer.run(&model, on: task.data(), epochs: 2, events: { if case .checkpointFailed = $0 { failures += 1 } })
        #expect(failures == 2 && summary.ending == .completed)
    }

    @Test func runsAreLoggedAndCompared() throws {
        let log = RunLog(path: task.folder.path + "/not/yet/there/runs.jsonl")
        var (trainer, model) = try setUp(.best)
        trainer.runLog = log
        trainer.cell = "train net on \"bees\" epochs=1  # ü\n"
        try trainer.run(&model, on: task.data(), epochs: 1)
        // A line that a power loss cut short.
        let handle = try #require(FileHandle(forWritingAtPath: log.path))
        handle.seekToEndOfFile()
        handle.write(Data("{\"name\":\"run".utf8))
        try handle.close()
        trainer.settings.learningRates = .uniform(0.001)
        trainer.runName = "slow"
        try trainer.run(&model, on: task.data(), epochs: 2)
        let records = try log.read()
        #expect(records.map(\.name) == ["run 1", "slow"] && records[0].cell == trainer.cell)
        #expect(records[1].epochs.map(\.epoch) == [2, 3])
        let comparison = RunComparison(records)
        #expect(comparison.sameData && comparison.rows.map(\.epochs) == [1, 2])
        #expect(comparison.differences.map(\.setting) == ["lr"])
        #expect(comparison.rows[0].bestAccuracy != nil)
        // Numbers that no training gives.
        for (accuracy, count) in [(1, Int.max), (1e300, 6), (-1, 6)] {
            var record = records[0]
            record.epochs[0].valAccuracy = accuracy
            record.epochs[0].valCount = count
            #expect(RunComparison([record]).rows[0].bestAccuracy == nil, "\(accuracy) of \(count)")
        }
    }
}
