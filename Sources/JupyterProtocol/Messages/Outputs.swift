/// What everybody sees on the iopub channel.

/// The kernel's state.
public enum Status: String, MessageContent {
    case starting, busy, idle

    public var type: String { "status" }
    public var json: JSON { ["execution_state": .string(rawValue)] }
}

/// Code that begins to run, for all clients to see.
public struct ExecuteInput: MessageContent {
    public var code: String
    public var executionCount: Int

    public init(code: String, executionCount: Int) {
        self.code = code
        self.executionCount = executionCount
    }

    public var type: String { "execute_input" }
    public var json: JSON { ["code": .string(code), "execution_count": .integer(executionCount)] }
}

/// Text on `stdout` or `stderr`.
public struct StreamText: MessageContent {
    public var name: String
    public var text: String

    public init(name: String, text: String) {
        self.name = name
        self.text = text
    }

    public var type: String { "stream" }
    public var json: JSON { ["name": .string(name), "text": .string(text)] }
}

/// Something to show, new or in the place of what has the same display id.
public struct DisplayData: MessageContent {
    public var data: JSON
    public var metadata: JSON
    public var displayID: String?
    public var isUpdate: Bool

    public init(data: JSON, metadata: JSON = [:], displayID: String? = nil, isUpdate: Bool = false) {
        self.data = data
        self.metadata = metadata
        self.displayID = displayID
        self.isUpdate = isUpdate
    }

    public var type: String { isUpdate ? "update_display_data" : "display_data" }
    public var json: JSON {
        let transient: JSON = displayID.map { ["display_id": .string($0)] } ?? [:]
        return ["data": data, "metadata": metadata, "transient": transient]
    }
}

/// The value of a cell.
public struct ExecuteResult: MessageContent {
    public var executionCount: Int
    public var data: JSON
    public var metadata: JSON

    public init(executionCount: Int, data: JSON, metadata: JSON = [:]) {
        self.executionCount = executionCount
        self.data = data
        self.metadata = metadata
    }

    public var type: String { "execute_result" }
    public var json: JSON { ["execution_count": .integer(executionCount), "data": data, "metadata": metadata] }
}

/// Why code failed.
public struct ErrorOutput: MessageContent, Equatable {
    public var name: String
    public var value: String
    public var traceback: [String]

    public init(name: String, value: String, traceback: [String]) {
        self.name = name
        self.value = value
        self.traceback = traceback
    }

    public var type: String { "error" }
    public var json: JSON { .object(JSON.Object(members)) }
    var members: [(String, JSON)] {
        [("ename", .string(name)), ("evalue", .string(value)), ("traceback", JSON(traceback))]
    }
}

/// Removes a cell's outputs, at once or with the next.
public struct ClearOutput: MessageContent {
    public var waits: Bool
    public init(waits: Bool) { self.waits = waits }
    public var type: String { "clear_output" }
    public var json: JSON { ["wait": .bool(waits)] }
}

/// Greets a client that subscribed to iopub (JEP 65).
public struct Welcome: MessageContent {
    public var subscription: String
    public init(subscription: String) { self.subscription = subscription }
    public var type: String { "iopub_welcome" }
    public var json: JSON { ["subscription": .string(subscription)] }
}

/// Opens, feeds or closes one of the private conversations that widgets use.
public enum CommOutput: MessageContent {
    case open(id: String, target: String, data: JSON)
    case message(id: String, data: JSON)
    case close(id: String)

    public var type: String {
        switch self {
        case .open: "comm_open"
        case .message: "comm_msg"
        case .close: "comm_close"
        }
    }

    public var json: JSON {
        switch self {
        case .open(let id, let target, let data):
            ["comm_id": .string(id), "target_name": .string(target), "target_module": nil, "data": data]
        case .message(let id, let data): ["comm_id": .string(id), "data": data]
        case .close(let id): ["comm_id": .string(id), "data": [:]]
        }
    }
}

/// Asks the user, on the stdin channel.
public struct InputRequest: MessageContent {
    public var prompt: String
    public var isPassword: Bool

    public init(prompt: String, isPassword: Bool) {
        self.prompt = prompt
        self.isPassword = isPassword
    }

    public var type: String { "input_request" }
    public var json: JSON { ["prompt": .string(prompt), "password": .bool(isPassword)] }
}
