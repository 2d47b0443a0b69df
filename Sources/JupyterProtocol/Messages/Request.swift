/// What a front-end asks for, on the shell or the control channel.
public enum Request: Sendable, Equatable {
    case kernelInfo
    case connect
    case execute(ExecuteRequest)
    case complete(code: String, cursor: Int)
    case inspect(code: String, cursor: Int, detail: Int)
    case isComplete(code: String)
    case history(HistoryRequest)
    case commInfo(target: String?)
    case comm(CommAction)
    case shutdown(restart: Bool)
    case interrupt
    case createSubshell
    case deleteSubshell(id: String)
    case listSubshells
    case usage
    /// Something newer than this kernel, or meant for another.
    case unknown(type: String)

    /// Reads a request.
    public init(_ message: IncomingMessage) throws(ContentError) {
        if let error = message.contentError { throw .unreadable(type: message.header.type, error) }
        let content = Content(message)
        switch message.header.type {
        case "kernel_info_request": self = .kernelInfo
        case "connect_request": self = .connect
        case "execute_request": self = .execute(try ExecuteRequest(content))
        case "complete_request":
            let code = try content.text("code")
            self = .complete(code: code, cursor: content.cursor(in: code))
        case "inspect_request":
            let code = try content.text("code")
            self = .inspect(code: code, cursor: content.cursor(in: code), detail: content.json["detail_level"]?.integer ?? 0)
        case "is_complete_request": self = .isComplete(code: try content.text("code"))
        case "history_request": self = .history(HistoryRequest(content))
        case "comm_info_request": self = .commInfo(target: content.json["target_name"]?.string)
        case "comm_open", "comm_msg", "comm_close": self = .comm(try CommAction(content, buffers: message.buffers))
        case "shutdown_request": self = .shutdown(restart: content.json["restart"]?.bool ?? false)
        case "interrupt_request": self = .interrupt
        case "create_subshell_request": self = .createSubshell
        case "delete_subshell_request": self = .deleteSubshell(id: try content.text("subshell_id"))
        case "list_subshell_request": self = .listSubshells
        case "usage_request": self = .usage
        case let type: self = .unknown(type: type)
        }
    }
}

/// A request to run code.
public struct ExecuteRequest: Sendable, Equatable {
    public var code: String
    public var isSilent: Bool
    /// Always false for a silent request.
    public var storesHistory: Bool
    /// Expressions to evaluate after the code, by the names of their results.
    public var userExpressions: [(name: String, expression: String)]
    public var allowsStdin: Bool
    public var stopsOnError: Bool

    init(_ content: Content) throws(ContentError) {
        code = try content.text("code")
        isSilent = content.json["silent"]?.bool ?? false
        storesHistory = !isSilent && content.json["store_history"]?.bool ?? true
        userExpressions =
            content.json["user_expressions"]?.object?.members.compactMap { member in
                member.value.string.map { (member.name, $0) }
            } ?? []
        allowsStdin = content.json["allow_stdin"]?.bool ?? false
        stopsOnError = content.json["stop_on_error"]?.bool ?? true
    }

    public static func == (left: ExecuteRequest, right: ExecuteRequest) -> Bool {
        left.code == right.code && left.isSilent == right.isSilent && left.storesHistory == right.storesHistory
            && left.allowsStdin == right.allowsStdin && left.stopsOnError == right.stopsOnError
            && left.userExpressions.elementsEqual(right.userExpressions, by: ==)
    }
}

/// A request for earlier cells.
public struct HistoryRequest: Sendable, Equatable {
    public enum Access: Sendable, Equatable {
        /// The last cells.
        case tail(count: Int)
        /// Cells `start..<stop` of a session: 0 is this one, -1 the one before, others are numbers; `stop` nil for all.
        case range(session: Int, start: Int, stop: Int?)
        /// Cells that match a pattern with `*` and `?`.
        case search(pattern: String, count: Int?, unique: Bool)
    }

    public var access: Access
    /// Whether results are wanted too.
    public var includesOutput: Bool

    public init(_ access: Access, includesOutput: Bool = false) {
        self.access = access
        self.includesOutput = includesOutput
    }

    init(_ content: Content) {
        let json = content.json
        includesOutput = json["output"]?.bool ?? false
        let count = json["n"]?.integer
        switch json["hist_access_type"]?.string {
        case "range":
            access = .range(
                session: json["session"]?.integer ?? 0, start: json["start"]?.integer ?? 0, stop: json["stop"]?.integer)
        case "search":
            access = .search(
                pattern: json["pattern"]?.string ?? "*", count: count, unique: json["unique"]?.bool ?? false)
        default: access = .tail(count: count ?? 10)
        }
    }
}

/// What a comm's other end did.
public enum CommAction: Sendable, Equatable {
    case open(id: String, target: String, data: JSON, buffers: [[UInt8]])
    case message(id: String, data: JSON, buffers: [[UInt8]])
    case close(id: String, data: JSON)

    init(_ content: Content, buffers: [[UInt8]]) throws(ContentError) {
        let id = try content.text("comm_id")
        let data = content.json["data"] ?? [:]
        switch content.type {
        case "comm_open": self = .open(id: id, target: try content.text("target_name"), data: data, buffers: buffers)
        case "comm_msg": self = .message(id: id, data: data, buffers: buffers)
        default: self = .close(id: id, data: data)
        }
    }
}

/// A request that lacks what it needs.
public enum ContentError: Error, Equatable, Sendable, CustomStringConvertible {
    case missingText(field: String, type: String)
    case unreadable(type: String, JSONError)

    public var description: String {
        switch self {
        case .unreadable(let type, let error): "The content of the \(type) is \(error)."
        case .missingText(let field, let type): "The \(type) has no text in its field \"\(field)\"."
        }
    }
}

/// The content of a request with the ways in which fields are read.
struct Content {
    let type: String
    let json: JSON

    init(_ message: IncomingMessage) {
        type = message.header.type
        json = message.content
    }

    func text(_ field: String) throws(ContentError) -> String {
        guard let text = json[field]?.string else { throw .missingText(field: field, type: type) }
        return text
    }

    /// The cursor in Unicode scalars, within the code; its end if the field is missing.
    func cursor(in code: String) -> Int {
        let count = code.unicodeScalars.count
        return min(max(json["cursor_pos"]?.integer ?? count, 0), count)
    }
}
