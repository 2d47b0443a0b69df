/// Why a message was dropped.
public enum WireError: Error, Equatable, Sendable, CustomStringConvertible {
    case noDelimiter
    case missingFrames(count: Int)
    case badSignature
    case replayed
    case badJSON(frame: String, JSONError)
    case badHeader

    public var description: String {
        switch self {
        case .noDelimiter: "a message without <IDS|MSG>"
        case .missingFrames(let count): "a message with \(count) frames after <IDS|MSG>, at least 5 are needed"
        case .badSignature: "a message with a wrong signature"
        case .replayed: "a message whose signature was seen before"
        case .badJSON(let frame, let error): "a message whose \(frame) is \(error)"
        case .badHeader: "a message whose header names no msg_type"
        }
    }
}

/// Turns messages into frames and back: `identities…, <IDS|MSG>, signature, header, parent, metadata, content, buffers…`.
public struct WireFormat: Sendable {
    /// Names this process in the header of each message; one constant for its life, or JupyterLab drops messages.
    public let session: String
    private let username: String
    private let signer: Signer
    private var replays = ReplayGuard()
    private var count = 0
    private let makeDate: @Sendable () -> String

    public static let delimiter = Array("<IDS|MSG>".utf8)

    public init(
        key: [UInt8], session: String = UUIDText.random(), username: String = "kernel",
        date: @escaping @Sendable () -> String = { Timestamp.now() }
    ) {
        self.session = session
        self.username = username
        self.signer = Signer(key: key)
        self.makeDate = date
    }

    /// The frames of a message.
    public mutating func frames(of message: OutgoingMessage) -> [[UInt8]] {
        count += 1
        let header = Header(
            messageID: message.messageID ?? "\(session)_\(count)", session: session, username: username, date: makeDate(),
            type: message.type, version: protocolVersion)
        let parts = [header.json.bytes, message.parent.bytes, message.metadata.bytes, message.content.bytes]
        // Whoever subscribes to a part of iopub only does so by these topics.
        let envelope =
            message.channel == .iopub && message.identities.isEmpty
            ? [Array("kernel.\(session).\(message.type)".utf8)] : message.identities
        return envelope + [Self.delimiter, signer.signature(of: parts)] + parts + message.buffers
    }

    /// Reads the frames of a message and checks its signature over the bytes received.
    ///
    /// A content that can't be read is no reason to drop a signed message: its sender waits for an answer, and has told to what.
    public mutating func message(of frames: [[UInt8]]) throws(WireError) -> IncomingMessage {
        guard let delimiter = frames.firstIndex(of: Self.delimiter) else { throw .noDelimiter }
        let rest = Array(frames[(delimiter + 1)...])
        guard rest.count >= 5 else { throw .missingFrames(count: rest.count) }
        let parts = Array(rest[1..<5])
        guard signer.isValid(rest[0], of: parts) else { throw .badSignature }
        guard replays.admit(rest[0]) else { throw .replayed }
        guard let header = Header(try json(parts[0], "header")) else { throw .badHeader }
        var message = IncomingMessage(
            identities: Array(frames[..<delimiter]), header: header, parent: Parent(bytes: parts[0]),
            parentHeader: Header(try json(parts[1], "parent header")), metadata: try json(parts[2], "metadata"),
            content: [:], buffers: Array(rest[5...]))
        do throws(JSONError) { message.content = try JSON(parsing: parts[3], repairsText: true) } catch {
            message.contentError = error
        }
        return message
    }

    /// Clients written in Python send bytes that are no UTF-8 as they found them.
    private func json(_ bytes: [UInt8], _ frame: String) throws(WireError) -> JSON {
        do { return try JSON(parsing: bytes, repairsText: true) } catch { throw .badJSON(frame: frame, error) }
    }
}
