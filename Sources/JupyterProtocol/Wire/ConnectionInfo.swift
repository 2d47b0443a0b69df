/// Where a kernel listens and how its messages are protected: the content of a connection file.
public struct ConnectionInfo: Sendable, Equatable {
    public enum Transport: String, Sendable {
        case tcp, ipc
    }

    /// Keys of an encrypted connection (CurveZMQ), Z85 text of 40 characters each.
    public struct Encryption: Sendable, Equatable {
        public var publicKey: String
        public var secretKey: String
    }

    public var transport: Transport
    /// An IP address or a host name; with ``Transport/ipc`` the beginning of the sockets' paths.
    public var address: String
    /// The port by channel; 0 or none for any that is free.
    public var ports: [Channel: Int]
    public var key: [UInt8]
    public var encryption: Encryption?
    /// The file's other members, which are kept when it is written again.
    public var original: JSON.Object

    public init(
        transport: Transport = .tcp, address: String = "127.0.0.1", ports: [Channel: Int] = [:], key: [UInt8] = [],
        encryption: Encryption? = nil
    ) {
        self.transport = transport
        self.address = address
        self.ports = ports
        self.key = key
        self.encryption = encryption
        self.original = JSON.Object()
    }

    /// Reads the content of a connection file.
    public init(_ json: JSON) throws(ConnectionError) {
        guard let object = json.object else { throw .notAnObject }
        let transport = json["transport"]?.string ?? "tcp"
        guard let transport = Transport(rawValue: transport) else { throw .unknownTransport(transport) }
        let scheme = json["signature_scheme"]?.string ?? "hmac-sha256"
        guard scheme.isEmpty || scheme == "hmac-sha256" else { throw .unknownScheme(scheme) }
        self.init(
            transport: transport, address: json["ip"]?.string ?? "127.0.0.1",
            key: Array((json["key"]?.string ?? "").utf8))
        original = object
        for channel in Channel.allCases {
            guard let value = json[channel.portName] else { continue }
            // The registration handshake has ports as text.
            guard let port = value.integer ?? value.string.flatMap({ Int($0) }), (0...65_535).contains(port) else {
                throw .badPort(channel)
            }
            ports[channel] = port
        }
        // Half of the keys would be a connection in the clear, to somebody who believes it encrypted.
        let keys: [JSON] = ["curve_publickey", "curve_secretkey"].map { json[$0] ?? .null }
        if keys.contains(where: { $0 != .null }) {
            guard let publicKey = keys[0].string, let secretKey = keys[1].string, publicKey.utf8.count == 40,
                secretKey.utf8.count == 40
            else { throw .badCurveKey }
            encryption = Encryption(publicKey: publicKey, secretKey: secretKey)
        }
    }

    /// The file's content with the ports as they are now.
    public var json: JSON {
        var object = original
        object["transport"] = .string(transport.rawValue)
        object["ip"] = .string(address)
        for channel in Channel.allCases { object[channel.portName] = .integer(ports[channel] ?? 0) }
        object["key"] = .string(String(decoding: key, as: UTF8.self))
        object["signature_scheme"] = "hmac-sha256"
        return .object(object)
    }

    /// The address of a channel as ZeroMQ writes it; port 0 means any.
    public func endpoint(of channel: Channel) -> String {
        let port = ports[channel] ?? 0
        switch transport {
        case .tcp: return "tcp://\(Self.bracketed(address)):\(port == 0 ? "*" : String(port))"
        case .ipc: return "ipc://\(address)-\(port)"
        }
    }

    /// Whether the address is one of IPv6, for which sockets have to be told so.
    public var isIPv6: Bool { transport == .tcp && address.contains(":") }

    /// An address as it stands before a port: those of IPv6 have colons of their own.
    static func bracketed(_ address: String) -> String {
        address.contains(":") && !address.hasPrefix("[") ? "[\(address)]" : address
    }
}

extension Channel {
    /// The name of the channel's port in a connection file.
    public var portName: String { "\(rawValue)_port" }
}

/// What is wrong with a connection file.
public enum ConnectionError: Error, Equatable, Sendable, CustomStringConvertible {
    case notAnObject
    case unknownTransport(String)
    case unknownScheme(String)
    case badPort(Channel)
    case badRegistrationPort
    case badCurveKey

    public var description: String {
        switch self {
        case .notAnObject: "the connection file holds no JSON object"
        case .unknownTransport(let name): "the connection file's transport is \"\(name)\"; known are tcp and ipc"
        case .unknownScheme(let name):
            "the connection file's signature_scheme is \"\(name)\"; only hmac-sha256 is known"
        case .badPort(let channel): "the connection file's \(channel.portName) is no port number"
        case .badRegistrationPort: "the registration file's registration_port is no port number"
        case .badCurveKey:
            "the connection file's curve_publickey and curve_secretkey go together, and each is Z85 text of 40 characters"
        }
    }
}
