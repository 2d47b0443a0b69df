/// The answer to a request: its fields, beside the `status` that every reply has.
public struct Reply: MessageContent, Equatable {
    public enum Status: Sendable, Equatable {
        case ok
        case error(ErrorOutput)
        /// Not run because an earlier cell failed.
        case aborted
    }

    public var type: String
    public var status: Status
    public var fields: [(String, JSON)]

    init(_ type: String, status: Status = .ok, _ fields: [(String, JSON)] = []) {
        self.type = type
        self.status = status
        self.fields = fields
    }

    public var json: JSON {
        switch status {
        case .ok: .object(JSON.Object([("status", "ok")] + fields))
        case .error(let error): .object(JSON.Object([("status", "error")] + error.members + fields))
        case .aborted: .object(JSON.Object([("status", "aborted")] + fields))
        }
    }

    public static func == (left: Reply, right: Reply) -> Bool { left.type == right.type && left.json == right.json }
}

extension Reply {
    /// The name of the reply to a request: `x_request` is answered by `x_reply`.
    public static func type(answering request: String) -> String {
        request.hasSuffix("_request") ? request.dropLast("request".count) + "reply" : request + "_reply"
    }

    /// A refusal of any request.
    public static func failure(answering request: String, _ error: ErrorOutput) -> Reply {
        Reply(type(answering: request), status: .error(error))
    }

    /// Something done that has nothing to tell.
    public static func done(answering request: String) -> Reply { Reply(type(answering: request)) }

    public static func execute(
        executionCount: Int, userExpressions: [(String, JSON)] = [], payload: [JSON] = []
    ) -> Reply {
        Reply(
            "execute_reply",
            [
                ("execution_count", .integer(executionCount)),
                ("user_expressions", .object(JSON.Object(userExpressions))), ("payload", .array(payload)),
            ])
    }

    public static func executeFailure(_ error: ErrorOutput, executionCount: Int, payload: [JSON] = []) -> Reply {
        Reply(
            "execute_reply", status: .error(error),
            [("execution_count", .integer(executionCount)), ("user_expressions", [:]), ("payload", .array(payload))])
    }

    /// For a cell that waited behind one that failed.
    public static let executeAborted = Reply("execute_reply", status: .aborted)

    /// - Parameters:
    ///   - cursor: what a match replaces, in Unicode scalars.
    public static func complete(matches: [(text: String, kind: String)], cursor: Range<Int>) -> Reply {
        let types = matches.map { match -> JSON in
            [
                "start": .integer(cursor.lowerBound), "end": .integer(cursor.upperBound),
                "text": .string(match.text), "type": .string(match.kind),
            ]
        }
        return Reply(
            "complete_reply",
            [
                ("matches", JSON(matches.map(\.text))), ("cursor_start", .integer(cursor.lowerBound)),
                ("cursor_end", .integer(cursor.upperBound)),
                ("metadata", ["_jupyter_types_experimental": .array(types)]),
            ])
    }

    /// - Parameter data: what is known by MIME type; nil if nothing is.
    public static func inspect(data: JSON?) -> Reply {
        Reply("inspect_reply", [("found", .bool(data != nil)), ("data", data ?? [:]), ("metadata", [:])])
    }

    /// - Parameters:
    ///   - completeness: `complete`, `incomplete`, `invalid` or `unknown`; it stands in the place of the status.
    public static func isComplete(_ completeness: String, indent: String? = nil) -> IsCompleteReply {
        IsCompleteReply(completeness: completeness, indent: indent)
    }

    public static func history(_ entries: [JSON]) -> Reply {
        Reply("history_reply", [("history", .array(entries))])
    }

    /// - Parameter comms: target names by id.
    public static func commInfo(_ comms: [(id: String, target: String)]) -> Reply {
        Reply(
            "comm_info_reply",
            [("comms", .object(JSON.Object(comms.map { ($0.id, ["target_name": .string($0.target)]) })))])
    }

    public static func shutdown(restart: Bool) -> Reply { Reply("shutdown_reply", [("restart", .bool(restart))]) }

    public static func createSubshell(id: String) -> Reply {
        Reply("create_subshell_reply", [("subshell_id", .string(id))])
    }

    public static func listSubshells(_ ids: [String]) -> Reply {
        Reply("list_subshell_reply", [("subshell_id", JSON(ids))])
    }

    public static func usage(_ facts: [(String, JSON)]) -> Reply { Reply("usage_reply", facts) }

    public static func connect(ports: [(String, Int)]) -> Reply {
        Reply("connect_reply", ports.map { ($0.0, .integer($0.1)) })
    }
}

/// The one reply whose status is its answer.
public struct IsCompleteReply: MessageContent {
    var completeness: String
    var indent: String?

    public var type: String { "is_complete_reply" }
    public var json: JSON {
        var object = JSON.Object([("status", .string(completeness))])
        object["indent"] = indent.map(JSON.string)
        return .object(object)
    }
}
