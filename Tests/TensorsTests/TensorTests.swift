import Testing

@testable import Tensors

@Suite struct TensorTests {
    @Test func copiesShareStorageUntilWritten() {
        let original = Tensor([2, 3], [1, 2, 3, 4, 5, 6])
        var copy = original
        #expect(copy.sharesStorage(with: original))
        copy[flat: 0] = 9
        #expect(original[flat: 0] == 1)
        #expect(copy.elements == [9, 2, 3, 4, 5, 6])
    }

    @Test func storageIsAligned() {
        for count in [0, 1, 7, 1000] {
            Tensor(zeros: [count]).withElements {
                #expect(Int(bitPattern: $0.baseAddress) % 64 == 0)
            }
        }
    }

    @Test func stridesAreRowMajor() {
        #expect(Shape([2, 3, 4]).rowMajorStrides == [12, 4, 1])
        #expect(Shape([]).elementCount == 1)
        #expect(Shape([16, 3, 8, 8]).withBatch(1) == [1, 3, 8, 8])
    }
}

@Suite struct RandomSourceTests {
    @Test func streamsDependOnEveryKey() {
        var seen = Set<UInt64>()
        for seed in 0..<3 as Range<UInt64> {
            for epoch in 0..<3 {
                for index in 0..<3 {
                    var source = RandomSource(seed: seed, epoch, index)
                    seen.insert(source.next())
                }
            }
        }
        #expect(seen.count == 27)
    }

    @Test func momentsAreRight() {
        var source = RandomSource(seed: 3)
        let normals = (0..<20_000).map { _ in Double(source.normal()) }
        let mean = normals.reduce(0, +) / 20_000
        let variance = normals.map { ($0 - mean) * ($0 - mean) }.reduce(0, +) / 20_000
        #expect(abs(mean) < 0.03)
        #expect(abs(variance - 1) < 0.05)
        let betas = (0..<20_000).map { _ in source.beta(0.4) }
        #expect(abs(betas.reduce(0, +) / 20_000 - 0.5) < 0.02)
        #expect(betas.allSatisfy { $0 >= 0 && $0 <= 1 })
    }

    @Test func checkpointContinues() {
        var source = RandomSource(seed: 5)
        _ = source.next()
        var continued = RandomSource(checkpoint: source.checkpoint)
        let next = source.next()
        #expect(continued.next() == next)
    }
}
