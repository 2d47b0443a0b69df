import CommandLanguage
import Imaging
import Learning
import NeuralNetworks
import Presentation
import Tensors

/// Swapping parts: `net.fc = Linear(classes)`.
extension NetworkObject {
    func assignableType(at path: Path, in session: Session) throws -> ParameterType? {
        switch try place(path) {
        case .whole: nil
        case .part: .oneOf([.object(["layer", "network"]), .list(.object(["layer", "network"]))])
        case .tensor: .oneOf([.number(nil), .object(["parameter"])])
        case .pattern:
            throw Diagnostic(.unknownPath, "Parts are replaced one at a time, not by a pattern.", at: path.span, hint: "Name one: `\(path.root).\(model.head ?? "fc") = Linear(classes)`.")
        case .property(.classes, let rest) where rest.isEmpty: .list(.text)
        case .property(.preprocessing, let rest) where rest.isEmpty: .list(.object(["transform"]))
        case .property(let property, _):
            throw Diagnostic(.type, "`\(path.root).\(property.rawValue)` can be looked at, not set.", at: path.span, hint: property == .stateDict ? "`load \(path.root) from …` takes weights." : nil)
        }
    }

    func assign(_ value: Value, at path: Path, in session: Session) throws {
        switch try place(path) {
        case .part(let inner): try replace(inner, by: try Self.layer(of: value, path), path, in: session)
        case .tensor(let name, let steps): try set(name, steps, to: value, path, in: session)
        case .property(.classes, _): try setClasses(value, path, in: session)
        case .property(.preprocessing, _): try setPreprocessing(value, path, in: session)
        default: throw Diagnostic(.type, "Nothing can be assigned to `\(path)`.", at: path.span)
        }
    }

    /// The part that a value stands for; a list is a row of layers.
    static func layer(of value: Value, _ path: Path? = nil) throws -> LayerObject {
        switch value {
        case .object(let object as LayerObject): return object
        case .object(let object as NetworkObject): return object.asPart
        case .list(let items):
            guard !items.isEmpty else { throw Diagnostic(.value, "A list of layers needs at least one.", at: path?.span) }
            return LayerObject(row: try items.enumerated().map { ("\($0.offset)", try layer(of: $0.element, path)) })
        default: throw Diagnostic(.type, "A part of a network is a layer or a list of layers, not \(value.described).", at: path?.span)
        }
    }

    // MARK: - Parts

    private func replace(_ inner: String, by part: LayerObject, _ path: Path, in session: Session) throws {
        var changed = self
        let isHead = inner == model.head || model.head.map { $0.hasPrefix(inner + ".") } == true
        let oldHead = HeadRows(model, inner)
        let seed = session.state.trainer.settings.seed
        let replacement: ModelState.Replacement
        do { replacement = try changed.model.replace(path: inner, with: part.module, seed: seed) } catch {
            throw advice(error, for: part, at: inner, path, in: session)
        }
        let carried = changed.take(part, at: inner)
        var lines = Self.told(replacement, carried: carried.count, root: path.root)
        if isHead { lines += changed.nameOutputs(in: session, keepingRowsOf: part.keepsRows ? oldHead : nil, at: inner) }
        if session.state.modelName == path.root, changedSinceOrigin(below: inner) { lines.append("what the old part had learned is gone from \(path.root) (`undo` brings it back)") }
        var origin = ParameterStore()
        for name in changed.model.parameters.names {
            guard let entry = changed.model.parameters.entry(name) else { continue }
            let isNew = replacement.added.contains { $0.name == name }
            origin.insert(isNew ? entry.tensor : self.origin[name] ?? entry.tensor, name: name, role: entry.role)
        }
        changed.origin = origin
        changed.blueprint = nil
        session.put(changed, as: path.root)
        session.say(.done, lines: lines)
        session.say(.warning, lines: Self.warnings(changed.model, isHead: isHead, in: session))
    }

    /// Of a network that classifies by a convolution, with a fully connected layer for it: which layer means the same there.
    private func advice(_ error: any Error, for part: LayerObject, at inner: String, _ path: Path, in session: Session) -> Diagnostic {
        guard inner == model.head, case .layer(.linear(let linear)) = part.module, case .layer(.conv2d)? = model.module[path: inner] else {
            return session.diagnostic(for: error)
        }
        return Diagnostic(
            .shape, "`\(path)` is a convolution in \(model.architecture), whose results are averaged afterwards; Linear doesn't fit there.", at: path.span,
            hint: "`\(path) = Conv2d(\(linear.outFeatures), 1)` gives \(Format.counted(linear.outFeatures, "class", "classes")).")
    }

    /// Puts the weights that a part brought with it into its place, and holds those fixed that were.
    private mutating func take(_ part: LayerObject, at inner: String) -> [String] {
        var carried: [String] = []
        for name in part.parameters.names {
            let full = inner.isEmpty ? name : "\(inner).\(name)"
            guard let tensor = part.parameters[name], model.parameters[full]?.shape == tensor.shape else { continue }
            model.parameters[full] = tensor
            carried.append(full)
            if part.frozen.contains(name) { model.freeze.freeze([full]) }
        }
        model.fresh.subtract(carried)
        return carried
    }

    private func changedSinceOrigin(below inner: String) -> Bool {
        model.parameters.parameterNames.contains { name in
            guard name.hasPrefix(inner + "."), let now = model.parameters[name], let before = origin[name] else { return false }
            return !now.sharesStorage(with: before) && now != before
        }
    }

