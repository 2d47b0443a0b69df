import COneDNN
import NeuralNetworks
import Tensors

/// How a value lies in memory, as oneDNN knows it.
///
/// `@safe`: owns its pointer, which nobody else sees. `@unchecked Sendable`: never changed after it was made.
@safe final class Layout: @unchecked Sendable {
    fileprivate let pointer: OpaquePointer

    fileprivate init?(_ pointer: OpaquePointer?) {
        guard let pointer = unsafe pointer else { return nil }
        unsafe self.pointer = pointer
    }

    deinit { unsafe thaw_layout_free(pointer) }

    /// Row-major.
    static func plain(_ dimensions: [Int]) throws(ExecutionError) -> Layout {
        let sizes = dimensions.map(Int64.init)
        guard
            let layout = unsafe Layout(
                sizes.withUnsafeBufferPointer { unsafe thaw_layout_plain($0.baseAddress, Int32($0.count)) })
        else { throw .library(name: "oneDNN", status: "no layout for \(dimensions)") }
        return layout
    }

    /// `[N, C, H, W]` in the blocks of channels that this processor likes best.
    static func blocked(_ dimensions: [Int]) throws(ExecutionError) -> Layout {
        let sizes = dimensions.map(Int64.init)
        guard sizes.count == 4,
            let layout = unsafe Layout(sizes.withUnsafeBufferPointer { unsafe thaw_layout_blocked($0.baseAddress) })
        else { throw .library(name: "oneDNN", status: "no blocked layout for \(dimensions)") }
        return layout
    }

    /// Bytes with padding.
    var byteCount: Int { unsafe thaw_layout_bytes(pointer) }

    /// All that ``equals(_:)`` compares, so that it can be part of a key: the same in every process.
    var key: String {
        unsafe withUnsafeTemporaryAllocation(of: CChar.self, capacity: 512) { text in
            let count = unsafe thaw_layout_describe(pointer, text.baseAddress, Int32(text.count))
            return unsafe String(decoding: text[..<Int(count)].map { UInt8(bitPattern: $0) }, as: UTF8.self)
        }
    }

    /// Whether it is that of a filter that was transformed for one way of convolving: its elements can't be read from it any more.
    var isTransformed: Bool { unsafe thaw_layout_is_transformed(pointer) != 0 }

    func equals(_ other: Layout) -> Bool { unsafe self === other || thaw_layout_equal(pointer, other.pointer) != 0 }
}

/// One compiled oneDNN operation. Its arguments' places are bound once and outlive it.
///
/// `@safe`: owns its pointer, which nobody else sees.
@safe final class Primitive {
    private let pointer: OpaquePointer

    private init?(_ pointer: OpaquePointer?) {
        guard let pointer = unsafe pointer else { return nil }
        unsafe self.pointer = pointer
    }

    deinit { unsafe thaw_primitive_free(pointer) }

    /// Whether the library has only plain loops for it.
    var isPlain: Bool { unsafe thaw_primitive_is_plain(pointer) != 0 }

    func layout(_ role: thaw_role) -> Layout? { unsafe Layout(thaw_primitive_layout(pointer, Int32(role.rawValue))) }
    func byteCount(_ role: thaw_role) -> Int { unsafe thaw_primitive_bytes(pointer, Int32(role.rawValue)) }

    /// Says where an argument lies: room for ``byteCount(_:)`` bytes that outlives this object's last run.
    func bind(_ role: thaw_role, _ place: Floats) { unsafe bind(Int(role.rawValue), place) }
    func bind(_ role: Int, _ place: Floats) { _ = unsafe thaw_primitive_bind(pointer, Int32(role), place) }

    @discardableResult func run() -> Bool { unsafe thaw_primitive_run(pointer) != 0 }

    // MARK: - One for each operation

    static func convolution(
        _ shape: thaw_convolution, algorithm: thaw_algorithm, forTraining: Bool, isBFloat16: Bool = false, source: Layout?,
        target: Layout?,
        addsTarget: Bool = false, function: thaw_function? = nil
    ) -> Primitive? {
        var shape = shape
        return unsafe Primitive(
            thaw_convolution_forward(
                &shape, Int32(algorithm.rawValue), forTraining ? 1 : 0, isBFloat16 ? 1 : 0, source?.pointer, target?.pointer,
                addsTarget ? 1 : 0, function.map { Int32($0.rawValue) } ?? -1))
    }

    /// A 1×1 convolution and the depthwise one behind it, both with a bias; `nil` where the library would only run one after the other.
    static func convolution(
        _ shape: thaw_convolution, thenDepthwise depthwise: thaw_convolution, isBFloat16: Bool, source: Layout?,
        function: thaw_function?,
        depthwiseFunction: thaw_function?
    ) -> Primitive? {
        var (shape, depthwise) = (shape, depthwise)
        return unsafe Primitive(
            thaw_convolution_then_depthwise(
                &shape, &depthwise, isBFloat16 ? 1 : 0, source?.pointer, function.map { Int32($0.rawValue) } ?? -1,
                depthwiseFunction.map { Int32($0.rawValue) } ?? -1))
    }

