import JupyterProtocol
import Synchronization

/// Everything that leaves the kernel, in one queue, so that order holds by construction: what was posted first is sent
/// first, whatever its channel and thread. The wire thread alone empties it.
final class Outbox: Sendable {
    fileprivate struct State {
        var queue: [OutgoingMessage] = []
        /// Messages of `queue` that have been sent already.
        var head = 0
        var queuedBytes = 0
        /// Text that waits for more of its kind.
        var stream: PendingStream?
        var running: RunningCell?
        var fold: StreamFold
        var governor: RateGovernor

        mutating func append(_ message: OutgoingMessage) {
            queue.append(message)
            queuedBytes += message.approximateBytes
        }
    }

    fileprivate struct PendingStream {
        var name: String
        var text: String
        var parent: Parent
        var deadline: Moment
    }

    /// The request of the cell that is running.
    struct RunningCell: Sendable {
        var parent: Parent
        var sender: [[UInt8]]
        /// The subshell that it is for; nil for the main shell.
        var subshellID: String?
        /// Whether its outputs are thrown away.
        var isSilent: Bool
    }

    /// What may be sent now, and when to ask again at the latest.
    struct Batch {
        var messages: [OutgoingMessage]
        var nextDeadline: Moment?
    }

    /// Text is gathered for so long...
    static let gatherMilliseconds = 100
    /// ...or until there is so much of it.
    static let gatherBytes = 16_384
    /// A cell that has so much unsent waits before it shows more.
    static let backlogBytes = 131_072
    static let backlogMessages = 256

    private let state: Mutex<State>
    private let wake: @Sendable () -> Void

    /// - Parameter wake: tells the wire thread to look.
    init(wake: @escaping @Sendable () -> Void) {
        self.wake = wake
        state = Mutex(State(fold: StreamFold(now: .now()), governor: RateGovernor(now: .now())))
    }

    /// Makes the wire thread look again, although nothing was posted.
    func wakeReader() { wake() }

    // MARK: - Posting

    /// Posts messages, with nothing of others in between.
    func post(_ messages: OutgoingMessage...) {
        state.withLock { state in
            for message in messages {
                flushStream(of: message.parent, &state)
                state.append(message)
            }
        }
        wake()
    }

    /// Begins a request that is answered beside the running cell.
    func beginQuick(_ parent: Parent) {
        post(OutgoingMessage(Status.busy, on: .iopub, parent: parent))
    }

    /// Ends a request that was answered beside the running cell. Since front-ends keep one state for the whole kernel,
    /// the cell's `busy` is said again.
    func endQuick(_ parent: Parent) {
        state.withLock { state in
            flushStream(of: parent, &state)
            state.append(OutgoingMessage(Status.idle, on: .iopub, parent: parent))
            if let running = state.running {
                state.append(OutgoingMessage(Status.busy, on: .iopub, parent: running.parent))
            }
        }
        wake()
    }

    /// A cell begins to run.
    func beginCell(_ message: IncomingMessage, isSilent: Bool = false) {
        state.withLock { state in
            flushStream(&state)
            state.running = RunningCell(
                parent: message.parent, sender: message.identities, subshellID: message.header.subshellID, isSilent: isSilent)
            state.fold = StreamFold(now: .now())
            state.append(OutgoingMessage(Status.busy, on: .iopub, parent: message.parent))
        }
        wake()
    }

    /// The cell shows nothing more: what was folded gets its end.
    func finishStreams(of parent: Parent) {
        state.withLock { state in
            for piece in state.fold.finish() { gather(piece, parent, &state) }
            flushStream(&state)
        }
        wake()
    }

    /// The cell has ended and its reply is posted.
    func endCell(_ parent: Parent) {
        state.withLock { state in
            flushStream(&state)
            state.running = nil
            state.append(OutgoingMessage(Status.idle, on: .iopub, parent: parent))
        }
        wake()
    }

    /// The process is about to die under the running cell, which gets an end all the same.
    func abandonCell(_ error: ErrorOutput) {
        state.withLock { state in
            let running = state.running
            for piece in state.fold.finish() { gather(piece, running?.parent ?? .none, &state) }
            flushStream(&state)
            state.append(OutgoingMessage(error, on: .iopub, parent: running?.parent ?? .none))
            guard let running else { return }
            let reply = Reply.failure(answering: "execute_request", error)
            state.append(OutgoingMessage(reply, on: .shell, to: running.sender, parent: running.parent))
            state.append(OutgoingMessage(Status.idle, on: .iopub, parent: running.parent))
            state.running = nil
        }
    }

