import NeuralNetworks

extension ModelZoo {
    /// GoogLeNet (Szegedy et al. 2015) with BatchNorm and 3×3 convolutions in the third branch, as torchvision has it, without the
    /// auxiliary classifiers.
    static let googLeNets: [Architecture] = [
        Architecture("googlenet", .googLeNet, head: "fc", initialisation: .googLeNet) { classes in
            let children: [(String, Module)] = [
                ("conv1", unit(3, 64, 7, stride: 2)), ("maxpool1", .maxPool(3, stride: 2, ceil: true)),
                ("conv2", unit(64, 64, 1)), ("conv3", unit(64, 192, 3)), ("maxpool2", .maxPool(3, stride: 2, ceil: true)),
                ("inception3a", inception(192, 64, (96, 128), (16, 32), 32)),
                ("inception3b", inception(256, 128, (128, 192), (32, 96), 64)),
                ("maxpool3", .maxPool(3, stride: 2, ceil: true)),
                ("inception4a", inception(480, 192, (96, 208), (16, 48), 64)),
                ("inception4b", inception(512, 160, (112, 224), (24, 64), 64)),
                ("inception4c", inception(512, 128, (128, 256), (24, 64), 64)),
                ("inception4d", inception(512, 112, (144, 288), (32, 64), 64)),
                ("inception4e", inception(528, 256, (160, 320), (32, 128), 128)),
                ("maxpool4", .maxPool(2, stride: 2, ceil: true)),
                ("inception5a", inception(832, 256, (160, 320), (32, 128), 128)),
                ("inception5b", inception(832, 384, (192, 384), (48, 128), 128)),
                ("avgpool", .adaptivePool(1)), ("dropout", .dropout(0.2)), ("fc", .linear(1024, classes)),
            ]
            var actions = children.map { Wiring.Step.Action.child($0.0) }
            actions.insert(.flatten, at: actions.count - 2)
            return .block("GoogLeNet", children, .chain(actions))
        }
    ]

    private static func unit(_ input: Int, _ output: Int, _ kernel: Int, stride: Int = 1) -> Module {
        .block(
            "BasicConv2d",
            [
                ("conv", .conv(input, output, kernel, stride: stride, padding: kernel / 2)),
                ("bn", .norm(output, NormSetting(epsilon: 1e-3, momentum: 0.1))),
            ], .chain([.child("conv"), .child("bn"), .function(.layer(.relu))]))
    }

    private static func inception(
        _ input: Int, _ one: Int, _ three: (Int, Int), _ five: (Int, Int), _ pooled: Int
    ) -> Module {
        .block(
            "Inception",
            [
                ("branch1", unit(input, one, 1)),
                ("branch2", .sequential([unit(input, three.0, 1), unit(three.0, three.1, 3)])),
                ("branch3", .sequential([unit(input, five.0, 1), unit(five.0, five.1, 3)])),
                ("branch4", .sequential([.maxPool(3, stride: 1, padding: 1, ceil: true), unit(input, pooled, 1)])),
            ],
            .steps(
                (1...4).map { .init(.child("branch\($0)"), [0]) } + [.init(.function(.concatenate), [1, 2, 3, 4])]))
    }
}
