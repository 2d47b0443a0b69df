import JupyterProtocol

/// The parts of a kernel beside its sockets, put together: what a test drives without any.
final class Assembly {
    let outbox: Outbox
    let session: SessionThread
    let fastLane: FastLane
    let dispatcher: Dispatcher
    private let capture: OutputCapture?
    private let lifeboat = Lifeboat()

    /// How long a cell and the saving of the session may take at the end, before the process goes without them.
    static let endMilliseconds = 650

    /// - Parameters:
    ///   - historyPath: where cells are remembered; `nil`: nowhere.
    ///   - capturesOutput: takes over the process's standard output and error.
    ///   - wake: tells the wire thread that there is something to send.
    init(
        _ language: HostedLanguage, historyPath: String?, capturesOutput: Bool, ports: [(String, Int)] = [],
        wake: @escaping @Sendable () -> Void
    ) {
        let outbox = Outbox(wake: wake)
        let widgets = WidgetStore(outbox: outbox)
        let services = ServiceBoard(language.service)
        let history = HistoryStore(path: historyPath)
        let capture =
            capturesOutput
            ? OutputCapture { text, stream in
                // What is printed between cells belongs to none, and what a silent one prints is not shown: it goes to the log.
                if let cell = outbox.runningCell, !cell.isSilent {
                    outbox.write(text, to: stream, parent: cell.parent)
                } else {
                    StandardErrorLog.write(text)
                }
            } : nil
        self.outbox = outbox
        self.capture = capture
        session = SessionThread(outbox: outbox, widgets: widgets, services: services, history: history, capture: capture, lifeboat: lifeboat)
        fastLane = FastLane(widgets: widgets, outbox: outbox)
        dispatcher = Dispatcher(language, session: session, history: history, fastLane: fastLane, ports: ports)
        capture?.start()
        fastLane.start()
        lifeboat.start()
        outbox.post(OutgoingMessage(Status.starting, on: .iopub))
        session.start(language.makeInterpreter)
    }

    /// Interrupts what runs and ends the threads.
    ///
    /// - Returns: whether the session thread ended in time; it is left to the end of the process otherwise.
    @discardableResult
    func stop(restart: Bool) -> Bool {
        let isEnded = session.stop(restart: restart, within: Self.endMilliseconds)
        fastLane.stop()
        lifeboat.stop()
        return isEnded
    }

    /// How long the saving of the session may take when the process dies.
    static let rescueMilliseconds = 20_000

    /// The process is about to die of a fatal error on another thread: the session is saved as it was before the cell, and the
    /// cell's user is told.
    ///
    /// - Parameter isHopeless: whether the saving, too, met with a fatal error.
    func tellOfDeath(_ cause: String, unless isHopeless: () -> Bool) {
        capture?.drainWithoutFlushing()
        let rescued = lifeboat.save(within: Self.rescueMilliseconds, unless: isHopeless)
        let text = "The kernel died of a fatal error (\(cause)). \(rescued)"
        outbox.abandonCell(ErrorOutput(name: "KernelDied", value: text, traceback: ["KernelDied: \(text)"]))
    }
}
