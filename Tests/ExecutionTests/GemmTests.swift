import COneDNN
import Foundation
import NeuralNetworks
import Tensors
import Testing

@testable import Execution

/// Convolutions as matrix products against their definition. Plans choose this way only where it is measured to be the fastest; here it is asked for.
@Suite(.enabled(if: Backend.oneDNN.isAvailable, "this build has no oneDNN"))
struct GemmTests {
    /// Sizes that fill chunks, pairs of blocks and groups of pixels, and that don't.
    struct Sizes: Sendable, CustomTestStringConvertible {
        let batch, channels, outChannels, height, width: Int
        var kernel = Extent(1), stride = Extent(1), dilation = Extent(1), padding = Extent(0)
        var hasBias = true
        var testDescription: String {
            "\(batch) of \(channels)x\(height)x\(width) to \(outChannels) by \(kernel) every \(stride) over \(dilation) within \(padding)"
        }
        var outHeight: Int { (height + 2 * padding.height - dilation.height * (kernel.height - 1) - 1) / stride.height + 1 }
        var outWidth: Int { (width + 2 * padding.width - dilation.width * (kernel.width - 1) - 1) / stride.width + 1 }

        var shape: thaw_convolution {
            let convolution = Convolution(
                channels, outChannels, kernel: kernel, stride: stride, padding: .symmetric(padding), dilation: dilation, groups: 1, bias: hasBias)
            return thaw_convolution(
                convolution, batch: batch, input: [channels, height, width], output: [outChannels, outHeight, outWidth], hasBias: hasBias)
        }
    }

    static let all: [Sizes] =
        [
            Sizes(batch: 3, channels: 64, outChannels: 24, height: 7, width: 7),
            Sizes(batch: 1, channels: 264, outChannels: 16, height: 15, width: 14),
            Sizes(batch: 2, channels: 16, outChannels: 40, height: 14, width: 11, stride: Extent(2)),
            Sizes(batch: 2, channels: 64, outChannels: 32, height: 14, width: 14, kernel: Extent(3), stride: Extent(2), padding: Extent(1)),
            Sizes(batch: 2, channels: 24, outChannels: 16, height: 9, width: 8, kernel: Extent(3), stride: Extent(2), padding: Extent(1), hasBias: false),
            Sizes(batch: 1, channels: 8, outChannels: 8, height: 1, width: 1, kernel: Extent(3), padding: Extent(2)),
        ]
        + (0..<12).map { number in
            var random = RandomSource(seed: 0x6765_6d6d, number)
            func from(_ low: Int, _ high: Int) -> Int { low + random.integer(below: high - low + 1) }
            func both(_ low: Int, _ high: Int) -> Extent { Extent(from(low, high), from(low, high)) }
            return Sizes(
                batch: from(1, 3), channels: 8 * from(1, 9), outChannels: 8 * from(1, 5), height: from(7, 23), width: from(7, 23), kernel: both(1, 4),
                stride: both(1, 3), dilation: both(1, 2), padding: both(0, 2))
        }

    /// w * x + b by the definition, summed in double precision.
    private func definition(_ s: Sizes, _ x: Tensor, _ w: Tensor, _ b: Tensor) -> [Double] {
        var result: [Double] = []
        x.withElements { x in
            w.withElements { w in
                for n in 0..<s.batch {
                    for o in 0..<s.outChannels {
                        for place in 0..<s.outHeight * s.outWidth {
                            var sum = s.hasBias ? Double(b.elements[o]) : 0
                            for tap in 0..<s.kernel.height * s.kernel.width {
                                let row = place / s.outWidth * s.stride.height + tap / s.kernel.width * s.dilation.height - s.padding.height
                                let column = place % s.outWidth * s.stride.width + tap % s.kernel.width * s.dilation.width - s.padding.width
                                guard row >= 0, row < s.height, column >= 0, column < s.width else { continue }
                                for c in 0..<s.channels {
                                    let (from, filter) = (
                                        ((n * s.channels + c) * s.height + row) * s.width + column,
                                        (o * s.channels + c) * s.kernel.height * s.kernel.width + tap
                                    )
                                    unsafe sum += Double(x[from]) * Double(w[filter])
                                }
                            }
                            result.append(sum)
                        }
                    }
                }
            }
        }
        return result
    }

