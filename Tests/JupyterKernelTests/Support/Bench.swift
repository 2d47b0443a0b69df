import Dispatch
import JupyterProtocol
import Testing

@testable import JupyterKernel

/// A whole kernel beside its sockets, driven message by message; the test is its wire thread.
final class Bench {
    let stage: Stage
    let assembly: Assembly
    /// How many seconds one message may take; less than a cell takes whose thread is stuck.
    private let patience: Int
    private let author = Author(key: Array("secret".utf8))
    private let signer = Signer(key: Array("secret".utf8))
    private var format = WireFormat(key: Array("secret".utf8))
    private let bell = DispatchSemaphore(value: 0)
    private var count = 0
    /// Random ids by the names under which lines show them.
    private var names: [(id: String, name: String)] = []

    /// Everything that was sent so far.
    private(set) var sent: [Sent] = []
    private var reported = 0

    /// - Parameters:
    ///   - language: what the kernel speaks.
    ///   - stage: what the test and its cells share.
    ///   - patience: in seconds, how long a message may take.
    init(_ language: HostedLanguage, stage: Stage = Stage(), historyPath: String? = nil, patience: Int = Pause.longest) {
        self.stage = stage
        self.patience = patience
        let bell = self.bell
        assembly = Assembly(language, historyPath: historyPath, capturesOutput: false, ports: [("shell_port", 5)]) {
            bell.signal()
        }
        _ = lines { $0.state == "starting" }
    }

    deinit { assembly.stop(restart: false) }

    // MARK: - Front-ends

    /// Sends a message on its way through the wire format.
    ///
    /// - Parameter parent: the header of the message that it answers.
    /// - Returns: the bytes of its header.
    @discardableResult
    func send(
        _ type: String, _ content: JSON = [:], id: String, on channel: Channel = .shell, from identity: String = "client",
        subshell: String? = nil, parent: JSON = [:]
    ) -> [UInt8] {
        // Every message is another, or the kernel would take the second of two equal ones for a replay.
        count += 1
        let frames = author.frames(
            type, content, id: id, subshell: subshell, parent: parent, metadata: ["number": .integer(count)])
        return send([Array(identity.utf8)] + frames, on: channel) ?? []
    }

    /// Sends frames.
    ///
    /// - Returns: the bytes of the header, if the kernel took them for a message.
    @discardableResult
    func send(_ frames: [[UInt8]], on channel: Channel = .shell) -> [UInt8]? {
        guard let message = try? format.message(of: frames) else { return nil }
        if channel == .stdin {
            assembly.dispatcher.receiveInput(message)
        } else {
            assembly.dispatcher.receive(message, on: channel)
        }
        return message.parent.bytes
    }

    /// Runs a cell and answers the lines from then to its end.
    func run(_ code: String, id: String = "a") -> [String] {
        send("execute_request", Author.execute(code), id: id)
        return lines(untilIdle: id)
    }

    /// Sends a request and answers the lines from then to its end.
    func request(
        _ type: String, _ content: JSON = [:], id: String = "q", on channel: Channel = .shell, subshell: String? = nil
    ) -> [String] {
        send(type, content, id: id, on: channel, subshell: subshell)
        return lines(untilIdle: id)
    }

    // MARK: - What comes out

    /// The lines since the last time, up to a request's end.
    func lines(untilIdle id: String) -> [String] { lines { $0.request == id && $0.state == "idle" } }

    /// The lines since the last time, up to a message.
    func lines(until isLast: (Sent) -> Bool) -> [String] {
        let found = Pause.until(seconds: patience) {
            if sent[reported...].contains(where: isLast) { return true }
            pump()
            return sent[reported...].contains(where: isLast)
        }
        guard found, let last = sent[reported...].firstIndex(where: isLast) else {
            Issue.record("the message never came; there were \(sent[reported...].map(line))")
            return []
        }
        defer { reported = last + 1 }
        return sent[reported...last].map(line)
    }

    /// The lines that are there now.
    func linesNow() -> [String] {
        pump()
        defer { reported = sent.count }
        return sent[reported...].map(line)
    }

    /// The last message of a type.
    func last(_ type: String) -> Sent? { sent.last { $0.type == type } }

    /// Waits until a cell stands at a gate.
    func waitForGate(_ gate: String) {
        #expect(
            Pause.until {
                pump()
                return stage.isReached(gate)
            }, "no cell reached the gate \(gate)")
    }

    private func pump() {
        _ = assembly.session.widgets.sendDueUpdates(now: .now())
        for message in assembly.outbox.take(now: .now()).messages {
            guard let sent = Sent(format.frames(of: message), on: message.channel, signer: signer) else {
                Issue.record("a client can't read \(message)")
                continue
            }
            rememberNames(in: sent)
            self.sent.append(sent)
        }
        bell.wait(milliseconds: 2)
    }

    /// The id that the lines show under a name.
    func id(_ name: String) -> String { names.first { $0.name == name }?.id ?? "" }

    private func rememberNames(in sent: Sent) {
        func remember(_ id: String?, _ prefix: String) {
            guard let id, id.utf8.count == 36, !names.contains(where: { $0.id == id }) else { return }
            names.append((id, "\(prefix)\(names.count { $0.name.hasPrefix(prefix) } + 1)"))
        }
        if sent.type == "comm_open" { remember(sent.content["comm_id"]?.string, "w") }
        remember(sent.content["transient"]?["display_id"]?.string, "d")
        remember(sent.content["subshell_id"]?.string, "s")
    }

    private func line(of sent: Sent) -> String {
        names.reduce(sent.line) { line, entry in
            line.split(separator: entry.id, omittingEmptySubsequences: false).joined(separator: entry.name)
        }
    }
}
