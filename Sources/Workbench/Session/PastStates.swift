import CommandLanguage
import Learning
import NeuralNetworks
import Tensors

/// States to go back to: before each of the last cells that changed something, and those with a name.
///
/// Tensors are shared between states, so a state costs what was changed after it.
struct PastStates: Sendable {
    struct Entry: Sendable {
        let cell: String
        let state: SessionState
    }
    /// The newest last.
    private(set) var undoable: [Entry] = []
    private(set) var named: [(name: String, state: SessionState)] = []
    /// Whether the running cell goes back: then it is not itself something to undo.
    var isRestoring = false

    /// How many cells can be undone.
    static let limit = 20
    /// Bytes of tensors that only past states hold, beyond which the oldest go.
    static let byteLimit = 4 << 30

    mutating func push(_ state: SessionState, cell: String) {
        undoable.append(Entry(cell: cell, state: state))
        if undoable.count > Self.limit { undoable.removeFirst() }
        while undoable.count > 1, byteCount > Self.byteLimit { undoable.removeFirst() }
    }

    mutating func pop() -> Entry? { undoable.popLast() }

    mutating func name(_ state: SessionState, _ name: String) {
        named.removeAll { $0.name == name }
        named.append((name, state))
    }

    func state(named name: String) -> SessionState? { named.first { $0.name == name }?.state }

    /// Bytes of the distinct parameter tensors of the undoable states.
    private var byteCount: Int {
        var seen: [[String]: [ParameterStore]] = [:]
        var total = 0
        for entry in undoable {
            for value in entry.state.values.values {
                guard let network = value.object as? NetworkObject else { continue }
                let parameters = network.model.parameters
                let known = seen[parameters.names] ?? []
                for name in parameters.names {
                    guard let tensor = parameters[name], !known.contains(where: { $0[name].map { $0.sharesStorage(with: tensor) } ?? false }) else { continue }
                    total += tensor.byteCount
                }
                seen[parameters.names, default: []].append(parameters)
            }
        }
        return total
    }
}
