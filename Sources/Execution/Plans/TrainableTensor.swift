import COneDNN
import NeuralNetworks
import Tensors

/// A tensor that a training plan holds: its values, and for those that train the gradient and the optimiser's state.
///
/// They are row-major, or all in the layout of the convolution that reads them: an update moves number by number, so that nothing is repacked in
/// a step. They are unpacked when somebody looks at them.
final class TrainableTensor {
    /// A layout without padding, and the ways into it and back.
    private struct Packing {
        let layout: Layout
        let pack, unpack: Primitive
    }
    let name: String
    let shape: Shape
    let role: ParameterDeclaration.Role
    let trains: Bool
    /// Whether the plan changes it: a trained parameter, or a statistic that BatchNorm gathers.
    let moves: Bool
    private let values: Arena
    private let gradients: Arena?
    /// A statistic as it was before the unfinished step.
    private let saved: Arena?
    private(set) var state: [Arena] = []
    private(set) var step = 0
    private var packing: Packing?

    init(name: String, _ tensor: Tensor, role: ParameterDeclaration.Role, trains: Bool, moves: Bool) {
        self.name = name
        shape = tensor.shape
        self.role = role
        self.trains = trains
        self.moves = moves
        values = Arena(count: tensor.count)
        gradients = trains ? Arena(count: tensor.count) : nil
        saved = moves && role == .buffer ? Arena(count: tensor.count) : nil
        assign(tensor)
    }

    var count: Int { shape.elementCount }
    var value: Floats { unsafe values.pointer(at: 0) }
    var gradient: Floats? {
        guard let gradients else { return nil }
        return unsafe gradients.pointer(at: 0)
    }
    /// Bytes of values, gradient and the optimiser's arrays, also of those that the first step will make.
    func byteCount(optimizerStates: Int) -> Int {
        count * 4 * (trains ? 2 + max(state.count, optimizerStates) : saved == nil ? 1 : 2)
    }

    // MARK: - The layout

    /// The layout of the values; `nil`: row-major.
    var layout: Layout? { packing?.layout }

    /// Whether the values can be laid out so: not with padding, which an update might move, and only once.
    func canAdopt(_ layout: Layout, plain: Layout) -> Bool {
        packing == nil && !layout.equals(plain) && layout.byteCount == plain.byteCount
    }

    /// Takes on a layout that it can adopt, before the first step.
    func adopt(_ layout: Layout, plain: Layout) throws(ExecutionError) {
        let old = tensor()
        packing = Packing(
            layout: layout, pack: try Primitive.reorder(from: plain, to: layout),
            unpack: try Primitive.reorder(from: layout, to: plain))
        assign(old)
    }

    private static func run(_ primitive: Primitive, from: Floats, to: Floats) {
        let scratch = Arena(count: (primitive.byteCount(THAW_SCRATCH) + 3) / 4)
        unsafe primitive.bind(THAW_SOURCE, from)
        unsafe primitive.bind(THAW_TARGET, to)
        unsafe primitive.bind(THAW_SCRATCH, scratch.pointer(at: 0))
        primitive.run()
    }

    private func write(_ tensor: Tensor, to arena: Arena) {
        unsafe tensor.withElements { source in
            guard let base = source.baseAddress else { return }
            if let packing {
                // Only read from.
                unsafe Self.run(packing.pack, from: UnsafeMutablePointer(mutating: base), to: arena.pointer(at: 0))
            } else {
                unsafe arena.pointer(at: 0).update(from: base, count: count)
            }
        }
    }

    private func read(_ arena: Arena) -> Tensor {
        unsafe Tensor(uninitialized: shape) { target in
            guard let base = target.baseAddress else { return }
            if let packing {
                unsafe Self.run(packing.unpack, from: arena.pointer(at: 0), to: base)
            } else {
                unsafe base.initialize(from: arena.pointer(at: 0), count: count)
            }
        }
    }

    func assign(_ tensor: Tensor) {
        if tensor.count == count { write(tensor, to: values) }
    }

    /// Keeps a statistic that moves, so that it can go back.
    func save() {
        if let saved { unsafe saved.pointer(at: 0).update(from: values.pointer(at: 0), count: count) }
    }

    /// Goes back to what was saved last.
    func goBack() {
        if let saved { unsafe values.pointer(at: 0).update(from: saved.pointer(at: 0), count: count) }
    }

    func tensor() -> Tensor { read(values) }
    func gradientTensor() -> Tensor? { gradients.map(read) }

    // MARK: - Updates

    /// Moves the values by one step.
    func update(_ rule: OptimizerRule, learningRate: Float, weightDecay: Float, _ parallel: Parallel) {
        guard let gradients else { return }
        if state.count != rule.stateCount {
            state = (0..<rule.stateCount).map { _ in Arena(count: count) }
            step = 0
        }
        step += 1
        let step = step
        parallel.ranges(count, grain: 1 << 16) { range in
            func part(_ arena: Arena) -> UnsafeMutableBufferPointer<Float> {
                unsafe UnsafeMutableBufferPointer(start: arena.pointer(at: range.lowerBound), count: range.count)
            }
            unsafe rule.apply(
                parameter: part(values), gradient: UnsafeBufferPointer(part(gradients)), state: state.map { unsafe part($0) },
                step: step,
                learningRate: learningRate, weightDecay: weightDecay)
        }
    }

    var optimizerState: OptimizerState? {
        step == 0 && state.isEmpty ? nil : OptimizerState(step: step, buffers: state.map(read))
    }

    func setOptimizerState(_ new: OptimizerState?) {
        guard let new, new.buffers.allSatisfy({ $0.shape == shape }) else {
            state = []
            step = 0
            return
        }
        step = new.step
        state = new.buffers.map { tensor in
            let arena = Arena(count: count)
            write(tensor, to: arena)
            return arena
        }
    }
}
