import CommandLanguage
import Learning
import NeuralNetworks
import Presentation

/// `params net trainable`: the parameters of a network.
enum Params: Verb {
    static let declaration = VerbDeclaration(
        "params", group: "look", "Lists parameters with shapes, rates and statistics.",
        discussion: "`params net trainable` begins with the line that transfer-learning notes print: \"Params to learn\".",
        parameters: [
            .positional("what", .path(["network"]), defaultText: "the network in use", "a network or a part of one"),
            .flag("trainable", "only those that train"), .flag("frozen", "only those that don't"), .flag("buffers", "BatchNorm's statistics too"),
        ], aliases: ["parameters"], examples: ["params net trainable", "params net.layer4 frozen", "params net.**.conv1"], setup: "net")

    static func run(_ call: BoundCall, in session: Session) throws {
        guard !(call.flag("trainable") && call.flag("frozen")) else {
            throw call.error(
                .value, at: "frozen", "`trainable` and `frozen` exclude each other: nothing is both.", hint: "Without either, params lists all of them.")
        }
        let path = call.optionalPath("what")
        let (name, network) = try session.network(path, for: "params")
        let model = network.model
        var names = call.flag("buffers") ? model.parameters.names : model.parameters.parameterNames
        if let path {
            switch try network.place(path) {
            case .whole: break
            case .part(let inner): names = names.filter { $0.hasPrefix(inner + ".") }
            case .tensor(let one, _): names = [one]
            case .pattern(let pattern, _, _): names = pattern.filter(names)
            case .property: throw Diagnostic(.type, "`\(path)` has no parameters.", at: path.span)
            }
        }
        let isBuffer: (String) -> Bool = { model.parameters.entry($0)?.role == .buffer }
        if call.flag("trainable") { names = names.filter { !isBuffer($0) && model.freeze.trains($0) } }
        if call.flag("frozen") { names = names.filter { !isBuffer($0) && !model.freeze.trains($0) } }
        let place = path.map(\.description) ?? name
        guard !names.isEmpty else {
            let which = call.flag("trainable") ? "Nothing in \(place) trains." : call.flag("frozen") ? "Nothing in \(place) is frozen." : "\(place) has no parameters."
            session.output.show(Notice(.info, [which]).bundle)
            return
        }
        var report = Report()
        if call.flag("trainable") { report.append(.text("Params to learn: \(Session.listed(names, limit: 24))")) }
        report.append(.table(ParameterTable(model, names: names, rates: network.rates(in: session), limit: session.state.display.rows).table))
        session.output.show(report.bundle)
    }
}
