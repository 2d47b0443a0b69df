public import Imaging
import ModelZoo
public import Tensors

/// The pictures of one part with everything that makes them tensors: how they are decoded and what pipeline they take.
public struct PictureSource: Sendable {
    public let split: Split
    public let samples: [Sample]
    public let labels: [Int]
    public let pipeline: Pipeline
    public let decoding: DecodeOptions
    let cache: PictureCache?
    /// The transforms up to the first random one that still give a picture: their results can be kept.
    private let fixed: Pipeline
    private let rest: Pipeline

    /// A part of a data set under its own transform, or the one that the model's weights want.
    init(_ data: Dataset, _ split: Split, model: ModelState, caches: TrainingCaches?) throws(LearningError) {
        let pipeline = data.transform(split) ?? model.preprocessing.pipeline
        if let reason = pipeline.problem(inputShape: model.inputShape) { throw .badPipeline(split, reason: reason) }
        self.init(
            samples: Array(data[split]), split: split, pipeline: pipeline, decoding: data.decoding, cache: caches?.pictures)
    }

    /// Pictures without labels, under the pipeline of the model's weights.
    init(paths: [String], model: ModelState) {
        self.init(
            samples: paths.map { Sample(path: $0, label: 0, split: .test) }, split: .test, pipeline: model.preprocessing.pipeline,
            decoding: DecodeOptions(exif: .apply), cache: nil)
    }

    init(samples: [Sample], split: Split, pipeline: Pipeline, decoding: DecodeOptions, cache: PictureCache?) {
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
        PictureSource(samples: samples, split: split, pipeline: pipeline.mirrored, decoding: decoding, cache: cache)
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

    /// A loader of batches; `seed`, epoch and index decide everything random.
    func loader(workers: Int?, seed: UInt64) -> BatchLoader {
        BatchLoader(labels: labels, paths: { [samples] in samples[$0].path }, workers: workers) { [self] index, epoch in
            do { return .success(try tensor(at: index, epoch: epoch, seed: seed)) } catch {
                return .failure(LoadFailure.Reason(Self.reason(error)))
            }
        }
    }

    /// The picture at an index as the network will see it in an epoch, `[C, H, W]`.
    public func tensor(at index: Int, epoch: Int = 0, seed: UInt64 = 0) throws -> Tensor {
        var random = RandomSource(seed: seed, epoch, index)
        return try rest.tensor(of: picture(at: index), random: &random)
    }

    /// The picture at an index after the fixed transforms at the pipeline's beginning.
    private func picture(at index: Int) throws -> Image {
        let path = samples[index].path
        guard let cache, let facts = FilePath.facts(path) else { return try prepare(path) }
        let key = PictureCache.Key(
            path: path, byteCount: facts.byteCount, modified: facts.modified, decoding: decoding, prefix: fixed)
        if let found = cache.find(key) { return found }
        let image = try prepare(path)
        cache.insert(image, for: key)
        return image
    }

    private func prepare(_ path: String) throws -> Image {
        var random = RandomSource(seed: 0)
        return try fixed.image(of: Image.decode(path: path, decoding), random: &random)
    }

    /// The sentence of an error without the path, which stands beside it.
    static func reason(_ error: any Error) -> String {
        if case .inFile(_, let inner)? = error as? ImageError { return reason(inner) }
        let text = String(describing: error)
        return text.hasSuffix(".") ? String(text.dropLast()) : text
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
