import JupyterProtocol

/// The parts of a kernel beside its sockets, put together: what a test drives without any.
final class Assembly {
    let outbox: Outbox
    let session: SessionThread
    let fastLane: FastLane
    let dispatcher: Dispatcher

    /// - Parameters:
    ///   - historyPath: where cells are remembered; `nil`: nowhere.
    ///   - capturesOutput: takes over the process's standard output and error.
    ///   - wake: tells the wire thread that there is something to send.
    init(
        _ language: HostedLanguage, historyPath: String?, capturesOutput: Bool, ports: [(String, Int)] = [], wake: @escaping @Sendable () -> Void
    ) {
        let outbox = Outbox(wake: wake)
        let widgets = WidgetStore(outbox: outbox)
        let services = ServiceBoard(language.service)
        let history = HistoryStore(path: historyPath)
        let capture =
            capturesOutput
            ? OutputCapture { text, stream in
                // What is printed between cells belongs to none, and goes to the log.
                if let parent = outbox.runningParent { outbox.write(text, to: stream, parent: parent) }
            } : nil
        self.outbox = outbox
        session = SessionThread(outbox: outbox, widgets: widgets, services: services, history: history, capture: capture)
        fastLane = FastLane(widgets: widgets, outbox: outbox)
        dispatcher = Dispatcher(language, session: session, history: history, fastLane: fastLane, ports: ports)
        capture?.start()
        fastLane.start()
        outbox.post(OutgoingMessage(Status.starting, on: .iopub))
        session.start(language.makeInterpreter)
    }

    /// Interrupts what runs and ends the threads.
    func stop(restart: Bool) {
        _ = session.stop(restart: restart, within: 1500)
        fastLane.stop()
    }
}
