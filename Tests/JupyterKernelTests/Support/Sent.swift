import JupyterKernel
import JupyterProtocol

/// A message that a kernel has sent, as its front-end reads it.
struct Sent {
    var channel: Channel
    var identities: [[UInt8]]
    var header: JSON
    var parent: JSON
    var parentBytes: [UInt8]
    var metadata: JSON
    var content: JSON
    var buffers: [[UInt8]]

    /// Reads frames as a strict client does: everything that the protocol demands must be there.
    init?(_ frames: [[UInt8]], on channel: Channel, signer: Signer) {
        guard let delimiter = frames.firstIndex(of: WireFormat.delimiter), frames.count >= delimiter + 6,
            signer.isValid(frames[delimiter + 1], of: Array(frames[(delimiter + 2)...(delimiter + 5)])),
            let header = try? JSON(parsing: frames[delimiter + 2]), let parent = try? JSON(parsing: frames[delimiter + 3]),
            let metadata = try? JSON(parsing: frames[delimiter + 4]), let content = try? JSON(parsing: frames[delimiter + 5])
        else { return nil }
        for field in ["msg_id", "session", "username", "date", "msg_type", "version"] where (header[field]?.string ?? "").isEmpty
        { return nil }
        self.channel = channel
        identities = Array(frames[..<delimiter])
        self.header = header
        self.parent = parent
        parentBytes = frames[delimiter + 3]
        self.metadata = metadata
        self.content = content
        buffers = Array(frames[(delimiter + 6)...])
    }

    var type: String { header["msg_type"]?.string ?? "" }
    /// The id of the request that it belongs to.
    var request: String { parent["msg_id"]?.string ?? "-" }
    var state: String? { type == "status" ? content["execution_state"]?.string : nil }

    /// The message in a line: request, channel, type, and what matters of the content.
    var line: String { "\(request) \(channel.rawValue) \(type == "status" ? "" : type + " ")\(summary)".trimmed }

    private var summary: String {
        func text(_ field: String) -> String { content[field]?.string ?? content[field]?.text ?? "" }
        func shown(_ data: JSON?) -> String { data?["text/plain"]?.string ?? data?.text ?? "" }
        switch type {
        case "status": return text("execution_state")
        case "execute_input": return "\(text("execution_count")) \(text("code"))"
        case "stream": return "\(text("name")) \(text("text"))"
        case "display_data", "update_display_data":
            let id = content["transient"]?["display_id"]?.string.map { " #\($0)" } ?? ""
            return shown(content["data"]) + id
        case "execute_result": return "\(text("execution_count")) \(shown(content["data"]))"
        case "error": return "\(text("ename")): \(text("evalue"))"
        case "clear_output": return text("wait")
        case "input_request": return "\(text("prompt")) \(text("password"))"
        case "iopub_welcome": return "'\(text("subscription"))'"
        case "comm_open":
            return "\(text("comm_id")) \(text("target_name")) \(content["data"]?["state"]?["_model_name"]?.string ?? "")"
        case "comm_msg":
            let data = content["data"]
            let state =
                data?["state"].map { " \($0.text)" } ?? data?["states"]?.object.map { " \($0.members.count) states" } ?? ""
            return "\(text("comm_id")) \(data?["method"]?.string ?? "")\(state)"
        case "comm_close": return text("comm_id")
        default:
            var rest = content.object ?? .init()
            rest["status"] = nil
            rest["traceback"] = nil
            return "\(text("status")) \(JSON.object(rest).text)"
        }
    }
}

extension String {
    var trimmed: String { hasSuffix(" ") || hasSuffix("\n") ? String(dropLast()).trimmed : self }
}

/// Makes a front-end's messages.
struct Author {
    let key: [UInt8]
    var session = "front-end"

    /// The signed frames of a request, without identities.
    func frames(
        _ type: String, _ content: JSON, id: String, subshell: String? = nil, parent: JSON = [:], metadata: JSON = [:],
        buffers: [[UInt8]] = []
    ) -> [[UInt8]] {
        var header: JSON.Object = .init([
            ("date", "2026-01-01T00:00:00.000000Z"), ("msg_id", .string(id)), ("msg_type", .string(type)), ("username", "user"),
            ("session", .string(session)), ("version", "5.4"), ("unheard of", [1, 2.5, nil]),
        ])
        header["subshell_id"] = subshell.map(JSON.string)
        let parts = [JSON.object(header).bytes, parent.bytes, metadata.bytes, content.bytes]
        return [WireFormat.delimiter, Signer(key: key).signature(of: parts)] + parts + buffers
    }

    static func execute(
        _ code: String, silent: Bool = false, store: Bool = true, stop: Bool = true, stdin: Bool = false, expressions: JSON = [:]
    ) -> JSON {
        [
            "code": .string(code), "silent": .bool(silent), "store_history": .bool(store), "user_expressions": expressions,
            "allow_stdin": .bool(stdin), "stop_on_error": .bool(stop),
        ]
    }
}
