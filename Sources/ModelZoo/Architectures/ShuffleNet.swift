import NeuralNetworks

extension ModelZoo {
    /// ShuffleNetV2 (Ma et al. 2018).
    static let shuffleNets: [Architecture] = [
        shuffleNet("shufflenet_v2_x0_5", [24, 48, 96, 192, 1024]),
        shuffleNet("shufflenet_v2_x1_0", [24, 116, 232, 464, 1024]),
    ]

    private static func shuffleNet(_ name: String, _ channels: [Int]) -> Architecture {
        Architecture(name, .shuffleNet, head: "fc", initialisation: .torch) { classes in
            var input = channels[0]
            var children: [(String, Module)] = [
                ("conv1", unit(3, input, 3, stride: 2)), ("maxpool", .maxPool(3, stride: 2, padding: 1)),
            ]
            for (stage, count) in [4, 8, 4].enumerated() {
                let output = channels[stage + 1]
                let blocks = (0..<count).map { index in
                    index == 0 ? downsampling(input, output) : splitting(output)
                }
                children.append(("stage\(stage + 2)", .sequential(blocks)))
                input = output
            }
            let features = channels[4]
            children += [("conv5", unit(input, features, 1)), ("fc", .linear(features, classes))]
            return .block(
                "ShuffleNetV2", children,
                .chain(
                    ["conv1", "maxpool", "stage2", "stage3", "stage4", "conv5"].map { .child($0) } + [
                        .function(.layer(.adaptiveAvgPool2d(height: 1, width: 1))), .flatten, .child("fc"),
                    ]))
        }
    }

    private static func unit(_ input: Int, _ output: Int, _ kernel: Int, stride: Int = 1) -> Module {
        .sequential([
            .conv(input, output, kernel, stride: stride, padding: kernel / 2), .norm(output), .activation(.relu),
        ])
    }

    private static func branch(_ input: Int, _ features: Int, stride: Int) -> Module {
        .sequential([
            .conv(input, features, 1), .norm(features), .activation(.relu),
            .conv(features, features, 3, stride: stride, padding: 1, groups: features), .norm(features),
            .conv(features, features, 1), .norm(features), .activation(.relu),
        ])
    }

    /// Half of the channels pass, the other half go through the branch.
    private static func splitting(_ channels: Int) -> Module {
        let half = channels / 2
        return .block(
            "InvertedResidual", [("branch1", .sequential([Module]())), ("branch2", branch(half, half, stride: 1))],
            .steps([
                .init(.function(.layer(.channelSlice(start: 0, end: half))), [0]),
                .init(.function(.layer(.channelSlice(start: half, end: channels))), [0]),
                .init(.child("branch2"), [2]), .init(.function(.concatenate), [1, 3]),
                .init(.function(.layer(.channelShuffle(groups: 2))), [4]),
            ]))
    }

    /// Both branches read everything and halve the size.
    private static func downsampling(_ input: Int, _ output: Int) -> Module {
        let half = output / 2
        let first: Module = .sequential([
            .conv(input, input, 3, stride: 2, padding: 1, groups: input), .norm(input), .conv(input, half, 1), .norm(half),
            .activation(.relu),
        ])
        return .block(
            "InvertedResidual", [("branch1", first), ("branch2", branch(input, half, stride: 2))],
            .steps([
                .init(.child("branch1"), [0]), .init(.child("branch2"), [0]), .init(.function(.concatenate), [1, 2]),
                .init(.function(.layer(.channelShuffle(groups: 2))), [3]),
            ]))
    }
}
