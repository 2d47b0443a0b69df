import Execution
import Tensors

extension TrainingPlan {
    /// The gradients of the last backward pass in figures, by parameter: after clipping, before the optimiser's momentum and decay.
    func gradientStatistics(_ names: [String]) -> [String: TensorStatistics] {
        names.reduce(into: [:]) { statistics, name in
            if let gradient = gradient(of: name) { statistics[name] = TensorStatistics(gradient) }
        }
    }
}
