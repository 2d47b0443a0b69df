import CommandLanguage
import NeuralNetworks
import Presentation
import Tensors

/// Named tensors: `net.state_dict`, or a file's.
struct StateObject: SessionObject {
    /// Weights and buffers by name.
    var parameters: ParameterStore
    /// Where they are from.
    var source: String
    /// What the network's weights were called: `imagenet`, a file, `none`.
    var weights = "none"

    let kind = "state"

    var summary: String {
        let bytes = parameters.names.reduce(0) { $0 + (parameters[$1]?.byteCount ?? 0) }
        return "\(Format.counted(parameters.names.count, "tensor")), \(Format.short(parameters.parameterCount)) parameters, \(Format.bytes(bytes)), from \(source)"
    }

    /// A name may be a path, `best.fc.weight`, or a text, `best["fc.weight"]`.
    func value(at path: Path, in session: Session) throws -> Value {
        guard let (name, rest) = try name(at: path) else { return .object(self) }
        if let tensor = parameters[name] {
            return .object(
                try ParameterObject(name: name, tensor: tensor, isBuffer: parameters.entry(name)?.role == .buffer).sliced(rest, path))
        }
        guard rest.isEmpty else { throw noPart(path) }
        var part = ParameterStore()
        for other in parameters.names where PathPattern(name).matches(other) {
            guard let entry = parameters.entry(other) else { continue }
            part.insert(entry.tensor, name: other, role: entry.role)
        }
        guard !part.names.isEmpty else { throw noPart(path) }
        return .object(StateObject(parameters: part, source: "\(source).\(name)", weights: weights))
    }

    private func name(at path: Path) throws -> (String, [Path.Step])? {
        guard let first = path.steps.first else { return nil }
        if case .key(let key) = first { return (key, Array(path.steps.dropFirst())) }
        let segments = path.segments
        guard !segments.isEmpty else {
            throw Diagnostic(
                .type, "The tensors of `\(path.root)` have names, not numbers.", at: path.span,
                hint: parameters.names.first.map { "`\(path.root)[\"\($0)\"]` is the first.\n`\(path.root)` lists them." })
        }
        return (segments.joined(separator: "."), Array(path.steps.dropFirst(segments.count)))
    }

    func show(_ path: Path, in session: Session) throws -> MIMEBundle {
        if !path.steps.isEmpty {
            guard let object = try value(at: path, in: session).object else { throw noPart(path) }
            return try object.show(Path(path.root, span: path.span), in: session)
        }
        var table = Table(
            [.init("tensor"), .init("shape"), .init("mean", .right), .init("std", .right), .init("norm", .right)],
            caption: summary, limit: session.state.display.rows)
        for name in parameters.names {
            guard let tensor = parameters[name] else { continue }
            let facts = TensorStatistics(tensor)
            table.rows.append([
                .init(name), .init(tensor.shape.description), .init(Format.significant(facts.mean, 3)),
                .init(Format.significant(facts.deviation, 3)), .init(Format.significant(facts.norm, 4)),
            ])
        }
        return table.bundle
    }

    func members(at path: [String]) -> [Member] {
        let prefix = path.isEmpty ? "" : path.joined(separator: ".") + "."
        var seen = Set<String>()
        return parameters.names.compactMap { name in
            guard name.hasPrefix(prefix) else { return nil }
            let rest = name.dropFirst(prefix.count)
            let segment = String(rest.prefix { $0 != "." })
            guard !segment.isEmpty, seen.insert(segment).inserted else { return nil }
            let isLeaf = rest.count == segment.count
            return Member(segment, kind: isLeaf ? "parameter" : "layer", detail: isLeaf ? parameters[name]?.shape.description ?? "" : "")
        }
    }

    func inspection(at path: [String]) -> MIMEBundle? {
        if path.isEmpty { return MIMEBundle(plain: summary) }
        let name = path.joined(separator: ".")
        return parameters[name].map { MIMEBundle(plain: "\(name): \($0.shape)") }
    }
}
