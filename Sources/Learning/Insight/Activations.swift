public import Execution
import NeuralNetworks
public import Tensors

extension ModelState {
    /// The node whose values the part at a path gives; the parts there are told if it is none.
    func node(ofPath path: String, in graph: Graph) throws(LearningError) -> Int {
        guard let node = graph.outputNode(ofPath: path) else {
            throw .noSuchLayer(path: path, layers: module.namedLayers.map(\.path))
        }
        return node
    }

    /// What the part at a path gives for prepared pictures `[n, C, H, W]`: `[n, C', H', W']`, or `[n, F]` behind the pooling.
    public func activations(
        of path: String, for images: Tensor, options: ExecutionOptions = ExecutionOptions(), isInterrupted: () -> Bool = { false }
    ) throws(LearningError) -> Tensor {
        let graph = try graph()
        let predictor = try Predictor(
            self, batchSize: images.shape[0], options: options, outputs: [node(ofPath: path, in: graph)])
        return try predictor.run(images, isInterrupted: isInterrupted)[0]
    }

    /// The node that the head reads: the features that are classified.
    func featureNode(in graph: Graph) -> Int {
        let head = graph.nodes.lastIndex { !$0.parameters.isEmpty } ?? graph.output
        return graph.nodes[head].inputs.first ?? 0
    }
}

/// Pictures as points in the space of the features before the head.
public struct Embedding: Sendable {
    /// `[n, F]`.
    public let vectors: Tensor
    public let samples: [Sample]
    /// The indices of the pictures within the part.
    public let indices: [Int]
    public let failures: [LoadFailure]

    public var count: Int { samples.count }
    /// The number of features.
    public var dimension: Int { vectors.shape[1] }

    /// The pictures nearest to a vector of features by cosine similarity, the nearest first.
    public func neighbours(of vector: [Float], count: Int) -> [(position: Int, similarity: Float)] {
        let norm = Self.norm(vector)
        return similarities(to: vector, norm: norm).enumerated()
            .sorted { ($1.element, $0.offset) < ($0.element, $1.offset) }.prefix(max(count, 0)).map { ($0.offset, $0.element) }
    }

    /// The pictures nearest to one of them, itself left out.
    public func neighbours(ofPosition position: Int, count: Int) -> [(position: Int, similarity: Float)] {
        guard samples.indices.contains(position) else { return [] }
        return neighbours(of: vectors.row(position).elements, count: count + 1).filter { $0.position != position }
            .prefix(max(count, 0)).map { $0 }
    }

    /// The share of pictures whose nearest neighbour has their class: how well features alone tell the classes apart.
    ///
    /// - Parameter isInterrupted: asked before every picture, as each is compared with all others.
    public func neighbourAccuracy(isInterrupted: () -> Bool = { false }) throws(LearningError) -> Interval {
        let norms = (0..<count).map { Self.norm(vectors.row($0).elements) }
        let size = dimension
        let hits = try unsafe vectors.withElements { (elements) throws(LearningError) in
            var hits = 0
            for position in 0..<count {
                if isInterrupted() { throw .interrupted }
                var best = (similarity: -Float.infinity, position: -1)
                for other in 0..<count where other != position {
                    var dot: Float = 0
                    for axis in 0..<size { unsafe dot += elements[position * size + axis] * elements[other * size + axis] }
                    let similarity = dot / max(norms[other], 1e-12)
                    if similarity > best.similarity { best = (similarity, other) }
                }
                if best.position >= 0, samples[best.position].label == samples[position].label { hits += 1 }
            }
            return hits
        }
        return Interval(successes: hits, of: count)
    }

    private func similarities(to vector: [Float], norm: Float) -> [Float] {
        guard vector.count == dimension else { return [Float](repeating: -1, count: count) }
        return (0..<count).map { row in
            let own = vectors.row(row).elements
            var dot: Float = 0
            for (a, b) in zip(own, vector) { dot += a * b }
            return dot / max(Self.norm(own) * norm, 1e-12)
        }
    }

    private static func norm(_ vector: [Float]) -> Float { vector.reduce(0) { $0 + $1 * $1 }.squareRoot() }

    /// The first principal components: each picture's place on them, and the share of the variance that each explains.
    public func principalComponents(_ wanted: Int = 2) -> (points: [[Double]], explained: [Double]) {
        PrincipalComponents(vectors, count: wanted).result
    }
}

extension ModelState {
    /// The features of a part's pictures before the head; those of an image-shaped layer are averaged over their area.
    ///
    /// - Parameter layer: the path of another layer to take.
    public func embed(
        _ data: Dataset, split: Split, layer: String? = nil, batchSize: Int = 16, options: ExecutionOptions = ExecutionOptions(),
        caches: TrainingCaches? = nil, progress: (_ done: Int, _ count: Int) -> Void = { _, _ in },
        isInterrupted: () -> Bool = { false }
    ) throws(LearningError) -> Embedding {
        guard !data[split].isEmpty else { throw .emptySplit(split, have: data.splits) }
        let model = try adapted(to: data.transform(split) ?? preprocessing)
        let source = try PictureSource(data, split, model: model, caches: caches)
        return try model.embed(
            source, layer: layer, batchSize: batchSize, options: options, progress: progress, isInterrupted: isInterrupted)
    }

    /// The features of pictures by path.
    public func embed(
        _ paths: [String], layer: String? = nil, options: ExecutionOptions = ExecutionOptions(),
        isInterrupted: () -> Bool = { false }
    ) throws(LearningError) -> Embedding {
        try embed(
            PictureSource(paths: paths, model: self), layer: layer, batchSize: min(16, max(paths.count, 1)), options: options,
            progress: { _, _ in }, isInterrupted: isInterrupted)
    }

    private func embed(
        _ source: PictureSource, layer: String?, batchSize: Int, options: ExecutionOptions,
        progress: (_ done: Int, _ count: Int) -> Void, isInterrupted: () -> Bool
    ) throws(LearningError) -> Embedding {
        let graph = try graph()
        var node = featureNode(in: graph)
        if let layer { node = try self.node(ofPath: layer, in: graph) }
        let predictor = try Predictor(self, batchSize: batchSize, options: options, outputs: [node])
        let (values, indices, failures) = try predictor.run(source, progress: progress, isInterrupted: isInterrupted)
        return Embedding(
            vectors: values[0].averagedOverArea, samples: indices.map { source.samples[$0] }, indices: indices,
            failures: failures)
    }

    /// How often the nearest training picture in feature space has the right class: the floor for any head, and what ``Advice`` asks for.
    public func neighbourAccuracy(
        on data: Dataset, batchSize: Int = 16, options: ExecutionOptions = ExecutionOptions(), isInterrupted: () -> Bool = { false }
    ) throws(LearningError) -> Interval {
        try embed(data, split: .train, batchSize: batchSize, options: options, isInterrupted: isInterrupted)
            .neighbourAccuracy(isInterrupted: isInterrupted)
    }
}

extension Tensor {
    /// `[n, C, H, W]` averaged to `[n, C]`; `[n, F]` as it is.
    var averagedOverArea: Tensor {
        guard shape.rank > 2 else { return self }
        let (rows, channels) = (shape[0], shape[1])
        let area = count / max(rows * channels, 1)
        return unsafe withElements { elements in
            unsafe Tensor(uninitialized: [rows, channels]) { buffer in
                for position in 0..<rows * channels {
                    var sum: Float = 0
                    for offset in 0..<area { unsafe sum += elements[position * area + offset] }
                    unsafe buffer.initializeElement(at: position, to: sum / Float(max(area, 1)))
                }
            }
        }
    }
}
