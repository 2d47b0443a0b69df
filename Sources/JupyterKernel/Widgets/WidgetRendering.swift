import JupyterProtocol
import Presentation

/// Makes the models of a tree, each after those that it refers to.
struct WidgetRendering {
    private(set) var models: [WidgetModel] = []
    private var paths: Set<String> = []
    private let reference: (String) -> String

    /// - Parameter reference: the comm id for a path.
    init(_ tree: Widget, id: @escaping (_ path: String) -> String) {
        reference = { "IPY_MODEL_" + id($0) }
        root = ""
        root = add(tree, at: "")
    }

    /// The path of the whole tree's model.
    private(set) var root: String

    /// Appends the models of a widget and answers the path of its own.
    private mutating func add(_ widget: Widget, at place: String) -> String {
        let path = place + "#" + widget.content.kind
        let children = zip(widget.children.indices, widget.children).map { index, child in
            add(child, at: "\(place)/\(child.key.isEmpty ? String(index) : child.key)")
        }
        let layout = reference(shared("layout", Self.signature(of: widget.layout)) { .layout(widget.layout, path: $0) })
        var model = model(of: widget, at: path, layout: layout, children: children.map { .string(reference($0)) })
        // Two children with one key would otherwise be one model.
        while !paths.insert(model.path).inserted { model.path += "'" }
        model.key = widget.key
        models.append(model)
        return model.path
    }

    /// Equal layouts and styles of a tree are one model.
    private mutating func shared(_ kind: String, _ signature: String, _ make: (String) -> WidgetModel) -> String {
        let path = "\(kind)(\(signature))"
        if paths.insert(path).inserted { models.append(make(path)) }
        return path
    }

    private mutating func style(_ kind: String) -> String {
        reference(shared("style", kind) { .style(kind, path: $0) })
    }

    private static func signature(of layout: [String: String]) -> String {
        layout.sorted { $0.key < $1.key }.map { "\($0.key):\($0.value)" }.joined(separator: ";")
    }

    private mutating func model(of widget: Widget, at path: String, layout: String, children: [JSON]) -> WidgetModel {
        switch widget.content {
        case .progress(let value, let maximum, let caption, let mood):
            let bounds = Widget.progressBounds(value: value, maximum: maximum)
            return .control(
                "FloatProgressModel", view: "ProgressView", path: path, layout: layout, style: style("Progress"),
                described(caption) + [
                    ("bar_style", .string(mood.rawValue)), ("max", .number(bounds.maximum)), ("min", 0.0),
                    ("orientation", "horizontal"), ("value", .number(bounds.value)),
                ])
        case .html(let fragment):
            return .control(
                "HTMLModel", view: "HTMLView", path: path, layout: layout, style: style("HTML"),
                described("") + [("placeholder", "\u{200B}"), ("value", .string(fragment))])
        case .label(let text):
            return .control(
                "LabelModel", view: "LabelView", path: path, layout: layout, style: style("Label"),
                described("") + [("placeholder", "\u{200B}"), ("value", .string(text))])
        case .image(let bytes, let format):
            var model = WidgetModel.control(
                "ImageModel", view: "ImageView", path: path, layout: layout,
                [("format", .string(format.rawValue)), ("height", ""), ("width", "")])
            model.buffers["value"] = bytes
            return model
        case .column, .row:
            let kind = if case .row = widget.content { "HBox" } else { "VBox" }
            return .control(
                kind + "Model", view: kind + "View", path: path, layout: layout,
                [("box_style", ""), ("children", .array(children))])
        case .tabs(let pages, let selected):
            return .control(
                "TabModel", view: "TabView", path: path, layout: layout, paged(pages, children, selected))
        case .accordion(let pages, let open):
            return .control(
                "AccordionModel", view: "AccordionView", path: path, layout: layout, paged(pages, children, open))
        case .dropdown(let options, let selected, let caption):
            return .control(
                "DropdownModel", view: "DropdownView", path: path, layout: layout, style: style("Description"),
                described(caption) + [
                    ("_options_labels", JSON(options)), ("disabled", false),
                    ("index", selected.map(JSON.integer) ?? .null),
                ])
        case .slider(let value, let range, let caption):
            return .control(
                "IntSliderModel", view: "IntSliderView", path: path, layout: layout, style: style("Slider"),
                described(caption) + [
                    ("behavior", "drag-tap"), ("continuous_update", true), ("disabled", false),
                    ("max", .integer(range.upperBound)), ("min", .integer(range.lowerBound)),
                    ("orientation", "horizontal"), ("readout", true), ("readout_format", "d"), ("step", 1),
                    ("value", .integer(min(max(value, range.lowerBound), range.upperBound))),
                ])
        case .button(let caption, let isEnabled):
            return .control(
                "ButtonModel", view: "ButtonView", path: path, layout: layout, style: style("Button"),
                [
                    ("button_style", ""), ("description", .string(caption)), ("disabled", .bool(!isEnabled)),
                    ("icon", ""),
                ])
        case .checkbox(let isOn, let caption):
            return .control(
                "CheckboxModel", view: "CheckboxView", path: path, layout: layout, style: style("Checkbox"),
                described(caption) + [("disabled", false), ("indent", false), ("value", .bool(isOn))])
        }
    }

    private func described(_ caption: String) -> [(String, JSON)] {
        [("description", .string(caption)), ("description_allow_html", false)]
    }

    private func paged(_ pages: [Widget.Page], _ children: [JSON], _ selected: Int?) -> [(String, JSON)] {
        [
            ("box_style", ""), ("children", .array(children)),
            ("selected_index", selected.map(JSON.integer) ?? .null), ("titles", JSON(pages.map(\.title))),
        ]
    }
}

extension Widget.Content {
    /// What a model is told apart by when a place gets another kind of widget.
    fileprivate var kind: String {
        switch self {
        case .progress: "progress"
        case .html: "html"
        case .label: "label"
        case .image: "image"
        case .column: "column"
        case .row: "row"
        case .tabs: "tabs"
        case .accordion: "accordion"
        case .dropdown: "dropdown"
        case .slider: "slider"
        case .button: "button"
        case .checkbox: "checkbox"
        }
    }
}
