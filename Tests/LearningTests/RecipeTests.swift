import Imaging
import ModelZoo
import NeuralNetworks
import Tensors
import Testing

@testable import Learning

@Suite struct RecipeTests {
    let task: TinyTask
    init() throws { task = try TinyTask() }

    @Test func findingARateChangesNothing() throws {
        let trainer = TinyTask.trainer()
        for model in [try TinyTask.model(), try TinyTask.model().withFrozenBody] {
            let before = model.fingerprint
            let curve = try trainer.findLearningRate(model, on: task.data(), steps: 60)
            #expect(model.fingerprint == before && trainer.epochCount == 0 && trainer.momentumNames.isEmpty)
            #expect(curve.points.count >= 20 && curve.points[0].learningRate == 1e-7)
            #expect(zip(curve.points, curve.points.dropFirst()).allSatisfy { $0.learningRate < $1.learningRate })
            let again = try trainer.findLearningRate(model, on: task.data(), steps: 60)
            #expect(again == curve)
        }
        #expect(throws: LearningError.self) { try trainer.findLearningRate(TinyTask.model(), on: task.data(), from: 1, to: 0.1) }
    }

    @Test func fineTuningIsTwoPhases() throws {
        var trainer = TinyTask.trainer()
        var model = try TinyTask.model()
        let recipe = try FineTuning(model, epochs: 2, rate: 0.05, until: "conv2")
        #expect(recipe.phases.map(\.epochs) == [1, 2])
        #expect(recipe.phases[1].frozen == ["conv1", "bn1"])
        let head = recipe.prepare(model, for: recipe.phases[0])
        #expect(head.parameters.parameterNames.filter { head.freeze.trains($0) } == ["fc.weight", "fc.bias"])
        var phases: [String] = []
        let summaries = try trainer.run(recipe, &model, on: task.data(), events: { phase, event in
            if case .epoch = event { phases.append(phase.name) }
        })
        #expect(phases == ["head", "from conv2", "from conv2"] && summaries.count == 2)
        #expect(model.freeze.frozen == ["conv1.weight", "bn1.weight", "bn1.bias"])
        #expect(trainer.history.epochs.map(\.run) == [1, 2, 2])
        #expect(throws: LearningError.self) { try FineTuning(model, epochs: 1, until: "layer9") }
    }

    /// `freeze net` and `unfreeze net`, which a recipe stands for, give BatchNorm its default back.
    @Test func fineTuningForgetsBatchNormModes() throws {
        var model = try TinyTask.model()
        model.freeze.setBatchNormMode(.training, path: "bn1")
        model.freeze.setBatchNormMode(.evaluation, path: "bn2")
        let recipe = try FineTuning(model, epochs: 1)
        let head = recipe.prepare(model, for: recipe.phases[0])
        #expect(head.freeze.batchNormMode(path: "bn1") == .evaluation && head.freeze.batchNormMode(path: "bn2") == .evaluation)
        model.freeze = head.freeze
        let whole = recipe.prepare(model, for: recipe.phases[1])
        #expect(whole.freeze.batchNormMode(path: "bn1") == .training && whole.freeze.batchNormMode(path: "bn2") == .training)
    }

    /// The parts as they are count, however they came to be so.
    @Test func aClassThatAPartLacksIsTold() throws {
        let trainer = TinyTask.trainer()
        let model = try TinyTask.model()
        func told(_ data: Dataset) throws -> [LearningWarning] {
            try trainer.facts(model, on: data, epochs: 1).warnings.filter { if case .classMissing = $0 { true } else { false } }
        }
        let data = try task.data()
        #expect(try told(data).isEmpty)
        let lacking = try data.subset(.val, at: data.val.indices(ofClass: "left"))
        #expect(try told(lacking) == [.classMissing("right", in: .val)])
        #expect(try told(lacking.relabelling([lacking.val[0].path], as: "right")).isEmpty)
        #expect(try told(data.subset(.train, at: data.train.indices(ofClass: "right"))) == [.classMissing("left", in: .train)])
    }

