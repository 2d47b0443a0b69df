/// Where training begins: the cut of a graph into a fixed part below and a part that changes above.
///
/// A node is below if it owns nothing that trains, gathers no statistics, draws no random numbers, and reads only nodes below.
/// Everything below can run as an inference plan, and its results can be kept for the whole training.
public struct Frontier: Hashable, Sendable {
    /// For each node, whether it is fixed.
    public let isBelow: [Bool]
    /// The nodes below whose results are read above, ascending: what a feature cache holds for each image.
    /// Just the input, `[0]`, when the first layer trains.
    public let boundary: [Int]
    /// Names of the parameters above the frontier that train, in graph order.
    public let trainable: [String]

    /// The frontier of a graph under a freeze plan.
    public init(_ graph: Graph, _ plan: FreezePlan) {
        var below = [Bool](repeating: false, count: graph.nodes.count)
        var names: [String] = []
        for (index, node) in graph.nodes.enumerated() {
            var fixed = node.inputs.allSatisfy { below[$0] }
            for (name, declaration) in node.parameters where declaration.role == .parameter && plan.trains(name) {
                fixed = false
                names.append(name)
            }
            if case .layer(let layer) = node.operation {
                switch layer {
                case .batchNorm2d where plan.batchNormMode(path: node.path) == .training: fixed = false
                // A frozen branch is never dropped: its features would not be fixed, for no gain.
                case .dropout where layer.isRandomInTraining: fixed = false
                default: break
                }
            }
            below[index] = fixed
        }
        isBelow = below
        trainable = names
        var read = Set<Int>()
        for (index, node) in graph.nodes.enumerated() where !below[index] {
            read.formUnion(node.inputs.filter { below[$0] })
        }
        if below[graph.output] { read.insert(graph.output) }
        boundary = read.sorted()
    }

    /// Whether there is a fixed part worth running by itself.
    public var hasFixedPart: Bool { boundary != [0] }
}
