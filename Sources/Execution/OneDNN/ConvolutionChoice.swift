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

    private static let known = Mutex<[String: Int]>([:])

    private var candidates: [Candidate] {
        // Exact runs are the same in every session: the first that there is, whatever the clock says.
        if options.isExact { return [Candidate(), Candidate(forTraining: false), Candidate(keepsSource: true)] }
        var result: [Candidate] = []
        for isWinograd in [false, true] {
            // Winograd's filters are 3x3 with stride 1; asking for anything else only wastes time.
            if isWinograd, shape.kernel_height != 3 || shape.kernel_width != 3 || shape.stride_height != 1 || shape.groups != 1 { continue }
            for forTraining in [true, false] {
                for keepsSource in [true, false] {
                    result.append(
                        Candidate(isWinograd: isWinograd, forTraining: forTraining, keepsSource: keepsSource, keepsTarget: residual != nil && keepsSource))
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

    /// The fastest, or `nil` if oneDNN has none but plain loops.
    func best() throws(ExecutionError) -> Primitive? {
        let candidates = candidates
        let key = key
        if let index = Self.known.withLock({ $0[key] }) { return index < 0 ? nil : make(candidates[index]) }
        var best: (index: Int, time: Double)?
        for (index, candidate) in candidates.enumerated() {
            guard let primitive = make(candidate), !primitive.isPlain else { continue }
            if options.isExact {
                best = (index, 0)
                break
            }
            let time = try measured(primitive)
            if best == nil || time < best?.time ?? 0 { best = (index, time) }
        }
        let index = best?.index ?? -1
        Self.known.withLock { $0[key] = index }
        return index < 0 ? nil : make(candidates[index])
    }

    /// Seconds, with the reorders that it takes.
    private func measured(_ primitive: Primitive) throws(ExecutionError) -> Double {
        var seconds = Measurement.seconds(primitive)
        if let wanted = primitive.layout(THAW_SOURCE), !wanted.equals(source) {
            seconds += Measurement.seconds(try Primitive.reorder(from: source, to: wanted))
        }
        if let residual, let wanted = primitive.layout(THAW_TARGET), !wanted.equals(residual) {
            seconds += Measurement.seconds(try Primitive.reorder(from: residual, to: wanted))
        }
        return seconds
    }
}

/// How long a primitive takes.
enum Measurement {
    /// The least of a few runs on memory of its own, in seconds.
    static func seconds(_ primitive: Primitive) -> Double {
        var arenas: [Arena] = []
        for role in [
            THAW_SOURCE, THAW_WEIGHTS, THAW_BIAS, THAW_TARGET, THAW_SCRATCH, THAW_SOURCE_GRADIENT, THAW_TARGET_GRADIENT, THAW_WEIGHTS_GRADIENT,
            THAW_BIAS_GRADIENT,
        ] {
            let bytes = primitive.byteCount(role)
            guard bytes > 0 else { continue }
            let arena = Arena(count: (bytes + 3) / 4)
            unsafe primitive.bind(role, arena.pointer(at: 0))
            arenas.append(arena)
        }
        return withExtendedLifetime(arenas) {
            primitive.run()
            var best = Double.infinity
            let clock = ContinuousClock()
            for _ in 0..<3 {
                let time = clock.measure { primitive.run() } / .seconds(1)
                best = min(best, time)
            }
            return best
        }
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
