import Checkpoints
import CommandLanguage
import Imaging
import Learning
import ModelZoo
import NeuralNetworks
import Presentation
import Tensors

/// The networks of the zoo: one constructor an architecture, all by one implementation.
extension NetworkConstructors {
    static var families: [Vocabularies.Family] {
        ModelZoo.architectures.map { architecture in (declaration(of: architecture), { try make(architecture, $0, in: $1) }) }
    }

    private static func declaration(of architecture: Architecture) -> ConstructorDeclaration {
        let published = architecture.weights
        let tags = published.map { "`\($0.tag)`: \(Format.fixed($0.top1, 1)) % top-1, pictures of \($0.preprocessing.crop)×\($0.preprocessing.crop) (\($0.file.fileName))" }
        return ConstructorDeclaration(
            architecture.name, kind: "network",
            "\(architecture.family.rawValue), input \(architecture.inputSize)×\(architecture.inputSize)\(published.first.map { ", \(Format.fixed($0.top1, 1)) % top-1 on ImageNet" } ?? "").",
            discussion: "`weights=imagenet` takes the published weights: from Thaw's cache or torch hub's, else they are downloaded and verified.\n\n"
                + "\(tags.joined(separator: "\n"))\n\nThe head is `\(architecture.headPath)`; `net.head` means it in every network.",
            parameters: [
                .positional(
                    "weights", .oneOf([.choice(["imagenet", "DEFAULT"] + published.map(\.tag)), .file(["pth", "pt", "th", "safetensors"]), .object(["state"]), .none]),
                    defaultText: "none", "where it begins: `imagenet`, a file, `none` for random ones"),
                .option("num_classes", .integer(1...LayerLimits.classes), defaultText: "1000, or the file's", "outputs", aliases: ["classes"]),
                .option("input_size", .size, defaultText: "\(architecture.inputSize)", "the size of its pictures"),
            ], examples: ["\(architecture.name == "resnet18" ? "net = resnet18(num_classes=2)" : "\(architecture.name).until(\(firstPart(of: architecture)))")"])
    }

    private static func firstPart(of architecture: Architecture) -> String {
        if case .block(let block) = architecture.build(classes: 1) { return block.children.first?.name ?? "features" }
        return "features"
    }

    private static func make(_ architecture: Architecture, _ call: BoundCall, in session: Session) throws -> Value {
        var network: NetworkObject
        let classes = call.optionalInteger("num_classes")
        switch call.value("weights") {
        case .text(let text)? where text == "imagenet" || text == "DEFAULT" || architecture.weights.contains { $0.tag == text }:
            network = NetworkObject(try published(architecture, tag: text, in: session))
            try replaceHead(of: &network, outputs: classes, whose: "published", in: session)
        case .text(let path)?: network = try fromFile(architecture, path, classes, call, in: session)
        case .object(let object)?:
            guard let state = object as? StateObject else { throw call.error(.type, at: "weights", "weights should be `imagenet`, a file or a state_dict.") }
            network = try filled(architecture, StateDictionary(state.parameters), classes, source: state.source, call, in: session)
        default:
            network = NetworkObject(ModelState(architecture, outputs: classes ?? 1000, seed: session.state.trainer.settings.seed))
        }
        if let size = call.optionalSize("input_size") { try resize(&network, to: size, architecture) }
        if network.model.classes.isEmpty, let data = session.currentDataset?.dataset.dataset, classes == data.classes.count { network.model.classes = data.classes }
        return .object(network)
    }

    // MARK: - Published weights

    private static func published(_ architecture: Architecture, tag: String, in session: Session) throws -> ModelState {
        let wanted = try PretrainedWeights.published(architecture, tag: tag)
        let path = try session.fetch(wanted.file, for: architecture.name)
        var model = try ModelState.pretrained(architecture, file: path).model
        model.setPreprocessing(wanted.preprocessing.pipeline)
        model.weights = tag == "imagenet" || tag == "DEFAULT" ? "imagenet" : "imagenet, \(tag)"
        return model
    }

    // MARK: - Files

