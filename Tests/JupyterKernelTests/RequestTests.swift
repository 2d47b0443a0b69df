import JupyterProtocol
import Testing

@testable import JupyterKernel

/// Requests that are answered beside the cells.
@Suite struct RequestTests {
    /// A request, its channel, and what comes between its busy and its idle.
    @Test(
        arguments: [
            ("connect_request", [:], Channel.shell, [#"shell connect_reply ok {"shell_port":5}"#]),
            ("is_complete_request", ["code": "print 1"], .shell, ["shell is_complete_reply complete {}"]),
            ("is_complete_request", ["code": "print {"], .shell, [#"shell is_complete_reply incomplete {"indent":"  "}"#]),
            ("is_complete_request", ["code": "}"], .shell, ["shell is_complete_reply invalid {}"]),
            ("is_complete_request", ["code": "print?"], .shell, ["shell is_complete_reply unknown {}"]),
            (
                "inspect_request", ["code": "nothing", "cursor_pos": 3], .shell,
                [#"shell inspect_reply ok {"found":false,"data":{},"metadata":{}}"#]
            ),
            (
                "inspect_request", ["code": "x late", "cursor_pos": 6, "detail_level": 1], .shell,
                [
                    #"shell inspect_reply ok {"found":true,"data":{"text/html":"<div class=\"mathjax_ignore tex2jax_ignore\"><b>late</b></div>","text/plain":"late 1"},"metadata":{}}"#
                ]
            ),
            ("comm_info_request", [:], .shell, [#"shell comm_info_reply ok {"comms":{}}"#]),
            ("comm_info_request", ["target_name": "jupyter.widget"], .shell, [#"shell comm_info_reply ok {"comms":{}}"#]),
            (
                "history_request", ["hist_access_type": "tail", "n": 3, "raw": true, "output": false], .shell,
                [#"shell history_reply ok {"history":[]}"#]
            ),
            ("interrupt_request", [:], .control, ["control interrupt_reply ok {}"]),
            ("interrupt_request", [:], .shell, ["shell interrupt_reply ok {}"]),
            ("list_subshell_request", [:], .control, [#"control list_subshell_reply ok {"subshell_id":[]}"#]),
            // What is newer than this kernel must not keep a client waiting.
            ("newer_request", ["what": "ever"], .shell, []),
            ("debug_request", [:], .control, []),
            // What lacks what it needs is told so.
            (
                "execute_request", [:], .shell,
                [
                    #"shell execute_reply error {"ename":"BadRequest","evalue":"The execute_request has no text in its field \"code\"."}"#
                ]
            ),
            (
                "complete_request", ["code": 7], .shell,
                [
                    #"shell complete_reply error {"ename":"BadRequest","evalue":"The complete_request has no text in its field \"code\"."}"#
                ]
            ),
            (
                "execute_request", ["code": "print 1"], .control,
                [#"control execute_reply error {"ename":"WrongChannel","evalue":"Cells are run on the shell channel."}"#]
            ),
            ("comm_msg", ["data": [:]], .shell, []),
            ("comm_open", ["comm_id": "c"], .shell, []),
            ("comm_close", ["comm_id": "nobody's"], .shell, []),
        ] as [(String, JSON, Channel, [String])])
    func sequence(type: String, content: JSON, channel: Channel, expected: [String]) {
        let bench = Bench()
        #expect(Pause.until { bench.assembly.session.services.current.complete("l", at: 1).matches.count == 1 })
        #expect(bench.request(type, content, on: channel) == (["iopub busy"] + expected + ["iopub idle"]).map { "q \($0)" })
        #expect(bench.stage.notes.isEmpty)
    }

    private func frames(_ type: String, content: [UInt8]) -> [[UInt8]] {
        let header: JSON = ["msg_id": "q", "msg_type": .string(type), "session": "s", "username": "u", "version": "5.4"]
        let parts = [header.bytes, Array("{}".utf8), Array("{}".utf8), content]
        return [Array("client".utf8), WireFormat.delimiter, Signer(key: Array("secret".utf8)).signature(of: parts)] + parts
    }

    /// Who has signed a request waits for its reply, whatever is in it.
    @Test func whatCannotBeReadIsAnswered() {
        let bench = Bench()
        bench.send(frames("execute_request", content: Array("{".utf8)))
        let lines = bench.lines(untilIdle: "q")
        #expect(lines.count == 3 && lines.first == "q iopub busy")
        #expect(lines.dropFirst().first?.hasPrefix(#"q shell execute_reply error {"ename":"BadRequest""#) == true)
        bench.send(frames("comm_msg", content: Array("[".utf8)))
        #expect(bench.lines(untilIdle: "q") == ["q iopub busy", "q iopub idle"])
        #expect(bench.stage.notes.isEmpty)
    }

    /// Python's clients send a file name as it is, be it UTF-8 or not.
    @Test func textThatIsNoUnicodeIsRepaired() {
        let bench = Bench()
        let content: [UInt8] = Array(#"{"code":"print caf"#.utf8) + [0xE9] + Array(#""}"#.utf8)
        bench.send(frames("execute_request", content: content))
        #expect(bench.lines(untilIdle: "q").contains("q iopub stream stdout caf\u{FFFD}"))
    }

    @Test(arguments: [Channel.shell, .control]) func introducesItself(channel: Channel) {
        let bench = Bench()
        let lines = bench.request("kernel_info_request", on: channel)
        #expect(lines.count == 3 && lines.first == "q iopub busy" && lines.last == "q iopub idle")
        let reply = bench.last("kernel_info_reply")
        #expect(reply?.channel == channel)
        #expect(
            reply?.content == [
                "status": "ok", "protocol_version": "5.6", "implementation": "toy", "implementation_version": "1.2",
                "language_info": [
                    "name": "toy", "version": "3", "mimetype": "text/x-toy", "file_extension": ".toy",
                    "nbconvert_exporter": "script",
                    "pygments_lexer": "toy", "codemirror_mode": "toy",
                ],
                "banner": "Toy", "help_links": [["text": "Help", "url": "https://example.org/help"]],
                "supported_features": ["kernel subshells", "iopub_welcome"], "debugger": false,
            ])
    }

    /// Cursors count Unicode scalars: neither UTF-16 units nor what looks like one character.
    @Test(arguments: [
        ("la", 2, 0, 2), ("🦋 la", 4, 2, 4), ("👩‍👩‍👧 la", 8, 6, 8), ("e\u{301} la zz", 5, 3, 5), ("la", 99, 0, 2), ("la", -5, 0, 0),
    ])
    func cursorsCountScalars(code: String, cursor: Int, start: Int, end: Int) {
        let bench = Bench()
        #expect(Pause.until { bench.assembly.session.services.current.complete("l", at: 1).matches.count == 1 })
        _ = bench.request("complete_request", ["code": .string(code), "cursor_pos": .integer(cursor)])
        #expect(
            bench.last("complete_reply")?.content == [
                "status": "ok", "matches": ["late"], "cursor_start": .integer(start), "cursor_end": .integer(end),
                "metadata": [
                    "_jupyter_types_experimental": [
                        ["start": .integer(start), "end": .integer(end), "text": "late", "type": "word"]
                    ]
                ],
            ])
    }

    @Test func usageIsTold() {
        let bench = Bench()
        _ = bench.request("usage_request", on: .control)
        let content = bench.last("usage_reply")?.content
        #expect((content?["kernel_memory"]?.integer ?? 0) > 1 << 20)
        #expect(
            (content?["host_virtual_memory"]?["total"]?.integer ?? 0) > content?["host_virtual_memory"]?["available"]?.integer
                ?? .max)
        #expect((content?["cpu_count"]?.integer ?? 0) > 0 && (content?["pid"]?.integer ?? 0) > 1)
        #expect(content?["kernel_cpu"]?.double != nil && content?["hostname"]?.string?.isEmpty == false)
    }

    @Test func completionKnowsWhatTheLastCellMade() {
        let bench = Bench()
        _ = bench.run("let lobster 5")
        _ = bench.request("complete_request", ["code": "l", "cursor_pos": 1])
        #expect(bench.last("complete_reply")?.content["matches"] == ["late", "lobster"])
    }

    /// Everything but cells is answered while a cell runs, and the kernel does not look idle afterwards.
    @Test func answersDuringACell() {
        let bench = Bench()
        bench.send("execute_request", Author.execute("publish whale\ngate one\nprint done"), id: "a")
        bench.waitForGate("one")
        _ = bench.linesNow()
        let requests: [(String, JSON, Channel, String)] = [
            ("complete_request", ["code": "w", "cursor_pos": 1], .shell, "complete_reply"),
            ("inspect_request", ["code": "whale", "cursor_pos": 5], .shell, "inspect_reply"),
            ("is_complete_request", ["code": "x"], .shell, "is_complete_reply"),
            ("history_request", [:], .shell, "history_reply"),
            ("comm_info_request", [:], .shell, "comm_info_reply"), ("kernel_info_request", [:], .shell, "kernel_info_reply"),
            ("kernel_info_request", [:], .control, "kernel_info_reply"), ("usage_request", [:], .control, "usage_reply"),
            ("create_subshell_request", [:], .control, "create_subshell_reply"),
        ]
        for (type, content, channel, reply) in requests {
            bench.send(type, content, id: "q", on: channel)
            let lines = bench.lines { $0.request == "a" && $0.state == "busy" }
            #expect(lines.count == 4 && lines.first == "q iopub busy" && lines.dropFirst(2).first == "q iopub idle", "\(lines)")
            #expect(
                lines.dropFirst().first?.hasPrefix(
                    "q \(channel.rawValue) \(reply) \(type == "is_complete_request" ? "complete" : "ok")") == true)
        }
        #expect(
            bench.sent.last { $0.type == "complete_reply" }?.content["matches"] == ["whale"], "what the cell published meanwhile")
        bench.stage.open("one")
        #expect(
            bench.lines(untilIdle: "a") == [
                "a iopub stream stdout done",
                #"a shell execute_reply ok {"execution_count":1,"user_expressions":{},"payload":[]}"#, "a iopub idle",
            ])
        #expect(bench.request("comm_info_request").count == 3, "between cells nobody is busy")
    }

    @Test(arguments: [true, false]) func shutsDown(restart: Bool) {
        let bench = Bench()
        #expect(bench.run("print a").count == 5)
        #expect(bench.assembly.dispatcher.shutdown == nil)
        #expect(
            bench.request("shutdown_request", ["restart": .bool(restart)], on: .control) == [
                "q iopub busy", #"q control shutdown_reply ok {"restart":\#(restart)}"#,
                #"q iopub shutdown_reply ok {"restart":\#(restart)}"#,
                "q iopub idle",
            ])
        #expect(bench.assembly.dispatcher.shutdown == restart)
        #expect(bench.assembly.stop(restart: restart))
        #expect(bench.stage.notes == ["print a", restart ? "saved for a restart" : "saved"])
    }

    /// The cell that runs is stopped and gets its end; those that wait are not begun.
    @Test func shutsDownDuringACell() {
        let bench = Bench()
        bench.send("execute_request", Author.execute("gate never"), id: "a")
        bench.send("execute_request", Author.execute("print never"), id: "b")
        bench.waitForGate("never")
        #expect(bench.assembly.stop(restart: false))
        #expect(
            bench.lines(untilIdle: "a").suffix(3) == [
                "a iopub error Interrupted: The cell was interrupted.",
                #"a shell execute_reply error {"ename":"Interrupted","evalue":"The cell was interrupted.","execution_count":1,"user_expressions":{},"payload":[]}"#,
                "a iopub idle",
            ])
        #expect(bench.stage.notes == ["gate never", "saved"])
    }

    /// A cell that doesn't listen is left behind.
    @Test func doesNotWaitForTheDeaf() {
        let bench = Bench()
        bench.send("execute_request", Author.execute("deaf one"), id: "a")
        bench.waitForGate("one")
        #expect(!bench.assembly.stop(restart: false))
        bench.stage.open("one")
    }

    // MARK: - Subshells

    @Test func subshellsAreMadeListedAndDeleted() {
        let bench = Bench()
        #expect(
            bench.request("create_subshell_request", on: .control)[1]
                == #"q control create_subshell_reply ok {"subshell_id":"s1"}"#)
        #expect(
            bench.request("create_subshell_request", on: .control)[1]
                == #"q control create_subshell_reply ok {"subshell_id":"s2"}"#)
        #expect(
            bench.request("list_subshell_request", on: .control)[1]
                == #"q control list_subshell_reply ok {"subshell_id":["s1","s2"]}"#)
        #expect(
            bench.request("delete_subshell_request", ["subshell_id": .string(bench.id("s1"))], on: .control)[1]
                == "q control delete_subshell_reply ok {}")
        #expect(
            bench.request("list_subshell_request", on: .control)[1] == #"q control list_subshell_reply ok {"subshell_id":["s2"]}"#
        )
        #expect(
            bench.request("delete_subshell_request", ["subshell_id": .string(bench.id("s1"))], on: .control)[1].contains(
                "UnknownSubshell"))
        #expect(bench.request("delete_subshell_request", on: .control)[1].contains("BadRequest"))
    }

    @Test func subshellsServe() {
        let bench = Bench()
        _ = bench.request("create_subshell_request", on: .control)
        let id = bench.id("s1")
        bench.send("execute_request", Author.execute("gate one"), id: "a")
        bench.waitForGate("one")
        _ = bench.linesNow()
        #expect(bench.request("comm_info_request", id: "q", subshell: id)[1] == #"q shell comm_info_reply ok {"comms":{}}"#)
        bench.send("execute_request", Author.execute("print silent", silent: true), id: "s", subshell: id)
        bench.send("execute_request", Author.execute("print b"), id: "b", subshell: id)
        let notices = bench.linesNow().filter { !$0.hasPrefix("a ") }
        #expect(notices.count == 1 && notices.first?.hasPrefix("b iopub stream stderr A cell runs in the main shell") == true)
        bench.stage.open("one")
        #expect(
            bench.lines(untilIdle: "b").contains("b iopub stream stdout b"), "cells of subshells take their turn with the others")
        #expect(bench.sent.first { $0.request == "b" }?.parent["subshell_id"]?.string == id)
    }

    /// Cells of one shell wait for each other anyway.
    @Test func cellsOfOneSubshellAreTakenForGranted() {
        let bench = Bench()
        _ = bench.request("create_subshell_request", on: .control)
        let id = bench.id("s1")
        bench.send("execute_request", Author.execute("gate one"), id: "a", subshell: id)
        bench.waitForGate("one")
        bench.send("execute_request", Author.execute("print b"), id: "b", subshell: id)
        bench.stage.open("one")
        #expect(!bench.lines(untilIdle: "b").contains { $0.contains("stderr") })
    }

    @Test func unknownSubshellsAreRefused() {
        let bench = Bench()
        let text = #""ename":"UnknownSubshell","evalue":"There is no subshell gone.""#
        #expect(
            bench.request("kernel_info_request", subshell: "gone") == [
                "q iopub busy", "q shell kernel_info_reply error {\(text)}", "q iopub idle",
            ])
        #expect(bench.request("comm_msg", ["comm_id": "c", "data": [:]], subshell: "gone") == ["q iopub busy", "q iopub idle"])
        bench.send("execute_request", Author.execute("print never"), id: "a", subshell: "gone")
        #expect(bench.lines(untilIdle: "a") == ["a iopub busy", "a shell execute_reply error {\(text)}", "a iopub idle"])
        #expect(bench.stage.notes.isEmpty)
    }
}
