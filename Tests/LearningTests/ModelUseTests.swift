import Imaging
import NeuralNetworks
import Tensors
import Testing

@testable import Learning

@Suite struct ModelUseTests {
    let task: TinyTask
    let model: ModelState
    let options = TinyTask.trainer().options

    init() throws {
        task = try TinyTask()
        var trainer = TinyTask.trainer()
        var model = try TinyTask.model()
        try trainer.run(&model, on: task.data(), epochs: 6)
        self.model = model
    }

    @Test func predictsFilesAndNamesBadOnes() throws {
        let bad = try task.folder.write("bad.png", [0])
        let good = task.folder.path + "/val/left/12.png"
        let predictions = try model.predict([good, bad, good], options: options)
        #expect(predictions.map { $0.top(1).first?.name } == ["left", nil, "left"])
        #expect(predictions[1].failure != nil && predictions[0].probabilities == predictions[2].probabilities)
        #expect(abs(predictions[0].probabilities.reduce(0, +) - 1) < 1e-5)
        #expect(try model.predict([], options: options).isEmpty)
        #expect(throws: LearningError.self) { try model.predict([bad], options: options) }
    }

    @Test func batchSizeIsNoMatter() throws {
        let pictures = try task.data().val.map(\.path)
        let one = try model.predict(pictures, batchSize: 1, options: options)
        let many = try model.predict(pictures, batchSize: 7, options: options)
        for (a, b) in zip(one, many) { for (p, q) in zip(a.probabilities, b.probabilities) { #expect(abs(p - q) < 1e-6) } }
    }

    @Test func mirroredViewsAverage() throws {
        // Left and right swap in the mirror, so the mean of both views knows nothing of them.
        let evaluation = try model.evaluate(on: task.data(), views: 2, options: options)
        let plain = try model.evaluate(on: task.data(), options: options)
        #expect(plain.predictions.map(\.confidence).reduce(0, +) > evaluation.predictions.map(\.confidence).reduce(0, +))
    }

    @Test func evaluationRefusesOtherClasses() throws {
        let swapped = try task.data().ordered(as: ["right", "left"])
        #expect(throws: LearningError.self) { try model.evaluate(on: swapped, options: options) }
        #expect(throws: LearningError.self) { try model.evaluate(on: task.data(), split: .test, options: options) }
        #expect(try model.evaluate(on: swapped.ordered(as: ["left", "right"]), options: options).accuracy.estimate > 0.8)
    }

    @Test func embeddingsKnowTheClasses() throws {
        let embedding = try model.embed(task.data(), split: .train, options: options)
        #expect(embedding.count == 24 && embedding.dimension == 32)
        #expect(try embedding.neighbourAccuracy().estimate > 0.8)
        let inner = try model.embed(task.data(), split: .val, layer: "conv2", options: options)
        #expect(inner.dimension == 8 && inner.count == 12)
        let query = try model.embed([task.folder.path + "/train/left/0.png"], options: options)
        #expect(embedding.neighbours(of: query.vectors.row(0).elements, count: 1)[0].position == 0)
        #expect(throws: LearningError.self) { try model.embed(task.data(), split: .val, layer: "layer9", options: options) }
    }

    @Test func activationsHaveTheLayersShape() throws {
        let source = try task.data().val.source(for: model)
        let picture = try source.tensor(at: 0)
        let maps = try model.activations(of: "relu1", for: Tensor(stacking: [picture, picture]), options: options)
        #expect(maps.shape == [2, 6, 12, 12] && maps.elements.allSatisfy { $0 >= 0 })
    }

    /// Grad-CAM by its definition: the logit's change when a whole channel is raised a little.
    @Test func gradCAMIsTheChannelsGradient() throws {
        let source = try task.data().val.source(for: model)
        let picture = try source.tensor(at: 0)
        let map = try #require(try model.explain(picture, target: 1, layer: "pool", options: options))
        #expect(map.map.shape == [6, 6] && map.target == 1 && map.layer == "pool")
        #expect(map.map.elements.allSatisfy { $0 >= 0 && $0 <= 1 })

        // The part above the layer by itself.
        guard case .block(let block) = model.module else { Issue.record("no block"); return }
        let upper = Module.sequential(block.children.drop { $0.name != "conv2" }.map { ($0.name, $0.module) })
        let graph = try Graph(upper, input: [6, 6, 6])
        var top = model
        top.module = upper
        top.inputShape = [6, 6, 6]
        _ = graph
        let activations = try model.activations(of: "pool", for: Tensor(stacking: [picture]), options: options)
        let predictor = try Predictor(top, batchSize: 1, options: options)
        func logit(_ raised: Int, by amount: Float) throws -> Float {
            var values = activations
            for offset in 0..<36 { values[flat: raised * 36 + offset] += amount }
            return try predictor.run(values)[0][flat: 1]
        }
        var expected = [Float](repeating: 0, count: 36)
        for channel in 0..<6 {
            // Small, so that no ReLU switches; large enough for single precision.
            let slope = (try logit(channel, by: 2e-3) - logit(channel, by: -2e-3)) / 4e-3 / 36
            for offset in 0..<36 { expected[offset] += slope * activations[flat: channel * 36 + offset] }
        }
        let largest = expected.max() ?? 0
        for (a, b) in zip(map.map.elements, expected) { #expect(abs(a - (largest > 0 ? max(b, 0) / largest : 0)) < 0.08) }
        let enlarged = map.enlarged(width: 15, height: 13)
        #expect(enlarged.count == 13 && enlarged[0].count == 15)
    }

    @Test func explainsByDefaultTheLastLayerWithAnArea() throws {
        let picture = try task.data().val.source(for: model).tensor(at: 0)
        let map = try #require(try model.explain(picture, options: options))
        #expect(map.map.count > 1 && map.target == Evaluation.largest(map.probabilities))
        #expect(try model.explain(picture, target: 9, options: options) == nil)
        #expect(throws: LearningError.self) { try model.explain(picture, layer: "fc", options: options) }
    }

    @Test func dataLooksAsTheNetworkSeesIt() throws {
        var data = try task.data()
        data.transforms[.train] = try TransformPipeline([.randomHorizontalFlip()] + TinyTask.ending)
        let source = try data.train.source(for: model, caches: TrainingCaches())
        let drawn = (0..<20).map { try? source.tensor(at: 0, epoch: $0, seed: 1) }
        #expect(Set(drawn.map { $0?.elements ?? [] }).count == 2)
        // The cached picture takes the same random numbers.
        #expect(try source.tensor(at: 0, epoch: 3, seed: 1) == data.train.source(for: model).tensor(at: 0, epoch: 3, seed: 1))
        #expect(try source.preview(at: 0).size == ImageSize(side: 12))
        #expect(try data.train.image(at: 0).size == ImageSize(width: 15, height: 13))
        #expect(throws: LearningError.self) { try data.train.image(at: 99) }
    }
}
