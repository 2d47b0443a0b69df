import CommandLanguage
import Learning
import Presentation

/// `compute normalisation bees`
enum ComputeNormalisation: Verb {
    static let declaration = VerbDeclaration(
        "compute normalisation", group: "data", "Measures mean and standard deviation of the training pictures, channel by channel.",
        discussion: """
            For pictures that are unlike photographs, and networks that begin from random weights. Pretrained weights want the figures \
            that they were trained with. `Normalize(bees)` uses what was measured.
            """,
        parameters: [.positional("data", .path(["dataset", "loader", "part"]), defaultText: "the dataset in use", "whose pictures")],
        aliases: ["compute normalization", "compute statistics"], examples: ["compute normalisation bees"], setup: "data")

    static func run(_ call: BoundCall, in session: Session) throws {
        let path = call.optionalPath("data")
        let (name, part, indices) = try session.pictures(path, for: "compute normalisation")
        let chosen = try indices.map { try part.dataset.subset(part.split, at: $0)[part.split] } ?? part
        let found = try session.statistics(of: chosen, name: name)
        if var object = session.object(named: name) as? DatasetObject, indices == nil, part.split == .train {
            object.statistics = found
            session.note { $0.values[name] = .object(object) }
        }
        func list(_ values: [Double]) -> String { "[" + values.map { Format.fixed($0, 4) }.joined(separator: ", ") + "]" }
        let channels = found.mean.count == 3 ? ["red", "green", "blue"] : ["grey"]
        var table = Table(
            [Table.Column("channel"), Table.Column("mean", .right), Table.Column("deviation", .right), Table.Column("ImageNet's mean", .right), Table.Column("deviation", .right)],
            caption: "\(Format.counted(found.pictures, "\(part.split.rawValue) picture")) of \(name), values from 0 to 1")
        let usual = (mean: [0.485, 0.456, 0.406], deviation: [0.229, 0.224, 0.225])
        table.rows = channels.indices.map { channel in
            [
                Table.Cell(channels[channel]), Table.Cell(Format.fixed(found.mean[channel], 4), strong: true),
                Table.Cell(Format.fixed(found.standardDeviation[channel], 4), strong: true),
            ]
                + (channels.count == 3 ? [Table.Cell(Format.fixed(usual.mean[channel], 3), mood: .muted), Table.Cell(Format.fixed(usual.deviation[channel], 3), mood: .muted)] : [])
        }
        var report = Report([
            .table(table), .text("Normalize(\(list(found.mean)), \(list(found.standardDeviation)))" + (indices == nil && part.split == .train ? ", or Normalize(\(name))" : "")),
        ])
        if !found.failures.isEmpty {
            report.append(.notice(Notice(.warning, ["\(Format.counted(found.failures.count, "picture")) can't be read and \(found.failures.count == 1 ? "is" : "are") not in these figures"])))
        }
        session.output.result(report.bundle)
    }
}
