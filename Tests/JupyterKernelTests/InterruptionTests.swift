import JupyterProtocol
import Testing

@testable import JupyterKernel

/// Stopping cells, and asking their user.
@Suite struct InterruptionTests {
    private let end = [
        "a iopub error Interrupted: The cell was interrupted.",
        #"a shell execute_reply error {"ename":"Interrupted","evalue":"The cell was interrupted.","execution_count":1,"user_expressions":{},"payload":[]}"#,
        "a iopub idle",
    ]

    @Test func stopsTheCellAndKeepsTheState() {
        let bench = Bench()
        bench.send("execute_request", Author.execute("let x 5\nprint before\ngate never\nprint after"), id: "a")
        bench.waitForGate("never")
        bench.send("interrupt_request", id: "i", on: .control)
        let lines = bench.lines(untilIdle: "a")
        // The two requests are answered side by side; each has its own order.
        #expect(lines.filter { $0.hasPrefix("i") } == ["i iopub busy", "i control interrupt_reply ok {}", "i iopub idle"])
        #expect(lines.filter { $0.hasPrefix("a") && $0 != "a iopub busy" }.suffix(4) == ["a iopub stream stdout before"] + end)
        bench.send("execute_request", Author.execute("print next", expressions: ["x": "x"]), id: "b")
        #expect(bench.lines(untilIdle: "b").contains("b iopub stream stdout next"))
        #expect(bench.last("execute_reply")?.content["user_expressions"]?["x"]?["data"]?["text/plain"] == "5")
    }

    @Test func neverHitsTheNextCell() {
        let bench = Bench()
        for round in 0..<50 {
            // Between two cells, just before one, and twice.
            _ = bench.request("interrupt_request", id: "i", on: .control)
            bench.assembly.dispatcher.interrupt()
            let lines = bench.run("print \(round)", id: "\(round)")
            #expect(lines.contains("\(round) iopub stream stdout \(round)"), "\(lines)")
        }
    }

    @Test func aSecondOneIsHarmless() {
        let bench = Bench()
        bench.send("execute_request", Author.execute("gate never\nprint after"), id: "a")
        bench.waitForGate("never")
        for _ in 0..<5 { bench.send("interrupt_request", id: "i", on: .control) }
        bench.assembly.dispatcher.interrupt()
        #expect(bench.lines(untilIdle: "a").filter { $0.hasPrefix("a") }.suffix(3) == end)
        #expect(bench.run("print next", id: "b").contains("b iopub stream stdout next"))
    }

    @Test func whatWaitsBehindAnInterruptedCellIsAborted() {
        let bench = Bench()
        bench.send("execute_request", Author.execute("gate never"), id: "a")
        bench.waitForGate("never")
        bench.send("execute_request", Author.execute("print never"), id: "b")
        bench.send("interrupt_request", id: "i", on: .control)
        #expect(bench.lines(untilIdle: "b").suffix(3) == ["b iopub busy", "b shell execute_reply aborted {}", "b iopub idle"])
        #expect(bench.stage.notes == ["gate never"])
    }

    /// An interrupt that a cell doesn't notice any more is meant for those behind it as well, and for none that comes later.
    @Test func anInterruptInTheLastMomentStopsWhatWaits() {
        let bench = Bench()
        bench.send("execute_request", Author.execute("deaf one"), id: "a")
        bench.waitForGate("one")
        bench.send("execute_request", Author.execute("print never"), id: "b")
        #expect(bench.request("interrupt_request", id: "i", on: .control).contains("i control interrupt_reply ok {}"))
        bench.stage.open("one")
        let lines = bench.lines(untilIdle: "b")
        #expect(lines.contains(#"a shell execute_reply ok {"execution_count":1,"user_expressions":{},"payload":[]}"#))
        #expect(lines.suffix(3) == ["b iopub busy", "b shell execute_reply aborted {}", "b iopub idle"])
        #expect(bench.run("print next", id: "c").contains("c iopub stream stdout next"))
        #expect(bench.stage.notes == ["deaf one", "print next"])
    }

    @Test func stopsAnExpression() {
        let bench = Bench()
        let expressions: JSON = ["long": "gate never"]
        bench.send("execute_request", Author.execute("print a", expressions: expressions), id: "a")
        bench.waitForGate("never")
        bench.send("interrupt_request", id: "i", on: .control)
        #expect(bench.lines(untilIdle: "a").contains { $0.hasPrefix("a shell execute_reply ok") })
        #expect(bench.last("execute_reply")?.content["user_expressions"]?["long"]?["ename"] == "Interrupted")
    }

