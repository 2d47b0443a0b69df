import Execution
public import NeuralNetworks

extension Trainer {
    /// What the trainer remembers from one training to the next: the weights it left and those to go on from, their average, the best,
    /// and the optimiser's buffers as `optimizer.<n>.<parameter>`. Most tensors are shared with the model.
    public var tensors: [ParameterStore] {
        var buffers = ParameterStore()
        for (name, value) in state.optimizerState {
            for (index, buffer) in value.buffers.enumerated() {
                buffers.insert(buffer, name: "optimizer.\(index).\(name)", role: .buffer)
            }
        }
        return [state.left, state.last, state.averaged, state.best?.parameters].compactMap { $0 } + [buffers]
    }
}
