import Execution
import Imaging
import NeuralNetworks
import Synchronization
import Tensors

/// What is kept between trainings to save time: features below the frontier, and decoded pictures.
public final class TrainingCaches: Sendable {
    private let features = Mutex<[(key: FeatureKey, entry: FeatureEntry)]>([])
    let pictures: PictureCache
    private let leaks = Mutex<(key: UInt64, check: LeakCheck)?>(nil)

    /// - Parameter pictureBytes: the bound of the decoded pictures.
    public init(pictureBytes: Int = CacheBounds().pictures) { pictures = PictureCache(bound: pictureBytes) }

    func find(_ key: FeatureKey) -> FeatureEntry? {
        let entry = features.withLock { list -> FeatureEntry? in
            guard let position = list.firstIndex(where: { $0.key == key }) else { return nil }
            // The most recently used stand last.
            let found = list.remove(at: position)
            list.append(found)
            return found.entry
        }
        guard let found = entry else { return nil }
        // A file that may be read again has neither another size nor another time of change: only a try tells. A few are enough: what
        // kept one from being read mostly kept the others too.
        guard found.failures.keys.sorted().prefix(8).contains(where: found.isReadable) else { return found }
        features.withLock { list in list.removeAll { $0.key == key } }
        return nil
    }

    /// Keeps an entry, and lets go of those used longest ago until all fit into the bound.
    func insert(_ entry: FeatureEntry, for key: FeatureKey, bound: Int) {
        features.withLock { list in
            list.removeAll { $0.key == key }
            list.append((key, entry))
            while list.count > 2, list.reduce(0, { $0 + $1.entry.byteCount }) > bound { list.removeFirst() }
        }
    }

    /// Bytes of all features.
    public var featureBytes: Int { features.withLock { $0.reduce(0) { $0 + $1.entry.byteCount } } }

    /// Bytes of the features in memory, or of those on disk.
    func heldBytes(onDisk: Bool) -> Int {
        features.withLock { $0.reduce(0) { $1.entry.isOnDisk == onDisk ? $0 + $1.entry.byteCount : $0 } }
    }

    /// The look for leaks, made anew where the pictures have changed.
    func leakWarnings(_ data: Dataset) -> [LearningWarning] {
        let key = LeakCheck.key(data)
        if let known = leaks.withLock({ $0?.key == key ? $0?.check : nil }) { return known.warnings }
        let check = LeakCheck(data)
        leaks.withLock { $0 = (key, check) }
        return check.warnings
    }

    /// Lets go of everything.
    public func clear() {
        features.withLock { $0 = [] }
        pictures.clear()
    }
}

/// What features depend on. Compared whole, so that a cache can't be stale: files by path, size and time of change; tensors by value
/// (quickly, where they share storage).
struct FeatureKey: Equatable {
    let files: UInt64
    let transform: TransformPipeline
    let decoding: DecodeOptions
    let views: Int
    /// The seed of random views; 0 where nothing is random.
    let seed: UInt64
    let boundary: [Int]
    let below: [Graph.Node]
    let weights: [String: Tensor]
    let options: ExecutionOptions
    let batchSize: Int
}

/// The features of one part of a data set.
final class FeatureEntry: Sendable {
    let storages: [FeatureStorage]
    let shapes: [Shape]
    let count: Int
    let views: Int
    let byteCount: Int
    let labels: [Int]
    /// Pictures that could not be read, by index.
    let failures: [Int: LoadFailure]
    /// Whether the picture at an index can be read now.
    let isReadable: @Sendable (Int) -> Bool

    init(
        storages: [FeatureStorage], shapes: [Shape], count: Int, views: Int, labels: [Int], failures: [Int: LoadFailure],
        isReadable: @escaping @Sendable (Int) -> Bool
    ) {
        self.storages = storages
        self.shapes = shapes
        self.count = count
        self.views = views
        self.labels = labels
        self.failures = failures
        self.isReadable = isReadable
        byteCount = storages.reduce(0) { $0 + $1.rowCount * $1.rowSize * 4 }
    }

    var isOnDisk: Bool { storages.contains(where: \.isOnDisk) }

    /// The same features under other labels: a relabelled or reordered class list needs no new pass.
    func relabelled(_ labels: [Int]) -> FeatureEntry {
        labels == self.labels
            ? self
            : FeatureEntry(
                storages: storages, shapes: shapes, count: count, views: views, labels: labels, failures: failures, isReadable: isReadable)
    }

    /// A batch of the given pictures; those that could not be read are left out.
    func batch(_ number: Int, _ indices: [Int], view: Int) -> TrainingBatch {
        let good = indices.filter { failures[$0] == nil }
        let rows = good.map { view * count + $0 }
        let tensors = zip(storages, shapes).map { $0.read(rows: rows, shape: $1) }
        return TrainingBatch(
            number: number, count: good.count, source: .features(tensors), targets: .classes(good.map { labels[$0] }),
            failures: indices.compactMap { failures[$0] })
    }
}

/// The features of both parts, where they are cached.
struct CachedFeatures {
    let train: FeatureEntry
    let val: FeatureEntry?
}

/// Whether and where features will be kept.
struct CachePlan {
    let fact: TrainingFacts.Cache
    let views: Int
    /// The folder of the file; `nil`: memory.
    let folder: String?
    /// Bytes in memory.
    let memory: Int
    var isOn: Bool { if case .features = fact { true } else { false } }
}

