/// Diagnostics in notebooks: the same lines as in a terminal, with colours that suit light and dark themes.
extension Diagnostic {
    /// The diagnostic as HTML. Everything that came from the cell is escaped.
    public func html(in source: SourceText) -> String {
        var parts = [
            "<div class=\"thaw-diagnostic\"><div><b style=\"color:var(--jp-error-color1,#c62828)\">\(Markup.escaped(kind.rawValue))</b>: \(Markup.text(message))</div>"
        ]
        if let marked = marked(in: source) {
            parts.append(
                "<pre style=\"margin:0.3em 0 0.3em 1em\"><span style=\"opacity:0.6\">\(marked.number) | </span>\(Markup.escaped(marked.before))<span style=\"color:var(--jp-error-color1,#c62828);text-decoration:underline wavy\">\(Markup.escaped(marked.place))</span>\(Markup.escaped(marked.after))</pre>"
            )
        }
        if let advice { parts.append("<div>\(Markup.text(advice))</div>") }
        if let hint { parts.append("<div>\(Markup.text(hint))</div>") }
        return parts.joined() + "</div>"
    }
}
