#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// How one parameter moves along its gradient: PyTorch's `torch.optim` formulas and defaults.
///
/// A rule is elementwise, so it works in any memory layout. Rates and weight decay belong to parameter groups and come with every
/// call; what a rule remembers (momentum, squares) lives in the caller's `state` buffers, all zero before the first step.
public enum OptimizerRule: Hashable, Sendable, Codable {
    /// `g += λp; b = μb + (1-δ)g` (`b = g` at the first step); `p -= η·b`, or `η·(g + μb)` with `nesterov`.
    case sgd(momentum: Double = 0, dampening: Double = 0, nesterov: Bool = false)
    /// Kingma, Ba 2015; weight decay is added to the gradient. `amsgrad` keeps the largest second moment (Reddi et al. 2018).
    case adam(beta1: Double = 0.9, beta2: Double = 0.999, epsilon: Double = 1e-8, amsgrad: Bool = false)
    /// Adam with decoupled weight decay: `p *= 1 - ηλ` (Loshchilov, Hutter 2019).
    case adamW(beta1: Double = 0.9, beta2: Double = 0.999, epsilon: Double = 1e-8, amsgrad: Bool = false)
    /// `v = αv + (1-α)g²; p -= η·g/(√v + ε)`; `centered` subtracts the squared mean gradient from v.
    case rmsprop(alpha: Double = 0.99, epsilon: Double = 1e-8, momentum: Double = 0, centered: Bool = false)

    /// PyTorch's name: `SGD`, `Adam`, `AdamW`, `RMSprop`.
    public var name: String {
        switch self {
        case .sgd: "SGD"
        case .adam: "Adam"
        case .adamW: "AdamW"
        case .rmsprop: "RMSprop"
        }
    }

    /// PyTorch's learning rate when none is given.
    public var defaultLearningRate: Double {
        switch self {
        case .sgd, .adam, .adamW: 1e-3
        case .rmsprop: 1e-2
        }
    }

    /// PyTorch's weight decay when none is given.
    public var defaultWeightDecay: Double { if case .adamW = self { 1e-2 } else { 0 } }

    /// The names of the state buffers, as PyTorch's optimiser `state_dict` has them.
    public var stateNames: [String] {
        switch self {
        case .sgd(let momentum, _, _): momentum != 0 ? ["momentum_buffer"] : []
        case .adam(_, _, _, let amsgrad), .adamW(_, _, _, let amsgrad):
            ["exp_avg", "exp_avg_sq"] + (amsgrad ? ["max_exp_avg_sq"] : [])
        case .rmsprop(_, _, let momentum, let centered):
            ["square_avg"] + (momentum > 0 ? ["momentum_buffer"] : []) + (centered ? ["grad_avg"] : [])
        }
    }

    /// The number of state buffers of a parameter, each of the parameter's size.
    public var stateCount: Int { stateNames.count }

    /// Momentum, or Adam's β₁: what ``Schedule/oneCycle(_:)`` cycles.
    public var momentum: Double {
        get {
            switch self {
            case .sgd(let momentum, _, _), .rmsprop(_, _, let momentum, _): momentum
            case .adam(let beta1, _, _, _), .adamW(let beta1, _, _, _): beta1
            }
        }
        set {
            switch self {
            case .sgd(_, let dampening, let nesterov):
                self = .sgd(momentum: newValue, dampening: dampening, nesterov: nesterov)
            case .adam(_, let beta2, let epsilon, let amsgrad):
                self = .adam(beta1: newValue, beta2: beta2, epsilon: epsilon, amsgrad: amsgrad)
            case .adamW(_, let beta2, let epsilon, let amsgrad):
                self = .adamW(beta1: newValue, beta2: beta2, epsilon: epsilon, amsgrad: amsgrad)
            case .rmsprop(let alpha, let epsilon, _, let centered):
                self = .rmsprop(alpha: alpha, epsilon: epsilon, momentum: newValue, centered: centered)
            }
        }
    }

    /// Why the settings make no sense; `nil` if they do. PyTorch's own checks.
    public var problem: String? {
        func fraction(_ value: Double, _ name: String) -> String? {
            value >= 0 && value < 1 ? nil : "\(name) must be at least 0 and below 1, not \(value)"
        }
        switch self {
        case .sgd(let momentum, let dampening, let nesterov):
            if !(momentum >= 0) { return "momentum must be at least 0, not \(momentum)" }
            if nesterov, momentum == 0 || dampening != 0 { return "nesterov needs momentum and no dampening" }
            return nil
        case .adam(let beta1, let beta2, let epsilon, _), .adamW(let beta1, let beta2, let epsilon, _):
            return fraction(beta1, "beta1") ?? fraction(beta2, "beta2")
                ?? (epsilon >= 0 ? nil : "eps must be at least 0, not \(epsilon)")
        case .rmsprop(let alpha, let epsilon, let momentum, _):
            if !(alpha >= 0) { return "alpha must be at least 0, not \(alpha)" }
            if !(epsilon >= 0) { return "eps must be at least 0, not \(epsilon)" }
            return momentum >= 0 ? nil : "momentum must be at least 0, not \(momentum)"
        }
    }
}

