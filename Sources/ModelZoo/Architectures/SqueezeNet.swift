import NeuralNetworks

extension ModelZoo {
    /// SqueezeNet (Iandola et al. 2016). Its head is a 1×1 convolution, `classifier.1`.
    static let squeezeNets: [Architecture] = [
        squeezeNet(
            "squeezenet1_0",
            [
                .conv(3, 96, 7, stride: 2, bias: true), .activation(.relu), pool, fire(96, 16, 64), fire(128, 16, 64),
                fire(128, 32, 128), pool, fire(256, 32, 128), fire(256, 48, 192), fire(384, 48, 192), fire(384, 64, 256), pool,
                fire(512, 64, 256),
            ]),
        squeezeNet(
            "squeezenet1_1",
            [
                .conv(3, 64, 3, stride: 2, bias: true), .activation(.relu), pool, fire(64, 16, 64), fire(128, 16, 64), pool,
                fire(128, 32, 128), fire(256, 32, 128), pool, fire(256, 48, 192), fire(384, 48, 192), fire(384, 64, 256),
                fire(512, 64, 256),
            ]),
    ]

    private static var pool: Module { .maxPool(3, stride: 2, ceil: true) }

    /// A squeeze to few channels, then 1×1 and 3×3 expansions side by side.
    private static func fire(_ input: Int, _ squeezed: Int, _ expanded: Int) -> Module {
        .block(
            "Fire",
            [
                ("squeeze", .conv(input, squeezed, 1, bias: true)), ("squeeze_activation", .activation(.relu)),
                ("expand1x1", .conv(squeezed, expanded, 1, bias: true)), ("expand1x1_activation", .activation(.relu)),
                ("expand3x3", .conv(squeezed, expanded, 3, padding: 1, bias: true)),
                ("expand3x3_activation", .activation(.relu)),
            ],
            .steps([
                .init(.child("squeeze"), [0]), .init(.child("squeeze_activation"), [1]), .init(.child("expand1x1"), [2]),
                .init(.child("expand1x1_activation"), [3]), .init(.child("expand3x3"), [2]),
                .init(.child("expand3x3_activation"), [5]), .init(.function(.concatenate), [4, 6]),
            ]))
    }

    private static func squeezeNet(_ name: String, _ features: [Module]) -> Architecture {
        Architecture(name, .squeezeNet, head: "classifier.1", initialisation: .squeezeNet) { classes in
            .block(
                "SqueezeNet",
                [
                    ("features", .sequential(features)),
                    (
                        "classifier",
                        .sequential([.dropout(0.5), .conv(512, classes, 1, bias: true), .activation(.relu), .adaptivePool(1)])
                    ),
                ], .chain([.child("features"), .child("classifier"), .flatten]))
        }
    }
}
