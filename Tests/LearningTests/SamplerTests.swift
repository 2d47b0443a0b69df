import Imaging
import Tensors
import Testing

@testable import Learning

/// Pictures that one epoch draws several times.
@Suite struct SamplerTests {
    @Test(arguments: [0, 1, 4]) func drawsAreCountedInTheOrderOfTheEpoch(workers: Int) throws {
        let loader = BatchLoader(labels: [0, 0, 1, 1], paths: { "\($0).png" }, workers: workers) { index, epoch, draw in
            .success(Tensor([3], [Float(index), Float(epoch), Float(draw)]))
        }
        var seen: [Float] = []
        try loader.run([[3, 1, 3], [1, 3, 0]], epoch: 2, isInterrupted: { false }) { seen += $0.images.elements }
        #expect(seen == [3, 2, 0, 1, 2, 0, 3, 2, 1, 1, 2, 1, 3, 2, 2, 0, 2, 0])
    }

    @Test func aPictureThatIsDrawnAgainComesInAnotherView() throws {
        let task = try TinyTask()
        let data = try task.data([.randomResizedCrop(ImageSize(side: 12))])
        let source = try data.train.source(for: TinyTask.model())
        let first = try source.tensor(at: 0, epoch: 3, seed: 5)
        let second = try source.tensor(at: 0, epoch: 3, draw: 1, seed: 5)
        #expect(first != second)
        try source.loader(workers: 2, seed: 5, batchSize: 3).run([[0, 1, 0]], epoch: 3, isInterrupted: { false }) { batch in
            // A picture that is drawn once, or for the first time, is what it always was.
            #expect(batch.images.row(0) == first && batch.images.row(2) == second)
        }
    }
}
