import CommandLanguage
import NeuralNetworks

/// A loss.
struct LossObject: SessionObject {
    var loss: Loss
    let kind = "loss"
    var summary: String { loss.source }
}

extension Loss {
    /// The loss as one would write it, defaults left out.
    var source: String {
        var arguments: [String] = []
        func add(_ weights: [Float]?) {
            if let weights {
                arguments.append(
                    "weight=[\(weights.map { Value.written(Double("\($0)") ?? Double($0)) }.joined(separator: ", "))]")
            }
        }
        switch self {
        case .crossEntropy(let weights, let smoothing):
            add(weights)
            if smoothing != 0 { arguments.append("label_smoothing=\(smoothing)") }
        case .focal(let gamma, let weights):
            arguments.append("gamma=\(Value.written(Double("\(gamma)") ?? Double(gamma)))")
            add(weights)
        }
        return arguments.isEmpty ? name : "\(name)(\(arguments.joined(separator: ", ")))"
    }
}
