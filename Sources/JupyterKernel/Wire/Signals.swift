import Glibc
import Synchronization

/// Signals and wake-ups as bytes in a pipe, so that one poll waits for everything.
enum Signals {
    /// What came.
    enum Event: UInt8 {
        case wake = 0
        case interrupt = 1
        case terminate = 2
        case fatal = 3
    }

    /// The pipe's ends; set once, before any signal is asked for.
    private nonisolated(unsafe) static var readEnd: Int32 = -1
    private nonisolated(unsafe) static var writeEnd: Int32 = -1
    /// A wake-up that was not taken yet: one is enough, and the pipe must never be full when a signal comes.
    private static let isAwake = Atomic<Bool>(false)

    /// Makes the pipe and begins to catch SIGINT, SIGTERM and SIGHUP.
    ///
    /// - Returns: the descriptor to wait on; `nil` if the system has none left.
    static func start() -> Int32? {
        var ends: [Int32] = [0, 0]
        guard unsafe pipe(&ends) == 0 else { return nil }
        for end in ends {
            _ = fcntl(end, F_SETFL, O_NONBLOCK)
            _ = fcntl(end, F_SETFD, FD_CLOEXEC)
        }
        unsafe readEnd = ends[0]
        unsafe writeEnd = ends[1]
        install(SIGINT) { _ in Signals.post(.interrupt) }
        install(SIGTERM) { _ in Signals.post(.terminate) }
        install(SIGHUP) { _ in Signals.post(.terminate) }
        // A reader that went away is an error of write, not the end of the process.
        _ = signal(SIGPIPE, SIG_IGN)
        return ends[0]
    }

    private static func install(_ number: Int32, _ handler: @escaping @convention(c) (Int32) -> Void) {
        var action = sigaction()
        unsafe action.__sigaction_handler.sa_handler = handler
        action.sa_flags = Int32(SA_RESTART)
        unsafe sigaction(number, &action, nil)
    }

    /// Safe in a signal handler and on any thread: one `write`.
    static func post(_ event: Event) {
        var byte = event.rawValue
        let saved = errno
        _ = unsafe write(writeEnd, &byte, 1)
        errno = saved
    }

    /// Makes the wire thread look at what waits.
    static func wake() {
        if !isAwake.exchange(true, ordering: .acquiringAndReleasing) { post(.wake) }
    }

    /// What has come since the last time. What waits must be looked at after this, not before.
    static func take() -> Set<Event> {
        // Last, so that the bytes that are read stand for no later wake-up.
        defer { isAwake.store(false, ordering: .sequentiallyConsistent) }
        var events: Set<Event> = []
        var bytes = [UInt8](repeating: 0, count: 256)
        while true {
            let count = unsafe bytes.withUnsafeMutableBytes { unsafe read(readEnd, $0.baseAddress, $0.count) }
            guard count > 0 else { return events }
            for byte in bytes[..<count] { if let event = Event(rawValue: byte) { events.insert(event) } }
        }
    }
}
