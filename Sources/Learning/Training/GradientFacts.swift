import Execution
public import Tensors

/// A parameter's gradient in a training's last step, in figures: after clipping, before the optimiser's momentum and decay.
public struct GradientFacts: Sendable, Hashable {
    public let mean: Double
    public let deviation: Double
    public let low: Double
    public let high: Double
    /// L2.
    public let norm: Double
    /// The share of values that are exactly zero: behind dead units.
    public let zeros: Double

    public init(_ gradient: Tensor) {
        var (sum, squares, low, high, zeros) = (0.0, 0.0, Double.infinity, -Double.infinity, 0)
        unsafe gradient.withElements { elements in
            for unsafe element in unsafe elements {
                let value = Double(element)
                sum += value
                squares += value * value
                low = min(low, value)
                high = max(high, value)
                if element == 0 { zeros += 1 }
            }
        }
        let count = Double(max(gradient.count, 1))
        mean = sum / count
        deviation = max(0, squares / count - mean * mean).squareRoot()
        self.low = gradient.count > 0 ? low : 0
        self.high = gradient.count > 0 ? high : 0
        norm = squares.squareRoot()
        self.zeros = Double(zeros) / count
    }
}

extension TrainingPlan {
    /// The gradients of the last backward pass in figures, by parameter.
    func gradientFacts(_ names: [String]) -> [String: GradientFacts] {
        names.reduce(into: [:]) { facts, name in
            if let gradient = gradient(of: name) { facts[name] = GradientFacts(gradient) }
        }
    }
}
