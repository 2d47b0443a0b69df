import Glibc
import JupyterProtocol
import Presentation

/// Answers requests. Used on the wire thread: it never computes and never blocks; cells go to the session thread.
final class Dispatcher {
    private let language: HostedLanguage
    private let session: SessionThread
    private let history: HistoryStore
    private let fastLane: FastLane
    private let ports: [(String, Int)]
    private var subshells: [String] = []
    private var usage = UsageMeter()
    /// The restart flag of a shutdown that was asked for.
    private(set) var shutdown: Bool?

    private var outbox: Outbox { session.outbox }

    /// Optional parts of the protocol that this kernel has.
    static let features = ["kernel subshells", "iopub_welcome"]

    init(_ language: HostedLanguage, session: SessionThread, history: HistoryStore, fastLane: FastLane, ports: [(String, Int)]) {
        self.language = language
        self.session = session
        self.history = history
        self.fastLane = fastLane
        self.ports = ports
    }

    /// Takes a message from the shell or the control channel.
    func receive(_ message: IncomingMessage, on channel: Channel) {
        let request: Request
        do throws(ContentError) { request = try Request(message) } catch {
            return quick(message) { refuse(message, channel, name: "BadRequest", error.description) }
        }
        if let id = message.header.subshellID, !subshells.contains(id) {
            return quick(message) { refuse(message, channel, name: "UnknownSubshell", "There is no subshell \(id).") }
        }
        switch request {
        case .execute(let execute) where channel == .shell:
            tellOfWait(message, execute)
            session.put(.cell(message, execute, arrival: .now()))
        case .execute:
            quick(message) { refuse(message, channel, name: "WrongChannel", "Cells are run on the shell channel.") }
        case .comm(let action):
            outbox.beginQuick(message.parent)
            // An event that a view has to answer ends its request when it is answered.
            if let job = session.widgets.receive(action, parent: message.parent) {
                fastLane.put(job)
            } else {
                outbox.endQuick(message.parent)
            }
        case .shutdown(let restart): beginShutdown(message, channel, restart: restart)
        default: quick(message) { answer(request, message, channel) }
        }
    }

    /// Takes a user's answer from the stdin channel.
    func receiveInput(_ message: IncomingMessage) {
        guard message.header.type == "input_reply", message.contentError == nil else { return }
        session.input.deliver(
            message.content["value"]?.string ?? "", from: message.identities, answering: message.parentHeader?.messageID ?? "")
    }

    /// The user pressed the interrupt key of a terminal, or a server sent the signal.
    func interrupt() { session.interruption.request() }

    /// Who sends a cell to a subshell expects it to run beside the others, and is told where it doesn't: cells share one session.
    private func tellOfWait(_ message: IncomingMessage, _ request: ExecuteRequest) {
        guard let subshell = message.header.subshellID, !request.isSilent, let running = outbox.runningCell,
            running.subshellID != subshell
        else { return }
        let place = running.subshellID == nil ? "the main shell" : "another subshell"
        let text = "A cell runs in \(place): this one waits for its end; completion, inspection and views work meanwhile.\n"
        outbox.post(
            OutgoingMessage(
                StreamText(name: OutputStream.errors.rawValue, text: text), on: .iopub, parent: message.parent))
    }

    // MARK: - Answers

    private func quick(_ message: IncomingMessage, _ body: () -> Void) {
        outbox.beginQuick(message.parent)
        body()
        outbox.endQuick(message.parent)
    }

    private func reply(_ content: some MessageContent, to message: IncomingMessage, on channel: Channel) {
        outbox.post(OutgoingMessage(content, on: channel, to: message.identities, parent: message.parent))
    }

    /// Tells why a request is not answered; what is no request, such as a comm's message, has no reply at all.
    private func refuse(_ message: IncomingMessage, _ channel: Channel, name: String, _ text: String) {
        guard message.header.type.hasSuffix("_request") else { return }
        reply(
            Reply.failure(answering: message.header.type, ErrorOutput(name: name, value: text, traceback: ["\(name): \(text)"])),
            to: message,
            on: channel)
    }

    private func answer(_ request: Request, _ message: IncomingMessage, _ channel: Channel) {
        switch request {
        case .kernelInfo: reply(kernelInfo, to: message, on: channel)
        case .connect: reply(Reply.connect(ports: ports), to: message, on: channel)
        case .complete(let code, let cursor):
            let completion = session.services.current.complete(code, at: cursor)
            reply(
                Reply.complete(matches: completion.matches.map { ($0.text, $0.kind) }, cursor: completion.range), to: message,
                on: channel)
        case .inspect(let code, let cursor, let detail):
            reply(
                Reply.inspect(data: session.services.current.inspect(code, at: cursor, detail: detail)?.json), to: message,
                on: channel)
        case .isComplete(let code):
            let answer =
                switch session.services.current.completeness(of: code) {
                case .complete: Reply.isComplete("complete")
                case .incomplete(let indent): Reply.isComplete("incomplete", indent: indent)
                case .invalid: Reply.isComplete("invalid")
                case .unknown: Reply.isComplete("unknown")
                }
            reply(answer, to: message, on: channel)
        case .history(let request):
            let entries = history.entries(for: request).map { entry -> JSON in
                let input: JSON =
                    request.includesOutput
                    ? [.string(entry.input), entry.output.map(JSON.string) ?? .null] : .string(entry.input)
                return [.integer(entry.session), .integer(entry.line), input]
            }
            reply(Reply.history(entries), to: message, on: channel)
        case .commInfo(let target): reply(Reply.commInfo(session.widgets.openComms(target: target)), to: message, on: channel)
        case .interrupt:
            session.interruption.request()
            reply(Reply.done(answering: message.header.type), to: message, on: channel)
        case .createSubshell:
            let id = UUIDText.random()
            subshells.append(id)
            reply(Reply.createSubshell(id: id), to: message, on: channel)
        case .deleteSubshell(let id):
            guard let index = subshells.firstIndex(of: id) else {
                return refuse(message, channel, name: "UnknownSubshell", "There is no subshell \(id).")
            }
            subshells.remove(at: index)
            reply(Reply.done(answering: message.header.type), to: message, on: channel)
        case .listSubshells: reply(Reply.listSubshells(subshells), to: message, on: channel)
        case .usage: reply(Reply.usage(usage.facts()), to: message, on: channel)
        // Something newer than this kernel gets its busy and idle, so that nobody waits for ever.
        case .unknown, .execute, .comm, .shutdown: break
        }
    }

    private var kernelInfo: Reply {
        let info = language.info
        var facts = JSON.Object([
            ("name", .string(info.name)), ("version", .string(info.version)), ("mimetype", .string(info.mimeType)),
            ("file_extension", .string(info.fileExtension)), ("nbconvert_exporter", "script"),
        ])
        facts["pygments_lexer"] = info.pygmentsLexer.map(JSON.string)
        facts["codemirror_mode"] = info.codeMirrorMode.map(JSON.string)
        return Reply.kernelInfo(
            implementation: info.implementation, implementationVersion: info.implementationVersion, language: .object(facts),
            banner: info.banner,
            helpLinks: info.helpLinks.map { ($0.text, $0.url) }, features: Self.features)
    }

    private func beginShutdown(_ message: IncomingMessage, _ channel: Channel, restart: Bool) {
        outbox.beginQuick(message.parent)
        let content = Reply.shutdown(restart: restart)
        reply(content, to: message, on: channel)
        outbox.post(OutgoingMessage(content, on: .iopub, parent: message.parent))
        outbox.endQuick(message.parent)
        shutdown = restart
    }
}
