/// A path with its indices evaluated: `net.layer4.**.weight`, `bees.train[3]`.
public struct Path: Sendable, Equatable, CustomStringConvertible {
    /// One step.
    public enum Step: Sendable, Equatable {
        /// A name, a number, `*` or `**`.
        case segment(String)
        case index(Int)
        case key(String)
        /// `[2..5]`: items 2, 3 and 4.
        case slice(Int, Int)
        /// `[:]`: everything along an axis.
        case all
    }

    /// The name it begins with.
    public let root: String
    public let steps: [Step]
    /// Where it stands in the cell.
    public let span: Span?

    public init(_ root: String, _ steps: [Step] = [], span: Span? = nil) {
        self.root = root
        self.steps = steps
        self.span = span
    }

    /// The names of the steps up to the first index.
    public var segments: [String] {
        var result: [String] = []
        for step in steps {
            guard case .segment(let name) = step else { break }
            result.append(name)
        }
        return result
    }

    /// The segments joined by dots: what a pattern inside the root says.
    public var inner: String { segments.joined(separator: ".") }

    /// The name, if the path is nothing more.
    public var bareName: String? { steps.isEmpty ? root : nil }

    /// Whether a step is a wildcard.
    public var hasWildcard: Bool { segments.contains { $0.contains("*") } }

    public var description: String {
        steps.reduce(into: root) { text, step in
            switch step {
            case .segment(let name): text += ".\(name)"
            case .index(let index): text += "[\(index)]"
            case .key(let key): text += "[\"\(key)\"]"
            case .slice(let from, let to): text += "[\(from)..\(to)]"
            case .all: text += "[:]"
            }
        }
    }

    public static func == (left: Path, right: Path) -> Bool { left.root == right.root && left.steps == right.steps }
}