    @Test func aHeadOfSeveralLayersTrainsAsOne() throws {
        var model = ModelState(try #require(ModelZoo["shufflenet_v2_x0_5"]), outputs: 5, seed: 0)
        try model.replace(path: "fc", with: .sequential([.layer(.linear(nil, 8)), .layer(.relu), .layer(.linear(nil, 2))]))
        let head = ["fc.0.weight", "fc.0.bias", "fc.2.weight", "fc.2.bias"]
        let recipe = try FineTuning(model, epochs: 1)
        #expect(recipe.prepare(model, for: recipe.phases[0]).trainableNames == head && recipe.phases[0].cells.contains("unfreeze net.fc"))
        // Nothing pretrained trains: no warning that it would learn too fast.
        model.weights = "imagenet"
        model.freeze.freeze(model.parameters.parameterNames.filter { !head.contains($0) })
        func warns(_ model: ModelState) throws -> Bool {
            try TinyTask.trainer().facts(model, on: task.data(), epochs: 1).warnings.contains { if case .bodyAsFastAsFreshHead = $0 { true } else { false } }
        }
        #expect(try !warns(model))
        model.freeze.unfreeze(["conv5.0.weight"])
        #expect(try warns(model))
    }

    @Test func warningsAboutPipelines() throws {
        let trainer = TinyTask.trainer()
        var model = try TinyTask.model()
        model.weights = "imagenet"
        func warnings(_ train: [Transform], _ val: [Transform]) throws -> [LearningWarning] {
            var data = try task.data()
            data.transforms = [.train: try TransformPipeline(train), .val: try TransformPipeline(val)]
            return try trainer.facts(model, on: data, epochs: 1).warnings
        }
        let resize = Transform.resize(.exact(ImageSize(side: 12)))
        let normalize = TinyTask.ending[2]
        let found = try warnings([resize, .toTensor], [resize, .randomHorizontalFlip(), .toTensor, normalize, normalize])
        #expect(found.contains { if case .normalisationMissing(.train, _) = $0 { true } else { false } })
        #expect(found.contains(.normalisationTwice(.val)))
        #expect(found.contains(.randomInEvaluation(.val, transform: "RandomHorizontalFlip")))
        let other = try warnings([resize, .toTensor, .normalizeImageNet], TinyTask.ending)
        #expect(other.contains { if case .normalisationDiffers(.train, _, _) = $0 { true } else { false } })
        #expect(!(try warnings(TinyTask.ending, TinyTask.ending)).contains { if case .normalisationMissing = $0 { true } else { false } })
        // What can't be fed at all is an error.
        #expect(throws: LearningError.self) { try warnings([.resize(.shortSide(12)), .toTensor], TinyTask.ending) }
        #expect(throws: LearningError.self) { try warnings([.resize(.exact(ImageSize(side: 9))), .toTensor], TinyTask.ending) }
        #expect(throws: LearningError.self) { try warnings([.resize(.exact(ImageSize(side: 1))), .toTensor], [.resize(.exact(ImageSize(side: 1)))]) }
        #expect(throws: LearningError.self) { try warnings([resize, .grayscale(channels: 1), .toTensor], TinyTask.ending) }
    }

    @Test func anotherSizeIsLearnedAndRemembered() throws {
        var trainer = TinyTask.trainer()
        var model = try TinyTask.model()
        model.weights = "imagenet"
        var data = try task.data()
        data.transforms[.train] = try TransformPipeline([.resize(.exact(ImageSize(side: 16)))] + TinyTask.ending.dropFirst())
        data.decoding.exif = .ignore
        let facts = try trainer.facts(model, on: data, epochs: 1)
        #expect(facts.warnings.contains(.sizeDiffers(.train, found: "16×16", expected: "12×12")))
        try trainer.run(&model, on: data, epochs: 4)
        #expect(model.inputShape == [3, 16, 16] && model.preprocessing.fixedSize == ImageSize(side: 16))
        #expect(model.decoding.exif == .ignore)
        let path = task.folder.path + "/sixteen.safetensors"
        try model.save(to: path)
        let loaded = try ModelState.load(from: path)
        #expect(loaded.preprocessing == model.preprocessing && loaded.decoding == model.decoding)
        // Evaluation without transforms of its own takes the size that was learned.
        #expect(try loaded.evaluate(on: task.data(), options: trainer.options).accuracy.estimate == trainer.best?.valAccuracy)
    }

    @Test func warningsAboutDataAndRates() throws {
        let lopsided = try TinyTask([20, 4])
        let trainer = TinyTask.trainer()
        var model = try TinyTask.model()
        let warnings = try trainer.facts(model, on: lopsided.data(), epochs: 1).warnings
        #expect(warnings.contains(.imbalance(largest: "left", smallest: "right", ratio: 5)))
        #expect(warnings.contains { if case .smallValidation = $0 { true } else { false } })
        #expect(!warnings.contains { if case .bodyAsFastAsFreshHead = $0 { true } else { false } })
        model.weights = "imagenet"
        #expect(try trainer.facts(model, on: lopsided.data(), epochs: 1).warnings.contains(.bodyAsFastAsFreshHead(rate: 0.05)))
        // A head of two layers, both new: nothing pretrained learns beside them.
        model = model.withFrozenBody
        try model.replace(path: "fc", with: Module.sequential([.layer(.linear(nil, 5)), .layer(.linear(nil, 2))]))
        #expect(model.trainableNames.count == 4 && model.fresh == Set(model.trainableNames))
        #expect(try !trainer.facts(model, on: lopsided.data(), epochs: 1).warnings.contains(.bodyAsFastAsFreshHead(rate: 0.05)))
        for warning in warnings { #expect(!warning.description.isEmpty) }
    }

    @Test func aScheduleThatGoesOnIsTold() throws {
        var trainer = TinyTask.trainer { $0.schedule = .step(size: 1, gamma: 0.1) }
        var model = try TinyTask.model()
        func told() throws -> LearningWarning? {
            try trainer.facts(model, on: task.data(), epochs: 1).warnings.first { if case .scheduleWentDown = $0 { true } else { false } }
        }
        try trainer.run(&model, on: task.data(), epochs: 1)
        #expect(try told() == nil)
        try trainer.run(&model, on: task.data(), epochs: 1)
        let warning = try #require(try told())
        #expect(warning.description.contains("makes 0.0005 of the rate 0.05"), "\(warning)")
        trainer.settings.schedule = .fixed
        #expect(try told() == nil)
    }

    @Test func balancing() throws {
        #expect(ClassBalance(labels: [0, 0, 0, 1], classes: 2).weights == [2.0 / 3, 2])
        #expect(ClassBalance(labels: [0, 0, 2, 2], classes: 3).weights == [1, 0, 1])
        let lopsided = try TinyTask([12, 4])
        for balance in TrainingSettings.Balance.allCases {
            var trainer = TinyTask.trainer { $0.balance = balance }
            var model = try TinyTask.model()
            let summary = try trainer.run(&model, on: lopsided.data(), epochs: 4)
            #expect(summary.record.epochs.last?.trainCount == 16)
        }
    }

    @Test func advice() throws {
        func data(_ counts: [Int]) -> Dataset {
            let samples = counts.enumerated().flatMap { label, count in
                (0..<count).map { Sample(path: "\(label)/\($0)", label: label, split: .train) }
            }
            return Dataset(name: "d", root: "", classes: counts.indices.map(String.init), samples: samples)
        }
        #expect(Advice(data([10, 12]), neighbourAccuracy: 0.95).recipe == .headOnly)
        #expect(Advice(data([120, 124]), neighbourAccuracy: 0.95).recipe == .fineTuneTop)
        #expect(Advice(data([120, 124]), neighbourAccuracy: 0.55).recipe == .headOnEarlierLayer)
        #expect(Advice(data([5000, 6000]), neighbourAccuracy: 0.55).recipe == .fineTuneAll)
        #expect(Advice(data([5000, 6000]), neighbourAccuracy: nil).reasons.count == 2)
    }

    @Test func ratesOfGroupsAndSchedulesAreRecorded() throws {
        var trainer = TinyTask.trainer {
            $0.learningRates = .range(1e-4, 1e-2)
            $0.schedule = .step(size: 1, gamma: 0.5)
        }
        var model = try TinyTask.model()
        let facts = try trainer.facts(model, on: task.data(), epochs: 2)
        #expect(facts.groups.map(\.name) == ["conv1", "bn1", "conv2", "bn2", "fc"])
        #expect(abs(facts.groups[0].learningRate - 1e-4) < 1e-12 && facts.groups[4].learningRate == 1e-2)
        try trainer.run(&model, on: task.data(), epochs: 2)
        #expect(trainer.history.epochs.map { $0.learningRates[4].rate } == [1e-2, 5e-3])
        // Unchanged, the schedule goes on; a new one begins.
        try trainer.run(&model, on: task.data(), epochs: 1)
        #expect(trainer.history.epochs[2].learningRates[4].rate == 2.5e-3)
        trainer.settings.schedule = .step(size: 2, gamma: 0.5)
        #expect(try trainer.facts(model, on: task.data(), epochs: 1).groups[4].learningRate == 1e-2)
    }
}

/// What a range of rates goes over.
@Suite struct PartTests {
    @Test(arguments: [
        ("resnet18", ["conv1", "bn1", "layer1", "layer2", "layer3", "layer4", "fc"]),
        ("efficientnet_lite0", (0...8).map { "features.\($0)" } + ["classifier"]),
        ("mobilenet_v2", (0...18).map { "features.\($0)" } + ["classifier"]),
    ]) func partsOfNetworks(name: String, expected: [String]) throws {
        let architecture = try #require(ModelZoo[name])
        #expect(ParameterGroups.parts(of: ModelState(architecture, classes: ["a", "b"]).module) == expected)
    }

    @Test func ratesRiseFromTheInputToTheHead() throws {
        let model = ModelState(try #require(ModelZoo["efficientnet_lite0"]), classes: ["a", "b"])
        let groups = try ParameterGroups(
            model.module, trainable: model.parameters.parameterNames, rates: .range(1e-5, 1e-3)).groups
        let rates = groups.map(\.learningRate)
        #expect(rates.count == 10 && rates == rates.sorted() && abs(rates[0] - 1e-5) < 1e-12 && abs(rates[9] - 1e-3) < 1e-12)
    }
}
