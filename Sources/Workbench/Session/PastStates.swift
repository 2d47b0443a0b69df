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
    /// In the order in which they were taken.
    private(set) var named: [(name: String, state: SessionState)] = []
    /// The running cell, and what was there before it.
    private var running: Entry?

    /// How many cells can be undone.
    static let limit = 20
    /// How many snapshots are kept.
    static let namedLimit = 20
    /// Bytes of tensors that only past states hold, beyond which the oldest go; the last one and the named ones stay.
    static let byteLimit = 4 << 30

    /// A cell begins.
    mutating func begin(_ state: SessionState, cell: String) {
        running = Entry(cell: cell, state: state)
    }

    /// The cell has ended; what it changed can be undone.
    mutating func end(_ state: SessionState, changed: Bool) {
        if changed, let running { push(running, now: state) }
        running = nil
    }

    private mutating func push(_ entry: Entry, now state: SessionState) {
        undoable.append(entry)
        if undoable.count > Self.limit { undoable.removeFirst() }
        var census = TensorCensus()
        census.add(state)
        for snapshot in named { census.add(snapshot.state) }
        let own = census.byteCount
        // From the newest back: what it shares with later states costs nothing.
        for (index, entry) in undoable.enumerated().reversed() {
            census.add(entry.state)
            if census.byteCount - own > Self.byteLimit, index < undoable.count - 1 {
                undoable.removeFirst(index + 1)
                return
            }
        }
    }

    /// Takes so many cells back, and forgets them: the running one counts if it has changed something. `nil` if there are not so many.
    mutating func goBack(_ count: Int, runningChanged: Bool) -> Entry? {
        let all = undoable + (runningChanged ? running.map { [$0] } ?? [] : [])
        guard count > 0, count <= all.count else { return nil }
        let entry = all[all.count - count]
        undoable = Array(all.dropLast(count))
        // Going back is not itself something to undo; what the cell changes after it is.
        running = running.map { Entry(cell: $0.cell, state: entry.state) }
        return entry
    }

    /// The cells that can be undone, the oldest first.
    func cells(runningChanged: Bool) -> [String] {
        undoable.map(\.cell) + (runningChanged ? running.map { [$0.cell] } ?? [] : [])
    }

    /// Keeps a state under a name; beyond ``namedLimit`` the oldest goes.
    mutating func name(_ state: SessionState, _ name: String) {
        named.removeAll { $0.name == name }
        named.append((name, state))
        if named.count > Self.namedLimit { named.removeFirst() }
    }

    func state(named name: String) -> SessionState? { named.first { $0.name == name }?.state }

    /// `s1`, `s2`, …: the first that is free.
    var freeName: String {
        var number = 1
        while state(named: "s\(number)") != nil { number += 1 }
        return "s\(number)"
    }

    /// Bytes that only past states hold.
    func byteCount(beside state: SessionState) -> Int {
        var census = TensorCensus()
        census.add(state)
        let own = census.byteCount
        for entry in undoable { census.add(entry.state) }
        for snapshot in named { census.add(snapshot.state) }
        return census.byteCount - own
    }
}

/// Counts tensors, each storage once.
struct TensorCensus {
    private(set) var byteCount = 0
    private var seen: [String: [Tensor]] = [:]

    mutating func add(_ state: SessionState) {
        for value in state.values.values { add(value) }
        for store in state.trainer.tensors { add(store) }
    }

    private mutating func add(_ value: Value) {
        switch value.object {
        case let network as NetworkObject:
            add(network.model.parameters)
            add(network.origin)
        case let layer as LayerObject: add(layer.parameters)
        case let weights as StateObject: add(weights.parameters)
        default: if case .list(let values) = value { for value in values { add(value) } }
        }
    }

    private mutating func add(_ store: ParameterStore) {
        for name in store.names {
            guard let tensor = store[name] else { continue }
            // Copies of a tensor keep their name, so only its namesakes need to be asked.
            let namesakes = seen[name] ?? []
            if namesakes.contains(where: { $0.sharesStorage(with: tensor) }) { continue }
            seen[name] = namesakes + [tensor]
            byteCount += tensor.count * 4
        }
    }
}
