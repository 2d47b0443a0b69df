import CommandLanguage
import Imaging
import Learning
import Presentation

/// `show batch bees.train n=8`
enum ShowBatch: Verb {
    static let declaration = VerbDeclaration(
        "show batch", group: "look", "Shows pictures as the network will see them.",
        discussion: """
            A batch of the part's pictures goes through its transform, as it would in the given epoch of a training with the session's seed; \
            normalisation is undone, so that they can be looked at. Without a transform of its own, the part takes the preparation that \
            the network in use wants.
            """,
        parameters: [
            .positional("data", .path(["dataset", "loader", "part"]), defaultText: "the training pictures in use", "whose pictures: `bees.train`, `bees.val[\"ants\"]`"),
            .option("n", .integer(1...64), defaultText: "8, or the loader's batch size", "how many"),
            .option("epoch", .positive, default: .integer(1), "which epoch's draws"),
            .option("seed", .count, defaultText: "the session's seed", "decides order and draws"),
        ], examples: ["show batch bees.train n=4", "show batch bees.val"], setup: "data")

    static func run(_ call: BoundCall, in session: Session) throws {
        let path = call.optionalPath("data")
        let (name, part, indices) = try session.pictures(path, for: "show batch")
        guard part.count > 0, indices?.isEmpty != true else { throw LearningError.emptySplit(part.split, have: part.dataset.splits) }
        let loader = session.object(named: name) as? LoaderObject
        let count = call.optionalInteger("n") ?? min(loader?.options.batchSize ?? 8, 64)
        let seed = call.optionalInteger("seed").map { UInt64($0) } ?? session.state.trainer.settings.seed
        let epoch = try call.integer("epoch")
        let chosen: [Int]
        if let indices {
            chosen = Array(indices.prefix(count))
        } else {
            let shuffles = part.split == .train && loader?.options.shuffles ?? session.state.trainer.settings.shuffles
            let order = EpochOrder(count: part.count, batchSize: count, shuffles: shuffles, seed: seed)
            chosen = order.batches(epoch: epoch).first ?? []
        }
        let found = session.pipeline(of: part)
        let source = part.source(under: found?.pipeline ?? .empty)
        let width = session.state.display.pictureWidth
        var items: [ImageGrid.Item] = []
        var failures: [String] = []
        for index in chosen {
            try session.checkInterruption()
            let sample = part[index]
            do {
                let image = try source.seen(at: index, epoch: epoch, seed: seed)
                let shown = found == nil ? image.boxed(side: width) : image
                items.append(try shown.item("[\(index)] \(part.classes[sample.label])", width: width))
            } catch let error as LearningError {
                failures.append(error.description)
            }
        }
        var report = Report([
            .images(ImageGrid(items, width: width, title: "\(name).\(part.split.rawValue): \(Format.counted(items.count, "picture"))", pixelated: found?.pipeline.fixedSize.map { $0.width < width } ?? false))
        ])
        report.append(.text(Self.explanation(found, part)))
        if !failures.isEmpty { report.append(.notice(Notice(.warning, failures))) }
        if let notice = session.agreementNotice(part.dataset, [part.split]) { report.append(.notice(notice)) }
        session.output.result(report.bundle)
    }

    private static func explanation(_ found: (pipeline: TransformPipeline, origin: String)?, _ part: DatasetPart) -> String {
        guard let found else { return "There is no transform and no network yet: these are the pictures as they are." }
        let size = found.pipeline.fixedSize.map { ", \($0)" } ?? ""
        return "Through \(found.origin): \(found.pipeline.cell)\(size)\(found.pipeline.normalization == nil ? "" : ", normalisation undone")."
    }
}
