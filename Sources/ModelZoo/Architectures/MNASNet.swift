import NeuralNetworks

extension ModelZoo {
    /// MNASNet (Tan et al. 2019), without squeeze-and-excitation as torchvision has it.
    static let mnasNets: [Architecture] = [mnasNet("mnasnet0_5", alpha: 0.5), mnasNet("mnasnet1_0", alpha: 1)]

    private static let setting = NormSetting(epsilon: 1e-5, momentum: 1 - 0.9997)

    private static func mnasNet(_ name: String, alpha: Double) -> Architecture {
        Architecture(name, .mnasNet, head: "classifier.1", initialisation: .mnasNet) { classes in
            let depths = [32, 16, 24, 40, 80, 96, 192, 320].map { divisible(Double($0) * alpha) }
            var layers: [Module] = [
                .conv(3, depths[0], 3, stride: 2, padding: 1), .norm(depths[0], setting), .activation(.relu),
                .conv(depths[0], depths[0], 3, padding: 1, groups: depths[0]), .norm(depths[0], setting), .activation(.relu),
                .conv(depths[0], depths[1], 1), .norm(depths[1], setting),
            ]
            let stacks = [(3, 2, 3, 3), (5, 2, 3, 3), (5, 2, 6, 3), (3, 1, 6, 2), (5, 2, 6, 4), (3, 1, 6, 1)]
            for (index, (kernel, stride, expansion, count)) in stacks.enumerated() {
                var input = depths[index + 1]
                let output = depths[index + 2]
                var blocks: [Module] = []
                for position in 0..<count {
                    blocks.append(
                        invertedResidual(
                            input, output, kernel: kernel, stride: position == 0 ? stride : 1, expansion: expansion))
                    input = output
                }
                layers.append(.sequential(blocks))
            }
            layers += [.conv(depths[7], 1280, 1), .norm(1280, setting), .activation(.relu)]
            return .block(
                "MNASNet",
                [("layers", .sequential(layers)), ("classifier", .sequential([.dropout(0.2), .linear(1280, classes)]))],
                .chain([
                    .child("layers"), .function(.layer(.adaptiveAvgPool2d(height: 1, width: 1))), .flatten,
                    .child("classifier"),
                ]))
        }
    }

    private static func invertedResidual(
        _ input: Int, _ output: Int, kernel: Int, stride: Int, expansion: Int
    ) -> Module {
        let hidden = input * expansion
        let branch: Module = .sequential([
            .conv(input, hidden, 1), .norm(hidden, setting), .activation(.relu),
            .conv(hidden, hidden, kernel, stride: stride, padding: kernel / 2, groups: hidden), .norm(hidden, setting),
            .activation(.relu), .conv(hidden, output, 1), .norm(output, setting),
        ])
        let isResidual = stride == 1 && input == output
        return .block(
            "_InvertedResidual", [("layers", branch)],
            isResidual ? .steps([.init(.child("layers"), [0]), .init(.function(.add), [1, 0])]) : .sequential)
    }
}
