/// What every message says of itself.
public struct Header: Sendable, Equatable {
    public var messageID: String
    /// Names the sending process; constant for its life.
    public var session: String
    public var username: String
    /// ISO 8601 with a time zone.
    public var date: String
    public var type: String
    /// The version of the protocol.
    public var version: String
    /// The subshell that a request is for (JEP 91).
    public var subshellID: String?

    public init(
        messageID: String, session: String, username: String, date: String, type: String, version: String,
        subshellID: String? = nil
    ) {
        self.messageID = messageID
        self.session = session
        self.username = username
        self.date = date
        self.type = type
        self.version = version
        self.subshellID = subshellID
    }

    /// Reads a header; only the message's type is indispensable, since clients differ in what they leave out.
    init?(_ json: JSON) {
        guard let type = json["msg_type"]?.string else { return nil }
        self.init(
            messageID: json["msg_id"]?.string ?? "", session: json["session"]?.string ?? "",
            username: json["username"]?.string ?? "", date: json["date"]?.string ?? "", type: type,
            version: json["version"]?.string ?? "", subshellID: json["subshell_id"]?.string)
    }

    var json: JSON {
        [
            "msg_id": .string(messageID), "session": .string(session), "username": .string(username),
            "date": .string(date), "msg_type": .string(type), "version": .string(version),
        ]
    }
}

/// The version of the messaging protocol that this module speaks.
public let protocolVersion = "5.6"
