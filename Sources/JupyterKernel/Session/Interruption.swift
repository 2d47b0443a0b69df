import Synchronization

/// Whether the user wants the running cell to stop.
///
/// The three states make an interrupt that comes between two cells fall to the ground instead of hitting the second.
final class Interruption: Sendable {
    private enum State {
        static let idle = 0
        static let running = 1
        static let requested = 2
    }

    private let state = Atomic<Int>(State.idle)

    /// A cell begins.
    func begin() { state.store(State.running, ordering: .sequentiallyConsistent) }

    /// The cell has ended.
    ///
    /// - Returns: whether it was asked to stop, be it too late for the cell to notice.
    func end() -> Bool { state.exchange(State.idle, ordering: .sequentiallyConsistent) == State.requested }

    /// Asks the running cell to stop; without one, nothing happens. Asking twice is asking once.
    ///
    /// - Returns: whether a cell was running.
    @discardableResult
    func request() -> Bool {
        let (exchanged, original) = state.compareExchange(
            expected: State.running, desired: State.requested, ordering: .sequentiallyConsistent)
        return exchanged || original == State.requested
    }

    /// Whether the running cell was asked to stop.
    var isRequested: Bool { state.load(ordering: .relaxed) == State.requested }
}
