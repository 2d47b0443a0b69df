import Glibc
import Synchronization

/// Catches what C libraries print to the process's standard output and error, and gives it to the running cell.
final class OutputCapture: Sendable {
    private struct Pipe: Sendable {
        var name: String
        var read: Int32
        /// The beginning of a character whose end has not come yet.
        var partial: [UInt8] = []
    }

    private let pipes: Mutex<[Pipe]>
    private let receive: @Sendable (_ text: String, _ stream: String) -> Void

    /// Redirects the descriptors 1 and 2.
    ///
    /// - Parameter receive: takes text, on any thread.
    /// - Returns: nil if the system has no descriptors left.
    init?(_ receive: @escaping @Sendable (_ text: String, _ stream: String) -> Void) {
        self.receive = receive
        // The log goes on where it went before.
        _ = StandardErrorLog.descriptor
        var pipes: [Pipe] = []
        for (descriptor, name) in [(Int32(1), "stdout"), (Int32(2), "stderr")] {
            var ends: [Int32] = [0, 0]
            guard unsafe pipe(&ends) == 0 else { return nil }
            for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
            _ = fcntl(ends[0], F_SETFL, O_NONBLOCK)
            dup2(ends[1], descriptor)
            close(ends[1])
            pipes.append(Pipe(name: name, read: ends[0]))
        }
        self.pipes = Mutex(pipes)
    }

    /// Passes on what was printed since the last time.
    func drain() {
        fflush(nil)
        readPipes()
    }

    /// Passes on what has reached the system, where a library's own buffers may be locked for good.
    func drainWithoutFlushing() { readPipes() }

    /// Begins to watch for what is printed between drains.
    func start() {
        KernelThread.start("capture") { self.watch() }
    }

    private func watch() {
        let descriptors = pipes.withLock { $0.map(\.read) }
        while true {
            var items = descriptors.map { pollfd(fd: $0, events: Int16(POLLIN), revents: 0) }
            let ready = unsafe poll(&items, nfds_t(items.count), -1)
            if ready > 0 { readPipes() } else if errno != EINTR { return }
            // Output that trickles in is gathered rather than looked at byte by byte.
            usleep(10_000)
        }
    }

    private func readPipes() {
        pipes.withLock { pipes in
            for index in pipes.indices {
                var bytes = pipes[index].partial
                var chunk = [UInt8](repeating: 0, count: 16_384)
                while true {
                    let count = unsafe chunk.withUnsafeMutableBytes {
                        unsafe read(pipes[index].read, $0.baseAddress, $0.count)
                    }
                    guard count > 0 else { break }
                    bytes += chunk[..<count]
                }
                guard !bytes.isEmpty else { continue }
                let whole = bytes.count - UTF8Tail.length(of: bytes)
                pipes[index].partial = Array(bytes[whole...])
                if whole > 0 { receive(String(decoding: bytes[..<whole], as: UTF8.self), pipes[index].name) }
            }
        }
    }
}

/// Where text may be cut.
enum UTF8Tail {
    /// The number of bytes at the end that begin a character and don't complete it.
    static func length(of bytes: [UInt8]) -> Int {
        for (distance, byte) in bytes.reversed().prefix(3).enumerated() {
            if byte & 0b1100_0000 == 0b1000_0000 { continue }
            let length = byte >= 0xF0 ? 4 : byte >= 0xE0 ? 3 : byte >= 0xC0 ? 2 : 1
            return length > distance + 1 ? distance + 1 : 0
        }
        return 0
    }
}
