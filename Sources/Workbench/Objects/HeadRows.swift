import Learning
import NeuralNetworks
import Presentation
import Tensors

/// The rows of a head by class: what a new head may take over.
struct HeadRows {
    private let classes: [String]
    private let weight: Tensor?
    private let bias: Tensor?

    /// The rows of the last layer with weights in the part at a path.
    init(_ model: ModelState, _ path: String) {
        classes = model.classes
        let last = Self.lastLayer(model, path)
        weight = last.flatMap { model.parameters["\($0).weight"] }
        bias = last.flatMap { model.parameters["\($0).bias"] }
    }

    private static func lastLayer(_ model: ModelState, _ path: String) -> String? {
        model.module.namedLayers.last { name, layer in (name == path || name.hasPrefix(path + ".")) && !layer.parameters.isEmpty }?.path
    }

    /// Copies the rows of classes that both heads know, by name, letter case ignored; tells which.
    func carry(into model: inout ModelState, at path: String) -> String {
        guard !classes.isEmpty, !model.classes.isEmpty else { return "no rows kept: the classes of \(classes.isEmpty ? "the old" : "the new") head are not known" }
        guard let last = Self.lastLayer(model, path), let weight, var target = model.parameters["\(last).weight"],
            weight.shape.dimensions.dropFirst() == target.shape.dimensions.dropFirst(), weight.shape[0] == classes.count,
            target.shape[0] == model.classes.count
        else { return "no rows kept: the heads read different features" }
        var targetBias = model.parameters["\(last).bias"]
        var positions: [String: Int] = [:]
        for (index, name) in classes.enumerated() where positions[name.lowercased()] == nil { positions[name.lowercased()] = index }
        var kept: [String] = []
        let size = weight.count / max(classes.count, 1)
        for (row, name) in model.classes.enumerated() {
            guard let old = positions[name.lowercased()] else { continue }
            unsafe weight.withElements { elements in
                unsafe target.withMutableElements { buffer in
                    for column in 0..<size { unsafe buffer[row * size + column] = elements[old * size + column] }
                }
            }
            if let bias, bias.count == classes.count, targetBias?.count == model.classes.count { targetBias?[flat: row] = bias[flat: old] }
            kept.append(name)
        }
        guard !kept.isEmpty else { return "no rows kept: the heads have no class in common" }
        model.parameters["\(last).weight"] = target
        if let targetBias { model.parameters["\(last).bias"] = targetBias }
        return "\(Format.counted(kept.count, "row")) kept from the old head: \(Session.listed(kept))"
    }
}
