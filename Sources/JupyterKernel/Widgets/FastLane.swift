import JupyterProtocol

/// The thread on which views answer their users, so that neither the running cell nor the wire waits for a drawing.
final class FastLane: Sendable {
    private enum Item: Sendable {
        case event(WidgetStore.Job)
        case end
    }

    private let items = Mailbox<Item>()
    private let widgets: WidgetStore
    private let outbox: Outbox

    init(widgets: WidgetStore, outbox: Outbox) {
        self.widgets = widgets
        self.outbox = outbox
    }

    /// Begins to answer.
    func start() { KernelThread.start("fast lane", stackSize: 8 << 20) { self.run() } }

    /// Answers an event after those before it; its request ends with that.
    func put(_ job: WidgetStore.Job) { items.put(.event(job)) }

    /// Ends the thread once it has answered what came before.
    func stop() { items.put(.end) }

    private func run() {
        while case .event(let job) = items.take() {
            job.view.handle(job.event)
            widgets.redraw(job)
            outbox.endQuick(job.parent)
        }
    }
}
