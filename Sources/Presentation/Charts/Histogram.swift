/// How many finite values lie in each of equally wide bins between the least and the largest.
public struct Histogram: Sendable {
    public let counts: [Int]
    public let low: Double
    public let high: Double

    public init(_ values: [Float], bins: Int) {
        // The difference of two floats can be more than a float holds.
        let finite = values.filter(\.isFinite).map(Double.init)
        var (low, high) = (finite.min() ?? 0, finite.max() ?? 1)
        // Beside a large number a half is nothing.
        if low == high {
            let margin = max(0.5, abs(low) * 1e-6)
            (low, high) = (low - margin, high + margin)
        }
        var counts = [Int](repeating: 0, count: max(bins, 1))
        for value in finite {
            let place = (value - low) / (high - low) * Double(counts.count)
            counts[min(max(Int(place), 0), counts.count - 1)] += 1
        }
        (self.counts, self.low, self.high) = (counts, low, high)
    }
}
