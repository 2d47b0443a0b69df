import NeuralNetworks

extension ModelZoo {
    /// Densely connected networks (Huang et al. 2017): each layer reads all the ones before it in its block.
    static let denseNets: [Architecture] = [
        denseNet("densenet121", growth: 32, [6, 12, 24, 16], stem: 64),
        denseNet("densenet169", growth: 32, [6, 12, 32, 32], stem: 64),
        denseNet("densenet201", growth: 32, [6, 12, 48, 32], stem: 64),
        denseNet("densenet161", growth: 48, [6, 12, 36, 24], stem: 96),
    ]

    private static func denseNet(_ name: String, growth: Int, _ depths: [Int], stem: Int) -> Architecture {
        Architecture(name, .denseNet, head: "classifier", initialisation: .denseNet) { classes in
            var features: [(String, Module)] = [
                ("conv0", .conv(3, stem, 7, stride: 2, padding: 3)), ("norm0", .norm(stem)), ("relu0", .activation(.relu)),
                ("pool0", .maxPool(3, stride: 2, padding: 1)),
            ]
            var channels = stem
            for (index, depth) in depths.enumerated() {
                features.append(("denseblock\(index + 1)", denseBlock(channels, growth: growth, depth: depth)))
                channels += depth * growth
                if index < depths.count - 1 {
                    features.append(("transition\(index + 1)", transition(channels, channels / 2)))
                    channels /= 2
                }
            }
            features.append(("norm5", .norm(channels)))
            return .block(
                "DenseNet", [("features", .sequential(features)), ("classifier", .linear(channels, classes))],
                .chain([
                    .child("features"), .function(.layer(.relu)),
                    .function(.layer(.adaptiveAvgPool2d(height: 1, width: 1))), .flatten, .child("classifier"),
                ]))
        }
    }

    private static func denseBlock(_ input: Int, growth: Int, depth: Int) -> Module {
        var children: [(String, Module)] = []
        var steps: [Wiring.Step] = []
        // Values 0, 2, 4, …: everything so far; 1, 3, 5, …: what one layer adds.
        for index in 0..<depth {
            let name = "denselayer\(index + 1)"
            children.append((name, denseLayer(input + index * growth, growth: growth)))
            steps.append(.init(.child(name), [2 * index]))
            steps.append(.init(.function(.concatenate), [2 * index, 2 * index + 1]))
        }
        return .block("_DenseBlock", children, .steps(steps))
    }

    private static func denseLayer(_ input: Int, growth: Int) -> Module {
        .block(
            "_DenseLayer",
            [
                ("norm1", .norm(input)), ("relu1", .activation(.relu)), ("conv1", .conv(input, 4 * growth, 1)),
                ("norm2", .norm(4 * growth)), ("relu2", .activation(.relu)),
                ("conv2", .conv(4 * growth, growth, 3, padding: 1)),
            ])
    }

    private static func transition(_ input: Int, _ output: Int) -> Module {
        .block(
            "_Transition",
            [
                ("norm", .norm(input)), ("relu", .activation(.relu)), ("conv", .conv(input, output, 1)),
                ("pool", .layer(.avgPool2d(Pooling(kernel: 2)))),
            ])
    }
}
