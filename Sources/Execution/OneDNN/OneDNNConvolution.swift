import NeuralNetworks
import Tensors

enum OneDNNConvolution {
    static func make(
        _ convolution: Convolution, input: Shape, output: Shape, batchSize: Int, weight: TrainableTensor, bias: TrainableTensor?,
        wantsInputGradient: Bool, options: ExecutionOptions
    ) throws(ExecutionError) -> (any NodeOperator)? { nil }
}
