import JupyterProtocol
import ZeroMQ

/// What the kernel was started with: a connection file, or a registration file, which lets it choose its own ports.
struct StartFile {
    /// Where to listen; ports of 0 are to be chosen.
    let connection: ConnectionInfo
    private let registration: Registration?

    /// How long a launcher may take to give its receipt: as long as Jupyter's wait for a kernel, since a busy machine holds up either.
    private static let patienceMilliseconds = 60_000
    /// How long it may take until somebody who gave the kernel up is noticed.
    private static let stepMilliseconds = 200

    init(_ path: String) throws(Kernel.StartError) {
        do {
            let json = try JSON(parsing: try LocalFile.read(path))
            registration = try Registration(json)
            if let registration {
                var info = registration.connection
                if info.transport == .ipc { info.address += "-\(registration.kernelID)" }
                connection = info
            } else {
                connection = try ConnectionInfo(json)
            }
        } catch {
            throw .connectionFile(path: path, reason: "\(error)")
        }
    }

    /// Tells the ports that were taken to whoever has to know them.
    ///
    /// - Parameter isGivenUp: whether the kernel is to end before it has begun; asked while a receipt is waited for.
    /// - Returns: whether the kernel is wanted still.
    func announce(
        _ info: ConnectionInfo, path: String, _ context: borrowing Context, isGivenUp: () -> Bool
    ) throws(Kernel.StartError) -> Bool {
        if let registration {
            let answer: Answer
            do { answer = try Self.register(registration, info, context, isGivenUp: isGivenUp) } catch {
                throw .registration(endpoint: registration.endpoint, reason: error.description)
            }
            switch answer {
            case .receipt: return true
            case .givenUp: return false
            case .silence: throw .registration(endpoint: registration.endpoint, reason: "no signed receipt came")
            }
        } else if info.ports != connection.ports {
            do { try LocalFile.replace(path, with: info.json.bytes, mode: 0o600) } catch {
                throw .connectionFile(path: path, reason: error.description)
            }
        }
        return true
    }

    /// What became of a registration.
    private enum Answer { case receipt, silence, givenUp }

    private static func register(
        _ registration: Registration, _ info: ConnectionInfo, _ context: borrowing Context, isGivenUp: () -> Bool
    ) throws(ZeroMQError) -> Answer {
        let socket = try context.socket(.dealer)
        try socket.set(.linger, to: 250)
        if info.isIPv6 { try socket.set(.ipv6, to: 1) }
        let frames = registration.frames(announcing: info)
        try socket.connect(registration.endpoint)
        // Where no handshake succeeds there is nobody to send to, and a send that waits would wait for ever.
        guard try socket.send(frames, waits: false) else { return .silence }
        let deadline = Moment.now() + patienceMilliseconds
        while true {
            let left = deadline.milliseconds(from: .now())
            guard left > 0 else { return .silence }
            guard !isGivenUp() else { return .givenUp }
            try socket.set(.receiveTimeout, to: min(left, stepMilliseconds))
            if let answer = try socket.receive(), registration.isReceipt(answer) { return .receipt }
        }
    }
}
