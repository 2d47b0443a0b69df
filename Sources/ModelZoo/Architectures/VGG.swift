import NeuralNetworks

extension ModelZoo {
    /// VGG (Simonyan, Zisserman 2015) and AlexNet (Krizhevsky 2014, "one weird trick").
    static let vggs: [Architecture] = [
        (11, [1, 1, 2, 2, 2]), (13, [2, 2, 2, 2, 2]), (16, [2, 2, 3, 3, 3]), (19, [2, 2, 4, 4, 4]),
    ].flatMap { (layers: Int, depths: [Int]) in
        [vgg("vgg\(layers)", depths, isNormalised: false), vgg("vgg\(layers)_bn", depths, isNormalised: true)]
    }

    static let alexNets: [Architecture] = [
        Architecture("alexnet", .alexNet, head: "classifier.6", initialisation: .torch) { classes in
            classifierNetwork(
                "AlexNet",
                features: [
                    .conv(3, 64, 11, stride: 4, padding: 2, bias: true), .activation(.relu), .maxPool(3, stride: 2),
                    .conv(64, 192, 5, padding: 2, bias: true), .activation(.relu), .maxPool(3, stride: 2),
                    .conv(192, 384, 3, padding: 1, bias: true), .activation(.relu),
                    .conv(384, 256, 3, padding: 1, bias: true), .activation(.relu),
                    .conv(256, 256, 3, padding: 1, bias: true), .activation(.relu), .maxPool(3, stride: 2),
                ], pool: 6,
                classifier: [
                    .dropout(0.5), .linear(256 * 36, 4096), .activation(.relu), .dropout(0.5), .linear(4096, 4096),
                    .activation(.relu), .linear(4096, classes),
                ])
        }
    ]

    private static func vgg(_ name: String, _ depths: [Int], isNormalised: Bool) -> Architecture {
        Architecture(name, .vgg, head: "classifier.6", initialisation: .fanOut) { classes in
            var features: [Module] = []
            var input = 3
            for (stage, depth) in depths.enumerated() {
                let output = min(512, 64 << stage)
                for _ in 0..<depth {
                    features.append(.conv(input, output, 3, padding: 1, bias: true))
                    if isNormalised { features.append(.norm(output)) }
                    features.append(.activation(.relu))
                    input = output
                }
                features.append(.maxPool(2, stride: 2))
            }
            return classifierNetwork(
                "VGG", features: features, pool: 7,
                classifier: [
                    .linear(512 * 49, 4096), .activation(.relu), .dropout(0.5), .linear(4096, 4096), .activation(.relu),
                    .dropout(0.5), .linear(4096, classes),
                ])
        }
    }

    /// `features`, `avgpool`, flatten, `classifier`.
    static func classifierNetwork(_ kind: String, features: [Module], pool: Int, classifier: [Module]) -> Module {
        .block(
            kind,
            [("features", .sequential(features)), ("avgpool", .adaptivePool(pool)), ("classifier", .sequential(classifier))],
            .chain([.child("features"), .child("avgpool"), .flatten, .child("classifier")]))
    }
}
