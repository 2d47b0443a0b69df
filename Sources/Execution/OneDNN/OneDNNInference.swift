import NeuralNetworks
import Tensors

final class OneDNNInference: InferenceEngine {
    let byteCount = 0
    init(_ graph: FusedGraph, batchSize: Int, options: ExecutionOptions) throws(ExecutionError) { throw .backendUnavailable(.oneDNN) }
    func run(_ n: Int, input: UnsafePointer<Float>, outputs: [Floats], isInterrupted: () -> Bool) throws(ExecutionError) {}
}

enum OneDNNConvolution {
    static func make(
        _ convolution: Convolution, input: Shape, output: Shape, batchSize: Int, weight: TrainableTensor, bias: TrainableTensor?,
        wantsInputGradient: Bool, options: ExecutionOptions
    ) throws(ExecutionError) -> (any NodeOperator)? { nil }
}
