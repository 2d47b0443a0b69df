import CommandLanguage
import Learning
import NeuralNetworks
import Presentation
import Tensors

/// One tensor of a network, or a slice of it: `net.fc.weight`, `net.conv1.weight[0]`.
struct ParameterObject: SessionObject {
    /// Its full name, with the indices of a slice.
    var name: String
    var tensor: Tensor
    /// A statistic such as a running mean, which no gradient moves.
    var isBuffer = false
    var trains = false
    /// The values when the network was made or loaded.
    var initial: Tensor?
    /// The gradient of the whole tensor in the last step.
    var gradient: TensorStatistics?
    /// The rate that training would give it.
    var rate: Double?

    let kind = "parameter"

    var summary: String { "\(name): \(tensor.shape)\(tensor.shape.rank == 0 ? ", \(Format.significant(Double(tensor[flat: 0]), 6))" : "")" }

    func value(at path: Path, in session: Session) throws -> Value {
        path.steps.isEmpty ? .object(self) : .object(try sliced(path.steps, path))
    }

    /// The part at indices, one an axis: a number takes the axis away, a range keeps it.
    func sliced(_ steps: [Path.Step], _ path: Path) throws -> ParameterObject {
        guard !steps.isEmpty else { return self }
        guard steps.count <= tensor.shape.rank else {
            throw Diagnostic(
                .shape, "`\(name)` is \(tensor.shape): it takes \(Format.counted(tensor.shape.rank, "index", "indices")), not \(steps.count).", at: path.span)
        }
        var bounds: [(range: Range<Int>, isKept: Bool)] = []
        for (axis, step) in steps.enumerated() {
            let size = tensor.shape[axis]
            switch step {
            case .index(let index):
                let position = index < 0 ? index + size : index
                guard (0..<size).contains(position) else {
                    throw Diagnostic(.value, "Axis \(axis) of `\(name)` has \(size) entries, counted from 0; \(index) is none of them.", at: path.span)
                }
                bounds.append((position..<position + 1, false))
            case .slice(let from, let to):
                let low = min(max(from < 0 ? from + size : from, 0), size)
                bounds.append((low..<max(low, min(max(to < 0 ? to + size : to, 0), size)), true))
            case .all: bounds.append((0..<size, true))
            case .segment, .key:
                throw Diagnostic(.type, "`\(name)` is a tensor of shape \(tensor.shape): its entries have numbers, `\(path.root).\(name)[0]`.", at: path.span)
            }
        }
        var result = self
        result.name = "\(name)[\(steps.map(Self.written).joined(separator: ", "))]"
        result.tensor = tensor.sliced(bounds)
        result.initial = initial.flatMap { $0.shape == tensor.shape ? $0.sliced(bounds) : nil }
        result.gradient = nil
        return result
    }

    private static func written(_ step: Path.Step) -> String {
        switch step {
        case .index(let index): "\(index)"
        case .slice(let from, let to): "\(from)..\(to)"
        case .all: ":"
        case .segment(let text), .key(let text): text
        }
    }

    func inspection(at path: [String]) -> MIMEBundle? { path.isEmpty ? MIMEBundle(plain: summary) : nil }
}

extension Tensor {
    /// The entries within ranges of the first axes; axes that aren't kept go away.
    func sliced(_ bounds: [(range: Range<Int>, isKept: Bool)]) -> Tensor {
        let rest = shape.dimensions.dropFirst(bounds.count)
        let inner = rest.reduce(1, *)
        let strides = shape.rowMajorStrides
        var offsets = [0]
        for (axis, bound) in bounds.enumerated() {
            offsets = offsets.flatMap { offset in bound.range.map { offset + $0 * strides[axis] } }
        }
        let target = Shape(bounds.filter(\.isKept).map(\.range.count) + rest)
        return unsafe withElements { elements in
            unsafe Tensor(uninitialized: target) { buffer in
                var position = 0
                for offset in offsets {
                    for index in 0..<inner { unsafe buffer.initializeElement(at: position + index, to: elements[offset + index]) }
                    position += inner
                }
            }
        }
    }
}
