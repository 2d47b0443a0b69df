import CommandLanguage
import Presentation

/// `names`
enum Names: Verb {
    static let declaration = VerbDeclaration(
        "names", group: "look", "Lists the names of the session with what they stand for.", examples: ["names"], setup: "net")

    static func run(_ call: BoundCall, in session: Session) throws { session.output.result(session.namesTable.bundle) }
}

extension Session {
    /// Every name with its kind and what it is, those that are always there last.
    var namesTable: Table {
        var rows = state.order.compactMap { name in state.values[name].map { Self.row(name, $0) } }
        rows.append(Self.row("trainer", .object(TrainerObject(state))))
        if let classes = value(named: "classes"), let data = currentDataset {
            rows.append(["classes", "number", Table.Cell("\(classes.source), of \(data.name)")])
        }
        return Table([.init("name"), .init("kind"), .init("")], rows: rows, limit: state.display.rows)
    }

    private static func row(_ name: String, _ value: Value) -> [Table.Cell] {
        let kind =
            switch value {
            case .object(let object): object.kind
            case .none: "none"
            case .bool: "bool"
            case .integer, .number, .percentage: "number"
            case .text: "text"
            case .range: "range"
            case .size: "size"
            case .list: "list"
            case .map: "map"
            case .path: "path"
            }
        return [Table.Cell(name, strong: true), Table.Cell(kind), Table.Cell(shortened(value.source))]
    }

    /// One line of at most 120 characters.
    static func shortened(_ text: String, limit: Int = 120) -> String {
        let line = text.replacing("\n", with: " ")
        return line.count > limit ? line.prefix(limit - 1) + "…" : line
    }
}
