/// A header as its sender wrote it, byte for byte: replies and outputs carry it back so that their request is known.
public struct Parent: Sendable, Equatable {
    /// JSON text.
    public let bytes: [UInt8]

    public init(bytes: [UInt8]) { self.bytes = bytes }

    /// For messages that answer nothing.
    public static let none = Parent(bytes: Array("{}".utf8))
}

/// A message from a front-end whose signature was good.
public struct IncomingMessage: Sendable, Equatable {
    /// Where answers go: the frames that a ROUTER socket put before the message.
    public var identities: [[UInt8]]
    public var header: Header
    /// The header as it was received.
    public var parent: Parent
    /// The header of the message that this one answers, if any.
    public var parentHeader: Header?
    public var metadata: JSON
    public var content: JSON
    public var buffers: [[UInt8]]
    /// Why the content can't be read; it is empty then.
    public var contentError: JSONError?
}

/// A message to a front-end.
public struct OutgoingMessage: Sendable, Equatable {
    public var channel: Channel
    /// Whom it is for; on ``Channel/iopub`` the topic, which goes to everybody.
    public var identities: [[UInt8]]
    public var type: String
    public var parent: Parent
    public var metadata: JSON
    public var content: JSON
    public var buffers: [[UInt8]]
    /// The value of `msg_id`, where somebody has to know it beforehand.
    public var messageID: String?

    public init(
        _ content: some MessageContent, on channel: Channel, to identities: [[UInt8]] = [], parent: Parent = .none,
        metadata: JSON = [:], buffers: [[UInt8]] = [], messageID: String? = nil
    ) {
        self.channel = channel
        self.identities = identities
        self.type = content.type
        self.parent = parent
        self.metadata = metadata
        self.content = content.json
        self.buffers = buffers
        self.messageID = messageID
    }
}

/// The content of one kind of message.
public protocol MessageContent: Sendable {
    /// The value of `msg_type`.
    var type: String { get }
    var json: JSON { get }
}
