import CommandLanguage
import Learning
import NeuralNetworks

/// What verbs ask for by a path, with errors that name the thing.
extension Session {
    /// The network at the root of a path, or the one in use.
    func network(_ path: Path?, for verb: String) throws -> (name: String, network: NetworkObject) {
        guard let path else {
            if let current = currentNetwork {
                meantNetwork = current.name
                return current
            }
            throw Diagnostic(
                .state, "\(verb) needs a network, and the session has none yet.", hint: "Make one: `net = resnet18(weights=imagenet)`.")
        }
        if let network = object(named: path.root) as? NetworkObject {
            meantNetwork = path.root
            return (path.root, network)
        }
        guard let value = value(named: path.root) else { throw unknown(path, among: NetworkObject.self, "network") }
        let isData = ["dataset", "loader", "part"].contains(value.object?.kind)
        throw Diagnostic(
            .type, "\(verb) needs a network, and `\(path.root)` is \(value.described).", at: path.span,
            hint: isData && ["train", "evaluate", "finetune"].contains(verb) ? "Data stand behind `on`: `\(verb) on \(path)`." : nil,
            suggestions: names(of: NetworkObject.self))
    }

    /// The part that a loader was made of, if the path is a loader's name alone.
    func loadedPart(_ path: Path?) -> Split? {
        guard let path, path.steps.isEmpty else { return nil }
        return (object(named: path.root) as? LoaderObject)?.split
    }

    /// The data set at the root of a path, or the one in use. A loader's data set counts.
    func dataset(_ path: Path?, for verb: String) throws -> (name: String, dataset: Dataset) {
        guard let path else {
            if let current = currentDataset { return (current.name, current.dataset.dataset) }
            throw Diagnostic(
                .state, "\(verb) needs data, and the session has none yet.", hint: "Get some: `data = ImageFolder(\"folder\")`.")
        }
        if let found = self.dataset(named: path.root) { return (path.root, found.dataset) }
        guard let value = value(named: path.root) else { throw unknown(path, among: DatasetObject.self, "dataset") }
        var near = names(of: DatasetObject.self)
        var hint: String?
        if let part = value.object as? DatasetPartObject {
            if part.indices != nil {
                near = []
                hint = "A dataset in which a part has these pictures alone: `few = Subset(\(path))`."
            } else if let owner = owner(of: part) {
                near = ["\(owner.name).\(part.split.rawValue)"]
            }
        }
        throw Diagnostic(.type, "\(verb) needs a dataset, and `\(path.root)` is \(value.described).", at: path.span, hint: hint, suggestions: near)
    }

    /// The path with `bees.train` in the place of a name that stands for that part, as long as its data set still has it so.
    func namingPart(_ path: Path?) -> Path? {
        guard let path, path.steps.isEmpty, let part = object(named: path.root) as? DatasetPartObject, part.indices == nil,
            let owner = owner(of: part), owner.isUnchanged
        else { return path }
        return Path(owner.name, [.segment(part.split.rawValue)], span: path.span)
    }

    /// The name of the data set that a part was taken of, and whether it gives the same pictures in the same way as then.
    private func owner(of part: DatasetPartObject) -> (name: String, isUnchanged: Bool)? {
        let taken = part.dataset
        var found: String?
        for name in names(of: DatasetObject.self) {
            guard let now = (object(named: name) as? DatasetObject)?.dataset, now.root == taken.root, now.name == taken.name else { continue }
            if now.fingerprint == taken.fingerprint, now.decoding == taken.decoding, now.transforms == taken.transforms { return (name, true) }
            found = found ?? name
        }
        return found.map { ($0, false) }
    }

    /// The part of a data set that a path names: `bees.val`, `bees.train[3]`; `bees` alone stands for `otherwise`, a loader for the part it was made of.
    func part(_ path: Path?, for verb: String, otherwise: Split = .train) throws -> (name: String, part: DatasetPart, indices: [Int]?) {
        let (name, dataset) = try dataset(path, for: verb)
        guard let path, !path.steps.isEmpty else { return (name, dataset[loadedPart(path) ?? otherwise], nil) }
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
        var near = Spelling.nearest(to: path.root, among: fitting)
        // A part of the network in use without the network's name.
        if type == NetworkObject.self, let (name, network) = currentNetwork, network.model.module[path: path.root] != nil { near = ["\(name).\(path)"] }
        return Diagnostic(
            .unknownName, "Nothing here is called `\(path.root)`.", at: path.span,
            hint: near.isEmpty ? (fitting.isEmpty ? "The session has no \(noun) yet." : "Its \(noun)s: \(Self.listed(fitting)).") : nil, suggestions: near)
    }
}
