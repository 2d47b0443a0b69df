import CommandLanguage
import Learning
import NeuralNetworks
import Presentation
import Tensors

/// `compare net with snapshot`: what has changed, layer by layer.
enum Compare: Verb {
    static let declaration = VerbDeclaration(
        "compare", group: "look", "Compares weights: with those at the beginning, a snapshot, another network, a state_dict.",
        discussion: "Without `with`, the weights are compared with what they were when the network was made or loaded: what training changed. "
            + "`with snapshot` means the last snapshot, `with NAME` one by its name.",
        parameters: [
            .positional("what", .path(["network", "state"]), defaultText: "the network in use", "a network or a part of one"),
            .connected("with", "other", .path(["network", "state"]), defaultText: "the weights as they were made or loaded", "another network, a state_dict, a snapshot"),
        ], examples: ["compare net", "best = net.state_dict; compare net.fc with best", "snapshot before; compare net.layer4 with snapshot"], setup: "net")

    static func run(_ call: BoundCall, in session: Session) throws {
        let path = call.optionalPath("what")
        let left: (name: String, part: String, store: ParameterStore)
        if let path, let state = session.object(named: path.root) as? StateObject {
            left = (path.description, path.inner, state.parameters)
        } else {
            let (name, network) = try session.network(path, for: "compare")
            left = (path?.description ?? name, try part(path, network), network.model.parameters)
        }
        let right = try other(call, left.name, path, in: session)
        let comparison = WeightComparison(left.store, right.store, below: left.part, otherPart: right.part)
        guard !comparison.rows.isEmpty else {
            throw call.error(.state, at: "other", "\(left.name) and \(right.name) have no tensor of the same name.", hint: "The first names are \(left.store.names.first ?? "–") and \(right.store.names.first ?? "–").")
        }
        session.output.result(report(comparison, left.name, right.name, rows: session.state.display.rows).bundle)
    }

    private static func part(_ path: Path?, _ network: NetworkObject) throws -> String {
        guard let path else { return "" }
        switch try network.place(path) {
        case .whole: return ""
        case .part(let inner), .tensor(let inner, _): return inner
        case .pattern(let pattern, _, _): return pattern.description
        case .property: throw Diagnostic(.type, "`\(path)` has no weights.", at: path.span)
        }
    }

    /// The weights that are compared with.
    private static func other(_ call: BoundCall, _ leftName: String, _ path: Path?, in session: Session) throws -> (name: String, part: String?, store: ParameterStore) {
        let root = path?.root ?? session.currentNetwork?.name ?? ""
        guard let other = call.optionalPath("other") else {
            guard let network = session.object(named: root) as? NetworkObject else {
                throw call.error(.missingArgument, "compare needs `with` and another state_dict or network.")
            }
            return ("as made or loaded", nil, network.origin)
        }
        switch session.object(named: other.root) {
        case let network as NetworkObject: return (other.description, try part(other, network), network.model.parameters)
        case let state as StateObject: return (other.description, other.steps.isEmpty ? nil : other.inner, state.parameters)
        default: break
        }
        let named = session.past.named
        let chosen = named.last { $0.name == other.root } ?? (other.root == "snapshot" ? named.last : nil)
        guard let chosen else {
            throw Diagnostic(
                .unknownName, "There is no network, state_dict or snapshot `\(other.root)`.", at: other.span,
                hint: named.isEmpty ? "`snapshot before` takes a snapshot; `best = \(root).state_dict` keeps weights." : "Snapshots: \(Session.listed(named.map(\.name))).",
                suggestions: Spelling.nearest(to: other.root, among: named.map(\.name) + session.names(of: NetworkObject.self) + session.names(of: StateObject.self)))
        }
        guard case .object(let object)? = chosen.state.values[root], let network = object as? NetworkObject else {
            throw Diagnostic(.state, "The snapshot \(chosen.name) has no network `\(root)`.", at: other.span)
        }
        return ("snapshot \(chosen.name)", nil, network.model.parameters)
    }

