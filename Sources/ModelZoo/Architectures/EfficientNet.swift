import NeuralNetworks

extension ModelZoo {
    /// EfficientNet (Tan, Le 2019).
    static let efficientNets: [Architecture] = [
        efficientNet("efficientnet_b0", width: 1.0, depth: 1.0, dropout: 0.2, inputSize: 224),
        efficientNet("efficientnet_b1", width: 1.0, depth: 1.1, dropout: 0.2, inputSize: 240),
        efficientNet("efficientnet_b2", width: 1.1, depth: 1.2, dropout: 0.3, inputSize: 288),
        efficientNet("efficientnet_b3", width: 1.2, depth: 1.4, dropout: 0.3, inputSize: 300),
        efficientNet("efficientnet_b4", width: 1.4, depth: 1.8, dropout: 0.4, inputSize: 380),
    ]

    /// EfficientNet-Lite: no squeeze-and-excitation, ReLU6, fixed stem and head, TensorFlow's padding.
    static let efficientNetLites: [Architecture] = [
        efficientNetLite("efficientnet_lite0", channels: [16, 24, 40, 80, 112, 192, 320], inputSize: 224),
        efficientNetLite("efficientnet_lite1", channels: [16, 24, 40, 80, 112, 192, 320], inputSize: 240),
        efficientNetLite("efficientnet_lite2", channels: [16, 24, 48, 88, 120, 208, 352], inputSize: 260),
    ]

    /// Blocks in each stage of the Lite networks: the first and last stage are never deepened.
    static let liteRepeats = [
        "efficientnet_lite0": [1, 2, 2, 3, 3, 4, 1], "efficientnet_lite1": [1, 3, 3, 4, 4, 5, 1],
        "efficientnet_lite2": [1, 3, 3, 4, 4, 5, 1],
    ]

    private static let kernels = [3, 3, 5, 3, 5, 5, 3]
    private static let strides = [1, 2, 2, 2, 1, 2, 1]

    private static func efficientNet(
        _ name: String, width: Double, depth: Double, dropout: Float, inputSize: Int
    ) -> Architecture {
        let channels = [16, 24, 40, 80, 112, 192, 320].map { divisible(Double($0) * width) }
        let repeats = [1, 2, 2, 3, 3, 4, 1].map { Int((Double($0) * depth).rounded(.up)) }
        let setting = Setting(
            stem: divisible(32 * width), channels: channels, repeats: repeats, head: 4 * (channels.last ?? 320), dropout: dropout,
            activation: .silu, hasExcitation: true, pads: .symmetric, norm: .standard)
        return Architecture(name, .efficientNet, inputSize: inputSize, head: "classifier.1", initialisation: .efficientNet) {
            setting.build(classes: $0)
        }
    }

    private static func efficientNetLite(_ name: String, channels: [Int], inputSize: Int) -> Architecture {
        let repeats = liteRepeats[name] ?? []
        let setting = Setting(
            stem: 32, channels: channels, repeats: repeats, head: 1280, dropout: 0.2, activation: .relu6, hasExcitation: false,
            pads: .same, norm: .tensorFlow)
        return Architecture(name, .efficientNetLite, inputSize: inputSize, head: "classifier.1", initialisation: .efficientNet) {
            setting.build(classes: $0)
        }
    }

    private struct Setting: Sendable {
        enum Pads { case symmetric, same }
        let stem: Int
        let channels: [Int]
        let repeats: [Int]
        let head: Int
        let dropout: Float
        let activation: Activation
        let hasExcitation: Bool
        let pads: Pads
        let norm: NormSetting

        func build(classes: Int) -> Module {
            var features = [unit(3, stem, 3, stride: 2, activation)]
            var input = stem
            let total = repeats.reduce(0, +)
            var index = 0
            for (stage, output) in channels.enumerated() {
                var blocks: [Module] = []
                for position in 0..<repeats[stage] {
                    blocks.append(
                        block(
                            input, output, expansion: stage == 0 ? 1 : 6, kernel: kernels[stage],
                            stride: position == 0 ? strides[stage] : 1, dropping: 0.2 * Float(index) / Float(total)))
                    input = output
                    index += 1
                }
                features.append(.sequential(blocks))
            }
            features.append(unit(input, head, 1, activation))
            return .block(
                "EfficientNet",
                [
                    ("features", .sequential(features)), ("avgpool", .adaptivePool(1)),
                    ("classifier", .sequential([.dropout(dropout), .linear(head, classes)])),
                ], .chain([.child("features"), .child("avgpool"), .flatten, .child("classifier")]))
        }

        /// Inverted residual (MBConv): expand, depthwise, excite, project, and the sum where sizes allow.
        private func block(
            _ input: Int, _ output: Int, expansion: Int, kernel: Int, stride: Int, dropping: Float
        ) -> Module {
            let expanded = divisible(Double(input * expansion))
            var parts: [Module] = expanded == input ? [] : [unit(input, expanded, 1, activation)]
            parts.append(unit(expanded, expanded, kernel, stride: stride, groups: expanded, activation))
            if hasExcitation { parts.append(.squeezeExcitation(expanded, max(1, input / 4), .silu, .sigmoid)) }
            parts.append(unit(expanded, output, 1, nil))
            let children: [(String, Module)] = [
                ("block", .sequential(parts)), ("stochastic_depth", .layer(.stochasticDepth(p: dropping))),
            ]
            guard stride == 1, input == output else { return .block("MBConv", children, .chain([.child("block")])) }
            return .block(
                "MBConv", children,
                .steps([
                    .init(.child("block"), [0]), .init(.child("stochastic_depth"), [1]), .init(.function(.add), [2, 0]),
                ]))
        }

        private func unit(
            _ input: Int, _ output: Int, _ kernel: Int, stride: Int = 1, groups: Int = 1, _ activation: Activation?
        ) -> Module {
            switch pads {
            case .symmetric:
                .convNormActivation(input, output, kernel, stride: stride, groups: groups, norm: norm, activation: activation)
            case .same:
                .block(
                    "Conv2dNormActivation",
                    [.sameConv(input, output, kernel, stride: stride, groups: groups), .norm(output, norm)]
                        + (activation.map { [Module.activation($0)] } ?? []))
            }
        }
    }
}