    /// A flood is stopped like anything else, whatever of it is unsent.
    @Test func stopsAFlood() {
        let bench = Bench()
        bench.send("execute_request", Author.execute("flood 1000000000"), id: "a")
        #expect(bench.lines { $0.type == "stream" }.count == 3)
        bench.send("interrupt_request", id: "i", on: .control)
        // The cell's `busy` may be told again behind the quick answer to the interrupt.
        #expect(bench.lines(untilIdle: "a").filter { $0.hasPrefix("a") && $0 != "a iopub busy" }.suffix(3) == end)
    }

    // MARK: - Questions

    @Test func asksWhoSentTheCell() {
        let bench = Bench()
        bench.send("execute_request", Author.execute("print sure\nask really?", stdin: true), id: "a", from: "me")
        #expect(
            bench.lines { $0.channel == .stdin }.suffix(2) == [
                "a iopub stream stdout sure", "a stdin input_request really? false",
            ])
        #expect(bench.last("input_request")?.identities == [Array("me".utf8)])
        bench.send("input_reply", ["value": "no"], id: "x", on: .stdin, from: "somebody else")
        bench.send("execute_request", Author.execute(""), id: "y", on: .stdin, from: "me")
        bench.send("input_reply", ["value": "yes"], id: "r", on: .stdin, from: "me")
        #expect(
            bench.lines(untilIdle: "a") == [
                "a iopub stream stdout answer: yes",
                #"a shell execute_reply ok {"execution_count":1,"user_expressions":{},"payload":[]}"#, "a iopub idle",
            ])
    }

    @Test func hidesPasswords() {
        let bench = Bench()
        bench.send("execute_request", Author.execute("password key:", stdin: true), id: "a")
        #expect(bench.lines { $0.channel == .stdin }.last == "a stdin input_request key: true")
        bench.send("input_reply", ["value": "\u{4}"], id: "r", on: .stdin)
        #expect(bench.lines(untilIdle: "a").first == "a iopub error Input: The input ended before an answer came.")
    }

    @Test func anAnswerThatComesTooLateAnswersNothing() {
        let bench = Bench()
        bench.send("execute_request", Author.execute("ask one", stdin: true), id: "a")
        _ = bench.lines { $0.channel == .stdin }
        bench.send("interrupt_request", id: "i", on: .control)
        #expect(bench.lines(untilIdle: "a").filter { $0.hasPrefix("a") }.suffix(3) == end, "an interrupt ends the wait")
        bench.send("input_reply", ["value": "late"], id: "r", on: .stdin)
        bench.send("execute_request", Author.execute("ask two", stdin: true), id: "b")
        _ = bench.lines { $0.channel == .stdin && $0.request == "b" }
        bench.send("input_reply", ["value": "timely"], id: "r2", on: .stdin)
        #expect(bench.lines(untilIdle: "b").contains("b iopub stream stdout answer: timely"))
    }

    /// Somebody who says yes to one question has not said it to the next, which was not on the screen.
    @Test func anAnswerIsToItsQuestionAlone() {
        let bench = Bench()
        bench.send("execute_request", Author.execute("ask one\nask two", stdin: true), id: "a")
        _ = bench.lines { $0.type == "input_request" }
        let one = bench.last("input_request")?.header ?? [:]
        bench.send("input_reply", ["value": "first"], id: "r", on: .stdin, parent: one)
        _ = bench.lines { $0.type == "input_request" }
        let two = bench.last("input_request")?.header ?? [:]
        #expect(one["msg_id"] != two["msg_id"])
        bench.send("input_reply", ["value": "first again"], id: "s", on: .stdin, parent: one)
        bench.send("input_reply", ["value": "second"], id: "t", on: .stdin, parent: two)
        #expect(bench.lines(untilIdle: "a").contains("a iopub stream stdout answer: second"))
    }

    @Test func asksNobodyWhoCannotAnswer() {
        let bench = Bench()
        let lines = bench.run("ask really?")
        #expect(lines[2] == "a iopub error Input: This front-end can't ask questions; run the cell from a notebook or a console.")
        #expect(!bench.sent.contains { $0.channel == .stdin })
    }

    @Test func aQuestionEndsWithTheKernel() {
        let bench = Bench()
        bench.send("execute_request", Author.execute("ask one", stdin: true), id: "a")
        _ = bench.lines { $0.channel == .stdin }
        #expect(bench.assembly.stop(restart: false))
    }
}
