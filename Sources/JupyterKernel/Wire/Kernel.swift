import Glibc
import JupyterProtocol
public import Logging
import ZeroMQ

/// A Jupyter kernel: sockets, one wire thread, one session thread. One per process, whose signals and standard output it takes.
public struct Kernel {
    private let language: HostedLanguage
    private let logger: Logger

    /// - Parameter logger: ought to write through a ``StandardErrorLog``, since the process's standard error will belong to cells.
    public init(_ language: HostedLanguage, logger: Logger) {
        self.language = language
        self.logger = logger
    }

    /// Why a kernel can't begin.
    public enum StartError: Error, CustomStringConvertible {
        case connectionFile(path: String, reason: String)
        case sockets(reason: String)
        case registration(endpoint: String, reason: String)

        public var description: String {
            switch self {
            case .connectionFile(let path, let reason): "the connection file \(path) can't be used: \(reason)"
            case .sockets(let reason): "the kernel can't listen: \(reason)"
            case .registration(let endpoint, let reason): "the kernel can't register at \(endpoint): \(reason)"
            }
        }
    }

    /// Serves until it is told to shut down, by message or signal, or its parent is gone. After that the process should end by
    /// `_exit`: a cell that did not stop may run still.
    ///
    /// - Parameters:
    ///   - path: a connection file as Jupyter writes it, which is written again with the ports that were free where it has 0;
    ///     or a registration file (protocol 5.6).
    ///   - historyPath: where cells are remembered; `nil`: nowhere.
    public func run(connectionFile path: String, historyPath: String?) throws(StartError) {
        let launcher = Launcher()
        let start = try StartFile(path)
        guard let signals = Signals.start() else { throw .sockets(reason: "no file descriptors are left") }
        let ending: Ending
        do {
            let context = try Context()
            ending = try serve(context, start, path: path, historyPath: historyPath, signals: signals, launcher: launcher)
        } catch let error as StartError {
            throw error
        } catch {
            throw .sockets(reason: "\(error)")
        }
        if case .death = ending { FatalSignals.conclude() }
    }

    private enum Ending {
        case shutdown(restart: Bool)
        /// A fatal error on another thread.
        case death
    }

    /// Binds the sockets, serves, and closes them again, before the context is.
    private func serve(
        _ context: borrowing Context, _ start: StartFile, path: String, historyPath: String?, signals: Int32, launcher: Launcher
    ) throws -> Ending {
        var info = start.connection
        var sockets = try ChannelSockets(context, &info, logger: logger)
        defer { ChannelSockets.removeFiles(of: info) }
        let isWanted = try start.announce(info, path: path, context) {
            Signals.take().contains(.terminate) || launcher.isGone
        }
        guard isWanted else { return .shutdown(restart: false) }
        FatalSignals.start()
        let ports = Channel.allCases.map { ($0.portName, info.ports[$0] ?? 0) }
        let assembly = Assembly(language, historyPath: historyPath, capturesOutput: true, ports: ports) { Signals.wake() }
        return try serve(assembly, &sockets, signals: signals, launcher: launcher)
    }

    /// The wire thread's whole life. Messages go out before others are taken in, so that what is known is said first.
    private func serve(
        _ assembly: Assembly, _ sockets: inout ChannelSockets, signals: Int32, launcher: Launcher
    ) throws(ZeroMQError) -> Ending {
        var poller = Poller()
        let places = unsafe (
            signals: poller.add(fileDescriptor: signals), heartbeat: poller.add(sockets.heartbeat),
            control: poller.add(sockets.control),
            shell: poller.add(sockets.shell), stdin: poller.add(sockets.stdin), iopub: poller.add(sockets.iopub)
        )
        var restart: Bool?
        while restart == nil {
            let now = Moment.now()
            let due = assembly.session.widgets.sendDueUpdates(now: now)
            let batch = assembly.outbox.take(now: now)
            for message in batch.messages { try sockets.send(message) }
            restart = assembly.dispatcher.shutdown
            if restart != nil { break }

            let deadline = [due, batch.nextDeadline].compactMap { $0 }.min()
            let ready = try poller.wait(milliseconds: min(deadline?.milliseconds(from: .now()) ?? 1000, 1000))
            if ready.contains(places.signals) {
                let events = Signals.take()
                if events.contains(.fatal) {
                    assembly.tellOfDeath(FatalSignals.name) { FatalSignals.isHopeless }
                    for message in assembly.outbox.take(now: .now(), ignoringRates: true).messages { try sockets.send(message) }
                    return .death
                }
                if events.contains(.interrupt) { assembly.dispatcher.interrupt() }
                if events.contains(.terminate) { restart = false }
            }
            if ready.contains(places.heartbeat) { try sockets.echoHeartbeats() }
            if ready.contains(places.iopub) { try sockets.welcomeSubscribers() }
            // Control first: an interrupt must not wait behind a heap of requests.
            if ready.contains(places.control) {
                try sockets.receive(on: .control) { assembly.dispatcher.receive($0, on: .control) }
            }
            if ready.contains(places.stdin) { try sockets.receive(on: .stdin) { assembly.dispatcher.receiveInput($0) } }
            if ready.contains(places.shell) {
                try sockets.receive(on: .shell) { assembly.dispatcher.receive($0, on: .shell) }
            }
            if launcher.isGone {
                logger.warning("the process that started this kernel is gone")
                restart = false
            }
        }
        assembly.stop(restart: restart ?? false)
        for message in assembly.outbox.take(now: .now(), ignoringRates: true).messages { try sockets.send(message) }
        return .shutdown(restart: restart ?? false)
    }
}

/// The process that started this one, where it says that the kernel should end with it.
struct Launcher {
    /// Whether there is one.
    private let isAnnounced: Bool
    /// Its number, if that was a process's at the start: one that was inherited into another namespace of processes names nobody
    /// there.
    private let process: pid_t?
    private let parent = getppid()

    init() {
        let text = unsafe getenv("JPY_PARENT_PID").map { unsafe String(cString: $0) }
        let number = text.flatMap { pid_t($0) }.flatMap { $0 > 1 ? $0 : nil }
        isAnnounced = number != nil
        process = number.flatMap { Self.exists($0) ? $0 : nil }
    }

    /// Whether that process, or one between it and this one, has ended.
    var isGone: Bool {
        guard isAnnounced else { return false }
        return getppid() != parent || process.map { !Self.exists($0) } ?? false
    }

    private static func exists(_ process: pid_t) -> Bool { kill(process, 0) == 0 || errno != ESRCH }
}