/// Numbers of one step that don't depend on the element, rounded once.
private struct AdamFactors {
    let meanShare, squareKeep, squareShare, stepSize, rootCorrection, epsilon: Float

    init(beta1: Double, beta2: Double, epsilon: Double, step: Int, learningRate: Float) {
        let (correction1, correction2) = (1 - pow(beta1, Double(step)), 1 - pow(beta2, Double(step)))
        meanShare = Float(1 - beta1)
        squareKeep = Float(beta2)
        squareShare = Float(1 - beta2)
        stepSize = Float(Double(learningRate) / correction1)
        rootCorrection = Float(correction2.squareRoot())
        self.epsilon = Float(epsilon)
    }
}

extension OptimizerRule {
    /// Moves `parameter` by one step.
    ///
    /// - Parameters:
    ///   - parameter: the values, changed in place.
    ///   - gradient: the loss's gradient with respect to them, of the same count. Left as it is.
    ///   - state: ``stateCount`` buffers of the same count in the order of ``stateNames``, zero before step 1, changed in place.
    ///   - step: the number of this step for this parameter, from 1.
    ///   - learningRate: the rate η of the parameter's group.
    ///   - weightDecay: the decay λ of the parameter's group.
    public func apply(
        parameter: UnsafeMutableBufferPointer<Float>, gradient: UnsafeBufferPointer<Float>,
        state: [UnsafeMutableBufferPointer<Float>], step: Int, learningRate: Float, weightDecay: Float
    ) {
        precondition(unsafe state.count == stateCount && gradient.count == parameter.count)
        precondition(unsafe state.allSatisfy { $0.count == parameter.count })
        switch self {
        case .sgd(let momentum, let dampening, let nesterov):
            guard momentum != 0 else {
                for i in 0..<parameter.count {
                    unsafe parameter[i] -= learningRate * (gradient[i] + weightDecay * parameter[i])
                }
                return
            }
            let buffer = unsafe state[0]
            // The first buffer is the gradient itself, undampened.
            let (keep, share) = (Float(momentum), step == 1 ? 1 : Float(1 - dampening))
            let (bufferShare, gradientShare): (Float, Float) = nesterov ? (keep, 1) : (1, 0)
            for i in 0..<parameter.count {
                let g = unsafe gradient[i] + weightDecay * parameter[i]
                let b = unsafe keep * buffer[i] + share * g
                unsafe buffer[i] = b
                unsafe parameter[i] -= learningRate * (gradientShare * g + bufferShare * b)
            }
        case .adam(let beta1, let beta2, let epsilon, _):
            let factors = AdamFactors(beta1: beta1, beta2: beta2, epsilon: epsilon, step: step, learningRate: learningRate)
            unsafe Self.adam(parameter, gradient, state, factors, shrink: 1, decay: weightDecay)
        case .adamW(let beta1, let beta2, let epsilon, _):
            let factors = AdamFactors(beta1: beta1, beta2: beta2, epsilon: epsilon, step: step, learningRate: learningRate)
            let shrink = Float(1 - Double(learningRate) * Double(weightDecay))
            unsafe Self.adam(parameter, gradient, state, factors, shrink: shrink, decay: 0)
        case .rmsprop(let alpha, let epsilon, let momentum, let centered):
            let keep = Float(alpha)
            let share = Float(1 - alpha)
            let offset = Float(epsilon)
            let squares = unsafe state[0]
            let velocity = unsafe momentum > 0 ? state[1] : squares
            let mean = unsafe centered ? state[stateCount - 1] : squares
            for i in 0..<parameter.count {
                let g = unsafe gradient[i] + weightDecay * parameter[i]
                let square = unsafe keep * squares[i] + share * g * g
                unsafe squares[i] = square
                var spread = square
                if centered {
                    let average = unsafe mean[i] + share * (g - mean[i])
                    unsafe mean[i] = average
                    spread -= average * average
                }
                var move = g / (spread.squareRoot() + offset)
                if momentum > 0 {
                    move = unsafe Float(momentum) * velocity[i] + move
                    unsafe velocity[i] = move
                }
                unsafe parameter[i] -= learningRate * move
            }
        }
    }

    private static func adam(
        _ parameter: UnsafeMutableBufferPointer<Float>, _ gradient: UnsafeBufferPointer<Float>,
        _ state: [UnsafeMutableBufferPointer<Float>], _ factors: AdamFactors, shrink: Float, decay: Float
    ) {
        let (mean, squares) = unsafe (state[0], state[1])
        let keepsLargest = unsafe state.count > 2
        let largest = unsafe keepsLargest ? state[2] : squares
        for i in 0..<parameter.count {
            let p = unsafe parameter[i] * shrink
            let g = unsafe gradient[i] + decay * p
            let m = unsafe mean[i] + factors.meanShare * (g - mean[i])
            var v = unsafe factors.squareKeep * squares[i] + factors.squareShare * g * g
            unsafe mean[i] = m
            unsafe squares[i] = v
            if keepsLargest {
                // A NaN must reach the parameter: keep it, whichever side it is on.
                v = unsafe largest[i] > v ? largest[i] : v
                unsafe largest[i] = v
            }
            unsafe parameter[i] = p - factors.stepSize * (m / (v.squareRoot() / factors.rootCorrection + factors.epsilon))
        }
    }
}
