/// Where a kernel tells the ports that it chose: the content of a registration file (JEP 66).
///
/// A launcher of protocol 5.6 hands it over instead of a connection file; the kernel then picks its own ports, so that
/// nobody else can take them in between.
public struct Registration: Sendable, Equatable {
    /// What the launcher calls the kernel.
    public var kernelID: String
    public var transport: ConnectionInfo.Transport
    public var address: String
    public var port: Int
    public var key: [UInt8]

    /// Reads the content of a file; nil if it is a connection file.
    public init?(_ json: JSON) throws(ConnectionError) {
        guard json.object != nil else { throw .notAnObject }
        guard let value = json["registration_port"], json[Channel.shell.portName] == nil else { return nil }
        // Everything that both kinds of file have is read, and refused, in one place.
        let common = try ConnectionInfo(json)
        guard let port = value.integer ?? value.string.flatMap({ Int($0) }), (0...65_535).contains(port) else {
            throw .badRegistrationPort
        }
        kernelID = json["kernel_id"]?.string ?? ""
        transport = common.transport
        address = json["registration_ip"]?.string ?? "127.0.0.1"
        self.port = port
        key = common.key
    }

    /// The address of the launcher's socket as ZeroMQ writes it.
    public var endpoint: String {
        switch transport {
        case .tcp: "tcp://\(ConnectionInfo.bracketed(address)):\(port)"
        case .ipc: "ipc://\(address)-\(port)"
        }
    }

    /// Where a kernel that registers so listens: beside the launcher, at any ports.
    public var connection: ConnectionInfo { ConnectionInfo(transport: transport, address: address, key: key) }

    /// The frames that tell the launcher the ports, as text: no whole message, but signed.
    public func frames(announcing info: ConnectionInfo) -> [[UInt8]] {
        let members = Channel.allCases.map { ($0.portName, JSON.string(String(info.ports[$0] ?? 0))) }
        let content = JSON.object(JSON.Object([("kernel_id", .string(kernelID))] + members)).bytes
        return [WireFormat.delimiter, Signer(key: key).signature(of: [content]), content]
    }

    /// Whether frames are the launcher's signed receipt, whatever it says.
    public func isReceipt(_ frames: [[UInt8]]) -> Bool {
        guard let delimiter = frames.firstIndex(of: WireFormat.delimiter), frames.count >= delimiter + 3 else { return false }
        return Signer(key: key).isValid(frames[delimiter + 1], of: [frames[delimiter + 2]])
    }
}
