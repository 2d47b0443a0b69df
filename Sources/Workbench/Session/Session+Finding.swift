import CommandLanguage
import Learning

/// What verbs ask for by a path, with errors that name the thing.
extension Session {
    /// The network at the root of a path, or the one in use.
    func network(_ path: Path?, for verb: String) throws -> (name: String, network: NetworkObject) {
        guard let path else {
            if let current = currentNetwork { return current }
            throw Diagnostic(
                .state, "\(verb) needs a network, and the session has none yet.", hint: "Make one: `net = resnet18(weights=imagenet)`.")
        }
        if let network = object(named: path.root) as? NetworkObject { return (path.root, network) }
        guard let value = value(named: path.root) else { throw unknown(path, among: NetworkObject.self, "network") }
        throw Diagnostic(
            .type, "\(verb) needs a network, and `\(path.root)` is \(value.described).", at: path.span,
            suggestions: names(of: NetworkObject.self))
    }

    /// The data set at the root of a path, or the one in use. A loader's data set counts.
    func dataset(_ path: Path?, for verb: String) throws -> (name: String, dataset: Dataset) {
        guard let path else {
            if let current = currentDataset { return (current.name, current.dataset.dataset) }
            throw Diagnostic(
                .state, "\(verb) needs data, and the session has none yet.", hint: "Get some: `data = ImageFolder(\"folder\")`.")
        }
        switch object(named: path.root) {
        case let object as DatasetObject: return (path.root, object.dataset)
        case let object as LoaderObject: return (path.root, object.dataset)
        default: break
        }
        guard let value = value(named: path.root) else { throw unknown(path, among: DatasetObject.self, "dataset") }
        throw Diagnostic(
            .type, "\(verb) needs a dataset, and `\(path.root)` is \(value.described).", at: path.span, suggestions: names(of: DatasetObject.self))
    }

    /// The part of a data set that a path names: `bees.val`, `bees.train[3]`; `bees` alone stands for `otherwise`.
    func part(_ path: Path?, for verb: String, otherwise: Split = .train) throws -> (name: String, part: DatasetPart, indices: [Int]?) {
        let (name, dataset) = try dataset(path, for: verb)
        guard let path, !path.steps.isEmpty else { return (name, dataset[otherwise], nil) }
        let object = DatasetObject(dataset)
        guard let first = path.segments.first, let split = Split(folderName: first) else { throw object.noPart(path) }
        let part = dataset[split]
        guard path.steps.count > 1 else { return (name, part, nil) }
        return (name, part, try object.indices(of: part, path))
    }

    /// Names that stand for objects of a kind, the newest first.
    func names<Object>(of type: Object.Type) -> [String] { state.order.reversed().filter { object(named: $0) is Object } }

    private func unknown<Object>(_ path: Path, among type: Object.Type, _ noun: String) -> Diagnostic {
        let fitting = names(of: type)
        let near = Spelling.nearest(to: path.root, among: fitting)
        return Diagnostic(
            .unknownName, "Nothing here is called `\(path.root)`.", at: path.span,
            hint: near.isEmpty ? (fitting.isEmpty ? "The session has no \(noun) yet." : "Its \(noun)s: \(Self.listed(fitting)).") : nil, suggestions: near)
    }
}
