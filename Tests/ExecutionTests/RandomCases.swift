import NeuralNetworks
import Tensors

/// Layers of every kind that the zoo has, in sizes that nobody chose: the same in each run.
enum RandomCases {
    static let all: [GradientTests.Case] = (0..<72).map { make(RandomSource(seed: 0x7368_6170, $0), number: $0) }

    private static func make(_ source: RandomSource, number: Int) -> GradientTests.Case {
        var random = source
        func from(_ low: Int, _ high: Int) -> Int { low + random.integer(below: high - low + 1) }
        func oneOf<Choice>(_ choices: [Choice]) -> Choice { choices[random.integer(below: choices.count)] }
        let (height, width) = (from(7, 23), from(7, 23))
        var channels = oneOf([1, 2, 3, 5, 8, 12, 16, 17, 24, 32, 40])
        let name: String
        let layer: Layer
        switch number % 9 {
        case 0, 1:
            let (kernel, dilation) = (oneOf([1, 2, 3, 5, 7]), oneOf([1, 1, 2]))
            let isSame = random.uniform() < 0.3
            (name, layer) = (
                "convolution",
                .conv2d(
                    Convolution(
                        nil, from(1, 40), kernel: Extent(kernel, oneOf([kernel, kernel, 1, 3])), stride: Extent(from(1, 3)),
                        padding: isSame ? .same : .symmetric(Extent(from(0, kernel * dilation / 2))), dilation: Extent(min(height, width) >= 13 ? dilation : 1),
                        groups: 1, bias: random.uniform() < 0.5))
            )
        case 2:
            let groups = oneOf([2, 4, 8])
            channels = groups * from(1, 5)
            (name, layer) = (
                "grouped convolution",
                .conv2d(
                    Convolution(
                        nil, groups * from(1, 6), kernel: Extent(3), stride: Extent(from(1, 2)), padding: .symmetric(Extent(1)), dilation: Extent(1),
                        groups: groups, bias: true))
            )
        case 3:
            let kernel = oneOf([3, 5, 7])
            (name, layer) = (
                "depthwise convolution",
                .conv2d(
                    Convolution(
                        nil, channels, kernel: Extent(kernel), stride: Extent(from(1, 2)),
                        padding: random.uniform() < 0.4 ? .same : .symmetric(Extent(kernel / 2)), dilation: Extent(1), groups: channels, bias: false))
            )
        case 4: (name, layer) = ("batch normalisation", .batchNorm(nil))
        case 5:
            let kernel = from(2, 3)
            let pooling = Pooling(
                kernel: kernel, stride: from(1, 3), padding: random.integer(below: 2), ceilMode: random.uniform() < 0.5,
                countIncludePad: random.uniform() < 0.5)
            (name, layer) = random.uniform() < 0.5 ? ("largest", .maxPool2d(pooling)) : ("mean", .avgPool2d(pooling))
        case 6: (name, layer) = ("adaptive mean", .adaptiveAvgPool2d(height: from(1, 6), width: from(1, 6)))
        case 7: (name, layer) = ("function", .activation(oneOf(Activation.allCases)))
        default: (name, layer) = ("linear", .linear(nil, from(1, 70)))
        }
        let module: Module = if case .linear = layer { .sequential([.layer(.flatten), .layer(layer)]) } else { .layer(layer) }
        return GradientTests.Case(name: "random \(number): \(name)", module: module, input: [channels, height, width])
    }
}
