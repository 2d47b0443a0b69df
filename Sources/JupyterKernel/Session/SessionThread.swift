import Glibc
import JupyterProtocol
import Presentation
import Synchronization

/// The thread that owns the interpreter and runs cells, one after the other.
final class SessionThread: Sendable {
    /// What the wire thread leaves for this one.
    enum Job: Sendable {
        case cell(IncomingMessage, ExecuteRequest, arrival: Moment)
        case end(restart: Bool)
    }

    let outbox: Outbox
    let widgets: WidgetStore
    let services: ServiceBoard
    let input = InputDesk()
    let interruption = Interruption()
    private let history: HistoryStore
    private let capture: OutputCapture?
    private let lifeboat: Lifeboat
    private let mailbox = Mailbox<Job>()
    private let stopping = Atomic<Bool>(false)
    private let ended = Doorbell()
    private let lastResult = Mutex<String?>(nil)

    /// Cells that arrive so soon after one that fails were sent without knowledge of the failure.
    static let settleMilliseconds = 20

    init(
        outbox: Outbox, widgets: WidgetStore, services: ServiceBoard, history: HistoryStore, capture: OutputCapture?,
        lifeboat: Lifeboat
    ) {
        self.outbox = outbox
        self.widgets = widgets
        self.services = services
        self.history = history
        self.capture = capture
        self.lifeboat = lifeboat
    }

    // MARK: - For the wire thread

    /// Makes the interpreter and begins to run cells.
    func start(_ makeInterpreter: @escaping @Sendable () -> any Interpreter) {
        // Deep recursions of an interpreter need a stack as large as a main thread's.
        KernelThread.start("session", stackSize: 16 << 20) {
            self.run(makeInterpreter())
            self.ended.ring()
        }
    }

    func put(_ job: Job) { mailbox.put(job) }

    /// Interrupts the running cell, drops those that wait, and ends the thread.
    ///
    /// - Returns: whether it ended in time.
    func stop(restart: Bool, within milliseconds: Int) -> Bool {
        stopping.store(true, ordering: .sequentiallyConsistent)
        interruption.request()
        mailbox.put(.end(restart: restart))
        return ended.wait(milliseconds: milliseconds)
    }

    // MARK: - For the cell

    /// Whether the kernel ends.
    var isStopping: Bool { stopping.load(ordering: .relaxed) }

    /// What C libraries have printed so far comes before what the cell shows next.
    func flushCapturedOutput() { capture?.drain() }

    func rememberResult(_ text: String) { lastResult.withLock { $0 = text } }

    func pause(milliseconds: Int) { usleep(UInt32(milliseconds * 1000)) }

    // MARK: - The thread

    private func run(_ interpreter: any Interpreter) {
        services.publish(interpreter.languageService)
        // Here, so that the first front-end that asks need not wait for the file.
        history.prepare()
        var executionCount = 0
        while true {
            switch mailbox.take() {
            case .cell(let message, let request, let arrival):
                // A kernel that ends runs nothing more.
                if !isStopping { run(message, request, arrival, interpreter, &executionCount) }
            case .end(let restart):
                interpreter.prepareToShutDown(restart: restart)
                return
            }
        }
    }

