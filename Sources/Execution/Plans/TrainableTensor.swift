import NeuralNetworks
import Tensors

/// A tensor that a training plan holds: its values, and for those that train the gradient and the optimiser's state.
final class TrainableTensor {
    let name: String
    let shape: Shape
    let role: ParameterDeclaration.Role
    let trains: Bool
    /// Whether the plan changes it: a trained parameter, or a statistic that BatchNorm gathers.
    let moves: Bool
    private let values: Arena
    private let gradients: Arena?
    private(set) var state: [Arena] = []
    private(set) var step = 0

    init(name: String, _ tensor: Tensor, role: ParameterDeclaration.Role, trains: Bool, moves: Bool) {
        self.name = name
        shape = tensor.shape
        self.role = role
        self.trains = trains
        self.moves = moves
        values = Arena(count: tensor.count)
        gradients = trains ? Arena(count: tensor.count) : nil
        assign(tensor)
    }

    var count: Int { shape.elementCount }
    var value: Floats { unsafe values.pointer(at: 0) }
    var gradient: Floats? {
        guard let gradients else { return nil }
        return unsafe gradients.pointer(at: 0)
    }
    var byteCount: Int { count * 4 * (1 + (trains ? 1 : 0) + state.count) }

    func assign(_ tensor: Tensor) {
        guard tensor.count == count else { return }
        unsafe tensor.withElements { source in
            if let base = source.baseAddress { unsafe value.update(from: base, count: count) }
        }
    }

    func tensor() -> Tensor { copy(values) }
    func gradientTensor() -> Tensor? { gradients.map(copy) }

    private func copy(_ arena: Arena) -> Tensor {
        unsafe Tensor(uninitialized: shape) { target in
            if let base = target.baseAddress { unsafe base.initialize(from: arena.pointer(at: 0), count: count) }
        }
    }

    /// Moves the values by one step.
    func update(_ rule: OptimizerRule, learningRate: Float, weightDecay: Float) {
        guard let gradients else { return }
        if state.count != rule.stateCount {
            state = (0..<rule.stateCount).map { _ in Arena(count: count) }
            step = 0
        }
        step += 1
        func buffer(_ arena: Arena) -> UnsafeMutableBufferPointer<Float> {
            unsafe UnsafeMutableBufferPointer(start: arena.pointer(at: 0), count: count)
        }
        unsafe rule.apply(
            parameter: buffer(values), gradient: UnsafeBufferPointer(buffer(gradients)), state: state.map { unsafe buffer($0) }, step: step,
            learningRate: learningRate, weightDecay: weightDecay)
    }

    var optimizerState: OptimizerState? { step == 0 && state.isEmpty ? nil : OptimizerState(step: step, buffers: state.map(copy)) }

    func setOptimizerState(_ new: OptimizerState?) {
        guard let new, new.buffers.allSatisfy({ $0.shape == shape }) else {
            state = []
            step = 0
            return
        }
        step = new.step
        state = new.buffers.map { tensor in
            let arena = Arena(count: count)
            unsafe tensor.withElements { source in
                if let base = source.baseAddress { unsafe arena.pointer(at: 0).update(from: base, count: count) }
            }
            return arena
        }
    }
}
