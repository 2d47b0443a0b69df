import COneDNN
import NeuralNetworks
import Synchronization
import Tensors

/// Which of oneDNN's ways computes a convolution fastest: measured once for each shape, kept for the session.
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
        var isWinograd = false
        /// Kernels for training are often the faster ones at inference.
        var forTraining = true
        var keepsSource = false
        /// Writes in the layout of the value that is added.
        var keepsTarget = false
    }

    private static let known = Mutex<[String: Choice]>([:])

    /// What was measured: the number of the candidate, and its seconds for a batch with the reorders that it takes.
    struct Choice {
        let candidate: Int
        let seconds: Double
    }

    private var candidates: [Candidate] {
        // Exact runs are the same in every session: the first that there is, whatever the clock says.
        if options.isExact { return [Candidate(), Candidate(forTraining: false), Candidate(keepsSource: true)] }
        var result: [Candidate] = []
        for isWinograd in [false, true] {
            // Winograd's filters are 3x3 with stride 1; asking for anything else only wastes time.
            if isWinograd, shape.kernel_height != 3 || shape.kernel_width != 3 || shape.stride_height != 1 || shape.groups != 1 {
                continue
            }
            for forTraining in [true, false] {
                for keepsSource in [true, false] {
                    result.append(
                        Candidate(
                            isWinograd: isWinograd, forTraining: forTraining, keepsSource: keepsSource,
                            keepsTarget: residual != nil && keepsSource))
                }
            }
        }
        return result
    }

    private func make(_ candidate: Candidate) -> Primitive? {
        Primitive.convolution(
            shape, algorithm: candidate.isWinograd ? THAW_WINOGRAD : THAW_DIRECT, forTraining: candidate.forTraining,
            isBFloat16: options.precision == .bfloat16, source: candidate.keepsSource ? source : nil,
            target: candidate.keepsTarget ? residual : nil, addsTarget: residual != nil, function: function)
    }

    private var key: String {
        "\(shape) \(LayoutNumbers.number(source)) \(residual.map(LayoutNumbers.number) ?? -1) \(function?.rawValue ?? 99) \(options.isExact) \(options.precision) \(options.threadCount)"
    }

    /// The fastest with its seconds (0 in exact runs, which don't measure), or `nil` if oneDNN has none but plain loops.
    func best() throws(ExecutionError) -> (primitive: Primitive, seconds: Double)? {
        let candidates = candidates
        let key = key
        if let choice = Self.known.withLock({ $0[key] }) {
            guard choice.candidate >= 0, let primitive = make(candidates[choice.candidate]) else { return nil }
            return (primitive, choice.seconds)
        }
        var made: [(index: Int, primitive: Primitive)] = []
        for (index, candidate) in candidates.enumerated() {
            if let primitive = make(candidate), !primitive.isPlain { made.append((index, primitive)) }
            if options.isExact, !made.isEmpty { break }
        }
        var seconds = [Double](repeating: 0, count: made.count)
        if !options.isExact {
            seconds = Measurement.seconds(made.map(\.primitive))
            for index in made.indices { seconds[index] += try conversions(of: made[index].primitive) }
        }
        let best = seconds.indices.min { seconds[$0] < seconds[$1] }
        let choice = Choice(candidate: best.map { made[$0].index } ?? -1, seconds: best.map { seconds[$0] } ?? .infinity)
        Self.known.withLock { $0[key] = choice }
        return best.map { (made[$0].primitive, seconds[$0]) }
    }

    /// Seconds of the reorders that a way takes.
    private func conversions(of primitive: Primitive) throws(ExecutionError) -> Double {
        var seconds = 0.0
        if let wanted = primitive.layout(THAW_SOURCE), !wanted.equals(source) {
            seconds += Measurement.seconds(try Primitive.reorder(from: source, to: wanted))
        }
        if let residual, let wanted = primitive.layout(THAW_TARGET), !wanted.equals(residual) {
            seconds += Measurement.seconds(try Primitive.reorder(from: residual, to: wanted))
        }
        return seconds
    }
}

/// How long primitives take.
enum Measurement {
    /// The least of a few runs on memory of its own, in seconds.
    static func seconds(_ primitive: Primitive) -> Double { seconds([primitive])[0] }

    /// The least of a few runs of each, in turns, so that whatever else the machine does meets them all; those that fall behind drop out.
    static func seconds(_ primitives: [Primitive]) -> [Double] {
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
        withExtendedLifetime(arenas) {
            for round in 0..<6 {
                let limit = (best.min() ?? .infinity) * 1.25
                for (index, primitive) in primitives.enumerated() where round < 2 || best[index] <= limit {
                    best[index] = min(best[index], clock.measure { primitive.run() } / .seconds(1))
                }
            }
        }
        return best
    }
}

/// Numbers for layouts, so that they can be part of a key.
enum LayoutNumbers {
    private static let known = Mutex<[Layout]>([])

    static func number(_ layout: Layout) -> Int {
        known.withLock { known in
            if let index = known.firstIndex(where: { $0.equals(layout) }) { return index }
            known.append(layout)
            return known.count - 1
        }
    }
}
