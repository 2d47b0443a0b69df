import CommandLanguage
import Learning
import NeuralNetworks
import Presentation
import Tensors

/// The parts of one network that a verb was told to act on: paths, `until`, `kind=`, `except=`.
struct NetworkSelection {
    let name: String
    let network: NetworkObject
    /// Full names of learned parameters, in the network's order.
    let parameters: [String]
    /// Paths of the BatchNorm layers in the selection.
    let batchNorms: [String]
    /// Whether the whole network was named.
    let isWhole: Bool

    /// Which side of `until` is meant.
    enum Direction { case fromInput, fromHead }

    static let options: [Parameter] = [
        .positional("parts", .list(.path(["network"])), defaultText: "the whole network in use", "a network, or parts of one: paths, also with `*`"),
        .connected("until", "layer", .path(["layer"]), defaultText: "everything", "where to stop, included", aliases: ["until", "upto", "to"]),
        .option("kind", .list(.oneOf([.choice(layerKinds), .text])), "only layers of these kinds", aliases: ["type"]),
        .option("except", .list(.path(["layer"])), "parts that are left as they are", aliases: ["but"]),
    ]

    static let layerKinds = ["BatchNorm2d", "BatchNorm1d", "Conv2d", "Linear", "LayerNorm"]

    init(_ call: BoundCall, in session: Session, direction: Direction) throws {
        let paths: [Path] = call.list("parts").compactMap { if case .path(let path) = $0 { path } else { nil } }
        let (name, network) = try session.network(paths.first, for: call.name)
        if let other = paths.first(where: { $0.root != name }) {
            throw Diagnostic(.value, "\(call.name) takes parts of one network at a time: `\(name)`, then `\(other.root)`.", at: other.span)
        }
        let module = network.model.module
        let all = network.model.parameters.parameterNames
        var chosen = Set<String>()
        if paths.isEmpty { chosen = Set(all) }
        for path in paths { chosen.formUnion(try Self.names(path, network, all)) }
        if let stop = call.optionalPath("layer") {
            let inner = try Self.inner(stop, name, network)
            let before = Set(try Self.until(inner, module, stop))
            switch direction {
            case .fromInput: chosen.formIntersection(before)
            case .fromHead: chosen.formIntersection(Set(all).subtracting(before).union(PathPattern(inner).filter(all)))
            }
        }
        let kinds = call.list("kind").compactMap { if case .text(let text) = $0 { text } else { nil } }
        if !kinds.isEmpty {
            let matching = Set(kinds.flatMap { module.parameterNames(ofKind: $0) })
            if matching.isEmpty {
                let present = Set(module.namedModules().map(\.module.kind)).sorted()
                throw call.error(
                    .value, at: "kind", "\(name) has no \(kinds.joined(separator: " or ")) with weights.", hint: "It is made of \(Session.listed(present)).",
                    suggestions: Spelling.nearest(to: kinds[0], among: present))
            }
            chosen.formIntersection(matching)
        }
        for case .path(let path) in call.list("except") {
            chosen.subtract(PathPattern(try Self.inner(path, name, network)).filter(all))
        }
        parameters = all.filter(chosen.contains)
        guard !parameters.isEmpty else {
            throw call.error(.state, "\(call.name): nothing with weights is left to act on in \(name).")
        }
        self.name = name
        self.network = network
        isWhole = chosen.count == all.count
        batchNorms = module.namedLayers.compactMap { path, layer in
            guard case .batchNorm2d = layer, chosen.contains(path.isEmpty ? "weight" : "\(path).weight") else { return nil }
            return path
        }
    }

    /// Names of learned parameters at a path of the network.
    private static func names(_ path: Path, _ network: NetworkObject, _ all: [String]) throws -> [String] {
        switch try network.place(path) {
        case .whole: return all
        case .part(let inner):
            let names = PathPattern(inner).filter(all)
            guard !names.isEmpty else {
                throw Diagnostic(.state, "`\(path)` has no weights to freeze or train.", at: path.span, hint: "`params \(path.root)` lists what has.")
            }
            return names
        case .tensor(let name, _):
            guard all.contains(name) else {
                throw Diagnostic(.type, "`\(path)` is a buffer, which no gradient moves.", at: path.span, hint: "`bn=eval` and `bn=train` decide what BatchNorm's statistics do.")
            }
            return [name]
        case .pattern(let pattern, _, _):
            let names = pattern.filter(all)
            guard !names.isEmpty else { throw Diagnostic(.state, "Nothing with weights matches `\(path)`.", at: path.span) }
            return names
        case .property: throw Diagnostic(.type, "`\(path)` is no part with weights.", at: path.span)
        }
    }

    /// The name inside a network of a path that may begin with the network's name or not: `net.layer3`, `layer3`, `head`.
    static func inner(_ path: Path, _ name: String, _ network: NetworkObject) throws -> String {
        var segments = path.segments
        if path.root != name || network.model.module[path: path.root] != nil { segments.insert(path.root, at: 0) }
        let inner = network.innerName(segments)
        let pattern = PathPattern(inner)
        guard network.model.module[path: inner] != nil || !pattern.filter(network.model.parameters.names).isEmpty else {
            throw network.noPart(Path(name, segments.map { .segment($0) }, span: path.span))
        }
        return inner
    }

    private static func until(_ inner: String, _ module: Module, _ path: Path) throws -> [String] {
        do throws(SurgeryError) { return try module.parameterNames(until: inner) } catch {
            guard case .notACut = error else { throw error }
            throw Diagnostic(.value, "\(error)".prefix(1).uppercased() + "\(error).".dropFirst(), at: path.span)
        }
    }
}

/// What a network's freeze plan comes to, in words.
struct FreezeFacts {
    private let model: ModelState
    private let root: String

    init(_ model: ModelState, root: String) {
        self.model = model
        self.root = root
    }

    static func counted(_ names: [String], in model: ModelState) -> String {
        let count = names.reduce(0) { $0 + (model.parameters[$1]?.count ?? 0) }
        return "\(Format.counted(names.count, "tensor")), \(Format.short(count)) parameters"
    }

    /// What is left to train.
    var remaining: String {
        let names = model.trainableNames
        guard !names.isEmpty else { return "nothing in \(root) trains now" }
        let frozen = model.parameters.parameterNames.count - names.count
        guard frozen > 0 else { return "everything in \(root) trains: \(Self.counted(names, in: model))" }
        let list = names.count <= 6 ? ": \(names.joined(separator: ", "))" : " in \(Session.listed(Self.parts(names), limit: 8))"
        return "\(names.count <= 6 ? "left to train" : "training"): \(Self.counted(names, in: model))\(list)"
    }

    /// The shortest beginnings of names: `layer4, fc`.
    private static func parts(_ names: [String]) -> [String] {
        var seen = Set<String>()
        return names.map { String($0.prefix { $0 != "." }) }.filter { seen.insert($0).inserted }
    }

    var batchNorm: String? { BatchNormFacts(model).sentence.map { "BatchNorm: \($0)" } }
}
