import JupyterProtocol
import Testing

@testable import JupyterKernel

/// Cells: what is sent, and in which order.
@Suite struct ExecutionTests {
    /// A cell, and everything that is sent from its start to its end.
    @Test(arguments: [
        (
            "print hi",
            ["iopub busy", "iopub execute_input 1 print hi", "iopub stream stdout hi", "shell execute_reply ok 1", "iopub idle"]
        ),
        (
            "warn oh",
            ["iopub busy", "iopub execute_input 1 warn oh", "iopub stream stderr oh", "shell execute_reply ok 1", "iopub idle"]
        ),
        (
            "result 42",
            [
                "iopub busy", "iopub execute_input 1 result 42", "iopub execute_result 1 42", "shell execute_reply ok 1",
                "iopub idle",
            ]
        ),
        (
            "show x",
            ["iopub busy", "iopub execute_input 1 show x", "iopub display_data x", "shell execute_reply ok 1", "iopub idle"]
        ),
        (
            "name x\nrename y",
            [
                "iopub busy", "iopub execute_input 1 name x\nrename y", "iopub display_data x #named",
                "iopub update_display_data y #named",
                "shell execute_reply ok 1", "iopub idle",
            ]
        ),
        (
            "show x\nclear now\nclear later",
            [
                "iopub busy", "iopub execute_input 1 show x\nclear now\nclear later", "iopub display_data x",
                "iopub clear_output false",
                "iopub clear_output true", "shell execute_reply ok 1", "iopub idle",
            ]
        ),
        (
            // Streams are gathered, kept apart and in order, and come before what is shown after them.
            "print a\nprint b\nwarn c\nprint d\nshow e\nprint f\nfail No",
            [
                "iopub busy", "iopub execute_input 1 print a\nprint b\nwarn c\nprint d\nshow e\nprint f\nfail No",
                "iopub stream stdout a\nb",
                "iopub stream stderr c", "iopub stream stdout d", "iopub display_data e", "iopub stream stdout f",
                "iopub error No: it failed",
                "shell execute_reply error 1", "iopub idle",
            ]
        ),
        (
            "nonsense",
            [
                "iopub busy", "iopub execute_input 1 nonsense", "iopub error Unknown: no command nonsense",
                "shell execute_reply error 1", "iopub idle",
            ]
        ),
        ("", ["iopub busy", "iopub execute_input 1", "shell execute_reply ok 0", "iopub idle"]),
        (" \n\t", ["iopub busy", "iopub execute_input 1  \n\t", "shell execute_reply ok 0", "iopub idle"]),
    ])
    func sequence(code: String, expected: [String]) {
        let bench = Bench()
        let lines = bench.run(code).map { line -> String in
            guard line.hasPrefix("a shell execute_reply"), let reply = bench.last("execute_reply")?.content else { return line }
            return "a shell execute_reply \(reply["status"]?.string ?? "") \(reply["execution_count"]?.integer ?? -1)"
        }
        #expect(lines == expected.map { "a \($0)" })
    }

