import CommandLanguage
import Presentation

/// `history`
enum CellHistory: Verb {
    static let declaration = VerbDeclaration(
        "history", group: "session", "Lists the cells that were run.",
        discussion: "`show history` shows the trainer's epochs instead.",
        parameters: [
            .option("n", .positive, default: .integer(30), "how many of the last ones"),
            .option("search", .text, "only cells that contain this text"),
        ],
        examples: ["history", "history n=5", "history search=\"train\""])

    static func run(_ call: BoundCall, in session: Session) throws {
        var cells = Array(session.cells.enumerated())
        if let wanted = call.optionalText("search")?.lowercased() {
            cells = cells.filter { $0.element.lowercased().contains(wanted) }
        }
        guard !cells.isEmpty else {
            return session.say(.info, call.isGiven("search") ? "No cell contains that." : "This is the first cell.")
        }
        let shown = cells.suffix(try call.integer("n"))
        let width = String(shown.last.map { $0.offset + 1 } ?? 0).count
        let text = shown.map { index, cell in
            let number = String(index + 1)
            let margin = String(repeating: " ", count: width + 4)
            let lines = cell.split(separator: "\n", omittingEmptySubsequences: false).enumerated().map {
                $0.offset == 0 ? String($0.element) : margin + $0.element
            }
            return "[\(String(repeating: " ", count: width - number.count))\(number)] " + lines.joined(separator: "\n")
        }.joined(separator: "\n")
        let hidden = cells.count - shown.count
        let rest = hidden > 0 ? "… \(Format.counted(hidden, "cell")) before: `history n=\(cells.count)`\n" : ""
        let html: HTML = "<pre>\(rest)\(text)</pre>"
        session.output.result(MIMEBundle(plain: rest + text, html: html.markup))
    }
}
