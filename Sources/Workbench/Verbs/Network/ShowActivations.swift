import CommandLanguage
import Learning
import NeuralNetworks
import Presentation

/// `show activations net on bees.val`: whether units speak at all.
enum ShowActivations: Verb {
    static let declaration = VerbDeclaration(
        "show activations", group: "look", "Shows statistics of activations over pictures: means, zeros, dead units.",
        discussion: "A unit is dead if it is never above zero in any of the pictures: nothing behind it can learn from it. Without a part, every activation function of "
            + "the network is shown in the order in which they run.",
        parameters: [
            .positional("what", .path(["network"]), defaultText: "the network in use", "a network, or parts of one"),
            .connected("on", "data", .path(["dataset", "part"]), defaultText: "the validation pictures in use", "the pictures"),
            .option("n", .integer(1...100_000), default: .integer(32), "how many pictures"),
        ], examples: ["show activations net on bees.val n=4", "show activations net.layer4 on bees n=4"], setup: "net")

    static func run(_ call: BoundCall, in session: Session) throws {
        let path = call.optionalPath("what")
        let (name, network) = try session.network(path, for: "show activations")
        let (dataName, part, indices) = try session.pictures(call.optionalPath("data"), for: "show activations", otherwise: .val)
        let files = try (indices ?? Array(part.indices)).prefix(try call.integer("n")).map { try part.sample(at: $0).path }
        let paths = try self.paths(path, network)
        let source = PictureSource(paths: files, model: network.model)
        let found = try session.withProgress("activations of \(name)", count: files.count) { progress in
            try network.model.activationStatistics(
                of: source, paths: paths, count: files.count, options: session.state.trainer.options, progress: progress,
                isInterrupted: session.interruptionCheck)
        }
        guard !found.isEmpty else { throw call.error(.state, "\(path.map(\.description) ?? name) has no activation functions to look at.") }
        session.output.result(report(found, "\(name) on \(Format.counted(files.count, "picture")) of \(dataName)", rows: session.state.display.rows).bundle)
    }

    /// `nil`: every activation function of the network.
    private static func paths(_ path: Path?, _ network: NetworkObject) throws -> [String]? {
        guard let path, !path.steps.isEmpty else { return nil }
        switch try network.place(path) {
        case .part(let inner):
            let inside = network.model.module.namedLayers.filter { item in
                guard item.path.hasPrefix(inner + ".") else { return false }
                if case .activation = item.layer { return true }
                return false
            }.map(\.path)
            return inside.isEmpty ? [inner] : inside + [inner]
        case .pattern(_, _, let parts) where !parts.isEmpty: return parts
        default: throw Diagnostic(.type, "`\(path)` is not a layer.", at: path.span)
        }
    }

    private static func report(_ found: [ActivationStatistics], _ title: String, rows: Int) -> Report {
        var table = Table(
            [
                .init("layer"), .init("kind"), .init("result"), .init("mean", .right), .init("std", .right), .init("largest", .right), .init("zeros"),
                .init("dead units", .right),
            ], caption: "activations of \(title)", limit: rows)
        for item in found {
            let share = Double(item.dead.count) / Double(max(item.channels, 1))
            table.rows.append([
                .init(item.path), .init(item.kind), .init(item.shape.map(String.init).joined(separator: "×")), .init(Format.significant(item.mean, 3)),
                .init(Format.significant(item.deviation, 3)), .init(Format.significant(item.high, 3)), .init(Format.percent(item.zeros, digits: 0), bar: item.zeros),
                .init(item.dead.isEmpty ? "0" : "\(item.dead.count) of \(item.channels)", mood: share > 0.4 ? .bad : share > 0.1 ? .warning : .plain),
            ])
        }
        var report = Report([.table(table)])
        let dead = found.filter { !$0.dead.isEmpty }
        if let worst = dead.max(by: { $0.dead.count * $1.channels < $1.dead.count * $0.channels }) {
            report.append(.text("dead in \(worst.path): \(Session.listed(worst.dead.map(String.init), limit: 16))"))
        }
        if found.count > 2 {
            let series = [
                Chart.Series("mean", found.enumerated().map { (Double($0.offset + 1), $0.element.mean) }),
                Chart.Series("std", found.enumerated().map { (Double($0.offset + 1), $0.element.deviation) }, dashed: true),
            ]
            report.append(.chart(Chart(.lines(series), title: "along the network", x: "layer, in the order of work", width: 560)))
        }
        return report
    }
}
