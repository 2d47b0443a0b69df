public import Execution
import NeuralNetworks
public import Tensors

/// Where a network looked: Grad-CAM (Selvaraju et al. 2017).
public struct AttentionMap: Sendable {
    /// `[H, W]` of the layer, 0…1; all zero where nothing speaks for the class.
    public let map: Tensor
    /// The layer whose activations were weighed.
    public let layer: String
    /// The class that was asked about.
    public let target: Int
    /// Softmax probabilities of the picture.
    public let probabilities: [Float]

    /// The map enlarged to a picture's size, bilinearly between the cells' centres: rows of values in 0…1.
    public func enlarged(width: Int, height: Int) -> [[Float]] {
        let (rows, columns) = (map.shape[0], map.shape[1])
        let values = map.elements
        func place(_ position: Int, _ size: Int, _ cells: Int) -> (Int, Int, Float) {
            let source = min(max((Float(position) + 0.5) * Float(cells) / Float(size) - 0.5, 0), Float(cells - 1))
            let below = Int(source)
            return (below, min(below + 1, cells - 1), source - Float(below))
        }
        return (0..<max(height, 0)).map { y in
            let (top, bottom, down) = place(y, height, rows)
            return (0..<max(width, 0)).map { x in
                let (left, right, across) = place(x, width, columns)
                let upper = values[top * columns + left] * (1 - across) + values[top * columns + right] * across
                let lower = values[bottom * columns + left] * (1 - across) + values[bottom * columns + right] * across
                return upper * (1 - down) + lower * down
            }
        }
    }
}

extension ModelState {
    /// Where the model looks in a prepared picture `[C, H, W]` when it speaks for a class.
    ///
    /// A channel's weight is the mean gradient of the class's logit over the channel's area. Dropout passes everything on.
    /// - Parameters:
    ///   - target: the class; `nil`: the most probable one.
    ///   - layer: the layer or block; `nil`: the last one that still has an area.
    /// - Returns: `nil` if there is no such class.
    public func explain(
        _ image: Tensor, target: Int? = nil, layer: String? = nil, options: ExecutionOptions = ExecutionOptions(),
        isInterrupted: () -> Bool = { false }
    ) throws(LearningError) -> AttentionMap? {
        var fixed = self
        fixed.module = module.withoutDropout
        fixed.freeze = FreezePlan()
        fixed.freeze.freeze(parameters.parameterNames)
        let graph = try fixed.graph()
        let path: String
        if let layer { path = layer } else if let last = attentionLayers(graph).first { path = last } else { throw .noArea(path: nil, others: []) }
        let node = try node(ofPath: path, in: graph)
        let shape = graph.nodes[node].shape
        guard shape.rank == 3 else { throw .noArea(path: path, others: attentionLayers(graph)) }
        let input = image.reshaped(Shape([1] + image.shape.dimensions))
        do throws(ExecutionError) {
            let plan = try TrainingPlan(
                graph, parameters: parameters, freeze: fixed.freeze, batchSize: 1, options: options, gradientsAt: [node])
            var random = RandomSource(seed: 0)
            let logits = try plan.forward(.input(input), random: &random, isInterrupted: isInterrupted)
            let probabilities = Evaluation.softmax(logits)[0]
            let target = target ?? Evaluation.largest(probabilities)
            guard probabilities.indices.contains(target) else { return nil }
            var direction = Tensor(zeros: logits.shape)
            direction[flat: target] = 1
            try plan.backward(direction, accumulate: false, isInterrupted: isInterrupted)
            guard let values = plan.value(ofNode: node), let gradient = plan.gradient(ofNode: node) else { return nil }
            return AttentionMap(
                map: Self.weigh(values, by: gradient.averagedOverArea.elements, shape), layer: path, target: target,
                probabilities: probabilities)
        } catch { throw LearningError(error) }
    }

    /// ReLU of the channels' weighted sum, scaled to a maximum of 1; places whose sum isn't finite speak for nothing.
    private static func weigh(_ activations: Tensor, by weights: [Float], _ shape: Shape) -> Tensor {
        let area = shape[1] * shape[2]
        var map = [Float](repeating: 0, count: area)
        unsafe activations.withElements { elements in
            for (channel, weight) in weights.enumerated() where channel < shape[0] {
                for offset in 0..<area { unsafe map[offset] += weight * elements[channel * area + offset] }
            }
        }
        let heat = map.map { $0.isFinite ? max($0, 0) : 0 }
        let largest = heat.max() ?? 0
        return Tensor([shape[1], shape[2]], heat.map { largest > 0 ? $0 / largest : 0 })
    }

    /// The parts with a path whose result still has an area, the last one first, pooling left out: it only blurs.
    private func attentionLayers(_ graph: Graph) -> [String] {
        graph.nodes.enumerated().reversed().compactMap { index, node in
            guard !node.path.isEmpty, node.shape.rank == 3, node.shape[1] * node.shape[2] > 1, !node.operation.isPooling,
                graph.outputNode(ofPath: node.path) == index
            else { return nil }
            return node.path
        }
    }
}

extension Graph.Operation {
    fileprivate var isPooling: Bool {
        guard case .layer(let layer) = self else { return false }
        return switch layer {
        case .maxPool2d, .avgPool2d, .adaptiveAvgPool2d, .adaptiveMaxPool2d, .adaptiveConcatPool2d: true
        default: false
        }
    }
}

extension Module {
    /// The same network without anything random: dropout passes on.
    var withoutDropout: Module {
        switch self {
        case .layer(let layer): return layer.isRandomInTraining ? .layer(.identity) : self
        case .block(var block):
            block.children = block.children.map { Block.Child(name: $0.name, module: $0.module.withoutDropout) }
            if case .steps(let steps) = block.wiring {
                block.wiring = .steps(
                    steps.map { step in
                        if case .function(.layer(let layer)) = step.action, layer.isRandomInTraining {
                            return Wiring.Step(.function(.layer(.identity)), step.inputs)
                        }
                        return step
                    })
            }
            return .block(block)
        }
    }
}
