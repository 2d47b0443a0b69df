/// Pictures in rows, each with a caption. Presentation doesn't encode: it gets encoded bytes.
public struct ImageGrid: Sendable {
    public struct Item: Sendable {
        /// PNG or JPEG.
        public let bytes: [UInt8]
        public let caption: String
        public let mood: Mood

        public init(_ bytes: [UInt8], caption: String, mood: Mood = .plain) {
            self.bytes = bytes
            self.caption = caption
            self.mood = mood
        }

        var mimeType: String { bytes.starts(with: [0xFF, 0xD8]) ? "image/jpeg" : "image/png" }
    }

    public let items: [Item]
    /// The width of each picture on the page, in pixels.
    public let width: Int
    public let title: String
    /// Whether enlarged pixels stay sharp: for filters and feature maps.
    public let isPixelated: Bool

    /// More bytes than this are not put into a notebook.
    static let byteLimit = 8 << 20

    public init(_ items: [Item], width: Int = 128, title: String = "", pixelated: Bool = false) {
        self.items = items
        self.width = width
        self.title = title
        isPixelated = pixelated
    }

    private var shown: (items: ArraySlice<Item>, hidden: Int) {
        var total = 0
        var count = 0
        for item in items {
            total += item.bytes.count
            if total > Self.byteLimit { break }
            count += 1
        }
        return (items[..<count], items.count - count)
    }

    public var plain: String {
        let (items, hidden) = shown
        let sign: (Mood) -> String = { $0 == .good ? "✓ " : $0 == .bad ? "✗ " : "" }
        var lines = title.isEmpty ? [] : [title]
        lines += items.enumerated().map { "[picture \($0.offset + 1)] \(sign($0.element.mood))\($0.element.caption)" }
        if hidden > 0 { lines.append("… \(hidden) more pictures: too many bytes for one page") }
        return lines.joined(separator: "\n")
    }

    public var html: HTML {
        let (items, hidden) = shown
        let style = isPixelated ? ";image-rendering:pixelated" : ""
        let pictures = items.map { item -> HTML in
            let color = item.mood == .plain ? "" : ";color:\(item.mood.color)"
            let picture = HTML(
                markup: "<img width=\"\(width)\" src=\"data:\(item.mimeType);base64,\(Base64.encode(item.bytes))\" alt=\"\(HTML.escape(item.caption))\" style=\"display:block;max-width:none\(style)\"/>")
            return
                "<figure style=\"margin:0;width:\(HTML(markup: String(width)))px\">\(picture)<figcaption style=\"font-size:11px;line-height:1.3;overflow-wrap:anywhere\(HTML(markup: color))\">\(item.caption)</figcaption></figure>"
        }
        let heading: HTML = title.isEmpty ? "" : "<div style=\"font-weight:bold;margin:4px 0\">\(title)</div>"
        let rest: HTML = hidden > 0 ? "<div>… \(hidden) more pictures: too many bytes for one page</div>" : ""
        return "\(heading)<div style=\"display:flex;flex-wrap:wrap;gap:8px\">\(pictures.joined())</div>\(rest)"
    }

    public var bundle: MIMEBundle {
        let bundle = MIMEBundle(plain: plain, html: html.markup)
        guard items.count == 1, let item = shown.items.first else { return bundle }
        return bundle.adding(.bytes(item.bytes), as: item.mimeType)
    }
}

/// RFC 4648.
enum Base64 {
    private static let digits = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".utf8)

    static func encode(_ bytes: [UInt8]) -> String {
        var result: [UInt8] = []
        result.reserveCapacity((bytes.count + 2) / 3 * 4)
        var index = 0
        while index < bytes.count {
            let a = bytes[index]
            let b = index + 1 < bytes.count ? bytes[index + 1] : 0
            let c = index + 2 < bytes.count ? bytes[index + 2] : 0
            result.append(digits[Int(a >> 2)])
            result.append(digits[Int((a & 3) << 4 | b >> 4)])
            result.append(index + 1 < bytes.count ? digits[Int((b & 15) << 2 | c >> 6)] : UInt8(ascii: "="))
            result.append(index + 2 < bytes.count ? digits[Int(c & 63)] : UInt8(ascii: "="))
            index += 3
        }
        return String(decoding: result, as: UTF8.self)
    }
}
