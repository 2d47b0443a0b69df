import CommandLanguage
import Learning
import Presentation

/// `quarantine bees`
enum QuarantineVerb: Verb {
    static let declaration = VerbDeclaration(
        "quarantine", group: "data", "Puts pictures aside: they stay on disk and out of the dataset, from now on.",
        discussion: """
            `quarantine bees` puts aside what `check bees` found: files that can't be used, and spare copies. `quarantine bees.train[3]` and \
            `quarantine "train/ants/blurred.jpg"` put single ones aside. The list is a text file in the dataset's folder \
            (`.thaw-quarantine`), a path a line; `restore` takes pictures off it again.
            """,
        parameters: [
            .required("pictures", .list(.oneOf([.path(["dataset"]), .file()])), "a dataset, pictures of one, or files"),
            .connected("of", "data", .path(["dataset"]), defaultText: "the dataset in use", "whose files they are"),
            .flag("restore", "takes the pictures off the list; of a whole dataset, all of them"),
        ], examples: ["quarantine bees.train[0] bees.train[2..4]", "check bees; quarantine bees"], setup: "data")

    static func run(_ call: BoundCall, in session: Session) throws {
        let values = call.list("pictures")
        let (name, object) = try session.changeableDataset(try root(of: values, call, session), for: "quarantine")
        if call.flag("restore") { return try restore(values, name, object, call, session) }
        var files: [String] = []
        for value in values {
            switch value {
            case .path(let path) where path.steps.isEmpty: files += try suggested(object, name, call, session)
            case .path(let path):
                let place = try DatasetPlace(object.dataset, path, of: object)
                guard place.property == nil else { throw object.noPart(path) }
                files += place.samples.map(\.sample.path)
            case .text(let text):
                let positions = object.dataset.positions(ofFile: text)
                guard !positions.isEmpty else {
                    throw call.error(.file, at: "pictures", "\(name) has no picture \(Value.text(text).source).", hint: "Give its path below \(object.dataset.root).")
                }
                files += positions.map { object.dataset.samples[$0].path }
            default: break
            }
        }
        var seen = Set<String>()
        files = files.filter { seen.insert($0).inserted }
        guard !files.isEmpty else { return session.say(.info, lines: ["\(name): there is nothing to put aside"]) }
        guard files.count < object.dataset.count else { throw call.error(.value, "That would put every picture of \(name) aside.") }
        let changed = try object.dataset.quarantining(files)
        session.put(DatasetObject(changed), as: name)
        let names = files.prefix(3).map { changed.relativePath($0) }.joined(separator: ", ") + (files.count > 3 ? ", …" : "")
        session.say(
            .done, "\(name): \(Format.counted(files.count, "picture")) put aside (\(names)); left: \(DatasetObject(changed).summary)",
            "remembered in \(Quarantine(root: changed.root).path); `quarantine \(name) restore` takes them back")
    }

    /// The path of the data set that the pictures belong to.
    private static func root(of values: [Value], _ call: BoundCall, _ session: Session) throws -> Path? {
        let roots = values.compactMap { if case .path(let path) = $0 { Path(path.root, span: path.span) } else { nil } }
        guard Set(roots.map(\.root)).count <= 1 else {
            throw call.error(.value, at: "pictures", "Pictures of one dataset at a time, please: \(Session.listed(roots.map(\.root))).")
        }
        return roots.first ?? call.optionalPath("data")
    }

    private static func suggested(_ object: DatasetObject, _ name: String, _ call: BoundCall, _ session: Session) throws -> [String] {
        guard let check = object.check else {
            throw call.error(.state, at: "pictures", "\(name) has not been checked yet, so nothing is known against its pictures.", hint: "`check \(name)` first.")
        }
        return check.suggestedQuarantine
    }

    private static func restore(_ values: [Value], _ name: String, _ object: DatasetObject, _ call: BoundCall, _ session: Session) throws {
        var list = Quarantine(root: object.dataset.root)
        let wanted = values.compactMap(\.text)
        let before = list.paths
        let freed = wanted.isEmpty ? before : before.filter { path in wanted.contains { $0 == path || path.hasSuffix("/" + $0) || $0.hasSuffix("/" + path) } }
        guard !freed.isEmpty else {
            throw call.error(
                .value, at: "pictures", before.isEmpty ? "Nothing of \(name) is put aside." : "None of these is put aside.",
                hint: before.isEmpty ? nil : "Put aside: \(Session.listed(before)).")
        }
        try list.remove(freed)
        let (changed, back) = object.dataset.readmitting(freed)
        session.put(DatasetObject(changed), as: name)
        session.say(.done, "\(name): \(Format.counted(freed.count, "file")) off the list, \(Format.counted(back, "picture")) back; now \(DatasetObject(changed).summary)")
        if back < freed.count {
            session.say(.info, "the others come back when the folder is opened again: `\(name) = ImageFolder(\(Value.text(object.dataset.root).source))`")
        }
    }
}
