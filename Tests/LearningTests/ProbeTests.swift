import ModelZoo
import NeuralNetworks
import Tensors
import Testing

@testable import Learning

@Suite struct ProbeTests {
    @Test func regressionSeparatesWhatCanBeSeparated() throws {
        // Three classes on a line are not separable by one score but by three; a constant feature says nothing.
        let values = Tensor([9, 2], [-2, 5, -2.1, 5, -1.9, 5, 0, 5, 0.1, 5, -0.1, 5, 2, 5, 2.1, 5, 1.9, 5])
        let labels = [0, 0, 0, 1, 1, 1, 2, 2, 2]
        let regression = try LogisticRegression(values, labels: labels, classes: 3, steps: 2000, penalty: 1e-6)
        #expect(regression.predictions(values) == labels)
        #expect(try LogisticRegression(Tensor([2, 1], [3, 3]), labels: [1, 1], classes: 2).predictions(Tensor([1, 1], [0])) == [1])
        var asked = 0
        #expect(throws: LearningError.self) {
            try LogisticRegression(values, labels: labels, classes: 3, isInterrupted: {
                asked += 1
                return asked > 5
            })
        }
        #expect(asked == 6)
    }

    @Test func probesKnowWhereTheTaskIsSolved() throws {
        let task = try TinyTask()
        let model = try TinyTask.model()
        let probes = try model.probe(on: task.data(), options: TinyTask.trainer().options)
        #expect(!probes.isEmpty && probes.map(\.path) == model.cuts)
        #expect(probes.allSatisfy { $0.train.count == 24 && $0.val.count == 12 && $0.features > 0 })
        #expect(zip(probes, probes.dropFirst()).allSatisfy { $0.parameters <= $1.parameters })
        #expect(throws: LearningError.self) { try model.probe(on: task.data(), paths: ["nowhere"]) }
        var asked = 0
        #expect(throws: LearningError.self) {
            try model.probe(on: task.data(), isInterrupted: {
                asked += 1
                return asked > 1
            })
        }
    }

    @Test(arguments: [
        ("resnet18", ["conv1", "relu", "layer1", "layer2", "layer3", "layer4"]), ("mobilenet_v3_small", (0...12).map { "features.\($0)" } + ["classifier.1"]),
        ("efficientnet_lite0", (0...8).map { "features.\($0)" }),
        ("vgg11", [1, 4, 7, 9, 12, 14, 17, 19].map { "features.\($0)" } + ["classifier.1", "classifier.4"]),
        ("squeezenet1_1", [1, 3, 4, 6, 7, 9, 10, 11, 12].map { "features.\($0)" }),
    ]) func networksAreCutWhereTheyLearn(name: String, expected: [String]) throws {
        #expect(ModelState(try #require(ModelZoo[name]), outputs: 3, seed: 0).cuts == expected)
    }

    @Test func activationsAreCounted() throws {
        let task = try TinyTask()
        var model = try TinyTask.model()
        let source = try task.data().val.source(for: model)
        let options = TinyTask.trainer().options
        let before = try model.activationStatistics(of: source, count: 5, batchSize: 2, options: options)
        #expect(!before.isEmpty && before.allSatisfy { $0.pictures == 5 && $0.low >= 0 && $0.activity.count == $0.channels })
        // A layer whose every sum is far below zero is dead, all of it.
        let first = try #require(model.module.namedLayers.first { if case .conv2d = $0.layer { true } else { false } }?.path)
        let bias = model.parameters["\(first).bias"]
        if let bias { model.parameters["\(first).bias"] = Tensor(bias.shape, repeating: -1e6) }
        let after = try model.activationStatistics(of: source, count: 5, options: options)
        if bias != nil { #expect(after[0].dead.count == after[0].channels && after[0].zeros == 1) }
        // Exact figures, from the values themselves.
        let path = before[0].path
        let values = try model.activations(of: path, for: source.tensor(at: 0).reshaped(Shape([1] + model.inputShape.dimensions)), options: options)
        let one = try model.activationStatistics(of: source, paths: [path], count: 1, options: options)[0]
        let elements = values.elements.map(Double.init)
        #expect(abs(one.mean - elements.reduce(0, +) / Double(elements.count)) < 1e-6 && one.high == elements.max())
    }
}
