import Glibc
import Synchronization

/// Lets the wire thread save the session and say that the process is about to die, before it does: a trap or a crash in native code otherwise ends
/// a kernel without a word.
///
/// The thread that broke waits in its signal handler while others, which are in good order, save and tell. Then
/// the signal takes its course, so that the parent sees the true cause and a core dump shows the true place.
enum FatalSignals {
    private static let numbers = [SIGSEGV, SIGBUS, SIGILL, SIGTRAP, SIGFPE, SIGABRT]
    /// The signal that came, or 0.
    private static let received = Atomic<Int32>(0)
    private static let isTold = Atomic<Bool>(false)
    /// The thread that saves the session, or 0, and whether it broke as well.
    private static let rescuer = Atomic<pthread_t>(0)
    private static let isRescuerBroken = Atomic<Bool>(false)
    /// Set once, before any signal is asked for.
    private nonisolated(unsafe) static var wireThread = pthread_t()
    /// How long a broken thread waits: others may need a lock that died with it.
    private static let patienceMilliseconds = Assembly.rescueMilliseconds + 2000

    /// Begins to catch fatal signals. Called on the wire thread, after ``Signals/start()``.
    static func start() {
        unsafe wireThread = pthread_self()
        // Looked at here, so that nothing is made for the first time in a handler.
        _ = (
            received.load(ordering: .relaxed), isTold.load(ordering: .relaxed), rescuer.load(ordering: .relaxed), isHopeless,
            patienceMilliseconds
        )
        for number in numbers {
            var action = sigaction()
            unsafe action.__sigaction_handler.sa_handler = { FatalSignals.handle($0) }
            action.sa_flags = Int32(SA_ONSTACK)
            unsafe sigaction(number, &action, nil)
        }
    }

    /// Whether the saving of the session met with a fatal error itself.
    static var isHopeless: Bool { isRescuerBroken.load(ordering: .sequentiallyConsistent) }

    /// The calling thread is the one that saves the session.
    static func enlistRescuer() { rescuer.store(pthread_self(), ordering: .sequentiallyConsistent) }

    /// The signal that ends the process, by its name.
    static var name: String {
        let number = received.load(ordering: .sequentiallyConsistent)
        let names = [
            SIGSEGV: "SIGSEGV, invalid memory", SIGBUS: "SIGBUS, invalid memory", SIGILL: "SIGILL, a failed check",
            SIGTRAP: "SIGTRAP, a failed check",
            SIGFPE: "SIGFPE, arithmetic", SIGABRT: "SIGABRT, a library gave up",
        ]
        return names[number] ?? "signal \(number)"
    }

    /// Everything is said: the broken thread ends the process.
    static func conclude() -> Never {
        isTold.store(true, ordering: .sequentiallyConsistent)
        sleep(2)
        // It did not: a debugger may hold it.
        _exit(EXIT_FAILURE)
    }

    private static func handle(_ number: Int32) {
        let (isFirst, _) = received.compareExchange(expected: 0, desired: number, ordering: .sequentiallyConsistent)
        if !isFirst {
            if pthread_self() == rescuer.load(ordering: .sequentiallyConsistent) {
                isRescuerBroken.store(true, ordering: .sequentiallyConsistent)
            }
            // The first ends the process; threads that share their work often break together.
            if unsafe pthread_equal(pthread_self(), wireThread) == 0 { while true { sleep(1) } }
        }
        // Nobody is left to tell it where the wire thread itself broke.
        if unsafe pthread_equal(pthread_self(), wireThread) == 0 {
            Signals.post(.fatal)
            var waited = 0
            while waited < patienceMilliseconds, !isTold.load(ordering: .sequentiallyConsistent) {
                usleep(5000)
                waited += 5
            }
        }
        _ = signal(number, SIG_DFL)
        raise(number)
    }
}
