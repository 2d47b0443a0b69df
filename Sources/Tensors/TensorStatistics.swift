/// A tensor in numbers; values that aren't finite are counted and left out of the others.
public struct TensorStatistics: Sendable, Hashable {
    public let count: Int
    public let mean: Double
    /// The sample's, as PyTorch's `std()` has it: squares over n - 1. 0 for a single value.
    public let deviation: Double
    public let low: Double
    public let high: Double
    /// L2.
    public let norm: Double
    /// Values that are exactly zero: behind dead units.
    public let zeros: Int
    public let notFinite: Int

    public init(_ tensor: Tensor) {
        var (sum, squares, low, high, zeros, bad, number) = (0.0, 0.0, Double.infinity, -Double.infinity, 0, 0, 0)
        unsafe tensor.withElements { elements in
            for unsafe element in unsafe elements {
                guard element.isFinite else {
                    bad += 1
                    continue
                }
                let value = Double(element)
                number += 1
                sum += value
                squares += value * value
                low = min(low, value)
                high = max(high, value)
                if element == 0 { zeros += 1 }
            }
        }
        count = tensor.count
        mean = sum / Double(max(number, 1))
        deviation = (max(0, squares - sum * mean) / Double(max(number - 1, 1))).squareRoot()
        self.low = number > 0 ? low : 0
        self.high = number > 0 ? high : 0
        norm = squares.squareRoot()
        self.zeros = zeros
        notFinite = bad
    }
}
