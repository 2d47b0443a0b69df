import JupyterProtocol
import Testing

/// What a kernel has sent for one cell.
struct Transcript {
    private let messages: [Sent]
    private let cell: String
    private let number: Int

    /// - Parameters:
    ///   - messages: those whose parent is the cell's request, in the order in which they were sent.
    ///   - number: the cell's, counted from 1.
    init(_ messages: [Sent], cell: String, number: Int) {
        self.messages = messages
        self.cell = cell
        self.number = number
    }

    /// What must hold of every cell that succeeds.
    ///
    /// - Parameter opened: the comms that there are.
    func check(opened: Set<String>) {
        let name = Comment(rawValue: cell)
        #expect(messages.first?.state == "busy", name)
        #expect(messages.dropFirst().first?.type == "execute_input", name)
        #expect(messages.last?.state == "idle", name)
        #expect(messages.filter { $0.type == "status" }.count == 2, name)
        let replies = messages.filter { $0.type == "execute_reply" }
        #expect(replies.map { $0.content["status"]?.string } == ["ok"], name)
        #expect(replies.allSatisfy { $0.channel == .shell && $0.content["execution_count"] == .integer(number) }, name)
        for message in messages {
            switch message.type {
            case "error":
                Issue.record("\(cell)\n\(message.content["ename"]?.string ?? ""): \(message.content["evalue"]?.string ?? "")")
            case "execute_input": #expect(message.content["code"]?.string == cell)
            case "display_data", "execute_result", "update_display_data": check(bundle: message.content["data"])
            case "comm_msg": #expect(opened.contains(message.content["comm_id"]?.string ?? ""), name)
            default: break
            }
        }
    }

    /// Text beside every picture and page, markup without scripts, pictures that are some.
    private func check(bundle: JSON?) {
        let name = Comment(rawValue: cell)
        #expect(bundle?["text/plain"]?.string?.isEmpty == false, name)
        if let html = bundle?["text/html"]?.string { #expect(!html.contains("<script") && html.contains("<"), name) }
        if let picture = bundle?["image/png"]?.string { #expect(picture.hasPrefix("iVBORw0KGgo"), name) }
        if let drawing = bundle?["image/svg+xml"]?.string { #expect(drawing.contains("<svg"), name) }
    }

    /// The messages in lines. How often a live view was updated is left out, for it hangs on the machine.
    func lines(_ sameness: TranscriptTests.Sameness) -> [String] {
        messages.flatMap { message -> [String] in
            switch message.type {
            case "comm_msg", "update_display_data", "execute_input": return []
            case "status": return [message.state ?? ""]
            case "comm_open" where sameness != .training, "comm_close" where sameness != .training: return []
            case "display_data" where sameness != .training && message.content["data"]?[Self.view] != nil: return []
            case "comm_open": return ["comm_open \(message.content["data"]?["state"]?["_model_name"]?.string ?? "")"]
            case "execute_reply": return ["execute_reply \(message.content["status"]?.string ?? "")"]
            case "stream": return ["stream \(message.content["name"]?.string ?? "")"]
            default: break
            }
            let data = message.content["data"]
            let kinds = data?.object?.members.map(\.name).sorted().joined(separator: " ") ?? ""
            return ["\(message.type) \(kinds)"] + Self.key(data?["text/plain"]?.string ?? "", sameness).map { "    | \($0)" }
        }
    }

    private static let view = "application/vnd.jupyter.widget-view+json"

    /// The first lines of a text that say something, as far as they are the same everywhere.
    private static func key(_ text: String, _ sameness: TranscriptTests.Sameness) -> [String] {
        let lines = text.split(separator: "\n").filter { $0.contains(where: \.isLetter) }.map(String.init)
        switch sameness {
        case .facts: return Array(lines.prefix(5))
        case .words, .training:
            return lines.prefix(3).map {
                $0.replacing(/[-+]?[0-9]+([.,][0-9]+)*(e-?[0-9]+)?/, with: "#").replacing(/\ {2,}/, with: "  ")
            }
        case .kinds: return []
        }
    }
}
