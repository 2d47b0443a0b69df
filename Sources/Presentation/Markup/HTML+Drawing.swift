extension HTML {
    /// What a drawing's `style` says to take the colour of the page that it is a part of.
    public static let colorOfPage = "color:var(--jp-ui-font-color1, currentColor)"

    /// An SVG document as a picture in a page.
    ///
    /// Not as a part of the page's markup: where a notebook isn't trusted (JupyterLab shows one that somebody else has run, a code host any), `<svg>` is
    /// cut out, and the words that stood in it are left. A picture knows nothing of the page's colours, so what would take them
    /// (``colorOfPage``) becomes a grey that can be read on light and on dark pages. It has no contrast to spare, so words are
    /// as strong as they can be.
    public static func drawing(svg: String, description: String) -> HTML {
        let picture = Base64.encode(Array(withSolidWords(svg.replacing(colorOfPage, with: "color:#757575")).utf8))
        return "<img src=\"data:image/svg+xml;base64,\(HTML(markup: picture))\" alt=\"\(description)\" style=\"max-width:100%\"/>"
    }

    /// A drawing whose texts have no `fill-opacity`.
    private static func withSolidWords(_ svg: String) -> String {
        let pieces = svg.split(separator: "<text ", omittingEmptySubsequences: false)
        return pieces.enumerated().map { index, piece -> String in
            // What stands before the first text is none.
            guard index > 0, let end = piece.firstIndex(of: ">"), let start = piece[..<end].firstRange(of: " fill-opacity=\""),
                let quote = piece[start.upperBound..<end].firstIndex(of: "\"")
            else { return String(piece) }
            return String(piece[..<start.lowerBound] + piece[piece.index(after: quote)...])
        }.joined(separator: "<text ")
    }
}
