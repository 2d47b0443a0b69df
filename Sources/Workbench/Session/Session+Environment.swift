public import CommandLanguage
import Learning
public import Presentation

/// What the language asks of the session.
extension Session: Environment {
    /// Names that mean something without having been given.
    static let reserved = ["trainer": "the shared trainer: its settings, state and history", "classes": "the number of classes of the data in use"]

    /// What gives the number of classes a value.
    private static let needsData = "There are no data yet: `data = ImageFolder(\"folder\")`, or write a number."

    public var names: [String] { state.order }

    public func value(named name: String) -> Value? {
        switch name {
        case "trainer": return .object(TrainerObject(state))
        case "classes": return currentDataset.map { .integer($0.dataset.dataset.classes.count) }
        default: return state.values[name]
        }
    }

    /// The object that a name stands for.
    func object(named name: String) -> (any SessionObject)? {
        value(named: name)?.object
    }

    private func object(at path: Path) throws -> any SessionObject {
        if let object = object(named: path.root) { return object }
        guard let value = value(named: path.root) else {
            if let meaning = Self.reserved[path.root] {
                throw Diagnostic(.state, "`\(path.root)` has no value yet: it stands for \(meaning).", at: path.span, hint: Self.needsData)
            }
            throw Diagnostic(
                .unknownName, "Nothing here is called `\(path.root)`.", at: path.span, suggestions: Spelling.nearest(to: path.root, among: names))
        }
        throw Diagnostic(.type, "`\(path.root)` is \(value.described), which has no parts.", at: path.span)
    }

    public func value(at path: Path) throws -> Value {
        if path.steps.isEmpty, let value = value(named: path.root) { return value }
        if case .list(let items)? = value(named: path.root) { return try Self.item(of: items, at: path) }
        return try object(at: path).value(at: path, in: self)
    }

    private static func item(of items: [Value], at path: Path) throws -> Value {
        guard let step = path.steps.first, path.steps.count == 1 else {
            throw Diagnostic(.type, "`\(path.root)` is a list of single values: `\(path.root)[0]` is its first.", at: path.span)
        }
        switch step {
        case .index(let index):
            let position = index < 0 ? index + items.count : index
            guard items.indices.contains(position) else {
                throw Diagnostic(.value, "`\(path.root)` has \(items.count) items, counted from 0.", at: path.span)
            }
            return items[position]
        case .slice(let from, let to): return .list(Array(items[min(max(from, 0), items.count)..<min(max(from, to, 0), items.count)]))
        default: throw Diagnostic(.type, "`\(path.root)` is a list: it has items, `\(path.root)[0]`, and no named parts.", at: path.span)
        }
    }

    public func assign(_ value: Value, to name: String, span: Span?) throws {
        if let meaning = Self.reserved[name] {
            throw Diagnostic(.value, "`\(name)` is \(meaning), and can't be another thing.", at: span, hint: "Choose another name.")
        }
        if let object = value.object {
            let warnings = replacementWarnings(name, by: object)
            put(object, as: name)
            output.show(object.introduction(as: name, in: self))
            say(.warning, lines: warnings)
        } else {
            if state.values[name] == nil { state.order.append(name) }
            state.values[name] = value
        }
    }

    /// What somebody should know who gives a name another object: cells that are run twice, or out of order.
    private func replacementWarnings(_ name: String, by object: any SessionObject) -> [String] {
        guard let old = self.object(named: name), old.kind == object.kind else { return [] }
        if old is NetworkObject, state.modelName == name, state.trainer.epochCount > 0 {
            let epochs = state.trainer.epochCount
            return ["\(name) was trained for \(Format.counted(epochs, "epoch")); that network is replaced by a new one (`undo` brings it back)"]
        }
        return []
    }

    public func type(at path: Path) throws -> ParameterType? { try object(at: path).assignableType(at: path, in: self) }

    public func assign(_ value: Value, at path: Path) throws { try object(at: path).assign(value, at: path, in: self) }

    public func show(_ value: Value) throws { output.result(try bundle(of: value)) }

    public func show(_ path: Path) throws {
        if let object = object(named: path.root) { return output.result(try object.show(path, in: self)) }
        output.result(try bundle(of: try value(at: path)))
    }

    /// What is shown of a value.
    func bundle(of value: Value) throws -> MIMEBundle {
        switch value {
        case .object(let object): try (object as? any SessionObject)?.show(Path(object.kind), in: self) ?? MIMEBundle(plain: object.summary)
        case .text(let text): MIMEBundle(plain: text)
        case .path(let path): try object(at: path).show(path, in: self)
        default: MIMEBundle(plain: value.source)
        }
    }

    public func present(_ bundle: MIMEBundle) { output.page(bundle) }

    public func snapshot() -> SessionFacts {
        let rates = state.trainer.settings.effectiveRates
        var values = state.values.mapValues { value -> Value in
            (value.object as? NetworkObject).map { .object(InspectedNetwork(network: $0, rates: rates)) } ?? value
        }
        values["trainer"] = .object(TrainerObject(state))
        var constants = ["imagenet": "the statistics, weights and classes of ImageNet-1k"]
        if let data = currentDataset {
            let classes = data.dataset.dataset.classes
            constants["classes"] = "\(classes.count) classes of \(data.name): \(Self.listed(classes))"
        } else {
            constants["classes"] = Self.reserved["classes"]
        }
        let unset = currentDataset == nil ? ["classes": Self.needsData] : [:]
        return SessionFacts(values: values, constants: constants, unset: unset, words: ["snapshot": past.named.map(\.name)], folder: ".")
    }

    /// The data set in use: the trainer's, else the one that got its name last.
    var currentDataset: (name: String, dataset: DatasetObject)? {
        if let name = state.dataName, let object = dataset(named: name) { return (name, object) }
        for name in state.order.reversed() { if let object = dataset(named: name) { return (name, object) } }
        return nil
    }

    /// The network in use: the trainer's, else the one that got its name last.
    var currentNetwork: (name: String, network: NetworkObject)? {
        if let name = state.modelName, let object = object(named: name) as? NetworkObject { return (name, object) }
        for name in state.order.reversed() { if let object = object(named: name) as? NetworkObject { return (name, object) } }
        return nil
    }

    /// The data set of a name, or the one that a loader of that name takes its batches from.
    func dataset(named name: String) -> DatasetObject? {
        switch object(named: name) {
        case let data as DatasetObject: data
        case let loader as LoaderObject: DatasetObject(loader.dataset)
        default: nil
        }
    }
}
