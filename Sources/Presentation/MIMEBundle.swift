/// One result in several forms, of which a front-end shows the richest that it can.
///
/// There is always a `text/plain` form that reads well in a terminal.
public struct MIMEBundle: Sendable, Equatable {
    /// One form of a result.
    public enum Content: Sendable, Equatable {
        /// Text in the given MIME type: plain, HTML, SVG, Markdown.
        case text(String)
        /// Bytes, such as a PNG; sent as base64 where the transport is text.
        case bytes([UInt8])
    }

    /// The forms by MIME type, such as `text/html`; `text/plain` is always among them.
    public private(set) var contents: [String: Content]

    /// A result that has at least a plain form.
    public init(plain: String, html: String? = nil, svg: String? = nil, png: [UInt8]? = nil) {
        contents = ["text/plain": .text(plain)]
        contents["text/html"] = html.map(Content.text)
        contents["image/svg+xml"] = svg.map(Content.text)
        contents["image/png"] = png.map(Content.bytes)
    }

    /// The plain form.
    public var plain: String {
        if case .text(let text)? = contents["text/plain"] { return text }
        return ""
    }

    /// The same result with a further form.
    public func adding(_ content: Content, as mimeType: String) -> MIMEBundle {
        var copy = self
        copy.contents[mimeType] = content
        return copy
    }
}
