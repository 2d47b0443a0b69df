import CommandLanguage
import Tensors
import Imaging
import Learning
import NeuralNetworks
import Presentation

/// What the paths of a network lead to.
extension NetworkObject {
    enum Place {
        case whole
        /// A layer or block.
        case part(String)
        /// A weight or buffer, and the indices behind it.
        case tensor(String, [Path.Step])
        /// Everything that a pattern means.
        case pattern(PathPattern, tensors: [String], parts: [String])
        case property(Property, [Path.Step])
    }

    /// What a network knows about itself.
    enum Property: String, CaseIterable {
        case head, classes, preprocessing, stateDict = "state_dict", weights, input

        var help: String {
            switch self {
            case .head: "the last layer, whatever it is called"
            case .classes: "the names of the outputs"
            case .preprocessing: "how pictures are prepared for it"
            case .stateDict: "its weights by name, as a value"
            case .weights: "where the weights are from"
            case .input: "the size of its pictures"
            }
        }
    }

    /// What stands at a path; the root is this network.
    func place(_ path: Path) throws -> Place {
        guard !path.steps.isEmpty else { return .whole }
        let segments = path.segments
        let rest = Array(path.steps.dropFirst(segments.count))
        guard !segments.isEmpty else {
            throw Diagnostic(
                .unknownPath, "A network has named parts, no numbered ones.", at: path.span,
                hint: "Parts: \(Session.listed(members(at: []).filter { $0.kind == "layer" }.map(\.name))).")
        }
        let inner = innerName(segments)
        if path.hasWildcard {
            let pattern = PathPattern(inner)
            let tensors = model.parameters.names.filter { pattern.matchesWhole($0) }
            let parts = model.module.namedModules().dropFirst().map(\.path).filter { pattern.matchesWhole($0) }
            guard !tensors.isEmpty || !parts.isEmpty else {
                // One segment too few is the likeliest slip.
                let deeper = segments.map { $0 == "*" ? "**" : $0 }
                let wider = PathPattern(innerName(deeper))
                let isNear = deeper != segments && model.parameters.names.contains { wider.matchesWhole($0) }
                throw Diagnostic(
                    .unknownPath, "Nothing in \(path.root) matches `\(inner)`.", at: path.span,
                    hint: "`*` stands for one segment, `**` for any number of them\(isNear ? "." : ": `\(path.root).**.weight`.")",
                    suggestions: isNear ? [([path.root] + deeper).joined(separator: ".")] : [])
            }
            guard rest.isEmpty else {
                throw Diagnostic(
                    .unknownPath, "An index stands behind one tensor, and `\(inner)` is a pattern.", at: path.span,
                    hint: tensors.first.map { "As in `\(path.root).\($0)[0]`." })
            }
            return .pattern(pattern, tensors: tensors, parts: parts)
        }
        if model.module[path: inner] != nil {
            guard rest.isEmpty else { return try numbered(inner, rest, path) }
            return .part(inner)
        }
        if model.parameters[inner] != nil { return .tensor(inner, rest) }
        if let property = Property(rawValue: segments[0]) {
            return .property(property, segments.dropFirst().map { .segment($0) } + rest)
        }
        if segments[0] == "head", model.head == nil {
            throw Diagnostic(.unknownPath, "\(path.root) has no head: nothing in it has weights.", at: path.span)
        }
        throw noPart(path)
    }

    /// `net.layer1[0]` is `net.layer1.0`.
    private func numbered(_ inner: String, _ rest: [Path.Step], _ path: Path) throws -> Place {
        var segments = inner.split(separator: ".").map(String.init)
        for step in rest {
            switch step {
            case .index(let index):
                guard case .block(let block)? = model.module[path: segments.joined(separator: ".")] else { throw noPart(path) }
                let position = index < 0 ? index + block.children.count : index
                guard block.children.indices.contains(position) else {
                    throw Diagnostic(.value, "`\(path.root).\(inner)` has \(Format.counted(block.children.count, "part")), counted from 0.", at: path.span)
                }
                segments.append(block.children[position].name)
            case .segment(let name): segments.append(name)
            default: throw noPart(path)
            }
        }
        return try place(Path(path.root, segments.map { .segment($0) }, span: path.span))
    }

