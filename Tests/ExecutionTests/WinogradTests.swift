import COneDNN
import NeuralNetworks
import Tensors
import Testing

@testable import Execution

/// Winograd's way, whoever has it for this processor, against the definition of a convolution. Plans choose it only where it is measured to be the
/// faster one; here it is asked for.
@Suite(.enabled(if: Backend.oneDNN.isAvailable, "this build has no oneDNN"))
struct WinogradTests {
    /// Sizes that fill tiles and blocks, and that don't.
    struct Sizes: Sendable, CustomTestStringConvertible {
        let batch, channels, outChannels, height, width, padding: Int
        var testDescription: String { "\(batch) of \(channels)x\(height)x\(width) to \(outChannels), padding \(padding)" }
        var outHeight: Int { height + 2 * padding - 2 }
        var outWidth: Int { width + 2 * padding - 2 }
    }

    static let all: [Sizes] =
        [
            Sizes(batch: 2, channels: 64, outChannels: 64, height: 28, width: 28, padding: 1),
            Sizes(batch: 1, channels: 256, outChannels: 320, height: 7, width: 7, padding: 1),
            Sizes(batch: 5, channels: 16, outChannels: 16, height: 3, width: 4, padding: 0),
        ]
        + (0..<12).map { number in
            var random = RandomSource(seed: 0x77_696e, number)
            func from(_ low: Int, _ high: Int) -> Int { low + random.integer(below: high - low + 1) }
            return Sizes(
                batch: from(1, 4), channels: 16 * from(1, 3) - (number % 2) * 8, outChannels: 16 * from(1, 4) - (number % 3 == 2 ? 8 : 0),
                height: from(3, 19), width: from(3, 19), padding: from(0, 2))
        }

