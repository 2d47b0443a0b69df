import Glibc
import JupyterProtocol
public import Logging
import ZeroMQ

/// A Jupyter kernel: sockets, one wire thread, one session thread.
public struct Kernel {
    private let language: HostedLanguage
    private let logger: Logger

    public init(_ language: HostedLanguage, logger: Logger) {
        self.language = language
        self.logger = logger
    }

    /// Why a kernel can't begin.
    public enum StartError: Error, CustomStringConvertible {
        case connectionFile(path: String, reason: String)
        case sockets(reason: String)

        public var description: String {
            switch self {
            case .connectionFile(let path, let reason): "the connection file \(path) can't be used: \(reason)"
            case .sockets(let reason): "the kernel can't listen: \(reason)"
            }
        }
    }

    /// Serves until it is told to shut down, by message or signal, or its parent is gone.
    ///
    /// - Parameters:
    ///   - connectionFile: as Jupyter writes it; with ports of 0 it is written again with those that were free.
    ///   - historyPath: where cells are remembered; `nil`: nowhere.
    public func run(connectionFile path: String, historyPath: String?) throws(StartError) {
        var info: ConnectionInfo
        do { info = try ConnectionInfo(try JSON(parsing: try LocalFile.read(path))) } catch {
            throw .connectionFile(path: path, reason: "\(error)")
        }
        guard let signals = Signals.start() else { throw .sockets(reason: "no file descriptors are left") }
        do {
            let context = try Context()
            try serve(context, &info, path: path, historyPath: historyPath, signals: signals)
        } catch let error as ZeroMQError {
            throw .sockets(reason: error.description)
        } catch {
            throw .connectionFile(path: path, reason: "\(error)")
        }
    }

    private func serve(
        _ context: borrowing Context, _ info: inout ConnectionInfo, path: String, historyPath: String?, signals: Int32
    ) throws {
        let shell = try Self.socket(context, .router, info)
        let control = try Self.socket(context, .router, info)
        let stdin = try Self.socket(context, .router, info)
        let iopub = try Self.socket(context, .manualPublisher, info)
        let heartbeat = try Self.socket(context, .router, info)
        try iopub.set(.manualSubscriptions, to: 1)
        try iopub.set(.verboseSubscriptions, to: 1)
        try Self.bind(shell, .shell, &info)
        try Self.bind(control, .control, &info)
        try Self.bind(stdin, .stdin, &info)
        try Self.bind(iopub, .iopub, &info)
        try Self.bind(heartbeat, .heartbeat, &info)
        try LocalFile.replace(path, with: info.json.bytes, mode: 0o600)

        var format = WireFormat(key: info.key)
        let ports = Channel.allCases.map { ($0.portName, info.ports[$0] ?? 0) }
        let assembly = Assembly(language, historyPath: historyPath, capturesOutput: true, ports: ports) { Signals.post(.wake) }
        var poller = Poller()
        let places = unsafe (
            signals: poller.add(fileDescriptor: signals), heartbeat: poller.add(heartbeat), control: poller.add(control), shell: poller.add(shell),
            stdin: poller.add(stdin), iopub: poller.add(iopub)
        )
        let parent = Self.parent
        var restart: Bool?
        while restart == nil {
            let now = Moment.now()
            let due = assembly.session.widgets.sendDueUpdates(now: now)
            let batch = assembly.outbox.take(now: now)
            for message in batch.messages { try send(message, &format, shell: shell, control: control, stdin: stdin, iopub: iopub) }
            if let asked = assembly.dispatcher.shutdown {
                restart = asked
                break
            }
            let deadline = [due, batch.nextDeadline].compactMap { $0 }.min()
            let ready = try poller.wait(milliseconds: min(deadline?.milliseconds(from: .now()) ?? 1000, 1000))
            if ready.contains(places.signals) {
                let events = Signals.take()
                if events.contains(.interrupt) { assembly.dispatcher.interrupt() }
                if events.contains(.terminate) { restart = false }
            }
            if ready.contains(places.heartbeat) {
                while let frames = try heartbeat.receive(waits: false) { try heartbeat.send(frames, waits: false) }
            }
            if ready.contains(places.iopub) { try welcome(iopub, &format) }
            // Control first: an interrupt must not wait behind a heap of requests.
            if ready.contains(places.control) {
                while let frames = try control.receive(waits: false) {
                    if let message = read(frames, &format, "control") { assembly.dispatcher.receive(message, on: .control) }
                }
            }
            if ready.contains(places.stdin) {
                while let frames = try stdin.receive(waits: false) {
                    if let message = read(frames, &format, "stdin") { assembly.dispatcher.receiveInput(message) }
                }
            }
            if ready.contains(places.shell) {
                var count = 0
                while count < 64, let frames = try shell.receive(waits: false) {
                    if let message = read(frames, &format, "shell") { assembly.dispatcher.receive(message, on: .shell) }
                    count += 1
                }
            }
            if let parent, getppid() != parent {
                logger.warning("the parent process is gone")
                restart = false
            }
        }
        assembly.stop(restart: restart ?? false)
        for message in assembly.outbox.take(now: .now(), ignoringRates: true).messages {
            try send(message, &format, shell: shell, control: control, stdin: stdin, iopub: iopub)
        }
    }

