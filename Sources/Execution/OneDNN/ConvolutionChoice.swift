import COneDNN
import NeuralNetworks
import Tensors

/// Which of oneDNN's ways and the shim's own computes a convolution fastest: measured once for each shape, and kept.
struct ConvolutionChoice {
    let shape: thaw_convolution
    /// The layout of what is there; another one costs a reorder.
    let source: Layout
    /// The layout of the value that is added.
    let residual: Layout?
    let function: thaw_function?
    let options: ExecutionOptions

    /// One way.
    struct Candidate: Hashable {
        var algorithm = THAW_DIRECT
        /// Kernels for training are often the faster ones at inference.
        var forTraining = true
        var keepsSource = false
        /// Writes in the layout of the value that is added.
        var keepsTarget = false
    }

    private var candidates: [Candidate] {
        // Exact runs are the same in every session: the first that there is, whatever the clock says.
        if options.isExact { return [Candidate(), Candidate(forTraining: false), Candidate(keepsSource: true)] }
        var result: [Candidate] = []
        for algorithm in [THAW_DIRECT, THAW_WINOGRAD] {
            // Winograd's filters are 3x3 with stride 1; asking for anything else only wastes time.
            if algorithm == THAW_WINOGRAD, shape.kernel_height != 3 || shape.kernel_width != 3 || shape.stride_height != 1 || shape.groups != 1 {
                continue
            }
            for forTraining in [true, false] {
                for keepsSource in [true, false] {
                    result.append(
                        Candidate(
                            algorithm: algorithm, forTraining: forTraining, keepsSource: keepsSource,
                            keepsTarget: residual != nil && keepsSource))
                }
            }
        }
        result.append(Candidate(algorithm: THAW_GEMM))
        return result
    }

    private func make(_ candidate: Candidate) -> Primitive? {
        Primitive.convolution(
            shape, algorithm: candidate.algorithm, forTraining: candidate.forTraining,
            isBFloat16: options.precision == .bfloat16, source: candidate.keepsSource ? source : nil,
            target: candidate.keepsTarget ? residual : nil, addsTarget: residual != nil, function: function)
    }

    private var key: String {
        "inference \(shape.key) from \(source.key) plus \(residual?.key ?? "nothing") then \(function?.rawValue ?? 99) in \(options.precision)"
    }

    /// The fastest with its seconds (0 in exact runs, which don't measure), or `nil` if there is none but oneDNN's plain loops.
    ///
    /// - Parameter isInterrupted: asked before every measured run; throws ``ExecutionError/interrupted``.
    func best(_ isInterrupted: () -> Bool) throws(ExecutionError) -> (primitive: Primitive, seconds: Double)? {
        let candidates = candidates
        if options.isExact {
            for candidate in candidates {
                if let primitive = make(candidate), !primitive.isPlain { return (primitive, 0) }
            }
            return nil
        }
        let choice = try MeasuredChoices.choice(key) { () throws(ExecutionError) in try measured(candidates, isInterrupted) }
        guard candidates.indices.contains(choice.way), let primitive = make(candidates[choice.way]) else { return nil }
        return (primitive, choice.seconds)
    }

    /// The fastest of the ways; -1 if there is none.
    private func measured(_ candidates: [Candidate], _ isInterrupted: () -> Bool) throws(ExecutionError) -> MeasuredChoices.Choice {
        var made: [(index: Int, primitive: Primitive)] = []
        for (index, candidate) in candidates.enumerated() {
            if isInterrupted() { throw .interrupted }
            if let primitive = make(candidate), !primitive.isPlain { made.append((index, primitive)) }
        }
        var seconds = try Measurement.seconds(made.map(\.primitive), isInterrupted)
        for index in made.indices { seconds[index] += try conversions(of: made[index].primitive, isInterrupted) }
        guard let best = seconds.indices.min(by: { seconds[$0] < seconds[$1] }) else {
            return MeasuredChoices.Choice(way: -1, seconds: 0)
        }
        return MeasuredChoices.Choice(way: made[best].index, seconds: seconds[best])
    }

    /// Seconds of the reorders that a way takes.
    private func conversions(of primitive: Primitive, _ isInterrupted: () -> Bool) throws(ExecutionError) -> Double {
        var seconds = 0.0
        if let wanted = primitive.layout(THAW_SOURCE), !wanted.equals(source) {
            seconds += try Measurement.seconds([Primitive.reorder(from: source, to: wanted)], isInterrupted)[0]
        }
        if let residual, let wanted = primitive.layout(THAW_TARGET), !wanted.equals(residual) {
            seconds += try Measurement.seconds([Primitive.reorder(from: residual, to: wanted)], isInterrupted)[0]
        }
        return seconds
    }
}

/// How long primitives take.
enum Measurement {
    /// The least of a few runs of each on memory of its own, in turns, so that whatever else the machine does meets them all; those that
    /// fall behind drop out.
    ///
    /// - Parameter isInterrupted: asked before every run; throws ``ExecutionError/interrupted``.
    static func seconds(_ primitives: [Primitive], _ isInterrupted: () -> Bool) throws(ExecutionError) -> [Double] {
        let roles = [
            THAW_SOURCE, THAW_WEIGHTS, THAW_BIAS, THAW_TARGET, THAW_SCRATCH, THAW_SOURCE_GRADIENT, THAW_TARGET_GRADIENT,
            THAW_WEIGHTS_GRADIENT,
            THAW_BIAS_GRADIENT, THAW_DEPTHWISE_WEIGHTS, THAW_DEPTHWISE_BIAS,
        ]
        // One run at a time: all can use the same memory.
        let arenas = roles.map { role in Arena(count: ((primitives.map { $0.byteCount(role) }.max() ?? 0) + 3) / 4) }
        for primitive in primitives {
            for (role, arena) in zip(roles, arenas) where primitive.byteCount(role) > 0 {
                unsafe primitive.bind(role, arena.pointer(at: 0))
            }
        }
        var best = [Double](repeating: .infinity, count: primitives.count)
        let clock = ContinuousClock()
        defer { withExtendedLifetime(arenas) {} }
        for round in 0..<6 {
            let limit = (best.min() ?? .infinity) * 1.25
            for (index, primitive) in primitives.enumerated() where round < 2 || best[index] <= limit {
                if isInterrupted() { throw .interrupted }
                best[index] = min(best[index], clock.measure { primitive.run() } / .seconds(1))
            }
        }
        return best
    }
}

extension thaw_convolution {
    /// All of it, so that it can be part of a key.
    var key: String {
        "\(batch)x\(in_channels)x\(in_height)x\(in_width) to \(out_channels)x\(out_height)x\(out_width) in \(groups) groups "
            + "by \(kernel_height)x\(kernel_width) every \(stride_height)x\(stride_width) over \(dilation_height)x\(dilation_width) "
            + "within \(top),\(left),\(bottom),\(right)\(has_bias != 0 ? " with bias" : "")"
    }
}
