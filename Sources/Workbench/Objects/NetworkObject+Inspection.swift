import CommandLanguage
import Learning
import NeuralNetworks
import Presentation
import Tensors

/// A network as Shift-Tab sees it, also while a cell trains: with the rates that the trainer has for it.
struct InspectedNetwork: LanguageObject {
    let network: NetworkObject
    let rates: LearningRates

    var kind: String { network.kind }
    var summary: String { network.summary }
    func members(at path: [String]) -> [Member] { network.members(at: path) }
    func inspection(at path: [String]) -> MIMEBundle? { network.inspection(at: path, rates: rates) }
}

extension NetworkObject {
    func inspection(at path: [String]) -> MIMEBundle? { inspection(at: path, rates: nil) }

    /// What is known of a part: shape, whether it trains, its figures, and its group and rate where the trainer's are given.
    func inspection(at path: [String], rates: LearningRates?) -> MIMEBundle? {
        guard !path.isEmpty else { return MIMEBundle(plain: summary) }
        let inner = innerName(path)
        let groups = rates.flatMap { self.groups($0) }
        if let part = model.module[path: inner] {
            return MIMEBundle(plain: lines(of: part, inner, groups).joined(separator: "\n"))
        }
        if let tensor = model.parameters[inner] {
            return MIMEBundle(plain: lines(of: tensor, inner, groups).joined(separator: "\n"))
        }
        guard path.count == 1, let property = Property(rawValue: path[0]) else { return nil }
        switch property {
        case .classes where !model.classes.isEmpty: return MIMEBundle(plain: "\(property.help): \(Session.listed(model.classes))")
        case .weights: return MIMEBundle(plain: "\(property.help): \(model.weights)")
        default: return MIMEBundle(plain: property.help)
        }
    }

    private func lines(of part: Module, _ inner: String, _ groups: ParameterGroups?) -> [String] {
        let names = model.parameters.parameterNames.filter { $0.hasPrefix(inner + ".") }
        let count = names.reduce(0) { $0 + (model.parameters[$1]?.count ?? 0) }
        let learning = names.filter { model.freeze.trains($0) }
        let trainable = learning.reduce(0) { $0 + (model.parameters[$1]?.count ?? 0) }
        var lines = ["\(inner): \(part.written)"]
        if let graph = try? model.graph(), let node = graph.outputNode(ofPath: inner) {
            lines.append("output \(graph.nodes[node].shape)")
        }
        guard count > 0 else { return lines }
        lines.append("\(Format.count(count)) parameters, \(trainable == count ? "all" : Format.count(trainable)) of them train")
        if let rate = Self.described(learning, groups) { lines.append(rate) }
        // A layer's own tensors, not those of a whole block.
        for name in names where !name.dropFirst(inner.count + 1).contains(".") {
            guard let tensor = model.parameters[name] else { continue }
            lines.append("\(name.dropFirst(inner.count + 1)) \(tensor.shape): \(Self.figures(tensor))")
        }
        return lines
    }

    private func lines(of tensor: Tensor, _ inner: String, _ groups: ParameterGroups?) -> [String] {
        let isBuffer = model.parameters.entry(inner)?.role == .buffer
        let state = isBuffer ? "buffer" : model.freeze.trains(inner) ? "trains" : "frozen"
        var lines = ["\(inner): \(tensor.shape), \(state)", Self.figures(tensor)]
        if state == "trains", let rate = Self.described([inner], groups) { lines.append(rate) }
        return lines
    }

    /// The trainer's groups and rates of some parameters.
    private static func described(_ names: [String], _ groups: ParameterGroups?) -> String? {
        guard let groups else { return nil }
        var found: [ParameterGroup] = []
        for name in names { if let group = groups[name], !found.contains(group) { found.append(group) } }
        guard let first = found.first, let last = found.last else { return nil }
        if found.count == 1 { return "trainer: lr \(Value.written(first.learningRate)), group \(first.name)" }
        return
            "trainer: lr \(Value.written(first.learningRate)) to \(Value.written(last.learningRate)), groups \(Session.listed(found.map(\.name)))"
    }

    /// Beyond so many values the figures are those of the first rows: Shift-Tab answers at once.
    private static let mostValues = 1 << 22

    private static func figures(_ tensor: Tensor) -> String {
        func short(_ value: Double) -> String { Format.significant(value, 3) }
        guard tensor.shape.rank > 0, tensor.count > 0 else {
            return tensor.count == 1 ? short(Double(tensor[flat: 0])) : "no values"
        }
        var rows = tensor.shape[0]
        if tensor.count > mostValues { rows = max(1, rows * mostValues / tensor.count) }
        let isWhole = rows == tensor.shape[0]
        let facts = TensorStatistics(isWhole ? tensor : tensor.sliced([(0..<rows, true)]))
        return "mean \(short(facts.mean)) ± \(short(facts.deviation)), from \(short(facts.low)) to \(short(facts.high))"
            + (isWhole ? "" : " (the first \(Format.counted(rows, "row")))")
    }
}
