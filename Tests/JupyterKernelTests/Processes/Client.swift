import JupyterProtocol
import ZeroMQ

@testable import JupyterKernel

/// A front-end on real sockets. It never holds a thread while it waits.
final class Client: @unchecked Sendable {  // Used by one test at a time.
    private var shell: Socket?
    private var control: Socket?
    private var stdin: Socket?
    private var iopub: Socket?
    private var heartbeat: Socket?
    private let author: Author
    private let signer: Signer
    private var count = 0
    /// Everything that came, in the order in which it was taken from each channel.
    private(set) var received: [Sent] = []
    // Last, so that it goes after its sockets.
    private let context: Context

    init(_ info: ConnectionInfo, name: String, clientKeys: CurveKeys? = nil) throws {
        context = try Context()
        author = Author(key: info.key, session: name)
        signer = Signer(key: info.key)
        func socket(_ kind: Socket.Kind, _ channel: Channel) throws -> Socket {
            let socket = try context.socket(kind)
            try socket.set(.linger, to: 0)
            try socket.set(.receiveHighWaterMark, to: 0)
            if let clientKeys, let server = info.encryption {
                try socket.set(.curveServerKey, to: Array(server.publicKey.utf8))
                try socket.set(.curvePublicKey, to: Array(clientKeys.publicKey.utf8))
                try socket.set(.curveSecretKey, to: Array(clientKeys.secretKey.utf8))
            }
            if case .subscriber = kind {
                try socket.set(.subscribe, to: [])
            } else {
                try socket.set(.identity, to: Array(name.utf8))
            }
            if info.isIPv6 { try socket.set(.ipv6, to: 1) }
            try socket.connect(info.endpoint(of: channel))
            return socket
        }
        iopub = try socket(.subscriber, .iopub)
        shell = try socket(.dealer, .shell)
        control = try socket(.dealer, .control)
        stdin = try socket(.dealer, .stdin)
        heartbeat = try socket(.dealer, .heartbeat)
    }

    /// Goes without a word.
    func close() {
        shell = nil
        control = nil
        stdin = nil
        iopub = nil
        heartbeat = nil
    }

    deinit { close() }

    // MARK: - Sending

    /// - Parameter waits: false for who may have nobody to send to, and would wait for ever.
    /// - Returns: the id of the message.
    @discardableResult
    func send(_ type: String, _ content: JSON = [:], on channel: Channel = .shell, waits: Bool = true) throws -> String {
        count += 1
        let id = "\(author.session)-\(count)"
        try send(author.frames(type, content, id: id), on: channel, waits: waits)
        return id
    }

    func send(_ frames: [[UInt8]], on channel: Channel, waits: Bool = true) throws {
        switch channel {
        case .shell: try shell!.send(frames, waits: waits)
        case .control: try control!.send(frames, waits: waits)
        case .stdin: try stdin!.send(frames, waits: waits)
        case .heartbeat: try heartbeat!.send(frames, waits: waits)
        case .iopub: break
        }
    }

    // MARK: - Receiving

    /// Takes what has come.
    func take() throws {
        for channel in [Channel.iopub, .shell, .control, .stdin] {
            while let frames = try frames(on: channel) {
                guard let sent = Sent(frames, on: channel, signer: signer) else {
                    throw NeverCame(what: "a message that can be read")
                }
                received.append(sent)
            }
        }
    }

    private func frames(on channel: Channel) throws -> [[UInt8]]? {
        switch channel {
        case .shell: try shell?.receive(waits: false)
        case .control: try control?.receive(waits: false)
        case .stdin: try stdin?.receive(waits: false)
        case .iopub: try iopub?.receive(waits: false)
        case .heartbeat: try heartbeat?.receive(waits: false)
        }
    }

    /// Waits for a message.
    ///
    /// - Parameter start: how many messages had come before it could have.
    @discardableResult
    func message(_ what: String, since start: Int = 0, where isWanted: (Sent) -> Bool) async throws -> Sent {
        var seen = start
        var found: Sent?
        try await eventually(what) {
            found = received[seen...].first(where: isWanted)
            seen = received.count
            if found == nil {
                try take()
                found = received[seen...].first(where: isWanted)
                seen = received.count
            }
            return found != nil
        }
        return found!
    }

    /// Waits until the kernel greets, as a client must before it relies on iopub.
    func greeted() async throws { try await message("a welcome") { $0.type == "iopub_welcome" } }

    /// Sends a request and waits for its reply and its end.
    ///
    /// - Returns: the lines about it, in the order of their channels.
    @discardableResult
    func request(_ type: String, _ content: JSON = [:], on channel: Channel = .shell) async throws -> [String] {
        let start = received.count
        return try await end(of: try send(type, content, on: channel), since: start)
    }

    /// Runs a cell to its end.
    @discardableResult
    func run(_ code: String) async throws -> [String] { try await request("execute_request", Author.execute(code, stdin: true)) }

    /// Waits for a request's reply and idle.
    @discardableResult
    func end(of id: String, since start: Int = 0) async throws -> [String] {
        try await message("the reply to \(id)", since: start) {
            $0.request == id && $0.type.hasSuffix("_reply") && $0.channel != .iopub
        }
        try await message("the end of \(id)", since: start) { $0.request == id && $0.state == "idle" }
        return received[start...].filter { $0.request == id }.map { String($0.line.dropFirst(id.count + 1)) }
    }

    /// Sends bytes on the heartbeat and waits for what comes back.
    func beat(_ bytes: [UInt8]) async throws -> [UInt8] {
        try heartbeat!.send([bytes])
        var answer: [[UInt8]]?
        try await eventually("a heartbeat") {
            answer = try heartbeat!.receive(waits: false)
            return answer != nil
        }
        return answer?.last ?? []
    }
}
