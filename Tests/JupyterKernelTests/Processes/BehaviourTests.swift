import JupyterProtocol
import Testing

@testable import JupyterKernel

extension ProcessTests {
    /// What third-party suites check of every kernel, one behaviour a line, on one kernel over real sockets.
    @Suite struct BehaviourTests {
        /// A request and what must be among the lines about it.
        private static let requests: [(name: String, type: String, content: JSON, channel: Channel, expected: [String])] = [
            (
                "kernel_info on shell", "kernel_info_request", [:], .shell,
                ["shell kernel_info_reply ok", "iopub busy", "iopub idle"]
            ),
            (
                "kernel_info on control", "kernel_info_request", [:], .control,
                ["control kernel_info_reply ok", "iopub busy", "iopub idle"]
            ),
            ("stdout", "execute_request", Author.execute("print out"), .shell, ["iopub stream stdout out"]),
            ("stderr", "execute_request", Author.execute("warn err"), .shell, ["iopub stream stderr err"]),
            ("reply", "execute_request", Author.execute("let x 1"), .shell, ["shell execute_reply ok"]),
            ("busy and idle", "execute_request", Author.execute("let x 2"), .shell, ["iopub busy", "iopub idle"]),
            ("execute_input", "execute_request", Author.execute("print same"), .shell, ["iopub execute_input 5 print same"]),
            (
                "complete", "complete_request", ["code": "la", "cursor_pos": 2], .shell,
                [#"shell complete_reply ok {"matches":["late"]"#]
            ),
            (
                "inspect", "inspect_request", ["code": "late", "cursor_pos": 4], .shell,
                [#"shell inspect_reply ok {"found":true"#]
            ),
            ("a complete cell", "is_complete_request", ["code": "print 1"], .shell, ["shell is_complete_reply complete"]),
            ("an incomplete cell", "is_complete_request", ["code": "print {"], .shell, ["shell is_complete_reply incomplete"]),
            (
                "history", "history_request", ["hist_access_type": "tail", "n": 1], .shell,
                [#"shell history_reply ok {"history":[[1,5,"print same"]]}"#]
            ),
            ("comm_info", "comm_info_request", [:], .shell, [#"shell comm_info_reply ok {"comms":{}}"#]),
            (
                "an error", "execute_request", Author.execute("fail E"), .shell,
                ["iopub error E: it failed", "shell execute_reply error"]
            ),
            ("display_data", "execute_request", Author.execute("show me"), .shell, ["iopub display_data me"]),
            (
                "update_display_data", "execute_request", Author.execute("name a\nrename b"), .shell,
                ["iopub display_data a #named", "iopub update_display_data b #named"]
            ),
            ("a result", "execute_request", Author.execute("result r"), .shell, ["iopub execute_result 9 r"]),
            ("a rich display", "execute_request", Author.execute("picture 3"), .shell, ["iopub display_data picture"]),
            (
                "an unknown comm", "comm_open", ["comm_id": "c", "target_name": "nobody", "data": [:]], .shell,
                ["iopub comm_close c"]
            ),
            ("interrupt", "interrupt_request", [:], .control, ["control interrupt_reply ok"]),
            (
                "the count", "execute_request", Author.execute("print n"), .shell,
                [#"shell execute_reply ok {"execution_count":12"#]
            ),
            ("shutdown", "shutdown_request", ["restart": false], .control, [#"control shutdown_reply ok {"restart":false}"#]),
        ]

        @Test func behavesLikeEveryKernel() async throws {
            let kernel = try ToyKernel()
            try await withKernel(kernel) {
                let client = try await kernel.client()
                try await client.greeted()
                #expect(client.received.first?.type == "iopub_welcome", "the first message on iopub")
                #expect(try await client.beat([0, 1, 2]) == [0, 1, 2], "heartbeat")
                for (name, type, content, channel, expected) in Self.requests {
                    let start = client.received.count
                    let id = try client.send(type, content, on: channel)
                    if type.hasSuffix("_request") {
                        try await client.end(of: id)
                    } else {
                        try await client.message(name) { $0.request == id && $0.state == "idle" }
                    }
                    let answers = client.received[start...].filter { $0.request == id }
                    for line in expected {
                        #expect(
                            answers.contains { $0.line.dropFirst(id.count + 1).hasPrefix(line) },
                            "\(name): \(answers.map(\.line))")
                    }
                    #expect(
                        answers.count { $0.channel != .iopub } == (type.hasSuffix("_request") ? 1 : 0),
                        "\(name): one reply, if any")
                    #expect(
                        answers.allSatisfy {
                            $0.parent["session"]?.string == "client" && $0.parent["unheard of"] == [1, 2.5, nil]
                        }, "\(name): the parent header")
                    if type == "execute_request" { try await answersAQuestion(client, ifAfter: name) }
                }
            }
        }

        private func answersAQuestion(_ client: Client, ifAfter name: String) async throws {
            guard name == "a rich display" else { return }
            let id = try client.send("execute_request", Author.execute("ask who?", stdin: true))
            try await client.message("a question") { $0.request == id && $0.type == "input_request" }
            try client.send("input_reply", ["value": "me"], on: .stdin)
            #expect(try await client.end(of: id).contains("iopub stream stdout answer: me"), "stdin")
        }
    }
}
