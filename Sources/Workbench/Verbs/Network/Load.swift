import Checkpoints
import CommandLanguage
import Learning
import ModelZoo
import NeuralNetworks
import Presentation
import Tensors

/// `load net from "w.pth"`: takes over weights by name and shape, and says what fitted.
enum Load: Verb {
    static let declaration = VerbDeclaration(
        "load", group: "model", "Takes weights from a file, a state_dict or another network.",
        discussion: "Files: PyTorch's `.pth` in both formats (nothing in them is ever run) and safetensors. Four lists are told: what was loaded, what is missing, "
            + "unexpected, or of another shape. Nothing is reshaped or broadcast. Without `partial=true` everything must fit, or nothing is loaded.\n\n"
            + "If the network doesn't exist yet and the file is one that `save` wrote, the whole network is made: layers, weights, classes, preprocessing.\n\n"
            + "`rename={\"backbone.*\": \"*\"}` rewrites the file's names first; prefixes such as `module.` are found and stripped by themselves.",
        parameters: [
            .required("net", .path(["network"]), "what takes the weights; a new name for a saved network"),
            .connected("from", "source", .oneOf([.file(["pth", "pt", "th", "safetensors"]), .object(["state", "network", "layer"])]), isRequired: true, "a file, `best`, another network"),
            .flag("partial", "takes what fits and leaves the rest as it is"),
            .option("rename", .map(.text), "patterns over the source's names, and what they become"),
            .option("only", .list(.oneOf([.path(["layer"]), .text])), "the parts of the network that are wanted"),
        ],
        examples: ["best = net.state_dict; load net from best", "save net to \"net.safetensors\"; load copy from \"net.safetensors\"", "load net from \"net.safetensors\" only=layer4"],
        setup: "net")

    static func run(_ call: BoundCall, in session: Session) throws {
        let path = try call.path("net")
        if session.value(named: path.root) == nil, path.steps.isEmpty { return try make(path.root, call, in: session) }
        var (name, network) = try session.network(path, for: "load")
        var source = try Source(call, network.model)
        if !path.steps.isEmpty, case .part(let part) = try network.place(path) { source.place(in: part, of: network.model) }
        let only = try wanted(call, path, name, network)
        let rename = call.map("rename").compactMap { entry -> (pattern: String, replacement: String)? in
            guard case .text(let text) = entry.value else { return nil }
            return (entry.key, text)
        }
        let report = merged(source.state, network.model, rename: rename, only: only)
        let partial = call.flag("partial")
        let target = only.map { Session.listed($0.map { "\(name).\($0)" }) } ?? name
        guard report.isCredible, partial || report.isComplete else {
            session.output.show(LoadedReport(report, name: target, source: source.name, noun: source.noun, isTaken: false).bundle)
            throw refusal(report, call, source.name, target)
        }
        network.model.take(report, source: source.weights)
        takeClasses(&network, source, report)
        network.origin = network.model.parameters
        // Weights that were loaded go with the network into another one.
        network.blueprint = nil
        session.put(network, as: name)
        session.output.show(LoadedReport(report, name: target, source: source.name, noun: source.noun, isTaken: true).bundle)
        session.say(.done, lines: ["\(target): loaded \(LoadedReport.counts(report)) from \(source.name)"] + (source.notes + report.notes))
        let left = report.missing + report.wrongShape.map(\.name)
        if !left.isEmpty { session.say(.warning, "as they were before: \(Session.listed(left))") }
        if let broken = network.brokenTensors { session.say(.warning, broken) }
    }

    /// Tensors by name and where they are from.
    struct Source {
        var state: StateDictionary
        let name: String
        let weights: String
        /// What it is: a file, a state_dict, another network, a layer.
        var noun = "file"
        var notes: [String] = []
        var classes: [String] = []

        /// Names of a part that was saved or taken alone begin at the part: they get its path, if nothing fits without it.
        mutating func place(in part: String, of model: ModelState) {
            let known = Set(model.parameters.names)
            guard !state.entries.contains(where: { known.contains($0.name) && $0.name.hasPrefix("\(part).") }),
                state.entries.contains(where: { known.contains("\(part).\($0.name)") })
            else { return }
            state = StateDictionary(
                state.entries.map { .init(name: "\(part).\($0.name)", tensor: $0.tensor, storedAs: $0.storedAs) }, metadata: state.metadata)
        }