    private static func told(_ replacement: ModelState.Replacement, carried: Int, root: String) -> [String] {
        func shapes(_ list: [ModelState.Replacement.Named], _ path: String) -> String {
            let own = list.filter { path.isEmpty || $0.name.hasPrefix(path + ".") }
            let texts = own.map { "\($0.name.dropFirst(path.isEmpty ? 0 : path.count + 1)) \($0.shape)" }
            return texts.isEmpty ? "no weights" : Session.listed(texts, limit: 8)
        }
        let path = replacement.path
        var text = "\(root).\(path): \(replacement.old) (\(shapes(replacement.removed, path))) replaced by \(replacement.new) (\(shapes(replacement.added, path)))"
        let fresh = replacement.added.count { path.isEmpty || $0.name.hasPrefix(path + ".") } - carried
        if carried > 0 { text += ", \(Format.counted(carried, "tensor")) with the part's own values" }
        if fresh > 0 { text += ", \(carried > 0 ? "the rest" : "values") drawn as PyTorch does: U(±1/√fan_in)" }
        guard let head = replacement.reopened else { return [text] }
        return [
            text,
            "\(root).\(head) reads other features now, and was drawn afresh: (\(shapes(replacement.removed, head))) became (\(shapes(replacement.added, head)))",
        ]
    }

    /// Gives a new head the classes of the data in use, where their number fits; and its old rows.
    private mutating func nameOutputs(in session: Session, keepingRowsOf old: HeadRows?, at inner: String) -> [String] {
        guard let outputs = try? model.graph().outputShape, outputs.rank == 1 else { return [] }
        let known = model.classes
        model.classes = []
        var lines: [String] = []
        if let data = session.currentDataset, data.dataset.dataset.classes.count == outputs[0] {
            model.classes = data.dataset.dataset.classes
            lines.append("its outputs are the classes of \(data.name): \(Session.listed(model.classes))")
        } else if known.count == outputs[0] {
            model.classes = known
        }
        if let old { lines.append(old.carry(into: &model, at: inner)) }
        return lines
    }

    private static func warnings(_ model: ModelState, isHead: Bool, in session: Session) -> [String] {
        guard isHead, let outputs = try? model.graph().outputShape else { return [] }
        if outputs.rank != 1 { return ["the network now gives \(outputs) for a picture: a classifier needs one number a class (pool, then Flatten, then Linear)"] }
        if let data = session.currentDataset, data.dataset.dataset.classes.count != outputs[0] {
            return ["the head has \(Format.counted(outputs[0], "output")), and \(data.name) has \(Format.counted(data.dataset.dataset.classes.count, "class", "classes")): `Linear(classes)` fits"]
        }
        return []
    }

    // MARK: - Values and facts

    private func set(_ name: String, _ steps: [Path.Step], to value: Value, _ path: Path, in session: Session) throws {
        guard steps.isEmpty, let old = model.parameters[name] else {
            throw Diagnostic(.type, "A tensor is set as a whole, not a slice of it.", at: path.span)
        }
        var changed = self
        let told: String
        switch value {
        case .object(let object as ParameterObject):
            guard object.tensor.shape == old.shape else {
                throw Diagnostic(.shape, "`\(name)` is \(old.shape), and `\(object.name)` is \(object.tensor.shape); nothing is broadcast.", at: path.span)
            }
            changed.model.parameters[name] = object.tensor
            told = "takes the values of \(object.name)"
        default:
            guard let number = value.asNumber else { throw Diagnostic(.type, "A tensor takes a number or another tensor.", at: path.span) }
            guard Float(number).isFinite else {
                throw Diagnostic(.value, "\(Value.written(number)) is more than a 32-bit float holds (3.4e+38).", at: path.span)
            }
            changed.model.parameters[name] = Tensor(old.shape, repeating: Float(number))
            told = "is filled with \(Value.written(number))"
        }
        session.put(changed, as: path.root)
        session.say(.done, "\(path.root).\(name) (\(old.shape)) \(told)")
    }

    private func setClasses(_ value: Value, _ path: Path, in session: Session) throws {
        guard case .list(let items) = value else { throw Diagnostic(.type, "Classes are a list of texts.", at: path.span) }
        let names = items.compactMap { if case .text(let text) = $0 { text } else { nil } }
        let outputs = try model.graph().outputShape
        guard outputs == [names.count] else {
            throw Diagnostic(.shape, "\(path.root) has \(outputs) outputs, and \(Format.counted(names.count, "name")) were given.", at: path.span)
        }
        guard Set(names).count == names.count else { throw Diagnostic(.value, "A class is named twice.", at: path.span) }
        var changed = self
        changed.model.classes = names
        session.put(changed, as: path.root)
        session.say(.done, "\(path.root): outputs are \(Session.listed(names))")
    }

    private func setPreprocessing(_ value: Value, _ path: Path, in session: Session) throws {
        guard case .list(let items) = value else { throw Diagnostic(.type, "Preprocessing is a list of transforms.", at: path.span) }
        let pipeline = try TransformPipeline(items.compactMap { ($0.object as? TransformObject)?.transform })
        var changed = self
        changed.model.setPreprocessing(pipeline)
        session.put(changed, as: path.root)
        session.say(.done, "\(path.root): pictures are prepared by \(pipeline.line)")
    }
}
