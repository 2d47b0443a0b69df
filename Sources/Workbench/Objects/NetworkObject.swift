import CommandLanguage
import Learning
import ModelZoo
import NeuralNetworks
import Presentation
import Tensors

/// A network of the session: the model, and what it was when it came.
struct NetworkObject: SessionObject {
    var model: ModelState
    /// The weights as they were made or loaded, to tell what training has changed since. Shared with the model's until they change.
    var origin: ParameterStore
    /// An own network as it was written, before sizes were filled in: what is put into another network if it is used as a part.
    var blueprint: LayerObject?
    /// What tells this network from one that gets the same name later: the trainer begins anew with another network.
    let identity = UInt64.random(in: .min ... .max)

    init(_ model: ModelState) {
        self.model = model
        origin = model.parameters
    }

    let kind = "network"

    var summary: String {
        let trainable = model.trainableNames.reduce(0) { $0 + (model.parameters[$1]?.count ?? 0) }
        let weights = model.weights == "none" ? "random weights" : "weights: \(model.weights)"
        let shape = model.inputShape.dimensions.map(String.init).joined(separator: "×")
        let count = Format.short(model.parameters.parameterCount)
        let learning = trainable == model.parameters.parameterCount ? "all of them train" : "\(Format.short(trainable)) of them train"
        return "\(model.architecture), \(weights), \(count) parameters, \(learning), input \(shape)"
    }

    func introduction(as name: String, in session: Session) -> MIMEBundle {
        var lines = ["\(name): \(summary), \(outputs)"]
        if let published = model.publishedWeights {
            let side = published.preprocessing
            lines.append(
                "published as \(published.tag): \(Format.fixed(published.top1, 1)) % top-1 on ImageNet; pictures are resized to \(side.resize), cut to \(side.crop) and normalised as its training had it")
        }
        let broken = brokenTensors
        if let broken { lines.append(broken) }
        return Notice(broken == nil ? .done : .warning, lines).bundle
    }

    /// Which tensors hold infinities or NaN; `nil` if none does. Layers may hide them: a ReLU can make 0 of NaN.
    var brokenTensors: String? {
        let broken = model.tensorsNotFinite
        guard !broken.isEmpty else { return nil }
        return "\(Session.listed(broken)): not all values are finite numbers, so nothing that this network says can be trusted"
    }

    private var outputs: String {
        guard let count = try? model.graph().outputShape else { return "no output" }
        if model.classes.count > 12 { return Format.counted(model.classes.count, "class", "classes") }
        return model.classes.isEmpty ? "output \(count)" : "classes \(Session.listed(model.classes))"
    }

    /// The network as a part of another: as it was written if its weights are the ones it was made with, else with its weights.
    var asPart: LayerObject {
        if let blueprint, model.parameters.sharesStorage(with: origin) { return blueprint }
        return LayerObject(model.module, of: model, path: "")
    }
}

extension ParameterStore {
    /// Whether no tensor was written to since one store was copied from the other.
    func sharesStorage(with other: ParameterStore) -> Bool {
        names == other.names
            && names.allSatisfy { name in
                guard let own = self[name], let others = other[name] else { return false }
                return own.sharesStorage(with: others)
            }
    }
}
