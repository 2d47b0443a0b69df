import CommandLanguage
import Learning
import Presentation

/// `split bees val=20% test=10%`
enum SplitVerb: Verb {
    static let declaration = VerbDeclaration(
        "split", group: "data", "Sets parts of each class apart for validation and testing, and remembers them.",
        discussion: """
            Every class gives the same share. Which pictures go is decided by the seed and each file's name, so the same seed gives the \
            same parts on every machine. The split is stored in the dataset's folder (`.thaw-split.csv`) and is used whenever the folder is \
            opened without `split=`; `store=false` leaves that out. Parts that lie in folders of their own are mixed and set apart afresh.
            """,
        parameters: [
            .positional("data", .path(["dataset"]), defaultText: "the dataset in use", "which dataset"),
            .option("val", .fraction, default: .number(0.2), "the share for validation", aliases: ["valid"]),
            .option("test", .fraction, default: .number(0), "the share for a last test"),
            .option("seed", .count, defaultText: "the session's seed", "decides which pictures go"),
            .option("store", .bool, default: .bool(true), "remembers the split in the folder"),
        ], examples: ["split bees val=25% test=10% seed=1"], setup: "data")

    static func run(_ call: BoundCall, in session: Session) throws {
        let (name, object) = try session.changeableDataset(call.optionalPath("data"), for: "split")
        let seed = call.optionalInteger("seed").map { UInt64($0) } ?? session.state.trainer.settings.seed
        var changed = DatasetObject(try object.dataset.resplit(SplitShares(val: try call.number("val"), test: try call.number("test")), seed: seed))
        changed.dataset.transforms = object.dataset.transforms
        var lines = ["\(name): \(changed.summary) (seed \(seed))"]
        if call.flag("store") { lines.append("stored in \(try changed.dataset.storeSplit())") }
        session.put(changed, as: name)
        session.say(.done, lines: lines)
        session.say(.warning, lines: changed.dataset.warningLines)
    }
}
