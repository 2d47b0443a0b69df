import JupyterProtocol
import Presentation

/// One of the objects that ipywidgets' front-end makes of a tree: a layout, a style, or a widget itself.
///
/// Names, versions and defaults are those of ipywidgets 8. The state is complete, because nbclient and nbconvert save
/// exactly what was sent.
struct WidgetModel: Sendable, Equatable {
    /// What identifies the model from one tree to the next: its place, and what it is.
    var path: String
    var name: String
    var module: String
    var state: JSON.Object
    /// Binary members of the state.
    var buffers: [String: [UInt8]] = [:]
    /// The key of the widget, if it is one that can be acted upon.
    var key = ""

    static let controls = "@jupyter-widgets/controls"
    static let base = "@jupyter-widgets/base"
    static let version = "2.0.0"

    init(path: String, name: String, module: String, view: String, viewModule: String, _ members: [(String, JSON)]) {
        self.path = path
        self.name = name
        self.module = module
        state = JSON.Object(
            [
                ("_model_module", .string(module)), ("_model_module_version", .string(Self.version)),
                ("_model_name", .string(name)), ("_view_count", nil), ("_view_module", .string(viewModule)),
                ("_view_module_version", .string(Self.version)), ("_view_name", .string(view)),
            ] + members)
    }

    /// A control, whose layout and style have been made before.
    static func control(
        _ name: String, view: String, path: String, layout: String, style: String? = nil, _ members: [(String, JSON)]
    ) -> WidgetModel {
        let common: [(String, JSON)] = [
            ("_dom_classes", []), ("layout", .string(layout)), ("tabbable", nil), ("tooltip", nil),
        ]
        return WidgetModel(
            path: path, name: name, module: controls, view: view, viewModule: controls,
            common + (style.map { [("style", .string($0))] } ?? []) + members)
    }

    /// A box with CSS properties.
    static func layout(_ properties: [String: String], path: String) -> WidgetModel {
        let members = layoutProperties.map { ($0, JSON(properties[$0])) }
        return WidgetModel(
            path: path, name: "LayoutModel", module: base, view: "LayoutView", viewModule: base, members)
    }

    /// A style with nothing special but what is given.
    static func style(_ kind: String, path: String, _ members: [(String, JSON)] = []) -> WidgetModel {
        let defaults = styleProperties[kind, default: []].map { ($0, JSON.null) }
        var model = WidgetModel(
            path: path, name: "\(kind)StyleModel", module: controls, view: "StyleView", viewModule: base, defaults)
        // As wide as the words are: what a bar says of itself is never cut off.
        if kind != "Button" { model.state["description_width"] = "initial" }
        for (name, value) in members { model.state[name] = value }
        return model
    }

    /// The CSS properties that ipywidgets' `Layout` has.
    private static let layoutProperties = [
        "align_content", "align_items", "align_self", "border_bottom", "border_left", "border_right", "border_top",
        "bottom", "display", "flex", "flex_flow", "grid_area", "grid_auto_columns", "grid_auto_flow", "grid_auto_rows",
        "grid_column", "grid_gap", "grid_row", "grid_template_areas", "grid_template_columns", "grid_template_rows",
        "height", "justify_content", "justify_items", "left", "margin", "max_height", "max_width", "min_height",
        "min_width", "object_fit", "object_position", "order", "overflow", "padding", "right", "top", "visibility",
        "width",
    ]

    private static let styleProperties = [
        "Progress": ["bar_color"],
        "HTML": ["background", "font_size", "text_color"],
        "Label": [
            "background", "font_family", "font_size", "font_style", "font_variant", "font_weight", "text_color",
            "text_decoration",
        ],
        "Description": [],
        "Slider": ["handle_color"],
        "Checkbox": ["background"],
        "Button": [
            "button_color", "font_family", "font_size", "font_style", "font_variant", "font_weight", "text_color",
            "text_decoration",
        ],
    ]
}
