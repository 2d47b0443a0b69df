import CommandLanguage
import Learning
import Presentation

/// `relabel bees.train[3] as "bees"`
enum Relabel: Verb {
    static let declaration = VerbDeclaration(
        "relabel", group: "data", "Gives pictures another class, and remembers it.",
        discussion: """
            For labels that are wrong: `show mistakes` shows where to look. Files are not moved; the correction is kept in the dataset's \
            folder (`.thaw-labels.csv`) and obeyed whenever it is opened. `store=false` leaves that out.
            """,
        parameters: [
            .required("pictures", .list(.path(["dataset"])), "which pictures"),
            .connected("as", "label", .className, isRequired: true, "the right class"),
            .option("store", .bool, default: .bool(true), "remembers the correction in the folder"),
        ], examples: ["relabel bees.train[0] as \"fruit\""], setup: "data")

    static func run(_ call: BoundCall, in session: Session) throws {
        let paths = call.list("pictures").compactMap { if case .path(let path) = $0 { path } else { nil } }
        let (name, object) = try session.changeableDataset(paths.first, for: "relabel")
        let label = try call.text("label")
        var samples: [Sample] = []
        for path in paths {
            guard path.root == name else { throw call.error(.value, at: "pictures", "Pictures of one dataset at a time, please.") }
            let place = try DatasetPlace(object.dataset, path, of: object)
            guard place.split != nil, place.property == nil else {
                throw call.error(.unknownPath, at: "pictures", "relabel wants pictures such as `\(name).train[3]`, not `\(path)`.")
            }
            samples += place.samples.map(\.sample)
        }
        var changed = object
        changed.dataset = try object.dataset.relabelling(samples.map(\.path), as: label)
        (changed.check, changed.statistics) = (nil, nil)
        let moved = samples.filter { object.dataset.classes[$0.label] != label }
        var lines = moved.count == 1
            ? ["\(object.dataset.relativePath(moved[0].path)): \(object.dataset.classes[moved[0].label]) → \(label)"]
            : ["\(Format.counted(moved.count, "picture")) of \(name) now \(moved.count == 1 ? "is" : "are") \(label)"]
        if call.flag("store"), !moved.isEmpty { lines.append("remembered in \(try changed.dataset.storeLabels(of: moved.map(\.path)))") }
        session.put(changed, as: name)
        session.say(.done, lines: lines)
    }
}
