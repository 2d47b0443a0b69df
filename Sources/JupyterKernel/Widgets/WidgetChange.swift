import JupyterProtocol

/// What front-ends must be told of one model.
enum WidgetChange: Equatable {
    case open(id: String, WidgetModel)
    case update(id: String, state: JSON.Object, buffers: [String: [UInt8]])
    case close(id: String)

    /// The members in which a model differs from before; nil if there are none.
    init?(from old: WidgetModel, to new: WidgetModel, id: String) {
        let state = JSON.Object(
            new.state.members.filter { old.state[$0.name] != $0.value }.map { ($0.name, $0.value) })
        let buffers = new.buffers.filter { old.buffers[$0.key] != $0.value }
        if state.members.isEmpty, buffers.isEmpty { return nil }
        self = .update(id: id, state: state, buffers: buffers)
    }

    /// The message that says so.
    func message(parent: Parent) -> OutgoingMessage {
        switch self {
        case .open(let id, let model):
            let (data, buffers) = Self.payload(state: model.state, buffers: model.buffers)
            return OutgoingMessage(
                CommOutput.open(id: id, target: WidgetStore.target, data: data), on: .iopub, parent: parent,
                metadata: Self.metadata, buffers: buffers)
        case .update(let id, let state, let buffers):
            return Self.message(method: "update", id: id, state: state, buffers: buffers, parent: parent)
        case .close(let id):
            return OutgoingMessage(CommOutput.close(id: id), on: .iopub, parent: parent, metadata: Self.metadata)
        }
    }

    /// A message about a model's state.
    static func message(
        method: String, id: String, state: JSON.Object, buffers: [String: [UInt8]] = [:], parent: Parent
    ) -> OutgoingMessage {
        let (data, frames) = payload(state: state, buffers: buffers, method: method)
        return OutgoingMessage(
            CommOutput.message(id: id, data: data), on: .iopub, parent: parent, metadata: metadata, buffers: frames)
    }

    /// The version of the widget protocol; front-ends refuse comms that don't say it.
    private static let metadata: JSON = ["version": "2.1.0"]

    private static func payload(
        state: JSON.Object, buffers: [String: [UInt8]], method: String? = nil
    ) -> (data: JSON, buffers: [[UInt8]]) {
        let entries = buffers.sorted { $0.key < $1.key }
        var data = JSON.Object()
        data["method"] = method.map(JSON.string)
        data["state"] = .object(state)
        data["buffer_paths"] = .array(entries.map { [.string($0.key)] })
        return (.object(data), entries.map(\.value))
    }
}
