import Checkpoints
import ModelZoo
import NeuralNetworks
import Tensors
import Testing

@testable import Learning

@Suite struct ModelEditingTests {
    @Test func theTutorialsHead() throws {
        let architecture = try #require(ModelZoo["resnet18"])
        var model = ModelState(architecture, seed: 1)
        #expect(model.preprocessing.fixedSize?.width == 224 && model.head == "fc")
        try model.freeze()
        #expect(model.trainableNames.isEmpty)
        let replacement = try #require(try model.setHead(classes: ["ants", "bees"]))
        #expect(replacement.old == "Linear" && replacement.added.map(\.name) == ["fc.weight", "fc.bias"])
        #expect(replacement.added[0].shape == [2, 512] && replacement.removed[0].shape == [1000, 512])
        #expect(model.trainableNames == ["fc.weight", "fc.bias"] && model.classes == ["ants", "bees"])
        #expect(model.parameters.names == model.module.parameterDeclarations.map(\.name))
        let before = model.fingerprint
        #expect(try model.setHead(classes: ["ants", "bees"]) == nil && model.fingerprint == before)
        #expect(try model.unfreeze("layer4").count == 15)
        #expect(throws: LearningError.self) { try model.freeze("layer9") }
        #expect(throws: LearningError.self) { try model.replace(path: "layer9", with: .layer(.relu)) }
        #expect(throws: LearningError.self) { try model.replace(path: "fc", with: .layer(.batchNorm(nil))) }
        #expect(model.fingerprint == before)
    }

    @Test func everyZooModelsPipelineIsSound() {
        for architecture in ModelZoo.architectures {
            #expect(!architecture.preprocessing.pipeline.transforms.isEmpty)
            for weights in architecture.weights { #expect(weights.preprocessing.pipeline.fixedSize != nil) }
        }
    }

    @Test func headsMayBeLists() throws {
        var model = try TinyTask.model()
        let list = Module.sequential([.layer(.linear(nil, 5)), .layer(.relu), .layer(.dropout(p: 0.2)), .layer(.linear(nil, 3))])
        let replacement = try model.replace(path: "fc", with: list, seed: 2)
        #expect(replacement.added.map(\.name) == ["fc.0.weight", "fc.0.bias", "fc.3.weight", "fc.3.bias"])
        #expect(try model.graph().outputShape == [3] && model.classes.isEmpty)
    }

    @Test func loadsByNameAndSaysWhatDidNotFit() throws {
        let source = try TinyTask.model(seed: 1)
        var state = source.stateDictionary(prefix: "module.backbone.")
        state[name: "module.backbone.extra"] = Tensor([1], [0])
        var model = try TinyTask.model(classes: 3, seed: 2)
        let report = model.load(state, source: "file")
        #expect(report.wrongShape.map(\.name) == ["fc.weight", "fc.bias"] && report.unexpected.count == 1)
        #expect(model.parameters["conv1.weight"] == source.parameters["conv1.weight"] && model.weights == "file")
        var other = try TinyTask.model(seed: 3)
        let nothing = other.load(StateDictionary([.init(name: "a", tensor: Tensor(1))]), source: "file")
        #expect(!nothing.isCredible && other.weights == "none")
    }

    /// The weights are called after a source that gave what stands before the head, and after no other.
    @Test func aHeadAloneLeavesWhatTheWeightsAreCalled() throws {
        let source = try TinyTask.model(seed: 1)
        let state = source.stateDictionary(prefix: "")
        var model = try TinyTask.model(seed: 2)
        let report = model.load(state, only: "fc", source: "head")
        #expect(report.loaded.map(\.name) == ["fc.weight", "fc.bias"])
        #expect(model.weights == "none" && model.parameters["fc.weight"] == source.parameters["fc.weight"])
        model.load(state, source: "file")
        #expect(model.weights == "file" && model.fresh.isEmpty)
        model.load(state, only: "fc", source: "none")
        #expect(model.weights == "file")
        model.load(state, only: "conv1", source: "other")
        #expect(model.weights == "in part other, otherwise file" && model.fresh.isEmpty)
        var random = try TinyTask.model(seed: 3)
        random.load(state, only: "conv1", source: "file")
        #expect(random.weights == "in part file" && !random.fresh.isEmpty && !random.fresh.contains("conv1.weight"))
    }
}
