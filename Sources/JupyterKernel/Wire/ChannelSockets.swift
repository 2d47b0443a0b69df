import JupyterProtocol
import Logging
import ZeroMQ

/// The five sockets of a kernel, bound, with the format of what goes through them. Owned by the wire thread.
struct ChannelSockets: ~Copyable {
    let shell: Socket
    let control: Socket
    let stdin: Socket
    let iopub: Socket
    let heartbeat: Socket
    private var format: WireFormat
    private var drops: DropCounter

    /// Published messages that wait for a subscriber that doesn't read, beside the megabytes that the system's sockets hold; what
    /// comes after them is lost to that subscriber alone. One that reads is never so far behind, since iopub's rate is bounded.
    /// More would be memory spent on whoever sleeps; ipykernel keeps a thousand.
    static let backlogMessages = 2048
    /// Replies that wait for a client that hasn't come to read them yet: one for each request that it sent.
    static let replyBacklog = 16_384
    /// Milliseconds until a subscriber over TCP that reads nothing is disconnected, and what waits for it is given up. When it
    /// reads again it finds the connection closed, connects anew and is welcomed anew.
    static let unreadTimeout = 60_000
    /// Requests that wait for the kernel; a client that sends more waits itself.
    static let requestBacklog = 4096
    /// No frame that means anything is larger.
    static let frameBytes = 512 << 20

    /// Makes the sockets and takes their addresses.
    ///
    /// - Parameter info: gets the ports that were free where it has none.
    init(_ context: borrowing Context, _ info: inout ConnectionInfo, logger: Logger) throws(ZeroMQError) {
        let shell = try Self.socket(context, .router, info)
        let control = try Self.socket(context, .router, info)
        let stdin = try Self.socket(context, .router, info)
        let iopub = try Self.socket(context, .manualPublisher, info)
        let heartbeat = try Self.socket(context, .router, info)
        try iopub.set(.sendHighWaterMark, to: Self.backlogMessages)
        try iopub.set(.unreadTimeout, to: Self.unreadTimeout)
        try iopub.set(.manualSubscriptions, to: 1)
        try iopub.set(.verboseSubscriptions, to: 1)
        try Self.bind(shell, .shell, &info)
        try Self.bind(control, .control, &info)
        try Self.bind(stdin, .stdin, &info)
        try Self.bind(iopub, .iopub, &info)
        try Self.bind(heartbeat, .heartbeat, &info)
        self.shell = shell
        self.control = control
        self.stdin = stdin
        self.iopub = iopub
        self.heartbeat = heartbeat
        format = WireFormat(key: info.key)
        drops = DropCounter(logger: logger)
    }

    private static func socket(
        _ context: borrowing Context, _ kind: Socket.Kind, _ info: ConnectionInfo
    ) throws(ZeroMQError) -> Socket {
        let socket = try context.socket(kind)
        try socket.set(.linger, to: 250)
        try socket.set(.sendHighWaterMark, to: replyBacklog)
        try socket.set(.receiveHighWaterMark, to: requestBacklog)
        try socket.set(.maximumMessageSize, to: frameBytes)
        if info.isIPv6 { try socket.set(.ipv6, to: 1) }
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
            var number = 1
            while LocalFile.exists("\(info.address)-\(number)") || info.ports.values.contains(number) { number += 1 }
            info.ports[channel] = number
        }
        try socket.bind(info.endpoint(of: channel))
        if info.transport == .tcp, info.ports[channel] ?? 0 == 0,
            let port = socket.lastEndpoint.split(separator: ":").last.flatMap({ Int($0) })
        {
            info.ports[channel] = port
        }
    }

    /// Takes away the files that sockets of ipc leave behind.
    static func removeFiles(of info: ConnectionInfo) {
        guard info.transport == .ipc else { return }
        for port in info.ports.values { LocalFile.remove("\(info.address)-\(port)") }
    }

    // MARK: - Receiving

    /// Messages taken from one socket before the others have their turn.
    private static let turn = 64

    /// Takes the messages that wait on a channel, up to a turn; what can't be read or isn't signed is dropped.
    mutating func receive(on channel: Channel, _ body: (IncomingMessage) -> Void) throws(ZeroMQError) {
        for _ in 0..<Self.turn {
            guard let frames = try frames(on: channel) else { return }
            do throws(WireError) { body(try format.message(of: frames)) } catch {
                drops.count(error, channel)
            }
        }
    }

    private func frames(on channel: Channel) throws(ZeroMQError) -> [[UInt8]]? {
        switch channel {
        case .shell: try shell.receive(waits: false)
        case .control: try control.receive(waits: false)
        case .stdin: try stdin.receive(waits: false)
        case .iopub: try iopub.receive(waits: false)
        case .heartbeat: try heartbeat.receive(waits: false)
        }
    }

    /// Sends heartbeats back.
    func echoHeartbeats() throws(ZeroMQError) {
        for _ in 0..<Self.turn {
            guard let frames = try heartbeat.receive(waits: false) else { return }
            try heartbeat.send(frames, waits: false)
        }
    }

    /// Applies new subscriptions and greets their clients, before anything else is sent to them (JEP 65).
    mutating func welcomeSubscribers() throws(ZeroMQError) {
        for _ in 0..<Self.turn {
            guard let frames = try iopub.receive(waits: false) else { return }
            guard frames.count == 1, let first = frames[0].first else { continue }
            let topic = Array(frames[0].dropFirst())
            if first == 1 {
                try iopub.set(.subscribe, to: topic)
                let message = OutgoingMessage(
                    Welcome(subscription: String(decoding: topic, as: UTF8.self)), on: .iopub, to: [topic])
                try iopub.send(format.frames(of: message), waits: false)
            } else if first == 0 {
                try iopub.set(.unsubscribe, to: topic)
            }
        }
    }

    // MARK: - Sending

    /// Sends a message; it is lost if its receiver is gone.
    mutating func send(_ message: OutgoingMessage) throws(ZeroMQError) {
        let frames = format.frames(of: message)
        switch message.channel {
        case .shell: try shell.send(frames, waits: false)
        case .control: try control.send(frames, waits: false)
        case .stdin: try stdin.send(frames, waits: false)
        case .iopub: try iopub.send(frames, waits: false)
        case .heartbeat: break
        }
    }
}

/// Logs dropped messages: the first few, then ever fewer, since whoever sends thousands must not fill the log.
struct DropCounter {
    private let logger: Logger
    private var total = 0

    init(logger: Logger) { self.logger = logger }

    mutating func count(_ error: WireError, _ channel: Channel) {
        total += 1
        guard total <= 8 || total & (total - 1) == 0 else { return }
        logger.warning("dropped on \(channel.rawValue): \(error)\(total > 8 ? "; \(total) were dropped so far" : "")")
    }
}
