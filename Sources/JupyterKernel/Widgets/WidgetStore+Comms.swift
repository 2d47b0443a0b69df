import JupyterProtocol
import Presentation
import Synchronization

extension WidgetStore {
    /// Work that a front-end's message asks for, to be done beside the wire thread.
    struct Job: Sendable {
        var tree: Int
        /// The event's place among those of its tree.
        var number: Int
        /// How many of them, up to this one, were values.
        var values: Int
        var view: ViewSession
        var event: WidgetEvent
        var parent: Parent
    }

    /// The comms that are open, for front-ends that come later.
    func openComms(target: String?) -> [(id: String, target: String)] {
        guard target == nil || target == Self.target else { return [] }
        return state.withLock { state in
            state.order.flatMap { state.trees[$0]?.commIDs ?? [] }.map { ($0, Self.target) }
        }
    }

    /// Takes a front-end's message and posts what can be said at once.
    ///
    /// - Returns: an event that its view has to answer.
    func receive(_ action: CommAction, parent: Parent) -> Job? {
        state.withLock { state in
            switch action {
            case .open(let id, let target, _, _):
                if target == Self.controlTarget {
                    state.controlComms.insert(id)
                } else {
                    // The front-end must not wait for somebody who isn't there.
                    outbox.post(OutgoingMessage(CommOutput.close(id: id), on: .iopub, parent: parent))
                }
            case .close(let id, _):
                state.controlComms.remove(id)
            case .message(let id, let data, _):
                if state.controlComms.contains(id) {
                    if data["method"] == "request_states" { postAllStates(to: id, parent: parent, state) }
                } else if let number = state.treeOfComm[id] {
                    return receive(data, at: id, tree: number, parent: parent, &state)
                }
            }
            return nil
        }
    }

    private func receive(
        _ data: JSON, at id: String, tree number: Int, parent: Parent, _ state: inout State
    ) -> Job? {
        guard let tree = state.trees[number], let model = tree.models.first(where: { tree.id(of: $0) == id }) else {
            return nil
        }
        state.trees[number]?.lastUsed = .now()
        var event: WidgetEvent?
        switch data["method"] {
        case "request_state":
            outbox.post(
                WidgetChange.message(
                    method: "update", id: id, state: model.state, buffers: model.buffers, parent: parent))
        case "update":
            guard let members = data["state"]?.object,
                let (model, accepted) = state.trees[number]?.accept(members, at: id), !accepted.members.isEmpty
            else { return nil }
            // Other pages that show the same widget follow the one that changed it.
            outbox.post(WidgetChange.message(method: "echo_update", id: id, state: accepted, parent: parent))
            event = model.event(for: accepted)
        case "custom":
            if data["content"]?["event"] == "click", model.name == "ButtonModel", model.state["disabled"] == false {
                event = WidgetEvent(key: model.key, action: .clicked)
            }
        default: break
        }
        guard let view = tree.view, let event else { return nil }
        let count = tree.eventCount + 1
        let values = tree.valueCount + (event.action == .clicked ? 0 : 1)
        state.trees[number]?.eventCount = count
        state.trees[number]?.valueCount = values
        return Job(tree: number, number: count, values: values, view: view, event: event, parent: parent)
    }

    /// Shows what a view looks like after an event, unless a later one will: a slider that is dragged sends events faster than
    /// pictures are drawn, and a picture without the values that the user chose while it was drawn would take those back. One that
    /// only lacks a click is shown: whoever keeps clicking sees something.
    func redraw(_ job: Job) {
        guard !state.withLock({ $0.isOvertaken(job) }) else { return }
        let widget = job.view.body()
        state.withLock { state in
            guard state.trees[job.tree]?.valueCount == job.values else { return }
            replace(job.tree, by: widget, parent: job.parent, now: .now(), &state)
        }
    }

    /// Everything that is open, in one message: what brings a page to life that was loaded again.
    private func postAllStates(to id: String, parent: Parent, _ state: State) {
        var states: [(String, JSON)] = []
        var paths: [JSON] = []
        var buffers: [[UInt8]] = []
        for number in state.order {
            guard let tree = state.trees[number] else { continue }
            for model in tree.models {
                let comm = tree.id(of: model)
                let description: JSON = [
                    "model_name": .string(model.name), "model_module": .string(model.module),
                    "model_module_version": .string(WidgetModel.version), "state": .object(model.state),
                ]
                states.append((comm, description))
                for (member, bytes) in model.buffers.sorted(by: { $0.key < $1.key }) {
                    paths.append([.string(comm), "state", .string(member)])
                    buffers.append(bytes)
                }
            }
        }
        let data: JSON = ["method": "update_states", "states": .object(JSON.Object(states)), "buffer_paths": .array(paths)]
        outbox.post(
            OutgoingMessage(
                CommOutput.message(id: id, data: data), on: .iopub, parent: parent, metadata: ["version": "1.0.0"],
                buffers: buffers))
    }
}

extension WidgetStore.State {
    /// Whether its tree has had another event since, or is gone.
    fileprivate func isOvertaken(_ job: WidgetStore.Job) -> Bool { trees[job.tree]?.eventCount != job.number }
}
