import JupyterProtocol
import Presentation
import Testing

@testable import JupyterKernel

/// What keeps output in order, below the server's limits, and bearable.
@Suite struct OutputTests {
    private func message(_ id: String) -> IncomingMessage {
        var format = WireFormat(key: [])
        return try! format.message(of: [[9]] + Author(key: []).frames("execute_request", Author.execute(""), id: id))
    }

    /// Takes what an outbox lets out up to a moment, as texts.
    private func texts(_ outbox: Outbox, _ now: Moment) -> [String] {
        outbox.take(now: now).messages.map { $0.content["text"]?.string ?? $0.content["execution_state"]?.string ?? $0.type }
    }

    @Test func streamsAreGathered() {
        let outbox = Outbox {}
        let cell = message("a")
        outbox.beginCell(cell)
        // However long the writing takes.
        let start = Moment.now()
        for number in 0..<1000 { outbox.write("\(number % 10)", to: "stdout", parent: cell.parent) }
        #expect(texts(outbox, start) == ["busy"], "text waits for more of it")
        let digits = String(repeating: "0123456789", count: 100)
        let batch = outbox.take(now: start)
        #expect(batch.messages.isEmpty && batch.nextDeadline != nil)
        #expect(texts(outbox, batch.nextDeadline!) == [digits], "until its time is up")

        outbox.write(String(repeating: "x", count: Outbox.gatherBytes), to: "stdout", parent: cell.parent)
        #expect(texts(outbox, .now()).map(\.count) == [Outbox.gatherBytes], "or there is enough")

        outbox.write("out", to: "stdout", parent: cell.parent)
        outbox.write("err", to: "stderr", parent: cell.parent)
        outbox.write("out again", to: "stdout", parent: cell.parent)
        outbox.post(OutgoingMessage(ClearOutput(waits: false), on: .iopub, parent: cell.parent))
        #expect(texts(outbox, .now()) == ["out", "err", "out again", "clear_output"], "or something else comes")

        outbox.write("of the cell", to: "stdout", parent: cell.parent)
        outbox.write("of another", to: "stdout", parent: message("b").parent)
        outbox.endCell(cell.parent)
        #expect(texts(outbox, .now()) == ["of the cell", "of another", "idle"])
    }

    @Test func aQuickRequestDoesNotDisturbTheCellsText() {
        let outbox = Outbox {}
        let (cell, quick) = (message("a"), message("q"))
        outbox.beginCell(cell)
        outbox.write("half a ", to: "stdout", parent: cell.parent)
        outbox.beginQuick(quick.parent)
        outbox.endQuick(quick.parent)
        outbox.write("line", to: "stdout", parent: cell.parent)
        outbox.endCell(cell.parent)
        outbox.beginQuick(quick.parent)
        outbox.endQuick(quick.parent)
        #expect(texts(outbox, .now()) == ["busy", "busy", "idle", "busy", "half a line", "idle", "busy", "idle"])
    }

    // MARK: - Floods

    @Test func aFloodIsFolded() {
        var fold = StreamFold(now: Moment(nanoseconds: 0))
        let line = String(repeating: "x", count: 99) + "\n"
        var shown = ""
        for number in 0..<100_000 {
            for piece in fold.admit("\(number) \(line)", to: "stdout", now: Moment(nanoseconds: 0)) { shown += piece.text }
        }
        #expect(shown.utf8.count <= StreamFold.capacity && shown.utf8.count > StreamFold.capacity - 200)
        let end = fold.finish()
        #expect(end.count == 1 && end[0].name == "stdout")
        #expect(end[0].text.hasPrefix("\n… ") && end[0].text.contains(" lines, ") && end[0].text.hasSuffix("99999 \(line)"))
        #expect(end[0].text.utf8.count < StreamFold.tailBytes + 100)
        let hidden = end[0].text.split(separator: " ").compactMap { Int($0) }[0]
        let lines = (shown + end[0].text).utf8.count { $0 == UInt8(ascii: "\n") }
        #expect(lines - 2 + hidden == 100_000, "every line is shown or counted")
        #expect(fold.finish().isEmpty)
    }

