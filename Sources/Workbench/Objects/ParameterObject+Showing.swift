import CommandLanguage
import Learning
import Foundation
import NeuralNetworks
import Presentation
import Tensors

/// What is shown of a tensor: facts, its distribution, each channel, and what training has done to it.
extension ParameterObject {
    func show(_ path: Path, in session: Session) throws -> MIMEBundle {
        if !path.steps.isEmpty { return try sliced(path.steps, path).show(Path(path.root), in: session) }
        return report(rows: session.state.display.rows).bundle
    }

    func report(rows: Int) -> Report {
        guard tensor.shape.rank > 0, tensor.count > 1 else {
            return Report([.text(tensor.count == 1 ? "\(name) = \(Format.significant(Double(tensor[flat: 0]), 6))" : "\(name): \(tensor.shape), no values")])
        }
        var report = Report([.heading(name), .facts(facts)])
        let values = tensor.elements
        if tensor.count > 32 { report.append(.chart(.histogram(of: values, title: "values", x: "value"))) }
        if let changes { report.append(.chart(.histogram(of: changes.elements, title: "change since loading", x: "difference"))) }
        if tensor.shape.rank > 1 { report.append(.table(channels(limit: rows))) }
        if let text = matrix { report.append(.text(text)) }
        return report
    }

    private var changes: Tensor? {
        guard let initial, initial.shape == tensor.shape, !initial.sharesStorage(with: tensor), initial != tensor else { return nil }
        return tensor.subtracting(initial)
    }

    private var facts: [(String, String)] {
        let statistics = TensorStatistics(tensor)
        func short(_ value: Double) -> String { Format.significant(value, 4) }
        var facts = [("shape", tensor.shape.rank == 1 ? Format.counted(tensor.count, "value") : "\(tensor.shape) = \(Format.counted(tensor.count, "value"))")]
        facts.append(("mean ± std", "\(short(statistics.mean)) ± \(short(statistics.deviation))"))
        facts.append(("from … to", "\(short(statistics.low)) … \(short(statistics.high))"))
        facts.append(("norm (L2)", short(statistics.norm)))
        if statistics.zeros > 0 { facts.append(("zeros", "\(Format.count(statistics.zeros)) (\(Format.percent(Double(statistics.zeros) / Double(max(tensor.count, 1)))))")) }
        if statistics.notFinite > 0 { facts.append(("not finite", Format.count(statistics.notFinite))) }
        facts.append(("training", isBuffer ? "a buffer: no gradient moves it" : trains ? "trains\(rate.map { " at rate \(Value.written($0))" } ?? "")" : "frozen"))
        if let initial, initial.shape == tensor.shape {
            if let changes {
                let change = TensorStatistics(changes)
                let before = TensorStatistics(initial).norm
                facts.append(("changed since loading", "by \(short(change.norm)), \(Format.percent(change.norm / max(before, 1e-30))) of its norm; largest \(short(max(abs(change.low), abs(change.high))))"))
            } else {
                facts.append(("changed since loading", "no"))
            }
        }
        if let gradient {
            let zeros = gradient.zeros > 0 ? ", \(Format.percent(Double(gradient.zeros) / Double(gradient.count))) zeros" : ""
            facts.append((
                "gradient, last step",
                "norm \(short(gradient.norm)), mean ± std \(short(gradient.mean)) ± \(short(gradient.deviation)), from \(short(gradient.low)) to \(short(gradient.high))\(zeros)"
            ))
        }
        return facts
    }

    /// A line for each entry of the first axis: output channels, or outputs.
    private func channels(limit: Int) -> Table {
        let count = tensor.shape[0]
        let size = tensor.count / max(count, 1)
        var table = Table(
            [.init(tensor.shape.rank == 4 ? "channel" : "row", .right), .init("mean", .right), .init("std", .right), .init("norm", .right), .init("values")],
            limit: min(limit, 24))
        let strongest = (0..<count).map { TensorStatistics(tensor.entry($0)).norm }.max() ?? 1
        for row in 0..<count {
            let part = tensor.entry(row)
            let statistics = TensorStatistics(part)
            let spark = size > 1 && statistics.high > statistics.low ? Sparkline.text(Histogram(part.elements, bins: 24).counts) : ""
            table.rows.append([
                .init("\(row)"), .init(Format.significant(statistics.mean, 3)), .init(Format.significant(statistics.deviation, 3)),
                .init(Format.significant(statistics.norm, 3), mood: statistics.norm < strongest * 1e-3 ? .warning : .plain), .init(spark),
            ])
        }
        return table
    }

    /// The values themselves, where there are few.
    private var matrix: String? {
        let columns = tensor.shape[-1]
        guard tensor.count <= 64, columns > 0 else { return nil }
        let texts = tensor.elements.map { Format.significant(Double($0), 3) }
        let width = texts.map(\.count).max() ?? 0
        let rows = stride(from: 0, to: texts.count, by: columns).map { start in
            texts[start..<start + columns].map { String(repeating: " ", count: width - $0.count) + $0 }.joined(separator: "  ")
        }
        return rows.joined(separator: "\n")
    }
}

extension Tensor {
    /// The entry of the first axis at a position.
    func entry(_ position: Int) -> Tensor { sliced([(position..<position + 1, false)]) }

    /// The elementwise difference from a tensor of the same shape.
    func subtracting(_ other: Tensor) -> Tensor {
        unsafe withElements { own in
            unsafe other.withElements { others in
                unsafe Tensor(uninitialized: shape) { buffer in
                    for index in 0..<count { unsafe buffer.initializeElement(at: index, to: own[index] - others[index]) }
                }
            }
        }
    }
}

/// Small histograms in a line of text.
enum Sparkline {
    static func text(_ counts: [Int]) -> String {
        let blocks = Array("▁▂▃▄▅▆▇█")
        let highest = max(counts.max() ?? 1, 1)
        return String(counts.map { blocks[min(7, $0 * 8 / (highest + 1))] })
    }
}
