import NeuralNetworks

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// Functions of one element, with their derivatives.
extension Activation {
    /// The function of one number.
    @inline(__always)
    func callAsFunction(_ x: Float) -> Float {
        switch self {
        // A NaN must stay one, so that a training that diverges is noticed: `max(0, x)` would hide it.
        case .relu: x < 0 ? 0 : x
        case .relu6: x < 0 ? 0 : x > 6 ? 6 : x
        case .silu: x / (1 + exp(-x))
        case .hardswish: x * Self.gate(x)
        case .hardsigmoid: Self.gate(x)
        case .sigmoid: 1 / (1 + exp(-x))
        // The exact form, PyTorch's default.
        case .gelu: 0.5 * x * (1 + erf(x * 0.70710678))
        case .tanh: tanhf(x)
        }
    }

    /// The derivative at x.
    @inline(__always)
    func derivative(_ x: Float) -> Float {
        switch self {
        case .relu: return x > 0 ? 1 : 0
        case .relu6: return x > 0 && x < 6 ? 1 : 0
        case .silu:
            let s = 1 / (1 + exp(-x))
            return s * (1 + x * (1 - s))
        case .hardswish: return x <= -3 ? 0 : x >= 3 ? 1 : x / 3 + 0.5
        case .hardsigmoid: return x > -3 && x < 3 ? 1 / 6 : 0
        case .sigmoid:
            let s = 1 / (1 + exp(-x))
            return s * (1 - s)
        case .gelu:
            return 0.5 * (1 + erf(x * 0.70710678)) + x * 0.3989422804 * exp(-0.5 * x * x)
        case .tanh:
            let t = tanhf(x)
            return 1 - t * t
        }
    }

    private static func gate(_ x: Float) -> Float { x <= -3 ? 0 : x >= 3 ? 1 : x / 6 + 0.5 }

    /// Applies the function to `count` elements; `x` and `y` may be the same.
    func forward(_ count: Int, x: Floats, y: Floats, _ parallel: Parallel) {
        parallel.ranges(count) { range in
            // The common ones apart, so that they become vector code.
            switch self {
            case .relu: for i in range { unsafe y[i] = x[i] < 0 ? 0 : x[i] }
            case .relu6: for i in range { unsafe y[i] = x[i] < 0 ? 0 : x[i] > 6 ? 6 : x[i] }
            default: for i in range { unsafe y[i] = self(x[i]) }
            }
        }
    }

    /// `dx += f'(x) · dy`
    func backward(_ count: Int, x: Floats, dy: Floats, dx: Floats, _ parallel: Parallel) {
        parallel.ranges(count) { range in
            switch self {
            case .relu: for i in range { unsafe dx[i] += x[i] > 0 ? dy[i] : 0 }
            default: for i in range { unsafe dx[i] += derivative(x[i]) * dy[i] }
            }
        }
    }
}
