public import Tensors

/// Why a plan can't be made or run. Cases carry the facts; `description` makes the sentence.
public enum ExecutionError: Error, Sendable, Equatable {
    case backendUnavailable(Backend)
    case precisionUnavailable(Precision, reason: String)
    /// The plan needs more than there is. `largestBatch` fits; 0 if none does.
    case outOfMemory(needed: Int, available: Int, largestBatch: Int)
    case missingParameter(name: String)
    case wrongParameterShape(name: String, found: String, expected: String)
    case wrongInput(found: String, expected: String)
    case interrupted
    case library(name: String, status: String)
}

extension ExecutionError: CustomStringConvertible {
    public var description: String {
        switch self {
        case .backendUnavailable(let backend):
            "the backend \(backend.rawValue) is not in this build: install oneDNN's development package and build again, or `set device openblas`"
        case .precisionUnavailable(let precision, let reason): "\(precision.rawValue) can't be used: \(reason)"
        case .outOfMemory(let needed, let available, let largest):
            "this needs \(needed >> 20) MiB and \(available >> 20) MiB are free"
                + (largest > 0 ? "; batch_size=\(largest) fits" : "; not even a batch of one fits")
        case .missingParameter(let name): "the network's \(name) has no values"
        case .wrongParameterShape(let name, let found, let expected): "\(name) is \(found), the network expects \(expected)"
        case .wrongInput(let found, let expected): "the input is \(found), the plan was made for \(expected)"
        case .interrupted: "interrupted"
        case .library(let name, let status): "\(name) failed: \(status)"
        }
    }
}

/// What an optimiser keeps of one parameter.
public struct OptimizerState: Sendable, Equatable {
    /// Steps that were made.
    public var step: Int
    /// In the order of `OptimizerRule.stateNames`, each of the parameter's shape.
    public var buffers: [Tensor]

    public init(step: Int, buffers: [Tensor]) {
        self.step = step
        self.buffers = buffers
    }
}
