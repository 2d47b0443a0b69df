#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

extension RandomSource {
    /// A number from the normal distribution (Box–Muller, one of the pair).
    public mutating func normal(mean: Float = 0, standardDeviation: Float = 1) -> Float {
        let radius = (-2 * log(1 - Double(next() >> 11) * 0x1p-53)).squareRoot()
        let angle = 2 * Double.pi * Double(next() >> 11) * 0x1p-53
        return mean + standardDeviation * Float(radius * cos(angle))
    }

    /// A number from Beta(`alpha`, `alpha`), by the ratio of two Gamma draws (Marsaglia, Tsang 2000).
    public mutating func beta(_ alpha: Double) -> Double {
        let first = gamma(alpha)
        let second = gamma(alpha)
        return first + second > 0 ? first / (first + second) : 0.5
    }

    private mutating func gamma(_ shape: Double) -> Double {
        if shape < 1 {
            let boost = pow(Double(next() >> 11) * 0x1p-53, 1 / shape)
            return gamma(shape + 1) * boost
        }
        let d = shape - 1 / 3
        let c = 1 / (9 * d).squareRoot()
        while true {
            let x = Double(normal())
            let v = (1 + c * x) * (1 + c * x) * (1 + c * x)
            guard v > 0 else { continue }
            let u = Double(next() >> 11) * 0x1p-53
            if log(u) < 0.5 * x * x + d - d * v + d * log(v) { return d * v }
        }
    }
}
