import JupyterProtocol
import ZeroMQ

/// What the kernel was started with: a connection file, or a registration file, which lets it choose its own ports.
struct StartFile {
    /// Where to listen; ports of 0 are to be chosen.
    let connection: ConnectionInfo
    private let registration: Registration?

    /// How long a launcher may take to give its receipt: as long as Jupyter's wait for a kernel, since a busy machine holds up either.
    private static let patienceMilliseconds = 60_000

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
    func announce(_ info: ConnectionInfo, path: String, _ context: borrowing Context) throws(Kernel.StartError) {
        if let registration {
            let isReceived: Bool
            do { isReceived = try Self.register(registration, info, context) } catch {
                throw .registration(endpoint: registration.endpoint, reason: error.description)
            }
            guard isReceived else { throw .registration(endpoint: registration.endpoint, reason: "no signed receipt came") }
        } else if info.ports != connection.ports {
            do { try LocalFile.replace(path, with: info.json.bytes, mode: 0o600) } catch {
                throw .connectionFile(path: path, reason: error.description)
            }
        }
    }

    /// - Returns: whether the launcher gave its receipt.
    private static func register(
        _ registration: Registration, _ info: ConnectionInfo, _ context: borrowing Context
    ) throws(ZeroMQError) -> Bool {
        let socket = try context.socket(.dealer)
        try socket.set(.linger, to: 250)
        if info.isIPv6 { try socket.set(.ipv6, to: 1) }
        try socket.connect(registration.endpoint)
        try socket.send(registration.frames(announcing: info))
        let deadline = Moment.now() + patienceMilliseconds
        while true {
            let left = deadline.milliseconds(from: .now())
            guard left > 0 else { return false }
            try socket.set(.receiveTimeout, to: left)
            if let frames = try socket.receive(), registration.isReceipt(frames) { return true }
        }
    }
}
