import CommandLanguage
import NeuralNetworks
import Presentation
import Tensors

extension Layer {
    /// The layer as one writes it in a cell: `Conv2d(64, 128, 3, stride=2, padding=1, bias=false)`.
    var written: String { arguments.isEmpty ? kind : "\(kind)(\(arguments.joined(separator: ", ")))" }

    /// The layer's settings without its name, those at their default left out.
    var arguments: [String] {
        func side(_ extent: Extent) -> String {
            extent.height == extent.width ? "\(extent.height)" : "[\(extent.height), \(extent.width)]"
        }
        func number(_ value: Float) -> String { Format.significant(Double(value), 6) }
        switch self {
        case .conv2d(let c):
            var list = (c.inChannels.map { ["\($0)"] } ?? []) + ["\(c.outChannels)", side(c.kernel)]
            if c.stride != Extent(1) { list.append("stride=\(side(c.stride))") }
            switch c.padding {
            case .symmetric(let extent): if extent != Extent(0) { list.append("padding=\(side(extent))") }
            case .same: list.append("padding=same")
            }
            if c.dilation != Extent(1) { list.append("dilation=\(side(c.dilation))") }
            if c.groups != 1 { list.append("groups=\(c.groups)") }
            if !c.hasBias { list.append("bias=false") }
            return list
        case .linear(let l):
            let sizes = l.inFeatures.map { ["in_features=\($0)", "out_features=\(l.outFeatures)"] } ?? ["\(l.outFeatures)"]
            return sizes + (l.hasBias ? [] : ["bias=false"])
        case .batchNorm2d(let b):
            var list = b.features.map { ["\($0)"] } ?? []
            if b.epsilon != 1e-5 { list.append("eps=\(number(b.epsilon))") }
            if b.momentum != 0.1 { list.append("momentum=\(number(b.momentum))") }
            return list
        case .layerNorm(let l):
            return (l.features.map { ["\($0)"] } ?? []) + (l.epsilon == 1e-5 ? [] : ["eps=\(number(l.epsilon))"])
        case .dropout(let p), .stochasticDepth(let p): return ["\(number(p))"]
        case .maxPool2d(let p), .avgPool2d(let p):
            var list = [side(p.kernel)]
            if p.stride != p.kernel { list.append("stride=\(side(p.stride))") }
            if p.padding != Extent(0) { list.append("padding=\(side(p.padding))") }
            if p.ceilMode { list.append("ceil_mode=true") }
            if case .avgPool2d = self, !p.countIncludePad { list.append("count_include_pad=false") }
            return list
        case .adaptiveAvgPool2d(let height, let width), .adaptiveMaxPool2d(let height, let width): return [side(Extent(height, width))]
        case .adaptiveConcatPool2d(let size): return ["\(size)"]
        case .channelShuffle(let groups): return ["\(groups)"]
        case .channelSlice(let start, let end): return ["\(start)..\(end)"]
        case .activation, .flatten, .identity: return []
        }
    }
}

extension Module {
    /// A layer as one writes it; a block by its kind and the number of its parts.
    var written: String {
        switch self {
        case .layer(let layer): layer.written
        case .block(let block):
            if block.wiring == .sequential, block.children.count <= 6, block.children.allSatisfy(\.module.isLayer) {
                "\(block.kind)(\(block.children.map(\.module.written).joined(separator: ", ")))"
            } else {
                "\(block.kind) of \(Format.counted(block.children.count, "part"))"
            }
        }
    }

    var isLayer: Bool { if case .layer = self { true } else { false } }

    /// What stands inside at a path: parts of a block, tensors of a layer.
    func members(at path: String) -> [Member] {
        guard let part = self[path: path] else { return [] }
        switch part {
        case .block(let block): return block.children.map { Member($0.name, kind: "layer", detail: $0.module.written) }
        case .layer(let layer):
            return layer.parameters.map {
                Member($0.name, kind: $0.role == .parameter ? "parameter" : "buffer", detail: $0.shape.description)
            }
        }
    }
}
