public import Tensors

/// One layer of a network as a table shows it.
public struct LayerSummary: Hashable, Sendable {
    public let path: String
    /// PyTorch's type: `Conv2d`, …
    public let kind: String
    /// The shape of one sample's result, without the batch.
    public let output: Shape
    /// Learned values, and those of them that train.
    public let parameters: Int
    public let trainable: Int
    /// Multiplications with an addition, for one sample: convolutions and linear layers.
    public let multiplyAdds: Int
}

extension Graph {
    /// The layers in the order in which they run.
    public func summary(_ plan: FreezePlan = FreezePlan()) -> [LayerSummary] {
        nodes.compactMap { node in
            guard case .layer(let layer) = node.operation else { return nil }
            let learned = node.parameters.filter { $0.declaration.role == .parameter }
            func count(_ list: [(name: String, declaration: ParameterDeclaration)]) -> Int {
                list.reduce(0) { $0 + $1.declaration.shape.elementCount }
            }
            let multiplyAdds: Int
            switch layer {
            case .conv2d(let c):
                let perValue = (c.inChannels ?? 0) / max(1, c.groups) * c.kernel.height * c.kernel.width
                multiplyAdds = node.shape.elementCount * perValue
            case .linear(let l): multiplyAdds = node.shape.elementCount * (l.inFeatures ?? 0)
            default: multiplyAdds = 0
            }
            return LayerSummary(
                path: node.path, kind: layer.kind, output: node.shape, parameters: count(learned),
                trainable: count(learned.filter { plan.trains($0.name) }), multiplyAdds: multiplyAdds)
        }
    }
}

extension ParameterStore {
    /// A number that changes when any bit of a frozen tensor changes, or of the statistics of BatchNorm layers in evaluation mode:
    /// FNV-1a (64 bit) over names and values. Equal before and after training: nothing frozen moved.
    public func frozenChecksum(_ module: Module, _ plan: FreezePlan) -> UInt64 {
        var hash: UInt64 = 0xCBF2_9CE4_8422_2325
        func mix(_ word: UInt32) { hash = (hash ^ UInt64(word)) &* 0x100_0000_01B3 }
        for (path, layer) in module.namedLayers {
            for declaration in layer.parameters {
                let name = path.isEmpty ? declaration.name : "\(path).\(declaration.name)"
                let isFixed =
                    declaration.role == .parameter ? !plan.trains(name) : plan.batchNormMode(path: path) == .evaluation
                guard isFixed, let tensor = self[name] else { continue }
                for byte in name.utf8 { mix(UInt32(byte)) }
                for value in tensor.elements { mix(value.bitPattern) }
            }
        }
        return hash
    }
}
