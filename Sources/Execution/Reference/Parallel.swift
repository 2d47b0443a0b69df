import COneDNN
import Dispatch
import Synchronization

/// Work cut into pieces that do not depend on the number of threads, so that sums come out the same on any machine.
struct Parallel: Sendable {
    /// Whose threads compute.
    enum Pool: Sendable {
        case dispatch
        /// oneDNN's own: after each of its primitives its threads spin for a while, and others would have to share the processors with them.
        case oneDNN
    }
    let threads: Int
    var pool = Pool.dispatch

    private struct Body {
        let run: (Int, Int) -> Void
    }

    /// Runs `body` once for each piece, several at a time.
    ///
    /// - Parameter body: gets the piece and the number of the worker, below ``threads``, for scratch memory.
    func callAsFunction(_ pieces: Int, _ body: (_ piece: Int, _ worker: Int) -> Void) {
        let workers = min(threads, pieces)
        guard workers > 1 else {
            for piece in 0..<max(pieces, 0) { body(piece, 0) }
            return
        }
        // Both ways return when all is done; the closure doesn't outlive them.
        withoutActuallyEscaping(body) { body in
            switch pool {
            case .dispatch: dispatch(pieces, workers, body)
            case .oneDNN:
                let call: @convention(c) (UnsafeMutableRawPointer?, Int64, Int32) -> Void = { context, piece, worker in
                    unsafe context?.assumingMemoryBound(to: Body.self).pointee.run(Int(piece), Int(worker))
                }
                var context = Body(run: body)
                unsafe withUnsafeMutablePointer(to: &context) { unsafe thaw_run_pieces(Int32(threads), Int64(pieces), call, $0) }
            }
        }
    }

    private func dispatch(_ pieces: Int, _ workers: Int, _ body: @escaping (Int, Int) -> Void) {
        let next = Atomic(0)
        nonisolated(unsafe) let body = body
        DispatchQueue.concurrentPerform(iterations: workers) { worker in
            while true {
                let piece = next.wrappingAdd(1, ordering: .relaxed).oldValue
                guard piece < pieces else { return }
                unsafe body(piece, worker)
            }
        }
    }

    /// Runs `body` over ranges of `count` elements.
    func ranges(_ count: Int, grain: Int = 16384, _ body: (Range<Int>) -> Void) {
        let pieces = (count + grain - 1) / grain
        self(pieces) { piece, _ in body(piece * grain..<min((piece + 1) * grain, count)) }
    }
}
