import CommandLanguage
import Learning
import NeuralNetworks
import Presentation

/// `show graph net`: how data flows through a network.
enum ShowGraph: Verb {
    static let declaration = VerbDeclaration(
        "show graph", group: "look", "Draws how data flows through a network or a part of it.",
        discussion: "Orange parts train, blue ones are frozen, grey ones have no weights. `depth=2` opens each part one level further.",
        parameters: [
            .positional("what", .path(["network"]), defaultText: "the network in use", "a network or a part of one"),
            .option("depth", .integer(1...6), default: .integer(1), "how far parts are opened"),
        ], examples: ["show graph net", "show graph net.layer2 depth=2"], setup: "net")

    /// More boxes than these are no drawing any more.
    private static let limit = 250

    static func run(_ call: BoundCall, in session: Session) throws {
        let path = call.optionalPath("what")
        let (name, network) = try session.network(path, for: "show graph")
        var prefix = ""
        if let path, !path.steps.isEmpty {
            guard case .part(let inner) = try network.place(path) else { throw Diagnostic(.type, "`\(path)` is not a part of \(name).", at: path.span) }
            prefix = inner
        }
        let drawing = NetworkDrawing(
            try network.model.graph(), module: network.model.module, prefix: prefix, depth: try call.integer("depth"), plan: network.model.freeze)
        guard drawing.boxes.count <= limit else {
            throw call.error(.value, at: "depth", "That would be \(drawing.boxes.count) boxes.", hint: "Draw a part of it: `show graph \(name).\(network.members(at: []).first?.name ?? "layer1") depth=2`.")
        }
        session.output.result(
            MIMEBundle(plain: drawing.plain, html: HTML.drawing(svg: drawing.svg, description: "network graph").markup, svg: drawing.svg))
    }
}