    private static func fromFile(_ architecture: Architecture, _ path: String, _ classes: Int?, _ call: BoundCall, in session: Session) throws -> NetworkObject {
        let file = try ModelState.readFile(path)
        guard ModelState.isModelFile(file) else { return try filled(architecture, file.state, classes, source: path, notes: file.notes, call, in: session) }
        let model = try ModelState.load(file, path: path)
        guard model.architecture == architecture.name else {
            throw call.error(
                .value, at: "weights", "\(path) holds a \(model.architecture), not a \(architecture.name).",
                hint: "`load net from \"\(path)\"` makes the network that it holds.")
        }
        var network = NetworkObject(model)
        try replaceHead(of: &network, outputs: classes, whose: "saved", in: session)
        return network
    }

    /// Gives a network whose weights came with a head a fresh one, where another number of outputs was asked for.
    private static func replaceHead(of network: inout NetworkObject, outputs: Int?, whose: String, in session: Session) throws {
        let old = try network.model.graph().outputShape.elementCount
        guard let outputs, outputs != old else { return }
        let replacement = try network.model.setHead(outputs: outputs, seed: session.state.trainer.settings.seed)
        session.say(.info, "the \(whose) head (\(old) \(old == 1 ? "class" : "classes")) was replaced by a fresh one of \(outputs): \(replacement.path)")
        network.origin = network.model.parameters
    }

    /// The network with a file's tensors; the number of its outputs is the file's unless it was given.
    private static func filled(
        _ architecture: Architecture, _ state: StateDictionary, _ classes: Int?, source: String, notes: [String] = [], _ call: BoundCall, in session: Session
    ) throws -> NetworkObject {
        let renamed = StateDictionary(
            state.entries.compactMap { entry in
                architecture.parameterName(published: entry.name).map { .init(name: $0, tensor: entry.tensor, storedAs: entry.storedAs) }
            })
        let head = renamed.entries.first { $0.name == "\(architecture.headPath).weight" || $0.name.hasSuffix(".\(architecture.headPath).weight") }
        let outputs = classes ?? head?.tensor.shape.dimensions.first ?? 1000
        var model = ModelState(architecture, outputs: max(1, min(outputs, LayerLimits.classes)), seed: session.state.trainer.settings.seed)
        let report = model.load(renamed, source: source)
        guard report.isComplete else {
            session.output.show(LoadedReport(report, name: architecture.name, source: source, isTaken: false).bundle)
            throw call.error(
                .file, at: "weights", "\(source) doesn't hold all of \(architecture.name)'s tensors: \(LoadedReport.counts(report)).",
                hint: "`net = \(architecture.name)(num_classes=…)`, then `load net from \"\(source)\" partial=true` takes what fits.")
        }
        if outputs == 1000 { model.classes = ImageNet.classes }
        session.say(.done, lines: ["\(source): \(LoadedReport.counts(report))"] + notes + report.notes)
        if !report.unexpected.isEmpty {
            session.say(.warning, "not used of the file: \(Session.listed(report.unexpected.map(\.name)))")
        }
        return NetworkObject(model)
    }

    private static func resize(_ network: inout NetworkObject, to size: (width: Int, height: Int), _ architecture: Architecture) throws {
        network.model.inputShape = [network.model.inputShape[0], size.height, size.width]
        _ = try network.model.graph()
        var preprocessing = architecture.preprocessing
        let side = min(size.width, size.height)
        preprocessing.resize = preprocessing.resize * side / max(preprocessing.crop, 1)
        preprocessing.crop = side
        network.model.setPreprocessing(
            size.width == size.height
                ? preprocessing.pipeline
                : try TransformPipeline(preprocessing.pipeline.transforms.map {
                    if case .centerCrop = $0 { .centerCrop(ImageSize(width: size.width, height: size.height)) } else { $0 }
                }))
    }
}

/// How much may be asked for.
enum LayerLimits {
    static let classes = 100_000
}

extension StateDictionary {
    /// The tensors of a store, as a file would hold them.
    init(_ parameters: ParameterStore) {
        self.init(
            parameters.names.compactMap { name in
                parameters[name].map { .init(name: name, tensor: $0, storedAs: name.hasSuffix("num_batches_tracked") ? .int64 : .float32) }
            })
    }
}