    static func convolutionBackwardData(
        _ shape: thaw_convolution, algorithm: thaw_algorithm, source: Layout?, target: Layout?
    ) -> Primitive? {
        var shape = shape
        return unsafe Primitive(
            thaw_convolution_backward_data(&shape, Int32(algorithm.rawValue), source?.pointer, target?.pointer))
    }

    static func convolutionBackwardWeights(
        _ shape: thaw_convolution, algorithm: thaw_algorithm, source: Layout?, target: Layout?
    ) -> Primitive? {
        var shape = shape
        return unsafe Primitive(
            thaw_convolution_backward_weights(&shape, Int32(algorithm.rawValue), source?.pointer, target?.pointer))
    }

    /// The row-major layout of a convolution's weights.
    static func plainWeights(_ shape: thaw_convolution) -> Layout? {
        var shape = shape
        return unsafe Layout(thaw_convolution_plain_weights(&shape))
    }

    static func linear(
        rows: Int, inFeatures: Int, outFeatures: Int, hasBias: Bool, isBFloat16: Bool, function: thaw_function?
    ) -> Primitive? {
        unsafe Primitive(
            thaw_linear_forward(
                Int64(rows), Int64(inFeatures), Int64(outFeatures), hasBias ? 1 : 0, isBFloat16 ? 1 : 0,
                function.map { Int32($0.rawValue) } ?? -1))
    }

    /// The passes of a linear layer's training, everything row-major.
    static func linearPlain(rows: Int, inFeatures: Int, outFeatures: Int, hasBias: Bool) -> Primitive? {
        unsafe Primitive(thaw_linear_plain(Int64(rows), Int64(inFeatures), Int64(outFeatures), hasBias ? 1 : 0))
    }

    static func linearBackwardData(rows: Int, inFeatures: Int, outFeatures: Int) -> Primitive? {
        unsafe Primitive(thaw_linear_backward_data(Int64(rows), Int64(inFeatures), Int64(outFeatures)))
    }

    static func linearBackwardWeights(rows: Int, inFeatures: Int, outFeatures: Int, hasBias: Bool) -> Primitive? {
        unsafe Primitive(thaw_linear_backward_weights(Int64(rows), Int64(inFeatures), Int64(outFeatures), hasBias ? 1 : 0))
    }

    static func pooling(_ pooling: PoolingShape, forTraining: Bool, source: Layout) -> Primitive? {
        var shape = pooling.shape
        return unsafe Primitive(thaw_pooling_forward(&shape, pooling.kind, forTraining ? 1 : 0, source.pointer))
    }

    static func poolingBackward(_ pooling: PoolingShape, source: Layout, target: Layout) -> Primitive? {
        var shape = pooling.shape
        return unsafe Primitive(thaw_pooling_backward(&shape, pooling.kind, source.pointer, target.pointer))
    }

    static func batchNorm(_ source: Layout, epsilon: Float, usesGiven: Bool) -> Primitive? {
        unsafe Primitive(thaw_batch_norm_forward(source.pointer, epsilon, usesGiven ? 1 : 0))
    }

    static func elementwise(_ source: Layout, _ function: thaw_function) -> Primitive? {
        unsafe Primitive(thaw_elementwise_forward(source.pointer, Int32(function.rawValue)))
    }

    static func elementwiseBackward(_ source: Layout, _ function: thaw_function) -> Primitive? {
        unsafe Primitive(thaw_elementwise_backward(source.pointer, Int32(function.rawValue)))
    }

    static func sum(_ first: Layout, _ second: Layout) -> Primitive? {
        unsafe Primitive(thaw_binary(first.pointer, second.pointer, 0))
    }
    static func product(_ first: Layout, _ second: Layout) -> Primitive? {
        unsafe Primitive(thaw_binary(first.pointer, second.pointer, 1))
    }

    static func concatenation(_ sources: [Layout]) -> Primitive? {
        let pointers: [OpaquePointer?] = unsafe sources.map { unsafe $0.pointer }
        return withExtendedLifetime(sources) {
            unsafe pointers.withUnsafeBufferPointer { unsafe Primitive(thaw_concatenate($0.baseAddress, Int32($0.count))) }
        }
    }

    static func shuffle(_ source: Layout, groups: Int, backward: Bool = false) -> Primitive? {
        unsafe Primitive(thaw_shuffle(source.pointer, Int64(groups), backward ? 1 : 0))
    }

    static func reorder(from: Layout, to: Layout) throws(ExecutionError) -> Primitive {
        guard let primitive = unsafe Primitive(thaw_reorder(from.pointer, to.pointer)) else {
            throw .library(name: "oneDNN's reorder", status: "no way between two layouts")
        }
        return primitive
    }
}
