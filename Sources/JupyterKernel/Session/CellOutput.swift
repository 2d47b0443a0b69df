import JupyterProtocol
import Presentation

/// Turns what a cell shows into messages that belong to its request.
final class CellOutput: ExecutionOutput {
    private let request: CellRequest
    private let message: IncomingMessage
    private let allowsStdin: Bool
    private let session: SessionThread
    private let isInterrupted: @Sendable () -> Bool
    /// Trees that are brought up to date at the end of the cell.
    private var liveTrees: [Int] = []
    private(set) var payload: [JSON] = []

    private var outbox: Outbox { session.outbox }
    private var parent: Parent { message.parent }

    init(
        _ request: CellRequest, message: IncomingMessage, allowsStdin: Bool, session: SessionThread,
        isInterrupted: @escaping @Sendable () -> Bool
    ) {
        self.request = request
        self.message = message
        self.allowsStdin = allowsStdin
        self.session = session
        self.isInterrupted = isInterrupted
    }

    // MARK: - Showing

    func write(_ text: String, to stream: OutputStream) {
        guard !request.isSilent else { return }
        session.flushCapturedOutput()
        // In pieces, so that the outbox never holds much of a long text, and the user can stop a flood.
        var rest = Substring(text)
        while !rest.isEmpty {
            waitWhileCongested()
            if isInterrupted() { return }
            let piece = rest.prefix(Outbox.gatherBytes)
            outbox.write(String(piece), to: stream.rawValue, parent: parent)
            rest = rest[piece.endIndex...]
        }
    }

    func display(_ bundle: MIMEBundle, id: String?) { publish(DisplayData(data: bundle.json, displayID: id)) }

    func updateDisplay(_ bundle: MIMEBundle, id: String) {
        publish(DisplayData(data: bundle.json, displayID: id, isUpdate: true))
    }

    func result(_ bundle: MIMEBundle) {
        session.rememberResult(bundle.plain)
        publish(ExecuteResult(executionCount: request.executionCount, data: bundle.json))
    }

    func clearOutput(wait: Bool) { publish(ClearOutput(waits: wait)) }

    private func publish(_ content: some MessageContent) {
        guard !request.isSilent else { return }
        session.flushCapturedOutput()
        waitWhileCongested()
        outbox.post(OutgoingMessage(content, on: .iopub, parent: parent))
    }

    /// A cell that shows more than can be sent waits here, where it can be interrupted.
    private func waitWhileCongested() {
        while outbox.isCongested, !isInterrupted(), !session.isStopping { session.pause(milliseconds: 5) }
    }

    // MARK: - Live views

    func show(_ widget: Widget) -> any LiveView {
        guard !request.isSilent else { return UnseenView() }
        session.flushCapturedOutput()
        let tree = session.widgets.show(widget, parent: parent)
        liveTrees.append(tree)
        return DisplayedView(tree: tree, widgets: session.widgets)
    }

    func show(_ view: some InteractiveView) {
        guard !request.isSilent else { return }
        session.flushCapturedOutput()
        let viewSession = ViewSession(view)
        _ = session.widgets.show(viewSession.body(), view: viewSession, parent: parent)
    }

    /// The cell has ended: its live views get their last look.
    func finish() {
        for tree in liveTrees { session.widgets.finish(tree) }
    }

    // MARK: - Asking and telling

    func ask(_ prompt: String, isPassword: Bool) throws(InputError) -> String {
        guard allowsStdin else { throw .notAllowed }
        session.flushCapturedOutput()
        return try session.input.ask(
            message.identities,
            { id in
                outbox.post(
                    OutgoingMessage(
                        InputRequest(prompt: prompt, isPassword: isPassword), on: .stdin, to: message.identities,
                        parent: parent, messageID: id))
            }, isInterrupted: { isInterrupted() || session.isStopping })
    }

    func page(_ bundle: MIMEBundle) {
        payload.append(["source": "page", "data": bundle.json, "start": 0])
    }

    func setNextInput(_ text: String, replacingThisCell: Bool) {
        payload.append(["source": "set_next_input", "text": .string(text), "replace": .bool(replacingThisCell)])
    }

    func publish(_ service: any LanguageService) { session.services.publish(service) }
}

/// A live view that front-ends show.
private final class DisplayedView: LiveView {
    private let tree: Int
    private let widgets: WidgetStore

    init(tree: Int, widgets: WidgetStore) {
        self.tree = tree
        self.widgets = widgets
    }

    func update(_ widget: Widget) { widgets.update(tree, to: widget) }
    func finish(_ widget: Widget) { widgets.finish(tree, with: widget) }
}

/// The live view of a silent cell.
private final class UnseenView: LiveView {
    func update(_ widget: Widget) {}
    func finish(_ widget: Widget) {}
}
