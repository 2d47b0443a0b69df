/// A share of a number of trials with the range in which the true share lies, by Wilson's score interval (Wilson 1927), which holds for
/// few trials and shares near 0 or 1, where the textbook ±1.96·√(p(1-p)/n) fails.
public struct Interval: Hashable, Sendable, Codable {
    public let estimate: Double
    public let low: Double
    public let high: Double
    public let successes: Int
    public let count: Int

    /// - Parameter z: standard deviations on each side; 1.96 for 95 %.
    public init(successes: Int, of count: Int, z: Double = 1.959963984540054) {
        self.successes = successes
        self.count = count
        guard count > 0 else {
            (estimate, low, high) = (.nan, 0, 1)
            return
        }
        let (n, p) = (Double(count), Double(successes) / Double(count))
        let scale = 1 + z * z / n
        let centre = (p + z * z / (2 * n)) / scale
        let half = z * (p * (1 - p) / n + z * z / (4 * n * n)).squareRoot() / scale
        estimate = p
        low = max(0, min(p, centre - half))
        high = min(1, max(p, centre + half))
    }
}
