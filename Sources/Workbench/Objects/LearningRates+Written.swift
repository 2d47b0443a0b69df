import CommandLanguage
import NeuralNetworks
import Presentation

/// Learning rates as cells say them.
extension LearningRates {
    /// The rates as arguments: `lr=0.001`, `groups={"layer4": 0.0001}`.
    var arguments: [String] {
        switch self {
        case .uniform, .range: ["lr=\(value.source)"]
        case .patterns(let otherwise, let pairs):
            [
                "lr=\(Value.written(otherwise))",
                "groups=\(Value.map(pairs.map { ($0.pattern.description, .number($0.rate)) }).source)",
            ]
        }
    }

    /// The rates as a value of the language; of several the one for everything else.
    var value: Value {
        switch self {
        case .uniform(let rate), .patterns(let rate, _): .number(rate)
        case .range(let low, let high): .range(low, high)
        }
    }

    /// All of them times a factor, with two digits, as one would write them.
    ///
    /// - Parameter rate: what a single rate becomes, if that is known better.
    func scaled(by factor: Double, uniform rate: Double? = nil) -> LearningRates {
        func rounded(_ rate: Double) -> Double { Double(Format.significant(rate, 2)) ?? rate }
        switch self {
        case .uniform(let base): return .uniform(rounded(rate ?? base * factor))
        case .range(let low, let high): return .range(rounded(low * factor), rounded(high * factor))
        case .patterns(let otherwise, let pairs):
            return .patterns(otherwise: rounded(otherwise * factor), pairs.map { .init($0.pattern, rounded($0.rate * factor)) })
        }
    }

    /// The highest.
    var highest: Double {
        switch self {
        case .uniform(let rate): rate
        case .range(let low, let high): max(low, high)
        case .patterns(let otherwise, let pairs): pairs.reduce(otherwise) { max($0, $1.rate) }
        }
    }
}