    private func activated(_ z: Double, _ function: thaw_function?) -> Double {
        func hardSigmoid(_ z: Double) -> Double { min(max(z / 6 + 0.5, 0), 1) }
        func sigmoid(_ z: Double) -> Double { 1 / (1 + exp(-z)) }
        switch function {
        case THAW_RELU: return max(z, 0)
        case THAW_CLIP6: return min(max(z, 0), 6)
        case THAW_SILU: return z * sigmoid(z)
        case THAW_HARDSWISH: return z * hardSigmoid(z)
        case THAW_SIGMOID: return sigmoid(z)
        case THAW_HARDSIGMOID: return hardSigmoid(z)
        default: return z
        }
    }

    @Test(arguments: all)
    func agreesWithTheDefinition(_ s: Sizes) throws {
        let shape = s.shape
        let (xShape, yShape) = ([s.batch, s.channels, s.height, s.width], [s.batch, s.outChannels, s.outHeight, s.outWidth])
        var random = RandomSource(seed: 13)
        func tensor(_ dimensions: [Int]) -> Tensor { randomTensor(Array(dimensions.dropFirst()), dimensions[0], &random) }
        let (x, w, b, old) = (
            tensor(xShape), tensor([s.outChannels, s.channels, s.kernel.height, s.kernel.width]), tensor([s.outChannels]), tensor(yShape)
        )
        let (plainX, plainW, plainY) = (try Layout.plain(xShape), try #require(Primitive.plainWeights(shape)), try Layout.plain(yShape))
        let z = definition(s, x, w, b)
        let functions = [THAW_RELU, THAW_CLIP6, THAW_SILU, THAW_HARDSWISH, THAW_SIGMOID, THAW_HARDSIGMOID, nil]
        for function in functions {
            for adds in [false, true] {
                var results: [[Float]] = []
                for (threadsMade, threadsRun) in [(2, 2), (1, 1), (5, 5), (5, 1), (1, 5)] {
                    thaw_onednn_set_threads(Int32(threadsMade))
                    defer { thaw_onednn_set_threads(Int32(ExecutionOptions.processorCount)) }
                    let made = Primitive.convolution(
                        shape, algorithm: THAW_GEMM, forTraining: false, source: nil, target: nil, addsTarget: adds, function: function)
                    guard let gemm = made else {
                        #expect(!Primitives.mayHaveOwnConvolutions)
                        return
                    }
                    var given: [(thaw_role, Tensor, Layout?)] = [(THAW_SOURCE, x, plainX), (THAW_WEIGHTS, w, plainW)]
                    if s.hasBias { given.append((THAW_BIAS, b, nil)) }
                    thaw_onednn_set_threads(Int32(threadsRun))
                    if adds { given.append((THAW_TARGET, old, plainY)) }
                    let arenas = try Primitives.run(gemm, given, result: THAW_TARGET)
                    results.append(try Primitives.value(gemm, THAW_TARGET, try #require(arenas[THAW_TARGET.rawValue]), yShape))
                }
                let wanted = z.indices.map { activated(z[$0] + (adds ? Double(old.elements[$0]) : 0), function) }
                Primitives.expect(results[0], wanted, "\(function?.rawValue ?? 99), adds \(adds)")
                let isSame = results.allSatisfy { $0 == results[0] }
                #expect(isSame, "the number of threads shows")
            }
        }
    }

    /// A NaN stays one behind ReLU: training must see it.
    @Test func notANumberStaysOne() throws {
        let s = Sizes(batch: 1, channels: 8, outChannels: 8, height: 3, width: 3)
        guard
            let gemm = Primitive.convolution(s.shape, algorithm: THAW_GEMM, forTraining: false, source: nil, target: nil, function: THAW_RELU)
        else {
            #expect(!Primitives.mayHaveOwnConvolutions)
            return
        }
        let x = Tensor([1, 8, 3, 3], [Float](repeating: .nan, count: 72))
        let (w, b) = (Tensor([8, 8, 1, 1], [Float](repeating: 1, count: 64)), Tensor(zeros: [8]))
        let (plainX, plainW) = (try Layout.plain([1, 8, 3, 3]), Primitive.plainWeights(s.shape))
        let arenas = try Primitives.run(gemm, [(THAW_SOURCE, x, plainX), (THAW_WEIGHTS, w, plainW), (THAW_BIAS, b, nil)], result: THAW_TARGET)
        let y = try Primitives.value(gemm, THAW_TARGET, try #require(arenas[THAW_TARGET.rawValue]), [1, 8, 3, 3])
        let isLost = y.contains { !$0.isNaN }
        #expect(!isLost)
    }

    /// Rows and columns that are padded at the end alone, as TensorFlow's "same" has it with stride 2.
    @Test func paddingAtTheEnd() throws {
        let convolution = Convolution(16, 8, kernel: Extent(3), stride: Extent(2), padding: .same, dilation: Extent(1), groups: 1, bias: false)
        let shape = thaw_convolution(convolution, batch: 1, input: [16, 8, 8], output: [8, 4, 4], hasBias: false)
        #expect(shape.top == 0 && shape.bottom == 1)
        guard let gemm = Primitive.convolution(shape, algorithm: THAW_GEMM, forTraining: false, source: nil, target: nil) else {
            #expect(!Primitives.mayHaveOwnConvolutions)
            return
        }
        let (x, w) = (Tensor([1, 16, 8, 8], [Float](repeating: 1, count: 1024)), Tensor([8, 16, 3, 3], [Float](repeating: 1, count: 1152)))
        let (plainX, plainW) = (try Layout.plain([1, 16, 8, 8]), Primitive.plainWeights(shape))
        let arenas = try Primitives.run(gemm, [(THAW_SOURCE, x, plainX), (THAW_WEIGHTS, w, plainW)], result: THAW_TARGET)
        let y = try Primitives.value(gemm, THAW_TARGET, try #require(arenas[THAW_TARGET.rawValue]), [1, 8, 4, 4])
        // Nine taps inside, six at the last row or column, four in the corner; of 16 channels each.
        let wanted = (0..<128).map { place in 16.0 * (place % 16 / 4 == 3 ? 2 : 3) * (place % 4 == 3 ? 2 : 3) }
        Primitives.expect(y, wanted, "padding at the end")
    }

    /// What has groups or channels that fill no block is left to others.
    @Test func declinesWhatDoesNotSuit() throws {
        var grouped = Sizes(batch: 1, channels: 16, outChannels: 16, height: 5, width: 5).shape
        grouped.groups = 2
        let few = Sizes(batch: 1, channels: 3, outChannels: 16, height: 5, width: 5).shape
        let odd = Sizes(batch: 1, channels: 8, outChannels: 12, height: 5, width: 5).shape
        for shape in [grouped, few, odd] {
            #expect(Primitive.convolution(shape, algorithm: THAW_GEMM, forTraining: false, source: nil, target: nil) == nil)
        }
        let suitable = Sizes(batch: 1, channels: 8, outChannels: 8, height: 5, width: 5).shape
        let rows = try Layout.plain([1, 8, 5, 5])
        #expect(Primitive.convolution(suitable, algorithm: THAW_GEMM, forTraining: false, source: rows, target: nil) == nil)
        #expect(Primitive.convolution(suitable, algorithm: THAW_GEMM, forTraining: false, isBFloat16: true, source: nil, target: nil) == nil)
    }
}