    private func run(
        _ message: IncomingMessage, _ request: ExecuteRequest, _ arrival: Moment, _ interpreter: any Interpreter,
        _ executionCount: inout Int
    ) {
        let parent = message.parent
        // Before `busy` goes out: who has seen it may interrupt.
        interruption.begin()
        outbox.beginCell(message, isSilent: request.isSilent)
        if !request.isSilent {
            outbox.post(
                OutgoingMessage(
                    ExecuteInput(code: request.code, executionCount: executionCount + 1), on: .iopub, parent: parent))
        }
        // The counter goes up with each cell that is remembered; all others are told how far it is.
        let isBlank = request.code.isBlank
        let isRemembered = request.storesHistory && !isBlank
        if isRemembered { executionCount += 1 }
        let number = executionCount
        let cell = CellRequest(
            code: request.code, executionCount: number, isSilent: request.isSilent,
            storesHistory: request.storesHistory)
        // A kernel that was told to end just before the cell began had nothing to interrupt.
        let isInterrupted: @Sendable () -> Bool = { self.interruption.isRequested || self.isStopping }
        let output = CellOutput(
            cell, message: message, allowsStdin: request.allowsStdin, session: self, isInterrupted: isInterrupted)
        lastResult.withLock { $0 = nil }

        let outcome = isBlank ? .success : interpreter.execute(cell, output: output, isInterrupted: isInterrupted)

        flushCapturedOutput()
        outbox.finishStreams(of: parent)
        output.finish()
        services.publish(interpreter.languageService)
        lifeboat.prepare(interpreter.rescue)
        if isRemembered {
            history.record(line: number, input: request.code, output: lastResult.withLock { $0 })
        }
        let error = ErrorOutput(outcome)
        let reply: Reply
        if let error {
            if !request.isSilent { outbox.post(OutgoingMessage(error, on: .iopub, parent: parent)) }
            reply = .executeFailure(error, executionCount: number, payload: output.payload)
        } else {
            reply = .execute(
                executionCount: number, userExpressions: values(of: request.userExpressions, interpreter, isInterrupted),
                payload: output.payload)
        }
        // Before the reply goes out: who has seen it may send the next cell, which an interrupt of this one must not hit.
        let wasInterrupted = interruption.end()
        // An interrupt in the last moments of a cell that succeeds still stops those that wait behind it.
        var skipped: [Job] = []
        if error != nil || wasInterrupted, request.stopsOnError, !request.isSilent {
            skipped = waitingCells(behind: message, arrival: arrival)
        }
        outbox.post(OutgoingMessage(reply, on: .shell, to: message.identities, parent: parent))
        outbox.endCell(parent)
        for case .cell(let message, _, _) in skipped { abort(message) }
    }

    // MARK: - After a failure

    /// Takes the cells that were sent before their sender could know of the failure.
    private func waitingCells(behind failed: IncomingMessage, arrival: Moment) -> [Job] {
        let settled = arrival + Self.settleMilliseconds
        pause(milliseconds: settled.milliseconds(from: .now()))
        return mailbox.removeAll { job in
            if case .cell(let message, _, _) = job { message.header.subshellID == failed.header.subshellID } else { false }
        }
    }

    private func abort(_ message: IncomingMessage) {
        outbox.beginCell(message)
        outbox.post(OutgoingMessage(Reply.executeAborted, on: .shell, to: message.identities, parent: message.parent))
        outbox.endCell(message.parent)
    }

    private func values(
        of expressions: [(name: String, expression: String)], _ interpreter: any Interpreter,
        _ isInterrupted: @escaping @Sendable () -> Bool
    ) -> [(String, JSON)] {
        expressions.map { name, expression in
            switch interpreter.evaluate(expression, isInterrupted: isInterrupted) {
            case .success(let bundle): (name, ["status": "ok", "data": bundle.json, "metadata": [:]])
            case .failure(let failure): (name, Reply.failure(answering: "", ErrorOutput(failure)).json)
            }
        }
    }
}

extension String {
    fileprivate var isBlank: Bool { unicodeScalars.allSatisfy(\.properties.isWhitespace) }
}

extension ErrorOutput {
    init(_ failure: ExecutionFailure) {
        self.init(
            name: failure.name, value: failure.message,
            traceback: failure.traceback.isEmpty ? ["\(failure.name): \(failure.message)"] : failure.traceback)
    }

    init?(_ outcome: ExecutionOutcome) {
        switch outcome {
        case .success: return nil
        case .failure(let failure): self.init(failure)
        case .interrupted: self.init(ExecutionFailure(name: "Interrupted", message: "The cell was interrupted."))
        }
    }
}
