import NeuralNetworks

extension ModelZoo {
    /// MobileNetV2 (Sandler et al. 2018) and V3 (Howard et al. 2019).
    static let mobileNets: [Architecture] = [
        Architecture("mobilenet_v2", .mobileNet, head: "classifier.1", initialisation: .fanOut) { mobileNetV2(classes: $0) },
        mobileNetV3("mobilenet_v3_small", smallRows, lastExpansion: 576, classifier: 1024),
        mobileNetV3("mobilenet_v3_large", largeRows, lastExpansion: 960, classifier: 1280),
    ]

    private static func mobileNetV2(classes: Int) -> Module {
        var features: [Module] = [.convNormActivation(3, 32, stride: 2, activation: .relu6)]
        var input = 32
        let stages = [(1, 16, 1, 1), (6, 24, 2, 2), (6, 32, 3, 2), (6, 64, 4, 2), (6, 96, 3, 1), (6, 160, 3, 2), (6, 320, 1, 1)]
        for (expansion, output, count, stride) in stages {
            for index in 0..<count {
                features.append(
                    invertedResidual(input, output, expansion: expansion, stride: index == 0 ? stride : 1))
                input = output
            }
        }
        features.append(.convNormActivation(input, 1280, 1, activation: .relu6))
        return mobileNet("MobileNetV2", features, classifier: [.dropout(0.2), .linear(1280, classes)], pool: nil)
    }

    private static func invertedResidual(_ input: Int, _ output: Int, expansion: Int, stride: Int) -> Module {
        let hidden = input * expansion
        let expand: [Module] = expansion == 1 ? [] : [.convNormActivation(input, hidden, 1, activation: .relu6)]
        return shortcut(
            ("conv", .sequential(
                expand + [
                    .convNormActivation(hidden, hidden, stride: stride, groups: hidden, activation: .relu6),
                    .conv(hidden, output, 1), .norm(output),
                ])), isResidual: stride == 1 && input == output)
    }

    /// One row of V3's tables: kernel, expanded channels, output channels, excitation, activation, stride.
    private typealias Row = (kernel: Int, expanded: Int, output: Int, hasExcitation: Bool, activation: Activation, stride: Int)

    private static let smallRows: [Row] = [
        (3, 16, 16, true, .relu, 2), (3, 72, 24, false, .relu, 2), (3, 88, 24, false, .relu, 1), (5, 96, 40, true, .hardswish, 2),
        (5, 240, 40, true, .hardswish, 1), (5, 240, 40, true, .hardswish, 1), (5, 120, 48, true, .hardswish, 1),
        (5, 144, 48, true, .hardswish, 1), (5, 288, 96, true, .hardswish, 2), (5, 576, 96, true, .hardswish, 1),
        (5, 576, 96, true, .hardswish, 1),
    ]
    private static let largeRows: [Row] = [
        (3, 16, 16, false, .relu, 1), (3, 64, 24, false, .relu, 2), (3, 72, 24, false, .relu, 1), (5, 72, 40, true, .relu, 2),
        (5, 120, 40, true, .relu, 1), (5, 120, 40, true, .relu, 1), (3, 240, 80, false, .hardswish, 2),
        (3, 200, 80, false, .hardswish, 1), (3, 184, 80, false, .hardswish, 1), (3, 184, 80, false, .hardswish, 1),
        (3, 480, 112, true, .hardswish, 1), (3, 672, 112, true, .hardswish, 1), (5, 672, 160, true, .hardswish, 2),
        (5, 960, 160, true, .hardswish, 1), (5, 960, 160, true, .hardswish, 1),
    ]

    private static func mobileNetV3(_ name: String, _ rows: [Row], lastExpansion: Int, classifier: Int) -> Architecture {
        Architecture(name, .mobileNet, head: "classifier.3", initialisation: .fanOut) { classes in
            var features: [Module] = [.convNormActivation(3, 16, stride: 2, norm: .tensorFlow, activation: .hardswish)]
            var input = 16
            for row in rows {
                var parts: [Module] = []
                if row.expanded != input {
                    parts.append(.convNormActivation(input, row.expanded, 1, norm: .tensorFlow, activation: row.activation))
                }
                parts.append(
                    .convNormActivation(
                        row.expanded, row.expanded, row.kernel, stride: row.stride, groups: row.expanded, norm: .tensorFlow,
                        activation: row.activation))
                if row.hasExcitation {
                    let squeezed = divisible(Double(row.expanded / 4))
                    parts.append(.squeezeExcitation(row.expanded, squeezed, .relu, .hardsigmoid))
                }
                parts.append(.convNormActivation(row.expanded, row.output, 1, norm: .tensorFlow, activation: nil))
                features.append(shortcut(("block", .sequential(parts)), isResidual: row.stride == 1 && input == row.output))
                input = row.output
            }
            features.append(.convNormActivation(input, lastExpansion, 1, norm: .tensorFlow, activation: .hardswish))
            return mobileNet(
                "MobileNetV3", features,
                classifier: [
                    .linear(lastExpansion, classifier), .activation(.hardswish), .dropout(0.2), .linear(classifier, classes),
                ], pool: "avgpool")
        }
    }

    /// The branch, and its input added where sizes allow.
    private static func shortcut(_ branch: (String, Module), isResidual: Bool) -> Module {
        .block(
            "InvertedResidual", [branch],
            isResidual ? .steps([.init(.child(branch.0), [0]), .init(.function(.add), [0, 1])]) : .sequential)
    }

    /// V3 has a part for the pooling, V2 calls a function.
    private static func mobileNet(_ kind: String, _ features: [Module], classifier: [Module], pool: String?) -> Module {
        guard pool == nil else { return classifierNetwork(kind, features: features, pool: 1, classifier: classifier) }
        return .block(
            kind, [("features", .sequential(features)), ("classifier", .sequential(classifier))],
            .chain([
                .child("features"), .function(.layer(.adaptiveAvgPool2d(height: 1, width: 1))), .flatten, .child("classifier"),
            ]))
    }
}
