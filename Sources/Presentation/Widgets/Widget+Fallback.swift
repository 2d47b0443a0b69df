#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif

/// What is shown of a tree where there are no live controls: saved pages, consoles, viewers.
extension Widget {
    /// The tree as text for terminals, without a line break at its end.
    public var plain: String {
        if let text { return text }
        switch content {
        case .progress(let value, let maximum, let caption, _):
            let (value, maximum) = Self.progressBounds(value: value, maximum: maximum)
            let width = 24
            let filled = Int((value / maximum * Double(width)).rounded(.down))
            let bar = String(repeating: "█", count: filled) + String(repeating: "░", count: width - filled)
            let percent = Int((value / maximum * 100).rounded(.down))
            return [caption, "\(bar) \(percent)%"].filter { !$0.isEmpty }.joined(separator: " ")
        case .html(let fragment): return Self.text(ofHTML: fragment)
        case .label(let text): return text
        case .image(let bytes, let format): return "[\(format.rawValue) picture, \(bytes.count) bytes]"
        case .column(let children): return children.map(\.plain).filter { !$0.isEmpty }.joined(separator: "\n")
        case .row(let children): return children.map(\.plain).filter { !$0.isEmpty }.joined(separator: "  ")
        case .tabs(let pages, _), .accordion(let pages, _):
            return pages.map { "\($0.title)\n\($0.content.plain.indented)" }.joined(separator: "\n")
        case .dropdown(let options, let selected, let caption):
            let choice = selected.flatMap { options.indices.contains($0) ? options[$0] : nil } ?? "-"
            return Self.captioned(caption, choice)
        case .slider(let value, let range, let caption):
            return Self.captioned(caption, "\(value) (\(range.lowerBound) to \(range.upperBound))")
        case .button(let caption, _): return "[\(caption)]"
        case .checkbox(let isOn, let caption): return (isOn ? "[x] " : "[ ] ") + caption
        }
    }

    /// The tree as static HTML.
    public var html: String {
        let style = layout.sorted { $0.key < $1.key }
            .map { "\($0.key.split(separator: "_").joined(separator: "-")):\($0.value)" }.joined(separator: ";")
        let box = style.isEmpty ? "<div" : "<div style=\"\(HTML.escape(style))\""
        switch content {
        case .progress(let value, let maximum, let caption, _):
            let (value, maximum) = Self.progressBounds(value: value, maximum: maximum)
            return "\(box)>\(HTML.escape(caption)) <progress value=\"\(value)\" max=\"\(maximum)\"></progress></div>"
        case .html(let fragment): return "\(box)>\(fragment)</div>"
        case .label(let text): return "\(box)>\(HTML.escape(text))</div>"
        case .image(let bytes, let format):
            let alt = HTML.escape(text ?? "picture")
            return "\(box)><img src=\"data:image/\(format.rawValue);base64,\(Data(bytes).base64EncodedString())\" alt=\"\(alt)\"/></div>"
        case .column(let children): return "\(box)>\(children.map(\.html).joined())</div>"
        case .row(let children):
            let cells = children.map { "<div style=\"flex:0 1 auto\">\($0.html)</div>" }.joined()
            return "\(box)><div style=\"display:flex;gap:8px;align-items:center\">\(cells)</div></div>"
        case .tabs(let pages, let selected): return "\(box)>\(Self.sections(pages, open: selected))</div>"
        case .accordion(let pages, let open): return "\(box)>\(Self.sections(pages, open: open))</div>"
        case .dropdown, .slider, .checkbox: return "\(box)>\(HTML.escape(plain))</div>"
        // What can't be pressed is not shown.
        case .button: return ""
        }
    }

    /// The tree in both forms.
    public var bundle: MIMEBundle { MIMEBundle(plain: plain, html: html) }

    /// A value that a bar can show: numbers are finite, and the maximum isn't 0.
    public static func progressBounds(value: Double, maximum: Double) -> (value: Double, maximum: Double) {
        let maximum = maximum.isFinite && maximum > 0 ? maximum : 1
        return (value.isFinite ? min(max(value, 0), maximum) : 0, maximum)
    }

    private static func sections(_ pages: [Page], open: Int?) -> String {
        pages.enumerated().map { index, page in
            "<details\(index == open ? " open" : "")><summary>\(HTML.escape(page.title))</summary>\(page.content.html)</details>"
        }.joined()
    }

    private static func captioned(_ caption: String, _ text: String) -> String {
        caption.isEmpty ? text : "\(caption): \(text)"
    }

    /// The text between tags, with the commonest entities resolved and blanks drawn together.
    private static func text(ofHTML fragment: String) -> String {
        var text = ""
        var tag: String?
        for character in fragment {
            if let name = tag {
                if character == ">" {
                    // What begins a new line or cell in a page does so here.
                    let breaks = ["br", "/p", "/div", "/tr", "/li", "/h"].contains { name.hasPrefix($0) }
                    text += breaks ? "\n" : name.hasPrefix("/t") ? " " : ""
                    tag = nil
                } else {
                    tag = name + String(character)
                }
            } else if character == "<" {
                tag = ""
            } else {
                text.append(character)
            }
        }
        for (entity, character) in [("&lt;", "<"), ("&gt;", ">"), ("&quot;", "\""), ("&#39;", "'"), ("&nbsp;", " "), ("&amp;", "&")] {
            text = text.split(separator: entity, omittingEmptySubsequences: false).joined(separator: character)
        }
        let lines = text.split(separator: "\n").map { $0.split(separator: " ").joined(separator: " ") }
        return lines.filter { !$0.isEmpty }.joined(separator: "\n")
    }
}

extension String {
    fileprivate var indented: String {
        split(separator: "\n", omittingEmptySubsequences: false).map { "  " + $0 }.joined(separator: "\n")
    }
}
