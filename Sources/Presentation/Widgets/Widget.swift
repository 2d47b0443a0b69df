/// A piece of live user interface, described as a value.
///
/// A tree of widgets says what is to be seen now. A front-end that can show live controls draws it and is sent only what
/// changes from one tree to the next; every other one gets the ``html`` or the ``plain`` form.
///
///     Widget.column([
///         .progress(value: 12, maximum: 40, caption: "epoch 1 of 3"),
///         .html("<b>loss</b> 0.412", key: "loss"),
///     ])
public struct Widget: Sendable, Equatable {
    /// What a widget is.
    public enum Content: Sendable, Equatable {
        /// A bar filled up to `value / maximum`.
        case progress(value: Double, maximum: Double, caption: String, mood: ProgressMood)
        /// A fragment of HTML, shown as it is: whoever makes it has escaped it.
        case html(String)
        /// A line of plain text.
        case label(String)
        /// An encoded picture.
        case image(bytes: [UInt8], format: ImageFormat)
        /// Widgets above one another.
        case column([Widget])
        /// Widgets beside one another.
        case row([Widget])
        /// Pages of which one is seen.
        case tabs([Page], selected: Int)
        /// Sections that open and close, of which at most one is open.
        case accordion([Page], open: Int?)
        /// A choice among texts; `selected` indexes `options`.
        case dropdown(options: [String], selected: Int?, caption: String)
        /// A whole number within bounds.
        case slider(value: Int, range: ClosedRange<Int>, caption: String)
        /// Something to press.
        case button(caption: String, isEnabled: Bool)
        /// A choice of yes or no.
        case checkbox(isOn: Bool, caption: String)
    }

    /// The colour of a bar.
    public enum ProgressMood: String, Sendable {
        /// Work goes on.
        case running = ""
        /// Work ended well.
        case done = "success"
        /// Work was interrupted.
        case stopped = "warning"
        /// Work failed.
        case failed = "danger"
    }

    /// How the bytes of a picture are encoded.
    public enum ImageFormat: String, Sendable {
        case png, jpeg, gif, webp
    }

    /// One page of tabs or one section of an accordion.
    public struct Page: Sendable, Equatable {
        public var title: String
        public var content: Widget

        public init(_ title: String, _ content: Widget) {
            self.title = title
            self.content = content
        }
    }

    /// What the widget is.
    public var content: Content
    /// What identifies the widget from one tree to the next, and in a ``WidgetEvent``: stable, and for widgets that
    /// can be acted upon unique in the tree. An empty key stands for the place among the siblings.
    public var key: String
    /// CSS properties of the outer box, by their names in ipywidgets' `Layout`: `width`, `max_height`, `overflow`...
    public var layout: [String: String]
    /// The text form, where it should say something else than what is made of the content: a chart's numbers instead of its labels.
    public var text: String?

    public init(_ content: Content, key: String = "", layout: [String: String] = [:], text: String? = nil) {
        self.content = content
        self.key = key
        self.layout = layout
        self.text = text
    }

    /// The widgets directly within this one.
    public var children: [Widget] {
        switch content {
        case .column(let children), .row(let children): children
        case .tabs(let pages, _), .accordion(let pages, _): pages.map(\.content)
        default: []
        }
    }
}
