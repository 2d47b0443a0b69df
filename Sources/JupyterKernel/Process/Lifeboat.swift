import Synchronization

/// Saves the session while the process dies: a thread that waits for that all its life, because a process with a broken thread
/// ought not to begin another.
///
/// It works on what the interpreter left after its last cell, and needs nothing of the thread that broke. It can't save
/// what that thread had locked for good, such as the memory allocator; then time runs out, and the process dies without.
final class Lifeboat: Sendable {
    private enum Order: Sendable { case save, end }

    private let rescue = Mutex<(@Sendable () -> String)?>(nil)
    private let orders = Mailbox<Order>()
    private let saved = Mutex<String?>(nil)
    private let done = Doorbell()

    /// Begins to wait.
    func start() {
        KernelThread.start("lifeboat", stackSize: 8 << 20) {
            guard case .save = self.orders.take() else { return }
            FatalSignals.enlistRescuer()
            let sentence = self.rescue.withLock { $0 }?()
            self.saved.withLock { $0 = sentence }
            self.done.ring()
        }
    }

    /// What is to be done from now on.
    func prepare(_ rescue: (@Sendable () -> String)?) {
        // What was kept before may be large: it is freed outside of the lock.
        let before = self.rescue.withLock { current in
            defer { current = rescue }
            return current
        }
        _ = before
    }

    /// Saves the session.
    ///
    /// - Parameters:
    ///   - milliseconds: how long it may take.
    ///   - isHopeless: whether the saving itself has failed beyond recovery.
    /// - Returns: what became of it, in a sentence for the user.
    func save(within milliseconds: Int, unless isHopeless: () -> Bool) -> String {
        orders.put(.save)
        let deadline = Moment.now() + milliseconds
        while deadline.milliseconds(from: .now()) > 0, !isHopeless() {
            if done.wait(milliseconds: 10) { return saved.withLock { $0 } ?? "There was nothing to save." }
        }
        return "The session could not be saved."
    }

    /// Ends the thread.
    func stop() { orders.put(.end) }
}
