import Imaging
import Synchronization
import Tensors
import Testing

@testable import Learning

@Suite struct LoadingTests {
    @Test func orderDependsOnSeedAndEpochAlone() {
        let order = EpochOrder(count: 23, batchSize: 5, shuffles: true, seed: 7)
        #expect(order.batches(epoch: 1) == order.batches(epoch: 1))
        #expect(order.batches(epoch: 1) != order.batches(epoch: 2))
        #expect(order.batches(epoch: 1).map(\.count) == [5, 5, 5, 5, 3])
        #expect(order.batches(epoch: 3).flatMap { $0 }.sorted() == Array(0..<23))
        #expect(EpochOrder(count: 23, batchSize: 5, shuffles: true, seed: 8).batches(epoch: 1) != order.batches(epoch: 1))
    }

    /// A training keeps no more pictures than the trainer's bound allows at that time.
    @Test func picturesAreKeptUpToTheBound() throws {
        let task = try TinyTask()
        var trainer = TinyTask.trainer()
        var model = try TinyTask.model()
        try trainer.run(&model, on: task.data(), epochs: 1)
        let all = trainer.caches.pictures.byteCount
        #expect(all > 0)
        trainer.bounds.pictures = all / 2
        try trainer.run(&model, on: task.data(), epochs: 1)
        #expect(trainer.caches.pictures.byteCount > 0 && trainer.caches.pictures.byteCount <= all / 2)
        trainer.bounds.pictures = 0
        try trainer.run(&model, on: task.data(), epochs: 1)
        #expect(trainer.caches.pictures.byteCount == 0)
    }

    @Test func shortBatches() {
        #expect(EpochOrder(count: 23, batchSize: 5, dropsLast: true).batchCount == 4)
        #expect(EpochOrder(count: 21, batchSize: 5, dropsLoneSample: true).batchCount == 4)
        #expect(EpochOrder(count: 22, batchSize: 5, dropsLoneSample: true).batchCount == 5)
        #expect(EpochOrder(count: 1, batchSize: 5, dropsLoneSample: true).batchCount == 1)
        #expect(EpochOrder(count: 0, batchSize: 5).batches(epoch: 1).isEmpty)
    }

    @Test func balancedSamplerDrawsClassesEqually() {
        let labels = [Int](repeating: 0, count: 900) + [Int](repeating: 1, count: 100)
        let order = EpochOrder(count: 1000, batchSize: 50, seed: 1, balancing: labels)
        let drawn = order.batches(epoch: 1).flatMap { $0 }
        let rare = drawn.count { labels[$0] == 1 }
        // Five standard deviations of a fair coin.
        #expect(abs(rare - 500) < 80)
        #expect(drawn == order.batches(epoch: 1).flatMap { $0 })
    }

    private func loader(workers: Int, window: Int = 2) -> BatchLoader {
        BatchLoader(labels: Array(0..<40), paths: { "\($0).jpg" }, workers: workers, window: window) { index, epoch, _ in
            index == 13 ? .failure(.init("cut short")) : .success(Tensor([2], [Float(index), Float(epoch)]))
        }
    }

    @Test(arguments: [0, 1, 2, 5]) func batchesAreTheSameWhateverTheWorkers(workers: Int) throws {
        let batches = EpochOrder(count: 40, batchSize: 7, shuffles: true, seed: 2).batches(epoch: 4)
        var seen: [Batch] = []
        try loader(workers: workers).run(batches, epoch: 4, isInterrupted: { false }) { seen.append($0) }
        #expect(seen.map(\.number) == Array(0..<6))
        #expect(seen.flatMap(\.indices) == batches.flatMap { $0 }.filter { $0 != 13 })
        #expect(seen.flatMap(\.labels) == seen.flatMap(\.indices))
        #expect(seen.flatMap(\.failures) == [LoadFailure(index: 13, path: "13.jpg", reason: "cut short")])
        for batch in seen {
            #expect(batch.images.elements == batch.indices.flatMap { [Float($0), 4] })
        }
    }

    @Test func memoryIsBounded() throws {
        let prepared = Mutex(0)
        let loader = BatchLoader(labels: Array(repeating: 0, count: 400), paths: { _ in "" }, workers: 4, window: 2) { _, _, _ in
            prepared.withLock { $0 += 1 }
            return .success(Tensor([1], [0]))
        }
        var largest = 0
        let batches = EpochOrder(count: 400, batchSize: 4).batches(epoch: 1)
        try loader.run(batches, epoch: 1, isInterrupted: { false }) { batch in
            largest = max(largest, prepared.withLock { $0 } - batch.number * 4)
        }
        // The batch in use, two ahead, and one that workers may have begun to claim.
        #expect(largest <= 4 * 4)
    }

    @Test func interruptsAndErrorsStopTheWorkers() throws {
        let batches = EpochOrder(count: 40, batchSize: 4).batches(epoch: 1)
        var count = 0
        #expect(throws: LearningError.self) {
            try loader(workers: 3).run(batches, epoch: 1, isInterrupted: { count >= 3 }) { _ in count += 1 }
        }
        #expect(throws: LearningError.self) {
            try loader(workers: 3).run(batches, epoch: 1, isInterrupted: { false }) { _ throws(LearningError) in throw .nothingTrains }
        }
    }

    @Test func differentShapesAreNamed() throws {
        let loader = BatchLoader(labels: [0, 0, 0], paths: { "\($0).jpg" }, workers: 1) { index, _, _ in
            .success(Tensor(zeros: [1, index == 1 ? 3 : 2]))
        }
        try loader.run([[0, 1, 2]], epoch: 1, isInterrupted: { false }) { batch in
            #expect(batch.indices == [0, 2] && batch.failures.map(\.path) == ["1.jpg"])
            #expect(batch.images.shape == [2, 1, 2])
        }
    }

    /// Where a transform fails on every picture, the files are not to blame; and channels that don't fit say both ways out.
    @Test func misfitsSayTheWayOut() throws {
        let reason = PictureSource.reason(TransformError.wrongChannels(transform: "Normalize", values: 2, channels: 3))
        let all = LearningError.unreadablePictures(count: 7, of: 7, first: "a.png", reason: reason)
        #expect(all.blamesTransform && "\(all)".contains("since the transform fails: Normalize has values for 2 channels") && !"\(all)".contains("check"))
        let damaged = LearningError.unreadablePictures(count: 7, of: 7, first: "a.png", reason: "the file is empty")
        #expect(!damaged.blamesTransform && "\(damaged)".contains("`check` lists them all"))

        let task = try TinyTask([2, 2])
        let grey = try task.data([]).decoded(as: .grey)
        let model = try TinyTask.model()
        let text: String
        do { text = try String(grey.train.source(for: model).count) } catch { text = "\(error)" }
        #expect(text.contains("it gives 1 channel") && text.contains("Grayscale(3)") && text.contains("mode=RGB"), "\(text)")
    }

    @Test func mapKeepsOrderAndStops() {
        let doubled = WorkerThreads.map(Array(0..<1000), threads: 3, isInterrupted: { false }) { $0 * 2 }
        #expect(doubled == (0..<1000).map { $0 * 2 })
        #expect(WorkerThreads.map(Array(0..<100_000), threads: 2, isInterrupted: { true }) { $0 } == nil)
    }
}