        init(_ call: BoundCall, _ model: ModelState) throws {
            switch call.value("source") {
            case .text(let path)?:
                let file = try ModelState.readFile(path)
                (state, name, weights, notes) = (file.state, path, path, file.notes)
                if ModelState.isModelFile(file) { classes = (try? ModelState.load(file, path: path))?.classes ?? [] }
                // Published files of some families use other names.
                if let architecture = ModelZoo[model.architecture] {
                    let known = Set(model.parameters.names)
                    state = StateDictionary(
                        state.entries.map { entry in
                            guard !known.contains(entry.name), let name = architecture.parameterName(published: entry.name), known.contains(name) else { return entry }
                            return .init(name: name, tensor: entry.tensor, storedAs: entry.storedAs)
                        }, metadata: state.metadata)
                }
            case .object(let object as StateObject)?:
                (state, name, weights) = (StateDictionary(object.parameters), object.source, object.weights)
                noun = "state_dict"
            case .object(let object as NetworkObject)?:
                (state, name, weights) = (StateDictionary(object.model.parameters), object.model.architecture, object.model.weights)
                noun = "other network"
                classes = object.model.classes
            case .object(let object as LayerObject)?:
                let source = object.origin.map { "\($0.architecture).\($0.path)" } ?? "a layer"
                (state, name, weights) = (StateDictionary(object.parameters), source, object.origin?.weights ?? source)
                noun = "layer"
            default: throw call.error(.type, at: "source", "load needs a file, a state_dict or a network.")
            }
        }
    }

    /// Patterns over the network's names; `nil`: everything.
    private static func wanted(_ call: BoundCall, _ path: Path, _ name: String, _ network: NetworkObject) throws -> [String]? {
        var patterns: [String] = []
        for value in call.list("only") {
            switch value {
            case .path(let path): patterns.append(try NetworkSelection.inner(path, name, network))
            case .text(let text): patterns.append(text)
            default: continue
            }
        }
        guard !path.steps.isEmpty else { return patterns.isEmpty ? nil : patterns }
        switch try network.place(path) {
        case .part(let inner), .tensor(let inner, _): return [inner]
        case .pattern(let pattern, _, _): return [pattern.description]
        default: throw Diagnostic(.type, "`\(path)` takes no weights.", at: path.span)
        }
    }

    /// One report over all wanted parts.
    private static func merged(_ state: StateDictionary, _ model: ModelState, rename: [(pattern: String, replacement: String)], only: [String]?) -> LoadReport {
        let patterns = only?.map { PathPattern($0) }
        let declared = model.module.parameterDeclarations.compactMap { name, declaration in
            patterns?.contains { $0.matches(name) } ?? true ? (name: name, shape: declaration.shape) : nil
        }
        // Names of parts that aren't wanted aren't unexpected either.
        let others = Set(model.parameters.names).subtracting(declared.map(\.name))
        let considered = others.isEmpty ? state : StateDictionary(state.entries.filter { !others.contains($0.name) }, metadata: state.metadata)
        return Checkpoint.match(considered, into: declared, rename: rename)
    }

    private static func takeClasses(_ network: inout NetworkObject, _ source: Source, _ report: LoadReport) {
        guard let head = network.model.head, report.loaded.contains(where: { $0.name == "\(head).weight" }), !source.classes.isEmpty,
            (try? network.model.graph().outputShape) == [source.classes.count]
        else { return }
        network.model.classes = source.classes
    }

    private static func refusal(_ report: LoadReport, _ call: BoundCall, _ source: String, _ name: String) -> Diagnostic {
        if !report.isCredible {
            let theirs = report.unexpected.first.map { "\($0.name), for one, is no name there" } ?? "nothing has a fitting name"
            return call.error(
                .file, at: "source", "\(source) is not for \(name): \(LoadedReport.counts(report)); \(theirs). Nothing was loaded.",
                hint: "If only the names differ, `rename={\"their.*\": \"*\"}` rewrites them.")
        }
        return call.error(
            .file, at: "source", "\(source) doesn't fit \(name) as a whole: \(LoadedReport.counts(report)). Nothing was loaded.",
            hint: "`partial=true` takes what fits and leaves the rest as it is.")
    }

    /// Makes the network that a file holds.
    private static func make(_ name: String, _ call: BoundCall, in session: Session) throws {
        guard case .text(let path)? = call.value("source") else {
            throw call.error(.unknownName, at: "net", "Nothing here is called `\(name)`.", hint: "Make the network first, or `\(name) = other` copies one.")
        }
        let file = try ModelState.readFile(path)
        guard ModelState.isModelFile(file) else {
            throw call.error(
                .state, at: "net", "`\(name)` doesn't exist yet, and \(path) holds weights but not which layers they belong to.",
                hint: "Make the network first: `\(name) = resnet18(weights=\"\(path)\")`.")
        }
        let network = NetworkObject(try ModelState.load(file, path: path))
        try session.assign(.object(network), to: name, span: call.span(of: "net"))
        if !file.notes.isEmpty { session.say(.info, lines: file.notes) }
    }
}
