import NeuralNetworks

extension ModelZoo {
    /// Deep residual networks (He et al. 2016), stride on the 3×3 convolution as torchvision has it; ResNeXt (Xie et al. 2017);
    /// wide residual networks (Zagoruyko, Komodakis 2016).
    static let resNets: [Architecture] = [
        resNet("resnet18", [2, 2, 2, 2], bottleneck: false),
        resNet("resnet34", [3, 4, 6, 3], bottleneck: false),
        resNet("resnet50", [3, 4, 6, 3]),
        resNet("resnet101", [3, 4, 23, 3]),
        resNet("resnet152", [3, 8, 36, 3]),
        resNet("resnext50_32x4d", [3, 4, 6, 3], groups: 32, groupWidth: 4),
        resNet("wide_resnet50_2", [3, 4, 6, 3], groupWidth: 128),
    ]

    private static func resNet(
        _ name: String, _ depths: [Int], bottleneck: Bool = true, groups: Int = 1, groupWidth: Int = 64
    ) -> Architecture {
        Architecture(name, .resNet, head: "fc", initialisation: .resNet) { classes in
            let expansion = bottleneck ? 4 : 1
            var channels = 64
            var children: [(String, Module)] = [
                ("conv1", .conv(3, 64, 7, stride: 2, padding: 3)), ("bn1", .norm(64)), ("relu", .activation(.relu)),
                ("maxpool", .maxPool(3, stride: 2, padding: 1)),
            ]
            for (stage, depth) in depths.enumerated() {
                let planes = 64 << stage
                var blocks: [Module] = []
                for index in 0..<depth {
                    let stride = index == 0 && stage > 0 ? 2 : 1
                    let width = planes * groupWidth / 64 * groups
                    blocks.append(
                        bottleneck
                            ? bottleneckBlock(channels, width, planes * 4, stride: stride, groups: groups)
                            : basicBlock(channels, planes, stride: stride))
                    channels = planes * expansion
                }
                children.append(("layer\(stage + 1)", .sequential(blocks)))
            }
            children += [("avgpool", .adaptivePool(1)), ("fc", .linear(channels, classes))]
            let stages = (1...depths.count).map { Wiring.Step.Action.child("layer\($0)") }
            return .block(
                "ResNet", children,
                .chain(
                    [.child("conv1"), .child("bn1"), .child("relu"), .child("maxpool")] + stages
                        + [.child("avgpool"), .flatten, .child("fc")]))
        }
    }

    private static func basicBlock(_ input: Int, _ planes: Int, stride: Int) -> Module {
        residual(
            "BasicBlock",
            [
                ("conv1", .conv(input, planes, 3, stride: stride, padding: 1)), ("bn1", .norm(planes)),
                ("relu", .activation(.relu)), ("conv2", .conv(planes, planes, 3, padding: 1)), ("bn2", .norm(planes)),
            ], order: ["conv1", "bn1", "relu", "conv2", "bn2"], shortcut: shortcut(input, planes, stride: stride))
    }

    private static func bottleneckBlock(_ input: Int, _ width: Int, _ output: Int, stride: Int, groups: Int) -> Module {
        residual(
            "Bottleneck",
            [
                ("conv1", .conv(input, width, 1)), ("bn1", .norm(width)),
                ("conv2", .conv(width, width, 3, stride: stride, padding: 1, groups: groups)), ("bn2", .norm(width)),
                ("conv3", .conv(width, output, 1)), ("bn3", .norm(output)), ("relu", .activation(.relu)),
            ], order: ["conv1", "bn1", "relu", "conv2", "bn2", "relu", "conv3", "bn3"],
            shortcut: shortcut(input, output, stride: stride))
    }

    private static func shortcut(_ input: Int, _ output: Int, stride: Int) -> Module? {
        stride == 1 && input == output ? nil : .sequential([.conv(input, output, 1, stride: stride), .norm(output)])
    }

    /// relu(branch(x) + shortcut(x)).
    private static func residual(
        _ kind: String, _ parts: [(String, Module)], order: [String], shortcut: Module?
    ) -> Module {
        var steps = order.enumerated().map { Wiring.Step(.child($0.element), [$0.offset]) }
        var other = 0
        if shortcut != nil {
            steps.append(.init(.child("downsample"), [0]))
            other = steps.count
        }
        steps.append(.init(.function(.add), [order.count, other]))
        steps.append(.init(.child("relu"), [steps.count]))
        return .block(kind, parts + (shortcut.map { [("downsample", $0)] } ?? []), .steps(steps))
    }
}
