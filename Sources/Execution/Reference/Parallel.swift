import Dispatch
import Synchronization

/// Work cut into pieces that do not depend on the number of threads, so that sums come out the same on any machine.
struct Parallel: Sendable {
    let threads: Int

    /// Runs `body` once for each piece, several at a time.
    ///
    /// - Parameter body: gets the piece and the number of the worker, below ``threads``, for scratch memory.
    func callAsFunction(_ pieces: Int, _ body: (_ piece: Int, _ worker: Int) -> Void) {
        let workers = min(threads, pieces)
        guard workers > 1 else {
            for piece in 0..<max(pieces, 0) { body(piece, 0) }
            return
        }
        let next = Atomic(0)
        // `concurrentPerform` returns when all are done; the closure doesn't outlive it.
        withoutActuallyEscaping(body) { body in
            nonisolated(unsafe) let body = body
            DispatchQueue.concurrentPerform(iterations: workers) { worker in
                while true {
                    let piece = next.wrappingAdd(1, ordering: .relaxed).oldValue
                    guard piece < pieces else { return }
                    unsafe body(piece, worker)
                }
            }
        }
    }

    /// Runs `body` over ranges of `count` elements.
    func ranges(_ count: Int, grain: Int = 16384, _ body: (Range<Int>) -> Void) {
        let pieces = (count + grain - 1) / grain
        self(pieces) { piece, _ in body(piece * grain..<min((piece + 1) * grain, count)) }
    }
}