    @Test func repliesHaveAllTheirFields() {
        let bench = Bench()
        #expect(
            bench.run("print hi").contains(#"a shell execute_reply ok {"execution_count":1,"user_expressions":{},"payload":[]}"#))
        _ = bench.run("nonsense", id: "b")
        let reply = bench.last("execute_reply")?.content
        #expect(
            reply == [
                "status": "error", "ename": "Unknown", "evalue": "no command nonsense", "traceback": ["here", "there"],
                "execution_count": 2,
                "user_expressions": [:], "payload": [],
            ])
        #expect(
            bench.last("error")?.content == [
                "ename": "Unknown", "evalue": "no command nonsense", "traceback": ["here", "there"],
            ])
        _ = bench.run("fail Bare", id: "c")
        #expect(
            bench.last("error")?.content["traceback"] == ["Bare: it failed"], "an error without lines shows its name and message")
    }

    /// The counter goes up with cells that are stored; the others are told how far it is, and shown the number that comes next.
    @Test func countsWhatIsStored() {
        let bench = Bench()
        func count(_ content: JSON, _ id: String) -> String {
            bench.send("execute_request", content, id: id)
            let lines = bench.lines(untilIdle: id)
            let shown = lines.first { $0.contains("execute_input") }?.split(separator: " ")[3] ?? "-"
            return "\(shown) \(bench.last("execute_reply")?.content["execution_count"]?.integer ?? -1)"
        }
        #expect(count(Author.execute("print a"), "1") == "1 1")
        #expect(count(Author.execute("print b", store: false), "2") == "2 1")
        #expect(count(Author.execute("print c", silent: true), "3") == "- 1")
        #expect(count(Author.execute("print d", silent: true, store: true), "4") == "- 1")
        #expect(count(Author.execute("fail E"), "5") == "2 2")
        #expect(count(["code": "print e"], "6") == "3 3", "every other field has its default")
    }

    @Test func silenceIsKept() {
        let bench = Bench()
        let code = "print a\nwarn b\nresult c\nshow d\nname e\nrename f\nclear now\nbar 3\nslider\nlet x 5"
        bench.send("execute_request", Author.execute(code, silent: true, expressions: ["v": "x"]), id: "a")
        #expect(
            bench.lines(untilIdle: "a") == [
                "a iopub busy",
                #"a shell execute_reply ok {"execution_count":0,"user_expressions":{"v":{"status":"ok","data":{"text/plain":"5"},"metadata":{}}},"payload":[]}"#,
                "a iopub idle",
            ])
        bench.send("execute_request", Author.execute("fail E", silent: true), id: "b")
        #expect(
            bench.lines(untilIdle: "b") == [
                "b iopub busy",
                #"b shell execute_reply error {"ename":"E","evalue":"it failed","execution_count":0,"user_expressions":{},"payload":[]}"#,
                "b iopub idle",
            ])
    }

    @Test func userExpressionsAreEvaluatedAfterTheCell() {
        let bench = Bench()
        bench.send("execute_request", Author.execute("let x 5", expressions: ["first": "x", "second": "y", "third": 7]), id: "a")
        _ = bench.lines(untilIdle: "a")
        #expect(
            bench.last("execute_reply")?.content["user_expressions"] == [
                "first": ["status": "ok", "data": ["text/plain": "5"], "metadata": [:]],
                "second": ["status": "error", "ename": "Unknown", "evalue": "no y", "traceback": ["Unknown: no y"]],
            ])
        bench.send("execute_request", Author.execute("fail E", expressions: ["first": "x"]), id: "b")
        _ = bench.lines(untilIdle: "b")
        #expect(bench.last("execute_reply")?.content["user_expressions"] == [:], "not after a failure")
    }

    @Test func payloadsComeWithTheReply() {
        let bench = Bench()
        _ = bench.run("page help\nnext print 2\ninstead print 3")
        #expect(
            bench.last("execute_reply")?.content["payload"] == [
                ["source": "page", "data": ["text/plain": "help"], "start": 0],
                ["source": "set_next_input", "text": "print 2", "replace": false],
                ["source": "set_next_input", "text": "print 3", "replace": true],
            ])
    }

    @Test func whatStandsBehindAFailureIsAborted() {
        let bench = Bench()
        bench.send("execute_request", Author.execute("gate one\nfail E"), id: "a")
        bench.waitForGate("one")
        bench.send("execute_request", Author.execute("print never"), id: "b", from: "other")
        bench.send("complete_request", ["code": "l", "cursor_pos": 1], id: "c")
        bench.send("execute_request", Author.execute("print never", stop: false), id: "d")
        #expect(bench.lines(untilIdle: "c").last == "c iopub idle", "requests that are no cells are answered meanwhile")
        bench.stage.open("one")
        #expect(
            bench.lines(untilIdle: "d").filter { !$0.hasPrefix("a iopub busy") } == [
                "a iopub error E: it failed",
                #"a shell execute_reply error {"ename":"E","evalue":"it failed","execution_count":1,"user_expressions":{},"payload":[]}"#,
                "a iopub idle", "b iopub busy", "b shell execute_reply aborted {}", "b iopub idle", "d iopub busy",
                "d shell execute_reply aborted {}", "d iopub idle",
            ])
        #expect(bench.sent.last { $0.type == "execute_reply" && $0.request == "b" }?.identities == [Array("other".utf8)])
        #expect(
            bench.run("print after", id: "e").contains("e iopub execute_input 2 print after"), "later cells run, and count on")
        #expect(bench.stage.notes == ["gate one\nfail E", "print after"])
    }

    /// What may pass stops nothing, and neither does what front-ends look up beside their user's cells: these don't depend on it.
    @Test(arguments: [Author.execute("gate one\nfail E", stop: false), Author.execute("gate one\nfail E", silent: true)])
    func aFailureThatNobodyDependsOnStopsNothing(request: JSON) {
        let bench = Bench()
        bench.send("execute_request", request, id: "a")
        bench.waitForGate("one")
        bench.send("execute_request", Author.execute("print b"), id: "b")
        bench.stage.open("one")
        #expect(bench.lines(untilIdle: "b").contains("b iopub stream stdout b"))
    }

    @Test func cellsWaitTheirTurnWhateverTheirSender() {
        let bench = Bench()
        for number in 1...200 {
            bench.send("execute_request", Author.execute("print \(number)"), id: "\(number)", from: "client \(number % 3)")
        }
        _ = bench.lines(untilIdle: "200")
        #expect(bench.sent.filter { $0.type == "stream" }.map { $0.content["text"]?.string } == (1...200).map { "\($0)\n" })
        #expect(bench.sent.filter { $0.type == "execute_reply" }.map(\.request) == (1...200).map(String.init))
        #expect(
            bench.sent.filter { $0.type == "execute_reply" }.map { String(decoding: $0.identities[0], as: UTF8.self) }
                == (1...200).map { "client \($0 % 3)" })
    }

    @Test func parentsAreEchoedByteForByte() {
        let bench = Bench()
        // Blanks, an order of its own, and members that nobody knows.
        let header = Array(
            #"{ "msg_type" : "execute_request","msg_id":"odd", "x":[1 , 2.50, {"é":"\u00e9"}],"session":"s", "username":"u"}"#
                .utf8)
        let parts = [header, Array("{}".utf8), Array("{}".utf8), Author.execute("print hi\nresult 1").bytes]
        let signature = Signer(key: Array("secret".utf8)).signature(of: parts)
        #expect(bench.send([[1, 2, 3], WireFormat.delimiter, signature] + parts) == header)
        _ = bench.lines(untilIdle: "odd")
        let answers = bench.sent.filter { $0.request == "odd" }
        #expect(answers.count == 6)
        #expect(answers.allSatisfy { $0.parentBytes == header })
        #expect(answers.first { $0.channel == .shell }?.identities == [[1, 2, 3]])
    }

    /// JupyterLab drops what comes from a session that it doesn't expect.
    @Test func everyMessageIsOfOneSession() {
        let bench = Bench()
        _ = bench.run("print a\nbar 2")
        _ = bench.request("kernel_info_request")
        #expect(Set(bench.sent.compactMap { $0.header["session"]?.string }).count == 1)
        #expect(Set(bench.sent.compactMap { $0.header["msg_id"]?.string }).count == bench.sent.count)
    }
}
