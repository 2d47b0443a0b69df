import CommandLanguage
import Imaging
import Learning
import NeuralNetworks
import Presentation
import Tensors

/// A layer, or a part of a network with its weights.
struct LayerObject: SessionObject {
    var module: Module
    /// Weights that come with it, by their names inside the part; empty for a layer that was only declared.
    var parameters = ParameterStore()
    /// Names of those weights that are held fixed.
    var frozen: Set<String> = []
    /// The network that it was taken from.
    var origin: Origin?
    /// Whether a new head takes over the old one's rows for classes that both know.
    var keepsRows = false

    /// Where a part comes from, and what its pictures look like.
    struct Origin: Sendable {
        /// `resnet50`.
        var architecture: String
        /// The path in that network; empty if the part begins where the network does.
        var path: String
        /// Whether the part begins at the network's input, so that pictures can be put into it.
        var beginsAtInput: Bool
        /// As the network's own: `imagenet`, a file, `none`.
        var weights: String
        var inputShape: Shape
        var preprocessing: TransformPipeline
        var decoding: DecodeOptions
    }

    let kind = "layer"

    var summary: String {
        let text = module.written
        guard !parameters.names.isEmpty else { return text }
        let count = Format.short(parameters.parameterCount)
        let source = origin.map { " from \($0.architecture)" } ?? ""
        return "\(text) with \(count) parameters\(source)"
    }

    /// The same layers without weights, for a network that draws its own.
    init(_ module: Module, keepsRows: Bool = false) {
        self.module = module
        self.keepsRows = keepsRows
    }

    /// A part of a network, with its weights and what is frozen of them.
    init(_ module: Module, of model: ModelState, path: String, beginsAtInput: Bool = false) {
        self.module = module
        let prefix = path.isEmpty ? "" : path + "."
        for (name, declaration) in module.parameterDeclarations {
            guard let tensor = model.parameters[prefix + name] else { continue }
            parameters.insert(tensor, name: name, role: declaration.role)
            if declaration.role == .parameter, !model.freeze.trains(prefix + name) { frozen.insert(name) }
        }
        origin = Origin(
            architecture: model.architecture, path: path, beginsAtInput: beginsAtInput || model.module.begins(with: path), weights: model.weights,
            inputShape: model.inputShape, preprocessing: model.preprocessing, decoding: model.decoding)
    }

    func members(at path: [String]) -> [Member] { module.members(at: path.joined(separator: ".")) }

    func inspection(at path: [String]) -> MIMEBundle? {
        guard let part = module[path: path.joined(separator: ".")] else { return nil }
        return MIMEBundle(plain: part.written)
    }

    func value(at path: Path, in session: Session) throws -> Value {
        guard !path.steps.isEmpty else { return .object(self) }
        guard path.segments.count == path.steps.count else { throw noPart(path) }
        if let part = module[path: path.inner] {
            var inner = LayerObject(part)
            inner.origin = origin
            if !module.begins(with: path.inner) { inner.origin?.beginsAtInput = false }
            let prefix = path.inner + "."
            for name in parameters.names where name.hasPrefix(prefix) {
                guard let entry = parameters.entry(name) else { continue }
                let own = String(name.dropFirst(prefix.count))
                inner.parameters.insert(entry.tensor, name: own, role: entry.role)
                if frozen.contains(name) { inner.frozen.insert(own) }
            }
            return .object(inner)
        }
        if let tensor = parameters[path.inner] { return .object(ParameterObject(name: path.inner, tensor: tensor)) }
        throw noPart(path)
    }

    func show(_ path: Path, in session: Session) throws -> MIMEBundle {
        if let tensor = parameters[path.inner], !path.steps.isEmpty {
            return try ParameterObject(name: path.inner, tensor: tensor).show(Path(path.root), in: session)
        }
        guard let part = path.steps.isEmpty ? module : module[path: path.inner] else { throw noPart(path) }
        guard case .block = part else { return MIMEBundle(plain: path.steps.isEmpty ? summary : part.written) }
        let tree = NetworkTree(module: part, name: path.steps.isEmpty ? path.root : path.description, trains: { name in !frozen.contains(name) })
        return tree.view.bundle
    }

    func introduction(as name: String, in session: Session) -> MIMEBundle {
        let open = module.namedLayers.contains { $0.layer.hasOpenSizes }
        return Notice(.done, ["\(name): \(summary)\(open ? "; input sizes follow from the network that it is put into" : "")"]).bundle
    }
}

extension Layer {
    /// Whether a size is left to be inferred.
    var hasOpenSizes: Bool {
        switch self {
        case .conv2d(let layer): layer.inChannels == nil
        case .linear(let layer): layer.inFeatures == nil
        case .batchNorm2d(let layer): layer.features == nil
        case .layerNorm(let layer): layer.features == nil
        default: false
        }
    }
}

extension LayerObject {
    /// Parts in a row under their names, with the weights that each brings.
    init(row parts: [(name: String, part: LayerObject)], keepsRows: Bool = false) {
        self.init(.sequential(parts.map { ($0.name, $0.part.module) }))
        for (name, part) in parts {
            for inner in part.parameters.names {
                guard let entry = part.parameters.entry(inner) else { continue }
                parameters.insert(entry.tensor, name: "\(name).\(inner)", role: entry.role)
            }
            frozen.formUnion(part.frozen.map { "\(name).\($0)" })
            self.keepsRows = self.keepsRows || part.keepsRows
        }
        origin = parts.first?.part.origin
    }

    /// Whether the first layer that minds takes a picture, not a row of features: the part can stand as a network.
    var takesPictures: Bool {
        for (_, layer) in module.namedLayers {
            switch layer {
            case .batchNorm2d(let norm): return !norm.isFlat
            case .conv2d, .maxPool2d, .avgPool2d, .adaptiveAvgPool2d, .adaptiveMaxPool2d, .adaptiveConcatPool2d, .channelShuffle, .channelSlice, .flatten:
                return true
            case .linear, .layerNorm: return false
            case .activation, .dropout, .stochasticDepth, .identity: continue
            }
        }
        return false
    }
}
