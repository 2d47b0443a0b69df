import Execution
import Imaging
public import NeuralNetworks
import Tensors

extension Trainer {
    /// How well the model does on a part, from cached features where the last training left them: then only the head is computed.
    ///
    /// The figures are those of ``ModelState/evaluate(on:split:loss:views:batchSize:workers:options:caches:progress:isInterrupted:)``.
    public func evaluate(
        _ model: ModelState, on data: Dataset, split: Split = .val, loss: Loss? = nil, views: Int = 1,
        progress: (_ done: Int, _ count: Int) -> Void = { _, _ in }, isInterrupted: () -> Bool = { false }
    ) throws(LearningError) -> Evaluation {
        let loss = loss ?? .crossEntropy()
        caches.pictures.bound = bounds.pictures
        // What doesn't fit together is left to the model's own evaluation, which says so.
        if views <= 1, settings.cache != .off, !data[split].isEmpty, model.classes.isEmpty || model.classes == data.classes,
            loss.classWeights.map({ $0.count == data.classes.count }) ?? true,
            let found = try cachedEvaluation(model, on: data, split: split, loss: loss, isInterrupted: isInterrupted)
        {
            progress(found.count, found.count)
            return found
        }
        return try model.evaluate(
            on: data, split: split, loss: loss, views: views, batchSize: settings.batchSize, workers: settings.workers,
            options: options, caches: caches, progress: progress, isInterrupted: isInterrupted)
    }

    private func cachedEvaluation(
        _ given: ModelState, on data: Dataset, split: Split, loss: Loss, isInterrupted: () -> Bool
    ) throws(LearningError) -> Evaluation? {
        let model = try given.adapted(to: data.transform(split) ?? given.preprocessing)
        let graph = try model.graph()
        let frontier = Frontier(graph, model.freeze)
        guard graph.outputShape == [data.classes.count], frontier.hasFixedPart, !frontier.trainable.isEmpty else { return nil }
        let source = try PictureSource(data, split, model: model, caches: caches)
        guard source.pipeline.firstRandomName == nil else { return nil }
        let key = featureKey(source, views: 1, graph: graph, frontier: frontier, parameters: model.parameters)
        guard let entry = caches.find(key)?.relabelled(source.labels) else { return nil }
        var pieces: [Tensor] = []
        var indices: [Int] = []
        do throws(ExecutionError) {
            let plan = try TrainingPlan(
                graph, parameters: model.parameters, freeze: model.freeze, batchSize: settings.largestBatch(of: source.count),
                options: options, isInterrupted: isInterrupted)
            for (number, batch) in EpochOrder(count: source.count, batchSize: settings.batchSize).batches(epoch: 1).enumerated() {
                let features = entry.batch(number, batch, view: 0)
                guard features.count > 0 else { continue }
                pieces.append(try plan.evaluate(features.source, isInterrupted: isInterrupted))
                indices += batch.filter { entry.failures[$0] == nil }
            }
        } catch { throw LearningError(error) }
        guard !pieces.isEmpty else { return nil }
        return Evaluation(
            logits: Tensor(joining: pieces), labels: indices.map { source.labels[$0] }, classes: data.classes, loss: loss,
            split: split, samples: indices.map { ($0, source.samples[$0].path) },
            failures: entry.failures.sorted { $0.key < $1.key }.map(\.value))
    }

    /// What the features of a part depend on.
    func featureKey(
        _ source: PictureSource, views: Int, graph: Graph, frontier: Frontier, parameters: ParameterStore
    ) -> FeatureKey {
        let below = graph.nodes.indices.filter { frontier.isBelow[$0] }.map { graph.nodes[$0] }
        var weights: [String: Tensor] = [:]
        for node in below { for (name, _) in node.parameters { weights[name] = parameters[name] } }
        return FeatureKey(
            files: source.filesHash, transform: source.pipeline, decoding: source.decoding, views: views,
            seed: source.pipeline.firstRandomName != nil ? settings.seed : 0, boundary: frontier.boundary, below: below,
            weights: weights, options: options, batchSize: settings.batchSize)
    }
}
