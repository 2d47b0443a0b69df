/// The extent of a tensor along each axis, outermost first: `[N, C, H, W]` for images, `[out, in]` for a linear weight.
///
/// Every extent is at least zero. The empty shape is a scalar with one element.
public struct Shape: Hashable, Sendable, ExpressibleByArrayLiteral, CustomStringConvertible {
    /// The extents, outermost axis first.
    public let dimensions: [Int]

    /// A shape with the given extents, outermost first.
    public init(_ dimensions: [Int]) {
        precondition(dimensions.allSatisfy { $0 >= 0 }, "a shape's extents are at least zero")
        self.dimensions = dimensions
    }

    public init(arrayLiteral elements: Int...) { self.init(elements) }

    /// The number of axes.
    public var rank: Int { dimensions.count }

    /// The product of all extents; 1 for a scalar.
    public var elementCount: Int { dimensions.reduce(1, *) }

    /// The extent along `axis`, counted from the front; negative axes count from the back.
    public subscript(_ axis: Int) -> Int { dimensions[axis < 0 ? axis + rank : axis] }

    /// Row-major strides in elements: the innermost axis has stride 1.
    public var rowMajorStrides: [Int] {
        var strides = [Int](repeating: 1, count: rank)
        for axis in stride(from: rank - 2, through: 0, by: -1) {
            strides[axis] = strides[axis + 1] * dimensions[axis + 1]
        }
        return strides
    }

    /// The same shape with the first extent replaced: `[16, 3, 224, 224].withBatch(1)`.
    public func withBatch(_ count: Int) -> Shape { Shape([count] + dimensions.dropFirst()) }

    /// Shown as `64×3×7×7`; a scalar as `scalar`.
    public var description: String {
        rank == 0 ? "scalar" : dimensions.map(String.init).joined(separator: "×")
    }
}
