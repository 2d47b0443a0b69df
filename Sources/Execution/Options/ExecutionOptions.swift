#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif
import COneDNN
import COpenBLAS

/// What computes a plan.
public enum Backend: String, Hashable, Sendable, CaseIterable, Codable {
    /// Fused primitives in blocked layouts: the fast one.
    case oneDNN = "onednn"
    /// im2col and matrix products: portable, and the reference for the other.
    case openBLAS = "openblas"

    /// Whether this build and machine can run it.
    public var isAvailable: Bool {
        switch self {
        case .oneDNN: OneDNN.isAvailable
        case .openBLAS: true
        }
    }

    /// The fastest that is available.
    public static var `default`: Backend { Backend.oneDNN.isAvailable ? .oneDNN : .openBLAS }
}

/// How the frozen part of a network computes.
public enum Precision: String, Hashable, Sendable, CaseIterable, Codable {
    case float32
    /// 16-bit floats with float32's range, where the processor multiplies them: the frozen part only.
    case bfloat16 = "bf16"
}

/// How plans run: `set device`, `set precision`, `set threads`, `set exact`.
public struct ExecutionOptions: Hashable, Sendable, Codable {
    public var backend: Backend
    public var precision: Precision
    /// Leaves out algorithms that round differently from direct summation (Winograd).
    public var isExact: Bool
    /// Threads of the numeric kernels; 0: one for each processor.
    public var threads: Int

    public init(backend: Backend = .default, precision: Precision = .float32, isExact: Bool = false, threads: Int = 0) {
        self.backend = backend
        self.precision = precision
        self.isExact = isExact
        self.threads = threads
    }

    /// The threads to use; at most 1024, whatever a file asks for.
    public var threadCount: Int { threads > 0 ? min(threads, 1024) : Self.processorCount }

    /// Processors that this process may use: the machine's, or fewer where it was confined to some of them.
    public static let processorCount = processors(
        ofMachine: ProcessInfo.processInfo.activeProcessorCount, status: Memory.text("/proc/self/status") ?? "")

    /// What the text of a `/proc/self/status` leaves of a machine's processors: its mask is that of `sched_getaffinity`.
    static func processors(ofMachine count: Int, status: String) -> Int {
        let name = "Cpus_allowed:"
        for line in status.split(separator: "\n") where line.hasPrefix(name) {
            let allowed = line.dropFirst(name.count).reduce(0) { $0 + ($1.hexDigitValue ?? 0).nonzeroBitCount }
            if allowed > 0 { return max(1, min(count, allowed)) }
        }
        return max(1, count)
    }

    /// Throws if this machine can't compute so.
    public func check() throws(ExecutionError) {
        guard backend.isAvailable else { throw .backendUnavailable(backend) }
        if precision == .bfloat16 {
            guard backend == .oneDNN else { throw .precisionUnavailable(precision, reason: "the openblas backend computes in float32 only") }
            guard OneDNN.hasBFloat16 else {
                throw .precisionUnavailable(precision, reason: "this processor has no bfloat16 instructions (avx512_bf16 or amx)")
            }
        }
    }
}

/// How OpenBLAS computes here.
enum OpenBLAS {
    /// Leaves threads to the plans, which cut their work up by samples: OpenBLAS's own would get in the way, and show in how results round.
    /// For the whole process; every plan asks for it, so that no result depends on which was made first.
    static func useOneThread() { openblas_set_num_threads(1) }
}

/// What the oneDNN library offers here.
enum OneDNN {
    static let isAvailable = thaw_onednn_available() != 0
    static let hasBFloat16 = thaw_onednn_has_bfloat16() != 0
}
