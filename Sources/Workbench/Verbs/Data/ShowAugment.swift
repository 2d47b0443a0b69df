import CommandLanguage
import Imaging
import Learning
import Presentation

/// `show augment bees.train[3] n=12`
enum ShowAugment: Verb {
    static let declaration = VerbDeclaration(
        "show augment", group: "look", "Shows what augmentation makes of one picture.",
        discussion: "The picture as it is, then as the training will see it in epoch 1, 2, 3, … with the session's seed.",
        parameters: [
            .positional("picture", .path(["dataset", "part"]), defaultText: "the first training picture", "which: `bees.train[3]`"),
            .option("n", .integer(1...64), default: .integer(12), "how many draws"),
            .option("seed", .count, defaultText: "the session's seed", "decides the draws"),
        ], aliases: ["show augmentation"], 
        examples: ["bees.train.transform = [RandomResizedCrop(64), RandomHorizontalFlip, ToTensor]; show augment bees.train[3] n=4"], setup: "data")

    static func run(_ call: BoundCall, in session: Session) throws {
        let (name, part, indices) = try session.pictures(call.optionalPath("picture"), for: "show augment")
        guard let index = indices?.first ?? part.indices.first else { throw LearningError.emptySplit(part.split, have: part.dataset.splits) }
        guard let found = session.pipeline(of: part) else {
            throw call.error(
                .state, "\(name).\(part.split.rawValue) has no transform yet, and there is no network that brings one.",
                hint: "`\(name).train.transform = [RandomResizedCrop(224), RandomHorizontalFlip, ToTensor, Normalize(imagenet)]`")
        }
        let seed = call.optionalInteger("seed").map { UInt64($0) } ?? session.state.trainer.settings.seed
        let count = found.pipeline.isRandom ? try call.integer("n") : 1
        let width = session.state.display.pictureWidth
        let source = part.source(under: found.pipeline)
        let original = try part.image(at: index)
        var items = [try original.boxed(side: width).item("as it is, \(original.size)", mood: .muted, width: width)]
        for epoch in 1...count {
            try session.checkInterruption()
            let image = try source.seen(at: index, epoch: epoch, seed: seed)
            items.append(try image.item(found.pipeline.isRandom ? "epoch \(epoch)" : "prepared, \(image.size)", width: width))
        }
        let sample = SampleObject(part.dataset, part.split, index)
        var report = Report([.images(ImageGrid(items, width: width, title: "\(name).\(part.split.rawValue)[\(index)], \(sample.label)"))])
        report.append(.text("Through \(found.origin): \(found.pipeline.cell)"))
        if !found.pipeline.isRandom { report.append(.notice(Notice(.info, ["nothing in it is random: every epoch sees the same picture"]))) }
        session.output.result(report.bundle)
    }
}
