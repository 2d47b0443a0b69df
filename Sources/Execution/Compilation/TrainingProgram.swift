import NeuralNetworks
import Tensors

/// The steps of a training: the nodes above the frontier in graph order, each with what it reads; in the fast backend normalisation, a sum and
/// an activation that follow each other are one step.
struct TrainingProgram {
    /// One step: the value of `node` from those of `inputs`.
    struct Step {
        let node: Int
        let inputs: [Int]
        /// Set where this step is a normalisation with what stands behind it.
        let normalization: FusedNormalization?
    }

    /// `activation(norm(x) + residual)`
    struct FusedNormalization {
        /// The node that normalises.
        let norm: Int
        let hasResidual: Bool
        let activation: Activation?
    }

    let graph: Graph
    /// Nodes that forward must compute: not below the frontier, or reading a node whose gradient is wanted.
    let isAbove: [Bool]
    /// Nodes whose values the part above starts from.
    let boundary: [Int]
    let needsGradient: [Bool]
    /// Nodes whose values and gradients are kept after a step.
    let kept: Set<Int>
    private(set) var steps: [Step] = []

    init(_ graph: Graph, _ frontier: Frontier, keeping kept: Set<Int>, fuses: Bool) {
        self.graph = graph
        self.kept = kept
        var isAbove = frontier.isBelow.map(!)
        var needsGradient = [Bool](repeating: false, count: graph.nodes.count)
        let trainable = Set(frontier.trainable)
        for (index, node) in graph.nodes.enumerated() {
            if node.inputs.contains(where: { isAbove[$0] || kept.contains($0) }) { isAbove[index] = true }
            needsGradient[index] =
                kept.contains(index)
                || (isAbove[index]
                    && (node.parameters.contains { trainable.contains($0.name) } || node.inputs.contains { needsGradient[$0] }))
        }
        var read = Set<Int>()
        for (index, node) in graph.nodes.enumerated() where isAbove[index] { read.formUnion(node.inputs.filter { !isAbove[$0] }) }
        if !isAbove[graph.output] { read.insert(graph.output) }
        boundary = read.sorted()
        self.isAbove = isAbove
        let fusions = fuses ? Self.fusions(graph, isAbove: isAbove, kept: kept) : [:]
        let absorbed = Set(fusions.values.flatMap(\.absorbed))
        for index in absorbed { needsGradient[index] = false }
        self.needsGradient = needsGradient
        for (index, node) in graph.nodes.enumerated() where isAbove[index] && !absorbed.contains(index) {
            if let fusion = fusions[index] {
                let x = graph.nodes[fusion.step.norm].inputs[0]
                steps.append(Step(node: index, inputs: [x] + (fusion.residual.map { [$0] } ?? []), normalization: fusion.step))
            } else {
                steps.append(Step(node: index, inputs: node.inputs, normalization: nil))
            }
        }
    }

    /// By the last node of each chain: the step, what is added, and the nodes that vanish in it.
    private static func fusions(
        _ graph: Graph, isAbove: [Bool], kept: Set<Int>
    ) -> [Int: (step: FusedNormalization, residual: Int?, absorbed: [Int])] {
        var readers = [[Int]](repeating: [], count: graph.nodes.count)
        for (index, node) in graph.nodes.enumerated() { for input in node.inputs { readers[input].append(index) } }
        var taken = Set<Int>()
        /// The only reader of a value that nobody else wants to see.
        func next(_ index: Int) -> Int? {
            guard readers[index].count == 1, index != graph.output, !kept.contains(index), !taken.contains(readers[index][0])
            else { return nil }
            return readers[index][0]
        }
        var result: [Int: (step: FusedNormalization, residual: Int?, absorbed: [Int])] = [:]
        for (index, node) in graph.nodes.enumerated() where isAbove[index] && node.shape.rank == 3 {
            guard case .layer(.batchNorm2d) = node.operation, graph.isBlocked(node.inputs[0]) else { continue }
            var last = index
            var absorbed: [Int] = []
            var residual: Int?
            if let sum = next(last), case .add = graph.nodes[sum].operation, graph.nodes[sum].inputs.count == 2,
                let other = graph.nodes[sum].inputs.first(where: { $0 != index }), graph.isBlocked(other)
            {
                residual = other
                absorbed.append(last)
                last = sum
            }
            var activation: Activation?
            if let reader = next(last), case .layer(.activation(let function)) = graph.nodes[reader].operation,
                function.isFusable(behindSum: residual != nil, channels: node.shape[0])
            {
                activation = function
                absorbed.append(last)
                last = reader
            }
            taken.formUnion(absorbed + [last])
            result[last] = (
                FusedNormalization(norm: index, hasResidual: residual != nil, activation: activation), residual, absorbed
            )
        }
        return result
    }

    /// The nodes whose values exist in memory.
    var valued: [Int] { Array(Set(boundary + steps.map(\.node))).sorted() }
}

extension Activation {
    /// Whether the fast backend's normalisation can apply it. Behind a sum its derivative must be clear from the result; where f(0) isn't 0 the
    /// channels must fill their blocks, which would otherwise not stay zero.
    fileprivate func isFusable(behindSum: Bool, channels: Int) -> Bool {
        switch self {
        case .relu, .relu6: true
        case .hardswish, .silu: !behindSum
        case .hardsigmoid, .sigmoid: !behindSum && channels % 16 == 0
        case .gelu, .tanh: false
        }
    }
}