    /// The name inside the network, `head` resolved to where this family has it.
    func innerName(_ segments: [String]) -> String {
        guard segments.first == "head", model.module[path: "head"] == nil, let head = model.head else { return segments.joined(separator: ".") }
        return ([head] + segments.dropFirst()).joined(separator: ".")
    }

    func value(at path: Path, in session: Session) throws -> Value {
        switch try place(path) {
        case .whole: return .object(self)
        case .part(let inner):
            guard let part = model.module[path: inner] else { throw noPart(path) }
            return .object(LayerObject(part, of: model, path: inner))
        case .tensor(let name, let steps): return .object(try parameter(name, in: session).sliced(steps, path))
        case .pattern(_, let tensors, let parts):
            if tensors.isEmpty {
                return .list(parts.compactMap { inner in model.module[path: inner].map { .object(LayerObject($0, of: model, path: inner)) } })
            }
            return .list(tensors.map { .object(parameter($0, in: session)) })
        case .property(let property, let rest): return try value(of: property, rest, path, in: session)
        }
    }

    /// A weight or buffer with what is known about it.
    func parameter(_ name: String, in session: Session) -> ParameterObject {
        let entry = model.parameters.entry(name)
        return ParameterObject(
            name: name, tensor: entry?.tensor ?? .init(zeros: [0]), isBuffer: entry?.role == .buffer,
            trains: entry?.role == .parameter && model.freeze.trains(name), initial: origin[name],
            gradient: isTrainers(in: session) ? session.state.trainer.gradients[name] : nil,
            rate: entry?.role == .parameter ? rates(in: session)?[name]?.learningRate : nil)
    }

    /// Whether it is the network that the trainer trains.
    private func isTrainers(in session: Session) -> Bool {
        guard let name = session.state.modelName, let network = session.object(named: name) as? NetworkObject else { return false }
        return network.model.parameters.sharesStorage(with: model.parameters)
    }

    /// The rates that a training would give, by parameter; `nil` where nothing trains.
    func rates(in session: Session) -> ParameterGroups? { groups(session.state.trainer.settings.effectiveRates) }

    /// The groups of what trains, with their rates; `nil` where nothing trains.
    func groups(_ rates: LearningRates) -> ParameterGroups? {
        let names = model.trainableNames
        return names.isEmpty ? nil : try? ParameterGroups(model.module, trainable: names, rates: rates)
    }

    private func value(of property: Property, _ rest: [Path.Step], _ path: Path, in session: Session) throws -> Value {
        func item(_ values: [Value]) throws -> Value {
            guard let step = rest.first else { return .list(values) }
            guard rest.count == 1, case .index(let index) = step else { throw noPart(path) }
            let position = index < 0 ? index + values.count : index
            guard values.indices.contains(position) else {
                throw Diagnostic(.value, "`\(path.root).\(property.rawValue)` has \(Format.counted(values.count, "item")), counted from 0.", at: path.span)
            }
            return values[position]
        }
        switch property {
        case .classes: return try item(model.classes.map { .text($0) })
        case .preprocessing: return try item(model.preprocessing.transforms.map { .object(TransformObject(transform: $0)) })
        case .stateDict:
            let state = StateObject(parameters: model.parameters, source: "\(path.root).state_dict", weights: model.weights)
            return try state.value(at: Path(path.root + ".state_dict", rest, span: path.span), in: session)
        case .weights where rest.isEmpty: return .text(model.weights)
        case .input where rest.isEmpty: return .size(width: model.inputShape[2], height: model.inputShape[1])
        case .weights, .input, .head: throw noPart(path)
        }
    }

    // MARK: - For completion and Shift-Tab

    func members(at path: [String]) -> [Member] {
        if path.first == Property.stateDict.rawValue {
            return StateObject(parameters: model.parameters, source: "").members(at: Array(path.dropFirst()))
        }
        let parts = model.module.members(at: innerName(path))
        guard path.isEmpty else { return parts }
        let known = Set(parts.map(\.name))
        return parts
            + Property.allCases.filter { !known.contains($0.rawValue) && ($0 != .head || model.head != nil) }.map {
                Member($0.rawValue, kind: "property", detail: $0 == .head ? "\($0.help): \(model.head ?? "")" : $0.help)
            }
    }
}
