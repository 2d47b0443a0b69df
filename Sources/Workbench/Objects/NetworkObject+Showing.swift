import CommandLanguage
import Imaging
import Learning
import NeuralNetworks
import Presentation
import Tensors

/// What is shown of a network and its parts.
extension NetworkObject {
    func show(_ path: Path, in session: Session) throws -> MIMEBundle {
        switch try place(path) {
        case .whole: return overview(name: path.root, in: session).bundle
        case .part(let inner):
            guard let part = model.module[path: inner] else { throw noPart(path) }
            return report(of: part, inner, name: "\(path.root).\(inner)", in: session).bundle
        case .tensor(let name, let steps): return try parameter(name, in: session).sliced(steps, path).show(Path(path.root), in: session)
        case .pattern(_, let tensors, let parts):
            if tensors.isEmpty { return partTable(parts).bundle }
            return ParameterTable(model, names: tensors, rates: rates(in: session), limit: session.state.display.rows).table.bundle
        case .property(let property, let rest):
            if property == .preprocessing, rest.isEmpty { return MIMEBundle(plain: model.preprocessing.line) }
            if property == .classes, rest.isEmpty {
                return MIMEBundle(plain: model.classes.isEmpty ? "The outputs have no names yet: a training gives them those of its data." : model.classes.enumerated().map { "\($0.offset)  \($0.element)" }.joined(separator: "\n"))
            }
            let value = try value(at: path, in: session)
            return try session.bundle(of: value)
        }
    }

    /// The whole network: facts, layers, and what trains.
    private func overview(name: String, in session: Session) -> Report {
        var report = Report()
        var facts = [("network", model.architecture), ("weights", model.weights)]
        let side = model.inputShape
        facts.append(("input", "\(side[2])×\(side[1]), \(side[0]) \(side[0] == 1 ? "channel" : "channels")"))
        facts.append(("pictures", model.preprocessing.line))
        if !model.classes.isEmpty { facts.append(("classes", Session.listed(model.classes))) }
        facts.append(("head", model.head.map { "\($0): \(model.module[path: $0]?.written ?? "")" } ?? "none"))
        let all = model.parameters.parameterCount
        let learning = model.trainableNames.reduce(0) { $0 + (model.parameters[$1]?.count ?? 0) }
        facts.append(("parameters", "\(Format.count(all)), \(Format.count(learning)) of them train"))
        if let graph = try? model.graph() {
            let work = graph.summary(model.freeze).reduce(0) { $0 + $1.multiplyAdds }
            facts.append(("work", "\(Format.short(work)) multiply-adds a picture"))
        }
        if let text = BatchNormFacts(model).sentence { facts.append(("BatchNorm", text)) }
        report.append(.facts(facts))
        report.append(.tree(tree(model.module, "", name: name, in: session).view))
        return report
    }

    private func report(of part: Module, _ inner: String, name: String, in session: Session) -> Report {
        guard part.isLayer else { return Report([.tree(tree(part, inner, name: name, in: session).view)]) }
        var facts = [("layer", part.written)]
        let graph = try? model.graph()
        if let graph, let node = graph.outputNode(ofPath: inner) {
            let inputs = graph.nodes[node].inputs.map { graph.nodes[$0].shape.description }.joined(separator: " and ")
            facts.append(("shapes", "\(inputs) → \(graph.nodes[node].shape)"))
            if let work = graph.summary(model.freeze).first(where: { $0.path == inner })?.multiplyAdds, work > 0 {
                facts.append(("work", "\(Format.short(work)) multiply-adds a picture"))
            }
        }
        var report = Report([.heading(name), .facts(facts)])
        let names = model.parameters.names.filter { $0.hasPrefix(inner + ".") }
        if !names.isEmpty { report.append(.table(ParameterTable(model, names: names, rates: rates(in: session), limit: 60).table)) }
        return report
    }

