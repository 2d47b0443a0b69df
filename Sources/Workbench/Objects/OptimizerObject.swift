import CommandLanguage
import NeuralNetworks

/// An optimiser's rule with its rates: a recipe that is bound to parameters when a training starts.
struct OptimizerObject: SessionObject {
    var rule: OptimizerRule
    /// `nil`: the rule's default.
    var rates: LearningRates?
    var weightDecay: Double?
    var sparesBiasesAndNorms = false
    let kind = "optimizer"

    var summary: String {
        var arguments = [rates ?? .uniform(rule.defaultLearningRate)].flatMap(\.arguments) + rule.arguments
        if let weightDecay { arguments.append("weight_decay=\(Value.written(weightDecay))") }
        if sparesBiasesAndNorms { arguments.append("decay_bias=false") }
        return "\(rule.name)(\(arguments.joined(separator: ", ")))"
    }
}

extension OptimizerRule {
    /// The rule as one would write it, without rates.
    var source: String { arguments.isEmpty ? name : "\(name)(\(arguments.joined(separator: ", ")))" }

    /// Its arguments that are not PyTorch's defaults.
    fileprivate var arguments: [String] {
        var result: [String] = []
        func add(_ name: String, _ value: Double, unless usual: Double) {
            if value != usual { result.append("\(name)=\(Value.written(value))") }
        }
        func add(_ name: String, _ isOn: Bool) { if isOn { result.append("\(name)=true") } }
        switch self {
        case .sgd(let momentum, let dampening, let nesterov):
            add("momentum", momentum, unless: 0)
            add("dampening", dampening, unless: 0)
            add("nesterov", nesterov)
        case .adam(let beta1, let beta2, let epsilon, let amsgrad), .adamW(let beta1, let beta2, let epsilon, let amsgrad):
            if (beta1, beta2) != (0.9, 0.999) { result.append("betas=[\(Value.written(beta1)), \(Value.written(beta2))]") }
            add("eps", epsilon, unless: 1e-8)
            add("amsgrad", amsgrad)
        case .rmsprop(let alpha, let epsilon, let momentum, let centered):
            add("alpha", alpha, unless: 0.99)
            add("eps", epsilon, unless: 1e-8)
            add("momentum", momentum, unless: 0)
            add("centered", centered)
        }
        return result
    }
}