    private static func report(_ comparison: WeightComparison, _ left: String, _ right: String, rows: Int) -> Report {
        var table = Table(
            [.init("tensor"), .init("shape"), .init("norm", .right), .init("change", .right), .init("of its norm"), .init("largest", .right), .init("cosine", .right)],
            caption: "\(left) against \(right)", limit: rows)
        let changed = comparison.rows.filter { !$0.isEqual }
        let most = changed.map(\.share).filter(\.isFinite).max() ?? 1
        for row in changed {
            table.rows.append([
                .init(row.name), .init(row.shape.description), .init(Format.significant(row.norm, 4)), .init(Format.significant(row.change, 3)),
                .init(row.share.isFinite ? Format.percent(row.share, digits: 2) : "from zero", bar: row.share.isFinite && most > 0 ? row.share / most : 1),
                .init(Format.significant(row.largest, 3)), .init(row.cosine.map { Format.fixed($0, 4) } ?? ""),
            ])
        }
        let still = comparison.rows.count - changed.count
        var lines: [String] = []
        if changed.isEmpty { lines.append("\(left) and \(right) are equal, bit for bit: \(Format.counted(still, "tensor"))") } else {
            lines.append("\(changed.count) of \(Format.counted(comparison.rows.count, "tensor")) changed, \(still == 1 ? "1 is" : "\(still) are") equal bit for bit")
        }
        if !comparison.onlyLeft.isEmpty { lines.append("only in \(left): \(Session.listed(comparison.onlyLeft, limit: 6))") }
        if !comparison.onlyRight.isEmpty { lines.append("only in \(right): \(Session.listed(comparison.onlyRight, limit: 6))") }
        if !comparison.otherShape.isEmpty { lines.append("of another shape: \(Session.listed(comparison.otherShape, limit: 6))") }
        var report = Report([.notice(Notice(.info, lines))])
        guard !changed.isEmpty else { return report }
        let parts = comparison.parts
        if parts.count > 1 {
            report.append(
                .chart(
                    Chart(
                        .bars(labels: parts.map(\.name), series: [(name: "relative change", values: parts.map(\.share))]), title: "relative change by part",
                        x: "part", y: "‖difference‖ / ‖before‖", width: max(420, min(900, parts.count * 46)))))
        }
        report.append(.table(table))
        return report
    }
}

/// Two sets of weights, tensor by tensor.
struct WeightComparison {
    struct Row {
        let name: String
        let shape: Shape
        let isEqual: Bool
        /// L2 norms of the second's values and of the difference.
        let norm: Double
        let change: Double
        let largest: Double
        let cosine: Double?
        var share: Double { norm > 0 ? change / norm : change > 0 ? .infinity : 0 }
    }
    private(set) var rows: [Row] = []
    private(set) var onlyLeft: [String] = []
    private(set) var onlyRight: [String] = []
    private(set) var otherShape: [String] = []

    /// - Parameters:
    ///   - part: what is compared of the first; empty: all.
    ///   - otherPart: the part of the second that answers to it, where it is called otherwise; `nil`: the same.
    init(_ left: ParameterStore, _ right: ParameterStore, below part: String, otherPart: String?) {
        let pattern = PathPattern(part)
        let renames = otherPart.map { $0 != part && pattern.isPlain && !$0.contains("*") } ?? false
        func theirs(_ name: String) -> String {
            guard renames, let otherPart else { return name }
            let rest = name == part ? "" : String(name.dropFirst(part.isEmpty ? 0 : part.count + 1))
            return [otherPart, rest].filter { !$0.isEmpty }.joined(separator: ".")
        }
        var met = Set<String>()
        for name in left.names where pattern.matches(name) && !name.hasSuffix("num_batches_tracked") {
            guard let own = left[name] else { continue }
            met.insert(theirs(name))
            guard let other = right[theirs(name)] else {
                onlyLeft.append(name)
                continue
            }
            guard own.shape == other.shape else {
                otherShape.append("\(name) (\(own.shape) against \(other.shape))")
                continue
            }
            rows.append(Self.row(name, own, other))
        }
        let others = PathPattern(otherPart ?? part)
        onlyRight = right.names.filter { others.matches($0) && !met.contains($0) && !$0.hasSuffix("num_batches_tracked") }
    }

    private static func row(_ name: String, _ own: Tensor, _ other: Tensor) -> Row {
        if own.sharesStorage(with: other) {
            // Without a change it still counts in the norm of its part.
            return Row(name: name, shape: own.shape, isEqual: true, norm: TensorStatistics(own).norm, change: 0, largest: 0, cosine: 1)
        }
        var (before, after, dot, change, largest, isEqual) = (0.0, 0.0, 0.0, 0.0, 0.0, true)
        unsafe own.withElements { a in
            unsafe other.withElements { b in
                for index in a.indices {
                    let (x, y) = unsafe (Double(a[index]), Double(b[index]))
                    if unsafe a[index].bitPattern != b[index].bitPattern { isEqual = false }
                    before += y * y
                    after += x * x
                    dot += x * y
                    change += (x - y) * (x - y)
                    largest = max(largest, abs(x - y))
                }
            }
        }
        let lengths = (before * after).squareRoot()
        return Row(
            name: name, shape: own.shape, isEqual: isEqual, norm: before.squareRoot(), change: change.squareRoot(), largest: largest,
            cosine: lengths > 0 ? dot / lengths : nil)
    }

    /// The relative change of each top-level part, all its tensors together.
    var parts: [(name: String, share: Double)] {
        var order: [String] = []
        var sums: [String: (norm: Double, change: Double)] = [:]
        let depth = rows.allSatisfy { $0.name.split(separator: ".").first == rows[0].name.split(separator: ".").first } ? 2 : 1
        for row in rows {
            let name = row.name.split(separator: ".").prefix(depth).joined(separator: ".")
            if sums[name] == nil { order.append(name) }
            let (norm, change) = sums[name] ?? (0, 0)
            sums[name] = (norm + row.norm * row.norm, change + row.change * row.change)
        }
        return order.compactMap { name in
            guard let (norm, change) = sums[name] else { return nil }
            return (name, norm > 0 ? (change / norm).squareRoot() : change > 0 ? 1 : 0)
        }
    }
}