    func tree(_ part: Module, _ inner: String, name: String, in session: Session) -> NetworkTree {
        var rates: [String: Double] = [:]
        if let groups = self.rates(in: session) {
            for group in groups.groups { for name in group.parameters { rates[name] = group.learningRate } }
        }
        return NetworkTree(
            module: part, name: name, prefix: inner, shapes: (try? model.graph())?.shapesByPath ?? [:], trains: { model.freeze.trains($0) },
            rates: rates, depth: inner.isEmpty ? 2 : 3)
    }

    private func partTable(_ paths: [String]) -> Table {
        let shapes = (try? model.graph())?.shapesByPath ?? [:]
        var table = Table([.init("part"), .init("layer"), .init("output"), .init("parameters", .right)])
        for path in paths {
            let count = model.module[path: path]?.parameterDeclarations.reduce(0) {
                $0 + ($1.declaration.role == .parameter ? $1.declaration.shape.elementCount : 0)
            }
            table.rows.append([
                .init(path), .init(model.module[path: path]?.written ?? ""), .init(shapes[path]?.description ?? ""),
                .init(Format.count(count ?? 0)),
            ])
        }
        return table
    }
}

/// Tensors of a network in rows.
struct ParameterTable {
    let table: Table

    init(_ model: ModelState, names: [String], rates: ParameterGroups?, limit: Int, caption: String = "") {
        var table = Table(
            [
                .init("name"), .init("shape"), .init("values", .right), .init("trains"), .init("rate", .right), .init("mean", .right),
                .init("std", .right),
            ], caption: caption, limit: limit)
        var total = 0
        var learning = 0
        for name in names {
            guard let entry = model.parameters.entry(name) else { continue }
            let statistics = TensorStatistics(entry.tensor)
            let trains = entry.role == .parameter && model.freeze.trains(name)
            total += entry.tensor.count
            if trains { learning += entry.tensor.count }
            table.rows.append([
                .init(name), .init(entry.tensor.shape.description), .init(Format.count(entry.tensor.count)),
                .init(entry.role == .buffer ? "buffer" : trains ? "yes" : "frozen", mood: trains ? .good : .muted),
                .init(trains ? rates?[name].map { Value.written($0.learningRate) } ?? "" : ""),
                .init(Format.significant(statistics.mean, 3)), .init(Format.significant(statistics.deviation, 3)),
            ])
        }
        table.footer = [.init(Format.counted(table.rows.count, "tensor")), "", .init(Format.count(total)), .init("\(Format.count(learning)) train"), "", "", ""]
        self.table = table
    }
}

/// What the BatchNorm layers of a network will do while it trains.
struct BatchNormFacts {
    /// Layers that normalise by their stored statistics, and those that gather new ones.
    let fixed: [String]
    let moving: [String]
    /// Those of the moving ones whose weights are frozen.
    let drifting: [String]

    init(_ model: ModelState) {
        var (fixed, moving, drifting): ([String], [String], [String]) = ([], [], [])
        for (path, layer) in model.module.namedLayers {
            guard case .batchNorm2d = layer else { continue }
            if model.freeze.batchNormMode(path: path) == .evaluation { fixed.append(path) } else {
                moving.append(path)
                if ["weight", "bias"].allSatisfy({ !model.freeze.trains(path.isEmpty ? $0 : "\(path).\($0)") }) { drifting.append(path) }
            }
        }
        (self.fixed, self.moving, self.drifting) = (fixed, moving, drifting)
    }

    /// `nil` if the network has no BatchNorm.
    var sentence: String? {
        switch (fixed.count, moving.count) {
        case (0, 0): return nil
        case (let count, 0): return "\(count == 1 ? "the one layer keeps" : "all \(count) layers keep") their stored statistics (bn=eval)"
        case (0, let count): return "\(count == 1 ? "the one layer follows" : "all \(count) layers follow") the batches' statistics (bn=train)"
        case (let still, let count): return "\(still) layers keep their stored statistics, \(count) follow the batches'"
        }
    }
}

extension TransformPipeline {
    /// The transforms in a line, in their order.
    var line: String { transforms.isEmpty ? "pixels divided by 255" : transforms.map { TransformObject(transform: $0).summary }.joined(separator: " → ") }
}