extension Trainer {
    func cachePlan(_ graph: Graph, _ frontier: Frontier, train: PictureSource, val: PictureSource?) -> CachePlan {
        func none(_ reason: TrainingFacts.NoCacheReason) -> CachePlan {
            CachePlan(fact: .none(reason), views: 1, folder: nil, memory: 0)
        }
        guard settings.cache != .off else { return none(.switchedOff) }
        guard frontier.hasFixedPart else { return none(.nothingFrozen) }
        guard settings.mixing.isEmpty else { return none(.mixing) }
        var views = 1
        if let random = train.pipeline.firstRandomName {
            guard case .views(let count) = settings.cache else { return none(.random(transform: random)) }
            views = count
        }
        let rowBytes = frontier.boundary.reduce(0) { $0 + graph.nodes[$1].shape.elementCount * 4 }
        let bytes = rowBytes * (train.count * views + (val?.count ?? 0))
        let path = frontier.boundary.map { graph.nodes[$0].path }.filter { !$0.isEmpty }.joined(separator: ", ")
        func fact(_ place: TrainingFacts.Place) -> TrainingFacts.Cache {
            .features(path: path, bytes: bytes, place: place, views: views)
        }
        // Half of what is free stays free; what is kept already may be these very features.
        func half(_ free: Int, onDisk: Bool) -> Int { free / 2 + min(caches.heldBytes(onDisk: onDisk), bytes) / 2 }
        let memory = min(bounds.featureMemory, half(Memory.available, onDisk: false))
        if bytes <= memory { return CachePlan(fact: fact(.memory), views: views, folder: nil, memory: bytes) }
        let disk = min(bounds.featureDisk, half(FeatureStorage.freeBytes(bounds.folder), onDisk: true))
        guard bytes <= disk else { return none(.tooLarge(bytes: bytes, bound: max(disk, memory))) }
        return CachePlan(fact: fact(.disk), views: views, folder: bounds.folder, memory: 0)
    }

    /// The features of both parts, found or computed.
    func cachedFeatures(
        _ preparation: TrainingPreparation, plan: TrainingPlan, model: ModelState, events: (TrainingEvent) -> Void,
        isInterrupted: () -> Bool
    ) throws(LearningError) -> CachedFeatures? {
        guard preparation.cache.isOn else { return nil }
        let train = try features(
            of: preparation.train, views: preparation.cache.views, preparation, plan, events, isInterrupted)
        var val: FeatureEntry?
        // Random transforms in validation are warned about, and drawn afresh each time.
        if let source = preparation.val, source.pipeline.firstRandomName == nil {
            val = try features(of: source, views: 1, preparation, plan, events, isInterrupted)
        }
        return CachedFeatures(train: train, val: val)
    }

    private func features(
        of source: PictureSource, views: Int, _ preparation: TrainingPreparation, _ plan: TrainingPlan,
        _ events: (TrainingEvent) -> Void, _ isInterrupted: () -> Bool
    ) throws(LearningError) -> FeatureEntry {
        let (graph, frontier) = (preparation.graph, preparation.frontier)
        let key = featureKey(
            source, views: views, graph: graph, frontier: frontier, parameters: preparation.parameters)
        if let found = caches.find(key) { return found.relabelled(source.labels) }
        let shapes = frontier.boundary.map { graph.nodes[$0].shape }
        var storages: [FeatureStorage] = []
        for shape in shapes {
            storages.append(
                try FeatureStorage(rows: source.count * views, of: shape.elementCount, folder: preparation.cache.folder))
        }
        var failures: [Int: LoadFailure] = [:]
        let began = monotonicSeconds()
        var done = 0
        let batches = EpochOrder(count: source.count, batchSize: settings.batchSize).batches(epoch: 1)
        let loader = source.loader(workers: settings.workers, seed: settings.seed, batchSize: settings.batchSize)
        for view in 0..<views {
            // The view's number stands for the epoch: view 0 is what epoch 1 would draw.
            try loader.run(batches, epoch: view + 1, isInterrupted: isInterrupted) { (batch) throws(LearningError) in
                for failure in batch.failures { failures[failure.index] = failure }
                if batch.count > 0 {
                    do throws(ExecutionError) {
                        let values = try plan.features(batch.images, isInterrupted: isInterrupted)
                        for (storage, value) in zip(storages, values) {
                            storage.write(value, rows: batch.indices.map { view * source.count + $0 })
                        }
                    } catch { throw LearningError(error) }
                }
                done += batch.count + batch.failures.count
                events(
                    .caching(
                        .init(
                            split: source.split, done: done, count: source.count * views,
                            imagesPerSecond: Double(done) / max(monotonicSeconds() - began, 1e-9))))
            }
        }
        let entry = FeatureEntry(
            storages: storages, shapes: shapes, count: source.count, views: views, labels: source.labels, failures: failures
        ) { [seed = settings.seed, shape = graph.inputShape] index in
            // Every view, as a transform may fail in one that was drawn and not in another.
            (1...views).allSatisfy { epoch in (try? source.tensor(at: index, epoch: epoch, seed: seed))?.shape == shape }
        }
        caches.insert(entry, for: key, bound: bounds.featureMemory)
        return entry
    }
}
