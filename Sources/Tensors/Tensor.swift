/// A dense, row-major array of `Float` with value semantics: copies share storage until one of them is written to.
///
/// Storage is aligned to 64 bytes, so that vector kernels and C libraries may read it directly.
/// Use it for weights, features and results; activations inside a compiled plan live in the plan's own arena.
public struct Tensor: Sendable, Equatable {
    /// The extents, outermost first.
    public let shape: Shape
    private var storage: TensorStorage

    /// A tensor of zeros.
    public init(zeros shape: Shape) {
        self.shape = shape
        storage = TensorStorage(count: shape.elementCount)
    }

    /// A tensor with the given elements in row-major order. `elements.count` must equal `shape.elementCount`.
    public init(_ shape: Shape, _ elements: some Collection<Float>) {
        precondition(elements.count == shape.elementCount, "\(elements.count) elements do not fill \(shape)")
        unsafe self.init(uninitialized: shape) { buffer in _ = unsafe buffer.initialize(from: elements) }
    }

    /// A tensor whose elements all equal `value`.
    public init(_ shape: Shape, repeating value: Float) {
        unsafe self.init(uninitialized: shape) { buffer in unsafe buffer.initialize(repeating: value) }
    }

    /// A scalar.
    public init(_ value: Float) { self.init([], repeating: value) }

    /// A tensor that `fill` writes; every element must be written.
    public init(
        uninitialized shape: Shape, _ fill: (UnsafeMutableBufferPointer<Float>) throws -> Void
    ) rethrows {
        self.shape = shape
        storage = TensorStorage(uninitialized: shape.elementCount)
        try unsafe fill(storage.buffer)
    }

    private init(shape: Shape, storage: TensorStorage) {
        self.shape = shape
        self.storage = storage
    }

    /// The number of elements.
    public var count: Int { shape.elementCount }

    /// The number of bytes that the elements take.
    public var byteCount: Int { count * MemoryLayout<Float>.stride }

    /// The same elements under another shape of the same count; nothing is copied.
    public func reshaped(_ newShape: Shape) -> Tensor {
        precondition(newShape.elementCount == count, "\(shape) can't be seen as \(newShape)")
        return Tensor(shape: newShape, storage: storage)
    }

    /// Whether no element is infinite or not a number.
    public var isFinite: Bool { unsafe withElements { unsafe $0.allSatisfy(\.isFinite) } }

    /// The elements in row-major order.
    public var elements: [Float] { unsafe withElements { unsafe Array($0) } }

    /// The element at a row-major position.
    public subscript(flat position: Int) -> Float {
        get {
            precondition(position >= 0 && position < count)
            return unsafe storage.buffer[position]
        }
        set {
            precondition(position >= 0 && position < count)
            makeUnique()
            unsafe storage.buffer[position] = newValue
        }
    }

    /// Reads the elements in place. The pointer is valid only inside `body`.
    public func withElements<Result, Failure: Error>(
        _ body: (UnsafeBufferPointer<Float>) throws(Failure) -> Result
    ) throws(Failure) -> Result {
        try unsafe body(UnsafeBufferPointer(storage.buffer))
    }

    /// Writes the elements in place, after making this copy's storage its own. The pointer is valid only inside `body`.
    public mutating func withMutableElements<Result, Failure: Error>(
        _ body: (UnsafeMutableBufferPointer<Float>) throws(Failure) -> Result
    ) throws(Failure) -> Result {
        makeUnique()
        return try unsafe body(storage.buffer)
    }

    /// Whether both tensors share the same storage: an unchanged copy, told without comparing elements.
    public func sharesStorage(with other: Tensor) -> Bool { storage === other.storage }

    private mutating func makeUnique() {
        if !isKnownUniquelyReferenced(&storage) { storage = TensorStorage(copying: storage) }
    }

    /// Equal shapes and equal elements (so a tensor that holds NaN equals only copies that share its storage).
    public static func == (left: Tensor, right: Tensor) -> Bool {
        guard left.shape == right.shape else { return false }
        if left.storage === right.storage { return true }
        return unsafe left.withElements { a in unsafe right.withElements { b in unsafe a.elementsEqual(b) } }
    }
}

/// One 64-byte aligned allocation of floats, freed with its last owner.
///
/// `@unchecked Sendable`: written to only by a `Tensor` that holds the one reference to it.
@safe private final class TensorStorage: @unchecked Sendable {
    let buffer: UnsafeMutableBufferPointer<Float>

    init(uninitialized count: Int) {
        // Never an empty allocation: C libraries may be handed the base address.
        let raw = UnsafeMutableRawPointer.allocate(byteCount: max(count, 1) * 4, alignment: 64)
        unsafe buffer = UnsafeMutableBufferPointer(
            start: raw.bindMemory(to: Float.self, capacity: max(count, 1)), count: count)
    }

    convenience init(count: Int) {
        self.init(uninitialized: count)
        unsafe buffer.initialize(repeating: 0)
    }

    convenience init(copying other: TensorStorage) {
        unsafe self.init(uninitialized: other.buffer.count)
        _ = unsafe buffer.initialize(fromContentsOf: other.buffer)
    }

    deinit { unsafe UnsafeMutableRawPointer(buffer.baseAddress)?.deallocate() }
}