    @Test(arguments: all)
    func allPassesAgree(_ s: Sizes) throws {
        let convolution = Convolution(
            s.channels, s.outChannels, kernel: Extent(3), stride: Extent(1), padding: .symmetric(Extent(s.padding)), dilation: Extent(1), groups: 1, bias: true)
        let shape = thaw_convolution(
            convolution, batch: s.batch, input: [s.channels, s.height, s.width], output: [s.outChannels, s.outHeight, s.outWidth], hasBias: true)
        let (xShape, yShape, wShape) = (
            [s.batch, s.channels, s.height, s.width], [s.batch, s.outChannels, s.outHeight, s.outWidth], [s.outChannels, s.channels, 3, 3]
        )
        var random = RandomSource(seed: 11)
        func tensor(_ dimensions: [Int]) -> Tensor { randomTensor(Array(dimensions.dropFirst()), dimensions[0], &random) }
        let (x, w, b, dy) = (tensor(xShape), tensor(wShape), tensor([s.outChannels]), tensor(yShape))
        let (plainX, plainW, plainY) = (try Layout.plain(xShape), try #require(Primitive.plainWeights(shape)), try Layout.plain(yShape))

        guard let forward = Primitive.convolution(shape, algorithm: THAW_WINOGRAD, forTraining: false, source: nil, target: nil, function: THAW_RELU),
            let summing = Primitive.convolution(
                shape, algorithm: THAW_WINOGRAD, forTraining: true, source: nil, target: nil, addsTarget: true, function: nil)
        else {
            // With wide registers it is the library's, which declines some sizes.
            #expect(!Primitives.mayHaveOwnConvolutions)
            return
        }
        // The definition, summed in double precision.
        func zeros(_ dimensions: [Int]) -> [Double] { [Double](repeating: 0, count: dimensions.reduce(1, *)) }
        var (y, dx, dw, db) = (zeros(yShape), zeros(xShape), zeros(wShape), zeros([s.outChannels]))
        x.withElements { x in
            w.withElements { w in
                dy.withElements { dy in
                    for n in 0..<s.batch {
                        for o in 0..<s.outChannels {
                            for i in 0..<s.outHeight {
                                for j in 0..<s.outWidth {
                                    let place = ((n * s.outChannels + o) * s.outHeight + i) * s.outWidth + j
                                    unsafe db[o] += Double(dy[place])
                                    for c in 0..<s.channels {
                                        for tap in 0..<9 {
                                            let (row, column) = (i + tap / 3 - s.padding, j + tap % 3 - s.padding)
                                            guard row >= 0, row < s.height, column >= 0, column < s.width else { continue }
                                            let (from, filter) = (
                                                ((n * s.channels + c) * s.height + row) * s.width + column, (o * s.channels + c) * 9 + tap
                                            )
                                            unsafe y[place] += Double(x[from]) * Double(w[filter])
                                            unsafe dx[from] += Double(dy[place]) * Double(w[filter])
                                            unsafe dw[filter] += Double(dy[place]) * Double(x[from])
                                        }
                                    }
                                }
                            }
                        }
                    }
                }
            }
        }
        let area = s.outHeight * s.outWidth
        let biased = y.indices.map { y[$0] + Double(b.elements[$0 / area % s.outChannels]) }

        var made = try Primitives.run(forward, [(THAW_SOURCE, x, plainX), (THAW_WEIGHTS, w, plainW), (THAW_BIAS, b, nil)], result: THAW_TARGET)
        Primitives.expect(try Primitives.value(forward, THAW_TARGET, try #require(made[THAW_TARGET.rawValue]), yShape), biased.map { max($0, 0) }, "relu(w * x + b)")

        made = try Primitives.run(summing, [(THAW_SOURCE, x, plainX), (THAW_WEIGHTS, w, plainW), (THAW_BIAS, b, nil), (THAW_TARGET, dy, plainY)], result: THAW_TARGET)
        Primitives.expect(
            try Primitives.value(summing, THAW_TARGET, try #require(made[THAW_TARGET.rawValue]), yShape), biased.indices.map { biased[$0] + Double(dy.elements[$0]) },
            "w * x + b + y")

        let data = try #require(Primitive.convolutionBackwardData(shape, algorithm: THAW_WINOGRAD, source: nil, target: nil))
        made = try Primitives.run(data, [(THAW_TARGET_GRADIENT, dy, plainY), (THAW_WEIGHTS, w, plainW)], result: THAW_SOURCE_GRADIENT)
        Primitives.expect(try Primitives.value(data, THAW_SOURCE_GRADIENT, try #require(made[THAW_SOURCE_GRADIENT.rawValue]), xShape), dx, "dx")

        let weights = try #require(Primitive.convolutionBackwardWeights(shape, algorithm: THAW_WINOGRAD, source: nil, target: nil))
        made = try Primitives.run(
            weights, [(THAW_SOURCE, x, plainX), (THAW_TARGET_GRADIENT, dy, plainY)], result: THAW_WEIGHTS_GRADIENT, also: THAW_BIAS_GRADIENT)
        Primitives.expect(try Primitives.value(weights, THAW_WEIGHTS_GRADIENT, try #require(made[THAW_WEIGHTS_GRADIENT.rawValue]), wShape), dw, "dw")
        let bias = try #require(made[THAW_BIAS_GRADIENT.rawValue])
        Primitives.expect((0..<s.outChannels).map { unsafe bias.base[$0] }, db, "db")
    }

    /// A filter in another layout gives the same: plans keep trained weights in the blocks that direct convolutions like.
    @Test func filtersInBlocks() throws {
        let convolution = Convolution(
            24, 40, kernel: Extent(3), stride: Extent(1), padding: .symmetric(Extent(1)), dilation: Extent(1), groups: 1, bias: false)
        let shape = thaw_convolution(convolution, batch: 1, input: [24, 9, 9], output: [40, 9, 9], hasBias: false)
        var random = RandomSource(seed: 12)
        let w = randomTensor([24, 3, 3], 40, &random)
        let plain = try #require(Primitive.plainWeights(shape))
        let direct = try #require(Primitive.convolution(shape, algorithm: THAW_DIRECT, forTraining: true, source: nil, target: nil))
        let backward = try #require(Primitive.convolutionBackwardData(shape, algorithm: THAW_DIRECT, source: nil, target: nil))
        let transforms = [
            Primitive.convolution(shape, algorithm: THAW_WINOGRAD, forTraining: true, source: nil, target: nil),
            Primitive.convolutionBackwardData(shape, algorithm: THAW_WINOGRAD, source: nil, target: nil),
        ].compactMap { $0?.layout(THAW_WEIGHTS) }.filter(\.isTransformed)
        for transformed in transforms {
            #expect(transformed.key != plain.key && !transformed.equals(plain))
            let wanted = try InferenceProgram.packed(w, from: plain, to: transformed)
            for blocked in [direct, backward].compactMap({ $0.layout(THAW_WEIGHTS) }) {
                let between = try InferenceProgram.packed(w, from: plain, to: blocked)
                let primitive = try Primitive.reorder(from: blocked, to: transformed)
                let found = Arena(count: transformed.byteCount / 4)
                unsafe primitive.bind(THAW_SOURCE, between.pointer(at: 0))
                unsafe primitive.bind(THAW_TARGET, found.pointer(at: 0))
                #expect(primitive.run())
                #expect((0..<found.count).allSatisfy { unsafe found.base[$0] == wanted.base[$0] })
            }
        }
        for transformed in transforms { #expect(throws: ExecutionError.self) { try Primitive.reorder(from: transformed, to: plain) } }
    }
}
