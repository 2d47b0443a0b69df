import Dispatch
import Synchronization

/// What a test and the cells that it runs share: gates at which cells wait, and notes of what they did.
final class Stage: Sendable {
    private struct State {
        var reached: Set<String> = []
        var opened: Set<String> = []
        var notes: [String] = []
    }

    private let state = Mutex(State())

    /// What cells have noted, in order.
    var notes: [String] { state.withLock { $0.notes } }
    func note(_ text: String) { state.withLock { $0.notes.append(text) } }

    /// Lets the cells that wait at a gate pass, now or later.
    func open(_ gate: String) { state.withLock { _ = $0.opened.insert(gate) } }

    /// Whether a cell has come to a gate.
    func isReached(_ gate: String) -> Bool { state.withLock { $0.reached.contains(gate) } }

    /// Waits at a gate.
    ///
    /// - Returns: false if the wait was given up.
    func pass(_ gate: String, givingUpIf isGivenUp: () -> Bool) -> Bool {
        state.withLock { _ = $0.reached.insert(gate) }
        while !isGivenUp() {
            if state.withLock({ $0.opened.contains(gate) }) { return true }
            Pause.briefly()
        }
        return false
    }
}

/// Waiting without a clock in the test's own hands.
enum Pause {
    static func briefly() { DispatchSemaphore(value: 0).wait(milliseconds: 1) }

    /// Seconds that no healthy test takes.
    static let longest = 120

    /// Waits until something holds.
    ///
    /// - Returns: false if it still doesn't after so long.
    static func until(seconds: Int = longest, _ condition: () -> Bool) -> Bool {
        let deadline = DispatchTime.now() + .seconds(seconds)
        while !condition() {
            if DispatchTime.now() > deadline { return false }
            briefly()
        }
        return true
    }
}

extension DispatchSemaphore {
    func wait(milliseconds: Int) { _ = wait(timeout: .now() + .milliseconds(milliseconds)) }
}
