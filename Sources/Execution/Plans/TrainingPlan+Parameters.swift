public import NeuralNetworks
public import Tensors

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// Gradients, updates, and the weights going in and out.
extension TrainingPlan {
    /// The L2 norm of all gradients together, summed in graph order in double precision.
    public func gradientNorm() -> Float {
        var sum = 0.0
        for tensor in trainable {
            guard let gradient = unsafe tensor.gradient else { continue }
            for i in 0..<tensor.count { unsafe sum += Double(gradient[i]) * Double(gradient[i]) }
        }
        return Float(sum.squareRoot())
    }

    /// Multiplies every gradient by a factor.
    public func scaleGradients(by factor: Float) {
        for tensor in trainable {
            guard let gradient = unsafe tensor.gradient else { continue }
            parallel.ranges(tensor.count) { range in for i in range { unsafe gradient[i] *= factor } }
        }
    }

    /// Moves every trained tensor by one step.
    ///
    /// - Parameter rates: the rate and decay of a parameter by its full name.
    public func update(_ rule: OptimizerRule, rates: (String) -> (learningRate: Float, weightDecay: Float)) {
        for tensor in trainable {
            let (learningRate, weightDecay) = rates(tensor.name)
            tensor.update(rule, learningRate: learningRate, weightDecay: weightDecay, parallel)
        }
        isStepOpen = false
    }

    /// Gives up a step that was not finished by ``update(_:rates:)``: the statistics that its forward passes moved go back.
    public func abandonStep() {
        guard isStepOpen else { return }
        for tensor in tensors.values { tensor.goBack() }
        isStepOpen = false
    }

    /// Writes what the plan changed into a store: trained tensors, and the statistics that BatchNorm gathered.
    public func exportParameters(into store: inout ParameterStore) {
        for tensor in tensors.values.sorted(by: { $0.name < $1.name }) where tensor.moves {
            store.insert(tensor.tensor(), name: tensor.name, role: tensor.role)
        }
    }

    /// Takes the values of every tensor above the frontier from a store, where it has them.
    public func importParameters(from store: ParameterStore) {
        for tensor in tensors.values { if let value = store[tensor.name] { tensor.assign(value) } }
    }

    /// The gradient of a trained parameter after a backward pass; `nil` for any other name.
    public func gradient(of name: String) -> Tensor? { tensors[name]?.gradientTensor() }

    /// The gradient of the loss with respect to a node's value, `[n, …]`, after a backward pass; `nil` unless it was asked for.
    public func gradient(ofNode node: Int) -> Tensor? {
        guard program.kept.contains(node), lastCount > 0, let place = unsafe gradient(node) else { return nil }
        return unsafe copy(node, place)
    }

    /// A node's value in the last training forward pass, `[n, …]`; `nil` unless its gradient was asked for.
    public func value(ofNode node: Int) -> Tensor? {
        guard program.kept.contains(node), lastCount > 0, let place = unsafe value(node) else { return nil }
        return unsafe copy(node, place)
    }

    private func copy(_ node: Int, _ source: Floats) -> Tensor? { try? unsafe read(source, of: node, lastCount) }

    /// What the optimiser keeps, by parameter name; only tensors that have been updated.
    public func optimizerState() -> [String: OptimizerState] {
        var result: [String: OptimizerState] = [:]
        for tensor in trainable { result[tensor.name] = tensor.optimizerState }
        return result
    }

    /// Gives the optimiser back what it kept; parameters that aren't named start afresh.
    public func setOptimizerState(_ state: [String: OptimizerState]) {
        for tensor in trainable { tensor.setOptimizerState(state[tensor.name]) }
    }
}
