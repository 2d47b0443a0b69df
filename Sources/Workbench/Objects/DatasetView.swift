import CommandLanguage
import Imaging
import Learning
import Presentation

/// A data set to leaf through: by part and class, sorted by loss where the network was evaluated, one picture in full beside.
struct DatasetView: InteractiveView {
    /// A picture with what the last evaluation said of it.
    struct Item: Sendable {
        let split: Split
        let index: Int
        let sample: Sample
        let prediction: Evaluation.Prediction?
    }

    enum Order: String, CaseIterable, Sendable {
        case place = "as in the dataset"
        case loss = "worst loss first"
        case doubt = "least sure first"
    }

    struct State: Sendable {
        var split: Int
        var label = 0
        var order = 0
        var page = 0
        /// The picture in full, as a position on the page.
        var chosen: Int?
    }

    let name: String
    let dataset: Dataset
    let items: [Item]
    let splits: [Split]
    let initialState: State
    private let width: Int
    private let orders: [Order]
    private let network: String?
    private let perPage = 24

    init(_ place: DatasetPlace, name: String, in session: Session) throws {
        guard place.property == nil else { throw Diagnostic(.type, "Only pictures can be explored, not their \(place.property?.rawValue ?? "").") }
        dataset = place.dataset
        self.name = name
        width = session.state.display.pictureWidth
        var predictions: [String: Evaluation.Prediction] = [:]
        if let evaluated = session.state.evaluated, evaluated.dataset.classes == place.dataset.classes, session.stillHolds(evaluated) {
            for prediction in evaluated.evaluation.predictions { predictions[prediction.path] = prediction }
            network = evaluated.network
        } else {
            network = nil
        }
        items = place.samples.map { Item(split: $0.split, index: $0.index, sample: $0.sample, prediction: predictions[$0.sample.path]) }
        let present = Set(items.map(\.split))
        splits = Split.allCases.filter(present.contains)
        let isJudged = items.contains { $0.prediction != nil }
        orders = isJudged ? Order.allCases : [.place]
        initialState = State(split: place.split == nil && splits.count > 1 ? 0 : splits.count > 1 ? 1 : 0)
    }

    /// The pictures that the state chooses, in its order.
    private func chosen(_ state: State) -> [Item] {
        let split = splits.count > 1 && state.split > 0 && state.split <= splits.count ? splits[state.split - 1] : nil
        var result = items.filter { (split == nil || $0.split == split) && (state.label == 0 || $0.sample.label == state.label - 1) }
        switch orders.indices.contains(state.order) ? orders[state.order] : .place {
        case .place: break
        case .loss: result = result.filter { $0.prediction != nil }.sorted { ($0.prediction?.loss ?? 0) > ($1.prediction?.loss ?? 0) }
        case .doubt: result = result.filter { $0.prediction != nil }.sorted { ($0.prediction?.confidence ?? 1) < ($1.prediction?.confidence ?? 1) }
        }
        return result
    }

    func body(_ state: State) -> Widget {
        let all = chosen(state)
        let pages = max(1, (all.count + perPage - 1) / perPage)
        let page = min(max(state.page, 0), pages - 1)
        let shown = Array(all.dropFirst(page * perPage).prefix(perPage))
        var choices: [Widget] = []
        if splits.count > 1 { choices.append(.dropdown(["all parts"] + splits.map(\.rawValue), selected: state.split, caption: "part", key: "part")) }
        choices.append(.dropdown(["all classes"] + dataset.classes, selected: state.label, caption: "class", key: "class"))
        if orders.count > 1 { choices.append(.dropdown(orders.map(\.rawValue), selected: state.order, caption: "order", key: "order")) }
        var turning: [Widget] = [.label("\(Format.counted(all.count, "picture"))", key: "count")]
        if pages > 1 {
            turning = [
                .button("‹", isEnabled: page > 0, key: "back"), .slider(page + 1, in: 1...pages, caption: "page", key: "page"),
                .button("›", isEnabled: page < pages - 1, key: "forward"),
            ] + turning
        }
        var rows: [Widget] = [.row(choices, key: "choices"), .row(turning, key: "turning"), grid(shown)]
        if !shown.isEmpty {
            let names = ["one picture…"] + shown.map { "\(place($0))  \(dataset.classes[$0.sample.label])  \($0.sample.fileName)" }
            rows.append(.dropdown(names, selected: state.chosen.map { $0 + 1 } ?? 0, caption: "look at", key: "look"))
            if let position = state.chosen, shown.indices.contains(position) { rows.append(detail(shown[position])) }
        }
        return .column(rows, key: "dataset")
    }

    func handle(_ event: WidgetEvent, _ state: State) -> State {
        var next = state
        next.chosen = nil
        switch (event.key, event.action) {
        case ("part", .selected(let position?)): (next.split, next.page) = (position, 0)
        case ("class", .selected(let position?)): (next.label, next.page) = (position, 0)
        case ("order", .selected(let position?)): (next.order, next.page) = (position, 0)
        case ("page", .moved(let page)): next.page = page - 1
        case ("back", .clicked): next.page = max(0, state.page - 1)
        case ("forward", .clicked): next.page = state.page + 1
        case ("look", .selected(let position?)): next.chosen = position > 0 ? position - 1 : nil
        default: return state
        }
        return next
    }

    private func place(_ item: Item) -> String { "\(name).\(item.split.rawValue)[\(item.index)]" }

    /// Thumbnails, decoded as they are looked at.
    private func grid(_ items: [Item]) -> Widget {
        var options = dataset.decoding
        options.minimumSide = width
        let pictures = items.compactMap { item -> ImageGrid.Item? in
            let verdict = item.prediction.map { ", \($0.isRight ? "right" : dataset.classes[$0.predicted]) \(Format.percent(Double($0.confidence), digits: 0))" } ?? ""
            let caption = "\(item.split.rawValue)[\(item.index)] \(dataset.classes[item.sample.label])\(verdict)"
            let mood: Mood = item.prediction.map { $0.isRight ? .good : .bad } ?? .plain
            do { return try Image.decode(path: item.sample.path, options).boxed(side: width).item(caption, mood: mood, width: width) } catch {
                return try? Image(width: 8, height: 8, fill: 238).item("\(caption): can't be read", mood: .bad, width: width)
            }
        }
        let grid = ImageGrid(pictures, width: width)
        return .html(grid.html.markup, text: grid.plain, key: "grid")
    }

    /// One picture in full, what is known of it, and the cells that would put it aside or relabel it.
    private func detail(_ item: Item) -> Widget {
        let sample = SampleObject(dataset, item.split, item.index)
        guard let bundle = try? sample.shown(), case .text(let html)? = bundle.contents["text/html"] else {
            return .label("\(item.sample.path) can't be read", key: "detail")
        }
        var lines: [HTML] = []
        if let prediction = item.prediction, let network {
            let ranked = dataset.classes.indices.sorted { prediction.probabilities[$0] > prediction.probabilities[$1] }.prefix(3)
            let guesses = ranked.map { "\(dataset.classes[$0]) \(Format.percent(Double(prediction.probabilities[$0])))" }.joined(separator: ", ")
            lines.append("<div>\(network) says: \(guesses); loss \(Format.significant(Double(prediction.loss), 3))</div>")
        }
        let other = dataset.classes.first { $0 != sample.label } ?? sample.label
        lines.append("<div>Wrong label? <code>\(place(item)).label = \(Value.text(other).source)</code> Not a good picture? <code>quarantine \(place(item))</code></div>")
        return .html(html + lines.joined().markup, text: bundle.plain, key: "detail")
    }
}
