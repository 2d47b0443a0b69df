import CommandLanguage
import Imaging
import Learning
import ModelZoo
import NeuralNetworks
import Presentation
import Tensors

/// Constructors of networks: own ones here, those of the zoo as a family.
enum NetworkConstructors {
    static var all: [any Constructor<Session>.Type] { [SequentialNetwork.self, Trunk.self] }
}

/// `Sequential(...)`: layers in a row, named or numbered; around a part of another network too.
enum SequentialNetwork: Constructor {
    static let parts = ParameterType.oneOf([.object(["layer", "network"]), .list(.object(["layer", "network"]))])

    static let declaration = ConstructorDeclaration(
        "Sequential", kind: "network", "Layers in a row: an own network, or a part of one.",
        discussion: "Parts get the names that they are given, `Sequential(trunk=…, head=…)`, or numbers. A trunk of another network, "
            + "`net.until(layer4)`, brings its weights, and its pictures are prepared as they were there. Sizes that follow from the layer before are inferred.",
        parameters: [
            .positional("layers", .list(.object(["layer", "network"])), "layers without names"),
            .option("input_size", .size, defaultText: "the trunk's, or 224", "the size of its pictures"),
        ],
        others: parts,
        examples: [
            "own = Sequential(trunk=net.until(layer4), pool=AdaptiveAvgPool2d(1), flat=Flatten, head=Linear(classes))",
            "small = Sequential(Conv2d(8, 3, stride=2), ReLU, AdaptiveAvgPool2d(1), Flatten, Linear(2), input_size=32)",
        ], setup: "net")

    static func make(_ call: BoundCall, in session: Session) throws -> Value {
        var named: [(name: String, part: LayerObject)] = try call.list("layers").enumerated().map { ("\($0.offset)", try NetworkObject.layer(of: $0.element)) }
        for (name, value) in call.others { named.append((name, try NetworkObject.layer(of: value))) }
        guard !named.isEmpty else {
            throw call.error(.missingArgument, "Sequential needs layers.", hint: "`Sequential(trunk=resnet18.until(layer4), pool=AdaptiveAvgPool2d(1), flat=Flatten, head=Linear(classes))`")
        }
        let row = LayerObject(row: named)
        // Layers that begin with features are a part of something: a head.
        guard row.takesPictures else { return .object(row) }
        return .object(try network(row, call, in: session))
    }

    private static func network(_ row: LayerObject, _ call: BoundCall, in session: Session) throws -> NetworkObject {
        let origin = row.origin.flatMap { $0.beginsAtInput ? $0 : nil }
        var shape = origin?.inputShape ?? [3, 224, 224]
        if let size = call.optionalSize("input_size") { shape = [shape[0], size.height, size.width] }
        let side = min(shape[1], shape[2])
        var preprocessing = origin?.preprocessing ?? Preprocessing(resize: side * 8 / 7, crop: side).pipeline
        if let origin, origin.inputShape != shape { preprocessing = Preprocessing(resize: side * 8 / 7, crop: side).pipeline }
        var model = try ModelState(
            module: row.module, inputShape: shape, preprocessing: preprocessing, seed: session.state.trainer.settings.seed)
        model.fresh = Set(model.parameters.names)
        for name in row.parameters.names {
            guard let tensor = row.parameters[name], model.parameters[name]?.shape == tensor.shape else { continue }
            model.parameters[name] = tensor
            model.fresh.remove(name)
        }
        model.freeze.freeze(row.frozen)
        if let origin {
            model.decoding = origin.decoding
            if origin.weights != "none" { model.weights = "\(origin.weights) (\(origin.architecture))" }
        }
        if let outputs = try? model.graph().outputShape, let data = session.currentDataset?.dataset.dataset, outputs == [data.classes.count] {
            model.classes = data.classes
        }
        var network = NetworkObject(model)
        network.blueprint = row
        return network
    }
}

/// `net.until(layer4)`: a trunk.
enum Trunk: Constructor {
    static let declaration = ConstructorDeclaration(
        "until", kind: "layer", "The network up to and including a layer, with its weights: a trunk for an own network.",
        discussion: "The layer is named as in `show net`. What data flows around, as it does around the inside of a residual block, can't be cut there.",
        parameters: [.required("layer", .oneOf([.path(["layer"]), .text]), "the last layer of the trunk")], receivers: ["network"],
        examples: ["trunk = net.until(layer3)"], setup: "net")

    static func make(_ call: BoundCall, in session: Session) throws -> Value {
        guard case .object(let object)? = call.receiver, let network = object as? NetworkObject else {
            throw call.error(.type, "`until` is a method of networks.")
        }
        var segments: [String]
        switch call.value("layer") {
        case .path(let path)?: segments = [path.root] + path.segments
        case .text(let text)?: segments = text.split(separator: ".").map(String.init)
        default: throw call.error(.missingArgument, "until needs a layer.")
        }
        // `net.until(net.layer4)` says the same.
        if segments.count > 1, network.model.module[path: segments[0]] == nil, session.object(named: segments[0]) is NetworkObject { segments.removeFirst() }
        let inner = network.innerName(segments)
        let trunk: Module
        do throws(SurgeryError) { trunk = try network.model.module.until(inner) } catch {
            guard case .noSuchPart(_, let names) = error else { throw error }
            let wrong = segments.last ?? inner
            throw call.error(
                .unknownPath, at: "layer", "The network has no part `\(inner)`.", hint: "Parts there: \(Session.listed(names)).",
                suggestions: Spelling.nearest(to: wrong, among: names))
        }
        var part = LayerObject(trunk, of: network.model, path: "", beginsAtInput: true)
        part.origin?.path = inner
        return .object(part)
    }
}
