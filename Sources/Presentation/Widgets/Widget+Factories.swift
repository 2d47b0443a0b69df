extension Widget {
    /// A bar filled up to `value / maximum`; a value outside `0...maximum`, or one that is no number, is clamped when drawn.
    public static func progress(
        value: Double, maximum: Double, caption: String = "", mood: ProgressMood = .running, key: String = ""
    ) -> Widget {
        Widget(.progress(value: value, maximum: maximum, caption: caption, mood: mood), key: key)
    }

    /// A fragment of HTML, already escaped; `text` is its form for terminals, which otherwise is what stands between the tags.
    public static func html(_ fragment: String, text: String? = nil, key: String = "") -> Widget {
        Widget(.html(fragment), key: key, text: text)
    }

    /// A line of plain text.
    public static func label(_ text: String, key: String = "") -> Widget { Widget(.label(text), key: key) }

    /// An encoded picture.
    public static func image(_ bytes: [UInt8], format: ImageFormat = .png, key: String = "") -> Widget {
        Widget(.image(bytes: bytes, format: format), key: key)
    }

    /// Widgets above one another.
    public static func column(_ children: [Widget], key: String = "") -> Widget { Widget(.column(children), key: key) }

    /// Widgets beside one another.
    public static func row(_ children: [Widget], key: String = "") -> Widget { Widget(.row(children), key: key) }

    /// Pages of which one is seen.
    public static func tabs(_ pages: [Page], selected: Int = 0, key: String = "") -> Widget {
        Widget(.tabs(pages, selected: selected), key: key)
    }

    /// Sections that open and close.
    public static func accordion(_ pages: [Page], open: Int? = nil, key: String = "") -> Widget {
        Widget(.accordion(pages, open: open), key: key)
    }

    /// A choice among texts. Its event is ``WidgetEvent/Action/selected(_:)``.
    public static func dropdown(
        _ options: [String], selected: Int? = 0, caption: String = "", key: String
    ) -> Widget {
        Widget(.dropdown(options: options, selected: selected, caption: caption), key: key)
    }

    /// A whole number within bounds. Its event is ``WidgetEvent/Action/moved(_:)``.
    public static func slider(
        _ value: Int, in range: ClosedRange<Int>, caption: String = "", key: String
    ) -> Widget {
        Widget(.slider(value: value, range: range, caption: caption), key: key)
    }

    /// Something to press. Its event is ``WidgetEvent/Action/clicked``.
    public static func button(_ caption: String, isEnabled: Bool = true, key: String) -> Widget {
        Widget(.button(caption: caption, isEnabled: isEnabled), key: key)
    }

    /// A choice of yes or no. Its event is ``WidgetEvent/Action/toggled(_:)``.
    public static func checkbox(_ isOn: Bool, caption: String = "", key: String) -> Widget {
        Widget(.checkbox(isOn: isOn, caption: caption), key: key)
    }

    /// The same widget in a box with these CSS properties.
    public func layout(_ properties: [String: String]) -> Widget {
        var copy = self
        copy.layout.merge(properties) { _, new in new }
        return copy
    }
}
