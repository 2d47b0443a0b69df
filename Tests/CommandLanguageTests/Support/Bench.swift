import Presentation
import Synchronization

@testable import CommandLanguage

/// A session of the small language that these tests speak: it writes down what it is told, and computes nothing.
final class Bench: Environment {
    var values: [String: Value] = [:]
    var log: [String] = []
    var shown: [MIMEBundle] = []

    init(filled: Bool = true) {
        guard filled else { return }
        values["net"] = .object(Thing("network", "resnet18, 2 classes", tree: Tree.network))
        values["bees"] = .object(Thing("dataset", "244 pictures of 2 classes", tree: Tree.dataset))
        values["best"] = .object(Thing("state", "62 tensors"))
        values["rate"] = .number(0.01)
        values["word"] = .text("imagenet")
        values["sizes"] = .list([.integer(1), .integer(2)])
        values["日本"] = .integer(3)
    }

    func value(named name: String) -> Value? { name == "classes" ? .integer(2) : values[name] }
    var names: [String] { values.keys.sorted() }

    func value(at path: Path) throws -> Value {
        guard case .object(let object)? = values[path.root] else { throw Diagnostic(.type, "`\(path.root)` has no parts.") }
        guard let last = path.segments.last else { return .path(path) }
        let members = object.members(at: Array(path.segments.dropLast()))
        guard path.hasWildcard || members.contains(where: { $0.name == last }) else {
            throw Diagnostic(.unknownPath, "\(path.root) has no part `\(path.inner)`.", suggestions: Spelling.nearest(to: last, among: members.map(\.name)))
        }
        return .object(Thing("layer", path.description))
    }

    func assign(_ value: Value, to name: String, span: Span?) throws {
        values[name] = value
        log.append("\(name) := \(value.source)")
    }

    func type(at path: Path) throws -> ParameterType? {
        switch path.segments.last {
        case "fc": .oneOf([.object(["layer"]), .list(.object(["layer"]))])
        case "transform": .list(.object(["transform"]))
        case "lr": .rate
        default: nil
        }
    }

    func assign(_ value: Value, at path: Path) throws { log.append("\(path) := \(value.source)") }
    func show(_ value: Value) throws { log.append("show \(value.source)") }
    func show(_ path: Path) throws { log.append("show \(path)") }
    func present(_ bundle: MIMEBundle) { shown.append(bundle) }
    func nextSteps() -> [(cell: String, why: String)] { [("freeze net", "a first step")] }
    func snapshot() -> SessionFacts { SessionFacts(values: values, constants: ["classes": "2 classes"]) }
}

/// An object with parts.
struct Thing: LanguageObject {
    let kind: String
    let summary: String
    let tree: Tree

    init(_ kind: String, _ summary: String, tree: Tree = Tree()) {
        self.kind = kind
        self.summary = summary
        self.tree = tree
    }

    func members(at path: [String]) -> [Member] { tree.at(path)?.members ?? [] }
    func inspection(at path: [String]) -> MIMEBundle? {
        tree.at(path) == nil ? nil : MIMEBundle(plain: path.isEmpty ? summary : "\(kind) part \(path.joined(separator: "."))")
    }
}

/// Parts within parts.
struct Tree: Sendable {
    var children: [(member: Member, tree: Tree)] = []

    var members: [Member] { children.map(\.member) }

    func at(_ path: [String]) -> Tree? {
        guard let first = path.first else { return self }
        return children.first { $0.member.name == first }?.tree.at(Array(path.dropFirst()))
    }

    static func leaf(_ name: String, _ parameters: [String]) -> (Member, Tree) {
        (Member(name, kind: "layer"), Tree(children: parameters.map { (Member($0, kind: "parameter", detail: "[64]"), Tree()) }))
    }

    static func stage(_ name: String, blocks: Int) -> (Member, Tree) {
        let block = Tree(children: [leaf("conv1", ["weight"]), leaf("bn1", ["weight", "bias"]), leaf("conv2", ["weight"])])
        return (Member(name, kind: "layer"), Tree(children: (0..<blocks).map { (Member("\($0)", kind: "layer", detail: "BasicBlock"), block) }))
    }

    static func network(blocks: [Int]) -> Tree {
        Tree(
            children: [leaf("conv1", ["weight"]), leaf("bn1", ["weight", "bias"])]
                + blocks.enumerated().map { stage("layer\($0.offset + 1)", blocks: $0.element) } + [
                    leaf("fc", ["weight", "bias"]), (Member("state_dict", kind: "property"), Tree()),
                ])
    }

    static let network = network(blocks: [2, 2, 2, 2])

    static let dataset: Tree = {
        let transform = (Member("transform", kind: "property"), Tree())
        let classes = Tree(children: ["ants", "bees"].map { (Member($0, kind: "class"), Tree()) })
        return Tree(children: [
            (Member("train", kind: "split"), Tree(children: [transform])), (Member("val", kind: "split"), Tree(children: [transform])),
            (Member("classes", kind: "property"), classes), transform,
        ])
    }()
}

/// A network as deep as ResNet-152 that counts how often it is asked.
final class CountedThing: LanguageObject {
    let kind = "network"
    let summary = "resnet152"
    private let tree = Tree.network(blocks: [3, 8, 36, 3])
    private let count = Mutex(0)
    var asked: Int { count.withLock { $0 } }

    func members(at path: [String]) -> [Member] {
        count.withLock { $0 += 1 }
        return tree.at(path)?.members ?? []
    }
}
