import JupyterProtocol
import Presentation
import Synchronization

/// All widget trees on display, and the comms over which front-ends speak of them.
///
/// The session thread shows and updates trees, the fast lane answers events, and the wire thread answers front-ends that
/// ask for the state of everything, as they do after a page was loaded again.
final class WidgetStore: Sendable {
    static let target = "jupyter.widget"
    static let controlTarget = "jupyter.widget.control"

    struct State {
        var trees: [Int: WidgetTree] = [:]
        /// Trees from the oldest to the newest.
        var order: [Int] = []
        var treeOfComm: [String: Int] = [:]
        /// Comms that front-ends opened to ask for everything.
        var controlComms: Set<String> = []
        var count = 0
    }

    /// Trees beyond this are forgotten: a page shows them still, but they answer nobody.
    static let treeLimit = 256
    static let byteLimit = 64 << 20
    /// A tree is updated at most so often.
    static let updateMilliseconds = 100

    let state = Mutex(State())
    let outbox: Outbox
    let makeID: @Sendable () -> String

    init(outbox: Outbox, makeID: @escaping @Sendable () -> String = { UUIDText.random() }) {
        self.outbox = outbox
        self.makeID = makeID
    }

    // MARK: - Showing

    /// Shows a tree.
    ///
    /// - Parameter view: answers its events.
    /// - Returns: the number of the tree.
    func show(_ widget: Widget, view: ViewSession? = nil, parent: Parent) -> Int {
        state.withLock { state in
            state.count += 1
            let number = state.count
            var tree = WidgetTree(widget, parent: parent, displayID: makeID(), now: .now())
            tree.view = view
            post(tree.render(widget, makeID: makeID), parent: parent)
            outbox.post(OutgoingMessage(tree.display(isUpdate: false), on: .iopub, parent: parent))
            for id in tree.commIDs { state.treeOfComm[id] = number }
            state.trees[number] = tree
            state.order.append(number)
            forgetOldTrees(&state)
            return number
        }
    }

    /// Replaces a tree, now or a little later.
    func update(_ number: Int, to widget: Widget, now: Moment = .now()) {
        let isLater = state.withLock { state -> Bool in
            guard let tree = state.trees[number], !tree.isFinished else { return false }
            let due = tree.lastSent + Self.updateMilliseconds
            if due > now {
                let isFirst = tree.pending == nil
                state.trees[number]?.pending = (widget, due)
                return isFirst
            }
            replace(number, by: widget, parent: tree.parent, now: now, &state)
            return false
        }
        // The wire thread has to know when to look again.
        if isLater { outbox.wakeReader() }
    }

    /// Shows a last tree at once, also in the form for front-ends without live controls.
    ///
    /// - Parameter widget: nil for the newest known.
    func finish(_ number: Int, with widget: Widget? = nil) {
        state.withLock { state in
            guard let tree = state.trees[number], !tree.isFinished else { return }
            replace(number, by: widget ?? tree.pending?.widget ?? tree.widget, parent: tree.parent, now: .now(), &state)
            state.trees[number]?.isFinished = true
            if let tree = state.trees[number] {
                outbox.post(OutgoingMessage(tree.display(isUpdate: true), on: .iopub, parent: tree.parent))
            }
        }
    }

    /// Sends the updates that are due, and tells when the next will be.
    func sendDueUpdates(now: Moment) -> Moment? {
        state.withLock { state in
            var next: Moment?
            for number in state.order.reversed() {
                guard let tree = state.trees[number], let pending = tree.pending else { continue }
                if pending.deadline <= now {
                    replace(number, by: pending.widget, parent: tree.parent, now: now, &state)
                } else {
                    next = min(next ?? pending.deadline, pending.deadline)
                }
            }
            return next
        }
    }

    // MARK: - Within the lock

    func replace(_ number: Int, by widget: Widget, parent: Parent, now: Moment, _ state: inout State) {
        guard var tree = state.trees[number] else { return }
        for id in tree.commIDs { state.treeOfComm[id] = nil }
        post(tree.render(widget, makeID: makeID), parent: parent)
        tree.pending = nil
        tree.lastSent = now
        tree.lastUsed = now
        for id in tree.commIDs { state.treeOfComm[id] = number }
        state.trees[number] = tree
    }

    private func post(_ changes: [WidgetChange], parent: Parent) {
        for change in changes { outbox.post(change.message(parent: parent)) }
    }

    /// Keeps the memory of a long session bounded: trees that only showed something go before views that answer, and of each
    /// those that were used least of late. The trees that still move are kept.
    private func forgetOldTrees(_ state: inout State) {
        var bytes = state.trees.values.reduce(0) { $0 + $1.approximateBytes }
        var excess = state.trees.count - Self.treeLimit
        guard excess > 0 || bytes > Self.byteLimit else { return }
        let newest = state.count
        let resting = state.trees.filter { $0.key != newest && ($0.value.isFinished || $0.value.view != nil) }
            .sorted { left, right in
                let (one, other) = (left.value, right.value)
                if (one.view == nil) != (other.view == nil) { return one.view == nil }
                return (one.lastUsed, left.key) < (other.lastUsed, right.key)
            }
        for (number, tree) in resting where excess > 0 || bytes > Self.byteLimit {
            forget(tree)
            for id in tree.commIDs { state.treeOfComm[id] = nil }
            state.trees[number] = nil
            bytes -= tree.approximateBytes
            excess -= 1
        }
        state.order.removeAll { state.trees[$0] == nil }
    }

    /// Tells front-ends that a tree is no more. What a view last looked like stays in its place.
    private func forget(_ tree: WidgetTree) {
        if tree.view != nil {
            var picture = tree
            picture.view = nil
            picture.isFinished = true
            outbox.post(OutgoingMessage(picture.display(isUpdate: true), on: .iopub, parent: tree.parent))
        }
        // What refers to others goes before them.
        post(tree.commIDs.reversed().map { WidgetChange.close(id: $0) }, parent: tree.parent)
    }
}

extension WidgetTree {
    /// The output that shows the tree, with forms for front-ends that have no live controls.
    ///
    /// A tree that is finished and answers nobody is shown in those forms alone. JupyterLab saves no widgets' states unless it is told to, and
    /// would have nothing but an error for a view whose kernel is gone.
    func display(isUpdate: Bool) -> DisplayData {
        if isFinished, view == nil { return DisplayData(data: widget.bundle.json, displayID: displayID, isUpdate: isUpdate) }
        let view: JSON = ["model_id": .string(rootID), "version_major": 2, "version_minor": 0]
        let bundle = widget.bundle.adding(.text(view.text), as: "application/vnd.jupyter.widget-view+json")
        return DisplayData(data: bundle.json, displayID: displayID, isUpdate: isUpdate)
    }
}
