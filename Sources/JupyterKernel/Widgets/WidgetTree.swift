import JupyterProtocol
import Presentation

/// A tree on display: the models that front-ends have of it.
struct WidgetTree {
    /// What is on display now.
    private(set) var widget: Widget
    /// The request that displayed it.
    let parent: Parent
    /// The name under which the display's fallback can be replaced.
    let displayID: String
    /// Answers events; nil for trees that only show.
    var view: ViewSession?
    /// A newer tree that has not been sent yet, and when it will be.
    var pending: (widget: Widget, deadline: Moment)?
    var lastSent: Moment
    /// When it was last shown, drawn or acted upon.
    var lastUsed: Moment
    var isFinished = false
    /// How many events its view was sent, and how many of them were values that the front-end shows already.
    var eventCount = 0
    var valueCount = 0

    private(set) var models: [WidgetModel] = [] {
        didSet { approximateBytes = models.reduce(0) { $0 + $1.approximateBytes } }
    }
    /// About as many bytes as the models take.
    private(set) var approximateBytes = 0
    private var ids: [String: String] = [:]
    private var rootPath = ""
    /// What the maker of the tree last asked to be open, as opposed to what the user has opened since.
    private var wantedSelection: [String: JSON] = [:]

    init(_ widget: Widget, parent: Parent, displayID: String, now: Moment) {
        self.widget = widget
        self.parent = parent
        self.displayID = displayID
        lastSent = now
        lastUsed = now
    }

    /// The comm of the whole tree.
    var rootID: String { ids[rootPath] ?? "" }

    /// The ids of all comms, in the order in which they were opened.
    var commIDs: [String] { models.compactMap { ids[$0.path] } }

    func id(of model: WidgetModel) -> String { ids[model.path] ?? "" }

    /// Makes the models show another tree.
    ///
    /// - Parameter makeID: makes ids for new comms.
    /// - Returns: what front-ends must be told, in order: new models first, then changes, then what is gone.
    mutating func render(_ widget: Widget, makeID: @escaping () -> String) -> [WidgetChange] {
        let table = IDTable(ids, makeID)
        let rendering = WidgetRendering(widget, id: table.id)
        // The whole tree's model is the one that no other refers to.
        for model in rendering.models { _ = table.id(model.path) }
        let ids = table.ids
        let old = Dictionary(uniqueKeysWithValues: models.map { ($0.path, $0) })
        var opened: [WidgetChange] = []
        var changed: [WidgetChange] = []
        var next: [WidgetModel] = []
        for var model in rendering.models {
            let id = ids[model.path] ?? ""
            let selection = model.state["selected_index"]
            if let known = old[model.path] {
                // Which page is open is the user's, until the maker of the tree asks for another.
                if selection != nil, selection == wantedSelection[model.path] {
                    model.state["selected_index"] = known.state["selected_index"]
                }
                if let change = WidgetChange(from: known, to: model, id: id) { changed.append(change) }
            } else {
                opened.append(.open(id: id, model))
            }
            wantedSelection[model.path] = selection
            next.append(model)
        }
        let kept = Set(next.map(\.path))
        let closed = models.filter { !kept.contains($0.path) }.map { WidgetChange.close(id: self.ids[$0.path] ?? "") }
        self.ids = ids.filter { kept.contains($0.key) }
        wantedSelection = wantedSelection.filter { kept.contains($0.key) }
        models = next
        rootPath = rendering.root
        self.widget = widget
        return opened + changed + closed
    }

    /// Takes over what a front-end says about one of the models.
    ///
    /// - Returns: the model after that and what of it was accepted; nil for a comm that isn't of this tree.
    mutating func accept(_ state: JSON.Object, at id: String) -> (model: WidgetModel, accepted: JSON.Object)? {
        guard let index = models.firstIndex(where: { ids[$0.path] == id }) else { return nil }
        var accepted = JSON.Object()
        for member in state.members where models[index].accepts(member.value, as: member.name) {
            models[index].state[member.name] = member.value
            accepted[member.name] = member.value
        }
        return (models[index], accepted)
    }
}

/// The comm ids of a tree, to which a rendering adds what is new.
private final class IDTable {
    private(set) var ids: [String: String]
    private let makeID: () -> String

    init(_ ids: [String: String], _ makeID: @escaping () -> String) {
        self.ids = ids
        self.makeID = makeID
    }

    func id(_ path: String) -> String {
        if let id = ids[path] { return id }
        let id = makeID()
        ids[path] = id
        return id
    }
}

extension WidgetModel {
    /// About as many bytes as the model takes.
    var approximateBytes: Int {
        2000 + buffers.reduce(0) { $0 + $1.value.count } + (state["value"]?.string?.utf8.count ?? 0)
    }

    /// Whether a front-end may set a member: its user can move a slider, but not bend its bounds.
    func accepts(_ value: JSON, as member: String) -> Bool {
        switch (name, member) {
        case ("IntSliderModel", "value"):
            guard let number = value.integer, let low = state["min"]?.integer, let high = state["max"]?.integer else {
                return false
            }
            return low <= number && number <= high
        case ("DropdownModel", "index"):
            return value == .null || (0..<(state["_options_labels"]?.array?.count ?? 0)).contains(value.integer ?? -1)
        case ("CheckboxModel", "value"): return value.bool != nil
        case ("TabModel", "selected_index"), ("AccordionModel", "selected_index"):
            return value == .null || (0..<(state["titles"]?.array?.count ?? 0)).contains(value.integer ?? -1)
        default: return false
        }
    }

    /// The event that an accepted change is.
    func event(for accepted: JSON.Object) -> WidgetEvent? {
        guard !key.isEmpty, let member = accepted.members.first else { return nil }
        switch (name, member.name) {
        case ("IntSliderModel", "value"):
            return member.value.integer.map { WidgetEvent(key: key, action: .moved($0)) }
        case ("CheckboxModel", "value"): return member.value.bool.map { WidgetEvent(key: key, action: .toggled($0)) }
        case (_, "index"), (_, "selected_index"): return WidgetEvent(key: key, action: .selected(member.value.integer))
        default: return nil
        }
    }
}