    /// The process that started this one, where a launcher says that the kernel should end with it.
    private static var parent: pid_t? {
        guard let text = unsafe getenv("JPY_PARENT_PID"), let number = unsafe pid_t(String(cString: text)), number > 1, getppid() == number else {
            return nil
        }
        return number
    }

    // MARK: - Sockets

    private static func socket(
        _ context: borrowing Context, _ kind: Socket.Kind, _ info: ConnectionInfo
    ) throws(ZeroMQError) -> Socket {
        let socket = try context.socket(kind)
        try socket.set(.linger, to: 1000)
        // Nothing that a cell shows is dropped because a page is slow; the outbox bounds what waits.
        try socket.set(.sendHighWaterMark, to: 0)
        try socket.set(.receiveHighWaterMark, to: 0)
        if case .router = kind { try socket.set(.routerHandover, to: 1) }
        if let keys = info.encryption {
            try socket.set(.curveServer, to: 1)
            try socket.set(.curveSecretKey, to: Array(keys.secretKey.utf8))
        }
        return socket
    }

    private static func bind(_ socket: borrowing Socket, _ channel: Channel, _ info: inout ConnectionInfo) throws(ZeroMQError) {
        if info.transport == .ipc, info.ports[channel] ?? 0 == 0 {
            // Numbers stand for names here; the first that is free.
            var number = Channel.allCases.firstIndex(of: channel) ?? 0
            repeat { number += 1 } while LocalFile.exists("\(info.address)-\(number)") || info.ports.values.contains(number)
            info.ports[channel] = number
        }
        try socket.bind(info.endpoint(of: channel))
        if info.transport == .tcp, info.ports[channel] ?? 0 == 0,
            let port = socket.lastEndpoint.split(separator: ":").last.flatMap({ Int($0) })
        {
            info.ports[channel] = port
        }
    }

    /// Applies new subscriptions and greets their clients, before anything else is sent to them (JEP 65).
    private func welcome(_ iopub: borrowing Socket, _ format: inout WireFormat) throws {
        while let frames = try iopub.receive(waits: false) {
            guard let frame = frames.first, let first = frame.first else { continue }
            let topic = Array(frame.dropFirst())
            if first == 1 {
                try iopub.set(.subscribe, to: topic)
                let message = OutgoingMessage(Welcome(subscription: String(decoding: topic, as: UTF8.self)), on: .iopub, to: [topic])
                try iopub.send(format.frames(of: message))
            } else if first == 0 {
                try iopub.set(.unsubscribe, to: topic)
            }
        }
    }

    private func read(_ frames: [[UInt8]], _ format: inout WireFormat, _ channel: String) -> IncomingMessage? {
        do throws(WireError) { return try format.message(of: frames) } catch {
            logger.warning("dropped on \(channel): \(error)")
            return nil
        }
    }

    private func send(
        _ message: OutgoingMessage, _ format: inout WireFormat, shell: borrowing Socket, control: borrowing Socket, stdin: borrowing Socket,
        iopub: borrowing Socket
    ) throws {
        let frames = format.frames(of: message)
        switch message.channel {
        case .shell: try shell.send(frames, waits: false)
        case .control: try control.send(frames, waits: false)
        case .stdin: try stdin.send(frames, waits: false)
        case .iopub: try iopub.send(frames)
        case .heartbeat: break
        }
    }
}
