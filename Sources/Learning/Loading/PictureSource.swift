public import Imaging
public import Tensors

/// The pictures of one part with everything that makes them tensors: how they are decoded and what pipeline they take.
public struct PictureSource: Sendable {
    public let split: Split
    public let samples: [Sample]
    public let labels: [Int]
    public let pipeline: TransformPipeline
    public let decoding: DecodeOptions
    let cache: PictureCache?
    /// The transforms up to the first random one that still give a picture: their results can be kept.
    private let fixed: TransformPipeline
    private let rest: TransformPipeline
    /// A mirror at the end, for test-time augmentation.
    private var mirrors = false

    /// A part of a data set under its own transform, or the one that the model's weights want.
    init(_ data: Dataset, _ split: Split, model: ModelState, caches: TrainingCaches?) throws(LearningError) {
        let pipeline = data.transform(split) ?? model.preprocessing
        if let reason = PipelineCheck(pipeline, model: model, mode: data.decoding.mode).problem {
            throw .badPipeline(split, reason: reason)
        }
        self.init(
            samples: Array(data[split]), split: split, pipeline: pipeline, decoding: data.decoding, cache: caches?.pictures)
    }

    /// Pictures without labels, under the pipeline of the model's weights.
    public init(paths: [String], model: ModelState) {
        self.init(
            samples: paths.map { Sample(path: $0, label: 0, split: .test) }, split: .test, pipeline: model.preprocessing,
            decoding: model.decoding, cache: nil)
    }

    init(samples: [Sample], split: Split, pipeline: TransformPipeline, decoding: DecodeOptions, cache: PictureCache?) {
        self.samples = samples
        self.split = split
        self.pipeline = pipeline
        self.decoding = decoding
        self.cache = cache
        labels = samples.map(\.label)
        (fixed, rest) = pipeline.splitAtFirstRandom
    }

    public var count: Int { samples.count }

    /// The same pictures with the last step before they become tensors a mirror.
    func mirrored() -> PictureSource {
        var result = self
        result.mirrors = true
        return result
    }

    /// A number that changes with any file's path, size or time of change.
    var filesHash: UInt64 {
        var hash = StableHash()
        for sample in samples {
            hash.add(sample.path)
            let facts = FilePath.facts(sample.path)
            hash.add(facts?.byteCount ?? -1)
            hash.add(UInt64(bitPattern: facts?.modified ?? 0))
        }
        return hash.value
    }

    /// Bytes of prepared batches that may wait for their turn.
    private static let prefetchBound = 256 << 20

    /// A loader of batches; `seed`, epoch, index and draw decide everything random.
    func loader(workers: Int?, seed: UInt64, batchSize: Int) -> BatchLoader {
        let batchBytes = (pipeline.fixedSize?.area ?? 224 * 224) * 3 * 4 * max(batchSize, 1)
        let window = min(max(Self.prefetchBound / max(batchBytes, 1), 1), 4)
        return BatchLoader(labels: labels, paths: { [samples] in samples[$0].path }, workers: workers, window: window) { [self] index, epoch, draw in
            do { return .success(try tensor(at: index, epoch: epoch, draw: draw, seed: seed)) } catch {
                return .failure(LoadFailure.Reason(Self.reason(error)))
            }
        }
    }

    /// The picture at an index as the network will see it in an epoch, `[C, H, W]`.
    ///
    /// - Parameter draw: how often the epoch had it before: a picture that a sampler draws again comes in another view.
    public func tensor(at index: Int, epoch: Int = 0, draw: Int = 0, seed: UInt64 = 0) throws -> Tensor {
        var random = draw > 0 ? RandomSource(seed: seed, epoch, index, draw) : RandomSource(seed: seed, epoch, index)
        let tensor = try tensor(at: index, &random)
        return mirrors ? tensor.mirrored : tensor
    }

    private func tensor(at index: Int, _ random: inout RandomSource) throws -> Tensor {
        let path = samples[index].path
        if let cache, let facts = FilePath.facts(path) {
            let key = PictureCache.Key(
                path: path, byteCount: facts.byteCount, modified: facts.modified, decoding: decoding, prefix: fixed)
            if let found = cache.find(key) { return try rest.tensor(of: found, random: &random) }
            if cache.hasRoom {
                let image = try fixed.preview(Image.decode(path: path, decoding), random: &random)
                cache.insert(image, for: key)
                return try rest.tensor(of: image, random: &random)
            }
        }
        // Nothing is kept: the decoder may leave out what a crop would throw away.
        let bytes = try FilePath.read(path)
        let (image, parameters) = try pipeline.decode(bytes, decoding, random: &random)
        return try pipeline.tensor(of: image, parameters)
    }

    /// The picture at an index as the network will see it in an epoch, as a picture.
    public func preview(at index: Int, epoch: Int = 0, seed: UInt64 = 0) throws(LearningError) -> Image {
        guard samples.indices.contains(index) else { throw .noSuchSample(index: index, count: count) }
        var random = RandomSource(seed: seed, epoch, index)
        do { return try pipeline.preview(Image.decode(path: samples[index].path, decoding), random: &random) } catch {
            throw LearningError(picture: error, path: samples[index].path)
        }
    }

    /// What the reason begins with where a transform is to blame, not the file.
    static let transformFails = "the transform fails: "

    /// The sentence of an error without the path, which stands beside it.
    static func reason(_ error: any Error) -> String {
        if case .inFile(_, let inner)? = error as? ImageError { return reason(inner) }
        let text = String(describing: error)
        let sentence = text.hasSuffix(".") ? String(text.dropLast()) : text
        return error is TransformError ? transformFails + sentence : sentence
    }
}

extension DatasetPart {
    /// The pictures of this part as a model will see them.
    public func source(for model: ModelState, caches: TrainingCaches? = nil) throws(LearningError) -> PictureSource {
        try PictureSource(dataset, split, model: model, caches: caches)
    }

    /// The decoded picture at an index, before any transform.
    public func image(at index: Int) throws(LearningError) -> Image {
        let sample = try sample(at: index)
        do throws(ImageError) { return try Image.decode(path: sample.path, dataset.decoding) } catch { throw .image(error) }
    }
}
