import CommandLanguage
import Imaging
import Learning
import NeuralNetworks
import Presentation
import Tensors

/// A network opened as widgets: a tensor is chosen, its distribution and one channel after the other are looked at.
struct NetworkExplorer: InteractiveView {
    struct State: Sendable {
        var tensor: Int
        var channel = 0
        var showsChange = false
    }

    private let name: String
    private let model: ModelState
    private let origin: ParameterStore
    private let names: [String]
    private let first: Int

    /// - Parameters:
    ///   - names: the tensors that can be chosen.
    ///   - first: which of them is shown at first.
    init(_ network: NetworkObject, name: String, names: [String], first: String? = nil) {
        self.name = name
        model = network.model
        origin = network.origin
        self.names = names
        self.first = first.flatMap { names.firstIndex(of: $0) } ?? 0
    }

    var initialState: State { State(tensor: first) }

    func handle(_ event: WidgetEvent, _ state: State) -> State {
        var next = state
        switch (event.key, event.action) {
        case ("tensor", .selected(let index)):
            next.tensor = min(max(index ?? 0, 0), names.count - 1)
            next.channel = 0
        case ("channel", .moved(let position)): next.channel = position
        case ("change", .toggled(let isOn)): next.showsChange = isOn
        case ("before", .clicked): next.channel = max(0, state.channel - 1)
        case ("after", .clicked): next.channel = state.channel + 1
        default: break
        }
        next.channel = min(max(next.channel, 0), max(0, channels(next) - 1))
        return next
    }

    private func tensor(_ state: State) -> Tensor {
        guard names.indices.contains(state.tensor), let tensor = model.parameters[names[state.tensor]] else { return Tensor(zeros: [0]) }
        return tensor
    }

    private func channels(_ state: State) -> Int {
        let shape = tensor(state).shape
        return shape.rank > 1 ? shape[0] : 1
    }

    func body(_ state: State) -> Widget {
        let full = names[state.tensor]
        let whole = tensor(state)
        let initial = origin[full].flatMap { $0.shape == whole.shape ? $0 : nil }
        let isChanged = initial.map { !$0.sharesStorage(with: whole) && $0 != whole } ?? false
        let shown = state.showsChange && isChanged ? initial.map { whole.subtracting($0) } ?? whole : whole
        var rows: [Widget] = [
            .dropdown(names.map { "\($0)  \(model.parameters[$0]?.shape.description ?? "")" }, selected: state.tensor, caption: name, key: "tensor").layout(["width": "520px"]),
            .html(facts(full, whole, isChanged).markup, key: "facts"),
        ]
        if isChanged { rows.append(.checkbox(state.showsChange, caption: "change since loading", key: "change")) }
        let title = state.showsChange && isChanged ? "change of all values" : "all values"
        rows.append(Self.chart(.histogram(of: shown.elements, title: title, x: "value", width: 460, height: 150), key: "histogram"))
        let count = channels(state)
        if count > 1 {
            let channel = min(state.channel, count - 1)
            rows.append(
                .row([
                    .button("‹", isEnabled: channel > 0, key: "before").layout(["width": "36px"]),
                    .slider(channel, in: 0...(count - 1), caption: whole.shape.rank == 4 ? "channel" : "row", key: "channel").layout(["width": "420px"]),
                    .button("›", isEnabled: channel < count - 1, key: "after").layout(["width": "36px"]),
                ]))
            rows.append(.row(self.channel(shown, channel)))
        }
        return .column(rows)
    }

    private func facts(_ full: String, _ tensor: Tensor, _ isChanged: Bool) -> HTML {
        let statistics = TensorStatistics(tensor)
        let isBuffer = model.parameters.entry(full)?.role == .buffer
        let layer = full.split(separator: ".").dropLast().joined(separator: ".")
        let state = isBuffer ? "buffer" : model.freeze.trains(full) ? "trains" : "frozen"
        func short(_ value: Double) -> String { Format.significant(value, 4) }
        return
            "<div><code>\(model.module[path: layer]?.written ?? "")</code> · \(Format.count(tensor.count)) values · \(state)\(isChanged ? ", changed since loading" : "") · mean \(short(statistics.mean)) · std \(short(statistics.deviation)) · from \(short(statistics.low)) to \(short(statistics.high)) · norm \(short(statistics.norm))</div>"
    }

    private static func chart(_ chart: Chart, key: String) -> Widget { .html(chart.html.markup, text: chart.plain, key: key) }

    /// One channel: its figures, its distribution, and its kernel as a picture.
    private func channel(_ tensor: Tensor, _ channel: Int) -> [Widget] {
        let part = tensor.entry(channel)
        let statistics = TensorStatistics(part)
        var widgets: [Widget] = []
        if tensor.shape.rank == 4, let bytes = try? FilterPictures(tensor).picture(channel, side: 180).encodePNG() {
            widgets.append(.image(bytes, key: "kernel").layout(["width": "180px"]))
        }
        let title = "\(channel): norm \(Format.significant(statistics.norm, 3)), mean \(Format.significant(statistics.mean, 3))"
        widgets.append(Self.chart(.histogram(of: part.elements, bins: 24, title: title, width: 280, height: 140), key: "channel-histogram"))
        return widgets
    }
}

extension NetworkObject {
    func explore(_ path: Path, in session: Session) throws {
        var names = model.parameters.names.filter { !$0.hasSuffix("num_batches_tracked") }
        var first: String?
        switch try place(path) {
        case .whole: break
        case .part(let inner): names = names.filter { $0.hasPrefix(inner + ".") }
        case .tensor(let name, _): first = name
        case .pattern(let pattern, _, _): names = pattern.filter(names)
        case .property: throw noPart(path)
        }
        guard !names.isEmpty else {
            throw Diagnostic(.state, "`\(path)` has no weights to look at.", at: path.span)
        }
        session.output.explore(NetworkExplorer(self, name: path.description, names: names, first: first))
    }
}