    @Test func aTrickleIsNeverFolded() {
        var fold = StreamFold(now: Moment(nanoseconds: 0))
        for second in 0..<3600 {
            let text = String(repeating: "y", count: 4000)
            #expect(
                fold.admit(text, to: "stdout", now: Moment(nanoseconds: second * 1_000_000_000)) == [
                    .init(name: "stdout", text: text)
                ])
        }
    }

    @Test func afterAFloodItIsShownAgain() {
        var fold = StreamFold(now: Moment(nanoseconds: 0))
        let block = String(repeating: "z", count: StreamFold.capacity)
        #expect(fold.admit(block, to: "stdout", now: Moment(nanoseconds: 0)).count == 1)
        #expect(fold.admit("lost? ", to: "stdout", now: Moment(nanoseconds: 0)).isEmpty)
        #expect(fold.admit("é", to: "stderr", now: Moment(nanoseconds: 0)).isEmpty)
        let later = Moment(nanoseconds: 60_000_000_000)
        #expect(
            fold.admit("back", to: "stdout", now: later) == [
                .init(name: "stdout", text: "lost? "), .init(name: "stderr", text: "é"), .init(name: "stdout", text: "back"),
            ], "and what was short is not lost at all")
    }

    @Test(arguments: [
        ("aéz", 1, "z", "a"), ("aéz", 2, "z", "a"), ("aéz", 3, "éz", "aé"), ("🦋", 3, "", ""), ("one\ntwo", 5, "two", "one\nt"),
        ("x", 5, "x", "x"),
    ])
    func cutsBetweenCharacters(text: String, bytes: Int, end: String, beginning: String) {
        #expect(text.end(bytes: bytes) == end)
        #expect(text.beginning(bytes: bytes) == beginning)
    }

    @Test func aCellsFloodEndsWithItsEnd() {
        let bench = Bench()
        let lines = bench.run("flood 200000\nresult 7")
        let streams = lines.filter { $0.hasPrefix("a iopub stream") }
        #expect(
            streams.count < 100 && streams.last?.hasSuffix("line 199999") == true && streams.last?.contains("left out") == true)
        #expect(streams.reduce(0) { $0 + $1.utf8.count } < StreamFold.capacity + 20_000)
        // The value comes where it was said, and the end of the flood before the end of the cell.
        #expect(lines.suffix(2).first?.hasPrefix("a shell execute_reply ok") == true)
        #expect(bench.run("print next", id: "b").contains("b iopub stream stdout next"), "the next cell has room of its own")
    }

    // MARK: - Bundles

    @Test func whatIsTooLargeIsLeftOutAndSaidSo() {
        let text = String(repeating: "é", count: 200_000)
        let plain = MIMEBundle(plain: text).json["text/plain"]?.string ?? ""
        #expect(plain.utf8.count < MIMEBundle.plainLimit + 100 && plain.contains("bytes left out"))
        let large = MIMEBundle(plain: "a picture", html: "<b>", png: [UInt8](repeating: 1, count: 7 << 20))
        #expect(large.json["image/png"] == nil && large.json["text/html"] == .string(MIMEBundle.withoutMathematics("<b>")))
        #expect(large.json["text/plain"]?.string?.hasPrefix("a picture\n[image/png of ") == true)
        #expect(MIMEBundle(plain: "p", png: [1, 2, 3]).json == ["image/png": "AQID", "text/plain": "p"])
        let json = MIMEBundle(plain: "p").adding(.text("{\"a\":1}"), as: "application/x+json").adding(
            .text("{"), as: "application/json")
        #expect(json.json == ["application/json": "{", "application/x+json": ["a": 1], "text/plain": "p"])
    }

    // MARK: - Rates

    /// Jupyter's server drops what comes above 1000 messages or 1,000,000 bytes of streams a second, over 3 seconds.
    @Test func ratesStayBelowTheServersLimits() {
        for size in [0, 100, 16_000, 700_000] {
            var governor = RateGovernor(now: Moment(nanoseconds: 0))
            var sent: [(time: Int, bytes: Int)] = []
            var now = 0
            while now < 20_000 {
                if let wait = governor.admit(streamBytes: size, now: Moment(nanoseconds: now * 1_000_000)) {
                    now += wait
                } else {
                    sent.append((now, size))
                }
            }
            for start in stride(from: 0, to: 17_000, by: 250) {
                let window = sent.filter { $0.time >= start && $0.time < start + 3000 }
                #expect(window.count <= 3000, "\(size)")
                #expect(window.reduce(0) { $0 + $1.bytes } <= 3_000_000 + size, "\(size)")
            }
            #expect((sent.last?.time ?? 0) > 18_000, "and it goes on")
        }
    }

    /// Whatever its kind: who reads nothing for a while must not lose the end of a cell.
    @Test func cellsByTheThousandLeaveRoomInTheBacklog() {
        let outbox = Outbox {}
        for number in 0..<20_000 {
            let cell = message("\(number)")
            outbox.beginCell(cell)
            outbox.endCell(cell.parent)
        }
        let start = Moment.now()
        var sent = 0
        var now = start
        while sent < 40_000 {
            let batch = outbox.take(now: now)
            sent += batch.messages.count
            let seconds = Double(now.milliseconds(from: start)) / 1000
            #expect(sent <= ChannelSockets.backlogMessages / 2 + Int(seconds * 2000) + 1)
            guard let next = batch.nextDeadline, next > now else { break }
            now = next
        }
        #expect(sent == 40_000)
    }

    @Test func outputIsNotLostAtTheLimit() {
        let outbox = Outbox {}
        let cell = message("a")
        outbox.beginCell(cell)
        for _ in 0..<5000 { outbox.post(OutgoingMessage(ClearOutput(waits: true), on: .iopub, parent: cell.parent)) }
        outbox.endCell(cell.parent)
        #expect(outbox.isCongested)
        var now = Moment.now()
        var types: [String] = []
        while types.count < 5002 {
            let batch = outbox.take(now: now)
            types += batch.messages.map(\.type)
            guard let next = batch.nextDeadline else { break }
            #expect(next > now)
            now = next
        }
        #expect(types == ["status"] + [String](repeating: "clear_output", count: 5000) + ["status"])
        #expect(!outbox.isCongested)
    }

    /// Text of libraries can be cut anywhere, characters can't.
    @Test(arguments: [("", 0), ("a", 0), ("aé", 0), ("🦋", 0)]) func wholeCharacters(text: String, tail: Int) {
        let bytes = Array(text.utf8)
        #expect(UTF8Tail.length(of: bytes) == tail)
        for cut in 0..<bytes.count where cut > 0 {
            let part = Array(bytes[..<cut])
            let whole = part.count - UTF8Tail.length(of: part)
            #expect(String(validating: part[..<whole], as: UTF8.self) != nil)
        }
    }
}
