extension Architecture {
    /// The name under which this network knows a tensor that a published file calls `name`.
    ///
    /// - Returns: `name` itself where the file follows torchvision's present names; `nil` for a tensor that the network has no use
    ///   for, such as GoogLeNet's auxiliary classifiers.
    public func parameterName(published name: String) -> String? {
        switch family {
        case .denseNet: return Self.denseNetName(name)
        case .efficientNetLite: return liteName(name)
        case .googLeNet: return name.hasPrefix("aux1.") || name.hasPrefix("aux2.") ? nil : name
        default: return name
        }
    }

    /// Files written before PyTorch 0.4 say `denselayer3.norm.1.weight` for `denselayer3.norm1.weight`.
    private static func denseNetName(_ name: String) -> String {
        var segments = name.split(separator: ".", omittingEmptySubsequences: false).map(String.init)
        guard let layer = segments.firstIndex(where: { $0.hasPrefix("denselayer") }), layer + 2 < segments.count,
            ["norm", "relu", "conv"].contains(segments[layer + 1]), ["1", "2"].contains(segments[layer + 2])
        else { return name }
        segments[layer + 1] += segments.remove(at: layer + 2)
        return segments.joined(separator: ".")
    }

    /// The names of TensorFlow's ports: `_blocks.3._project_conv.weight`, blocks counted through all stages.
    private func liteName(_ name: String) -> String {
        let segments = name.split(separator: ".").map(String.init)
        guard let first = segments.first, let last = segments.last, segments.count > 1 else { return name }
        switch first {
        case "_conv_stem": return "features.0.0.\(last)"
        case "_bn0": return "features.0.1.\(last)"
        case "_conv_head": return "features.8.0.\(last)"
        case "_bn1": return "features.8.1.\(last)"
        case "_fc": return "\(headPath).\(last)"
        case "_blocks":
            guard segments.count == 4, let index = Int(segments[1]), let place = litePlaces[safe: index],
                let part = Self.liteParts[segments[2]]
            else { return name }
            // The first stage doesn't expand: its parts stand one earlier.
            let position = place.stage == 1 ? part.unit - 1 : part.unit
            return "features.\(place.stage).\(place.block).block.\(position).\(part.layer).\(last)"
        default: return name
        }
    }

    private static let liteParts: [String: (unit: Int, layer: Int)] = [
        "_expand_conv": (0, 0), "_bn0": (0, 1), "_depthwise_conv": (1, 0), "_bn1": (1, 1), "_project_conv": (2, 0), "_bn2": (2, 1),
    ]

    /// Stage (from 1) and position in it, of each block in order.
    private var litePlaces: [(stage: Int, block: Int)] {
        (ModelZoo.liteRepeats[name] ?? []).enumerated().flatMap { stage, count in (0..<count).map { (stage + 1, $0) } }
    }
}

extension Array {
    fileprivate subscript(safe index: Int) -> Element? { indices.contains(index) ? self[index] : nil }
}