    /// The cell that output of unknown origin belongs to, and that others wait for.
    var runningCell: RunningCell? { state.withLock { $0.running } }

    /// Appends text to a stream; it is sent when there is enough of it, when time is up, or before anything else of its cell.
    func write(_ text: String, to name: String, parent: Parent) {
        guard !text.isEmpty else { return }
        let wakes = state.withLock { state -> Bool in
            guard state.running?.parent == parent else { return gather(.init(name: name, text: text), parent, &state) }
            var wakes = false
            for piece in state.fold.admit(text, to: name, now: .now()) {
                if gather(piece, parent, &state) { wakes = true }
            }
            return wakes
        }
        if wakes { wake() }
    }

    /// Adds text to that which waits.
    ///
    /// - Returns: whether there is something new to do for who sends.
    @discardableResult
    private func gather(_ piece: StreamFold.Piece, _ parent: Parent, _ state: inout State) -> Bool {
        if let pending = state.stream, pending.name != piece.name || pending.parent != parent { flushStream(&state) }
        if state.stream == nil {
            state.stream = PendingStream(
                name: piece.name, text: piece.text, parent: parent, deadline: .now() + Self.gatherMilliseconds)
        } else {
            state.stream?.text += piece.text
            if (state.stream?.text.utf8.count ?? 0) < Self.gatherBytes { return false }
        }
        if (state.stream?.text.utf8.count ?? 0) >= Self.gatherBytes { flushStream(&state) }
        return true
    }

    /// Whether a cell should wait before it shows more.
    var isCongested: Bool {
        state.withLock { $0.queuedBytes > Self.backlogBytes || $0.queue.count - $0.head > Self.backlogMessages }
    }

    private func flushStream(of parent: Parent, _ state: inout State) {
        if state.stream?.parent == parent { flushStream(&state) }
    }

    private func flushStream(_ state: inout State) {
        guard let pending = state.stream else { return }
        state.stream = nil
        state.append(
            OutgoingMessage(StreamText(name: pending.name, text: pending.text), on: .iopub, parent: pending.parent))
    }

    // MARK: - Sending

    /// Takes what may be sent now.
    func take(now: Moment, ignoringRates: Bool = false) -> Batch {
        state.withLock { state in
            if let pending = state.stream, pending.deadline <= now || ignoringRates { flushStream(&state) }
            var batch = Batch(messages: [], nextDeadline: state.stream?.deadline)
            while state.head < state.queue.count {
                let message = state.queue[state.head]
                if !ignoringRates, let wait = state.admit(message, now: now) {
                    batch.nextDeadline = min(batch.nextDeadline ?? now + wait, now + wait)
                    break
                }
                state.head += 1
                state.queuedBytes -= message.approximateBytes
                batch.messages.append(message)
            }
            if state.head == state.queue.count {
                state.queue.removeAll(keepingCapacity: state.queue.count < 1024)
                state.head = 0
            } else if state.head > 1024 {
                state.queue.removeFirst(state.head)
                state.head = 0
            }
            return batch
        }
    }
}

extension Outbox.State {
    /// Counts a message as the server does, and tells how many milliseconds it has to wait.
    fileprivate mutating func admit(_ message: OutgoingMessage, now: Moment) -> Int? {
        guard message.channel == .iopub else { return nil }
        switch message.type {
        case "status":
            let wait = governor.admit(isCounted: false, streamBytes: 0, now: now)
            if wait == nil, message.content["execution_state"] == "idle" { governor.reset() }
            return wait
        case "comm_open", "execute_input": return governor.admit(isCounted: false, streamBytes: 0, now: now)
        case "stream": return governor.admit(streamBytes: message.approximateBytes, now: now)
        default: return governor.admit(streamBytes: 0, now: now)
        }
    }
}

extension OutgoingMessage {
    /// About as many bytes as the message takes in memory and on the wire.
    var approximateBytes: Int {
        if case .string(let text)? = content["text"], type == "stream" { return text.utf8.count + 500 }
        return 500 + buffers.reduce(0) { $0 + $1.count } + (content["data"]?.approximateBytes ?? 0)
    }
}

extension JSON {
    fileprivate var approximateBytes: Int {
        switch self {
        case .string(let text): text.utf8.count
        case .array(let elements): elements.reduce(0) { $0 + $1.approximateBytes }
        case .object(let object): object.members.reduce(0) { $0 + $1.value.approximateBytes }
        default: 8
        }
    }
}
