import NeuralNetworks

// Short forms in which the architectures are written down. Convolutions have no bias unless asked: BatchNorm follows nearly always.

extension Module {
    static func conv(
        _ inChannels: Int, _ outChannels: Int, _ kernel: Int, stride: Int = 1, padding: Int = 0, groups: Int = 1, bias: Bool = false
    ) -> Module {
        .layer(
            .conv(
                Convolution(
                    inChannels, outChannels, kernel: kernel, stride: stride, padding: padding, groups: groups, bias: bias)))
    }

    /// A convolution that pads as TensorFlow does.
    static func sameConv(_ inChannels: Int, _ outChannels: Int, _ kernel: Int, stride: Int = 1, groups: Int = 1) -> Module {
        .layer(
            .conv(
                Convolution(
                    inChannels, outChannels, kernel: Extent(kernel), stride: Extent(stride), padding: .same, dilation: Extent(1),
                    groups: groups, bias: false)))
    }

    static func norm(_ features: Int, _ setting: NormSetting = .standard) -> Module {
        .layer(.batchNorm(features, epsilon: setting.epsilon, momentum: setting.momentum))
    }

    static func linear(_ inFeatures: Int, _ outFeatures: Int) -> Module { .layer(.linear(inFeatures, outFeatures)) }
    static func activation(_ activation: Activation) -> Module { .layer(.activation(activation)) }
    static func dropout(_ p: Float) -> Module { .layer(.dropout(p: p)) }
    static func maxPool(_ kernel: Int, stride: Int, padding: Int = 0, ceil: Bool = false) -> Module {
        .layer(.maxPool2d(Pooling(kernel: kernel, stride: stride, padding: padding, ceilMode: ceil)))
    }
    static func adaptivePool(_ side: Int) -> Module { .layer(.adaptiveAvgPool2d(height: side, width: side)) }

    /// A block of its own kind.
    static func block(_ kind: String, _ children: [(String, Module)], _ wiring: Wiring = .sequential) -> Module {
        .block(Block(kind: kind, children: children.map { Block.Child(name: $0.0, module: $0.1) }, wiring: wiring))
    }

    /// A block of its own kind with parts `0`, `1`, … in a row.
    static func block(_ kind: String, _ children: [Module]) -> Module {
        .block(kind, children.enumerated().map { (String($0.offset), $0.element) })
    }

    /// A convolution that keeps the size at stride 1, BatchNorm and an activation, under torchvision's names `0`, `1`, `2`.
    static func convNormActivation(
        _ inChannels: Int, _ outChannels: Int, _ kernel: Int = 3, stride: Int = 1, groups: Int = 1,
        norm setting: NormSetting = .standard, activation: Activation?
    ) -> Module {
        let convolution = conv(inChannels, outChannels, kernel, stride: stride, padding: (kernel - 1) / 2, groups: groups)
        return .block(
            "Conv2dNormActivation",
            [convolution, norm(outChannels, setting)] + (activation.map { [Module.activation($0)] } ?? []))
    }

    /// Squeeze-and-excitation (Hu et al. 2018): channels scaled by what a bottleneck makes of their means.
    static func squeezeExcitation(_ channels: Int, _ squeezed: Int, _ inner: Activation, _ gate: Activation) -> Module {
        .block(
            "SqueezeExcitation",
            [
                ("avgpool", adaptivePool(1)),
                ("fc1", conv(channels, squeezed, 1, bias: true)),
                ("fc2", conv(squeezed, channels, 1, bias: true)),
                ("activation", activation(inner)),
                ("scale_activation", activation(gate)),
            ],
            .steps([
                .init(.child("avgpool"), [0]), .init(.child("fc1"), [1]), .init(.child("activation"), [2]),
                .init(.child("fc2"), [3]), .init(.child("scale_activation"), [4]), .init(.function(.multiply), [0, 5]),
            ]))
    }
}

extension Wiring {
    /// Each step reads the result of the one before.
    static func chain(_ actions: [Step.Action]) -> Wiring {
        .steps(actions.enumerated().map { Step($0.element, [$0.offset]) })
    }
}

extension Wiring.Step.Action {
    static var flatten: Self { .function(.layer(.flatten)) }
}

/// BatchNorm's constants in a family.
struct NormSetting: Sendable {
    let epsilon: Float
    let momentum: Float
    static let standard = NormSetting(epsilon: 1e-5, momentum: 0.1)
    /// MobileNetV3's, and of networks that came from TensorFlow.
    static let tensorFlow = NormSetting(epsilon: 1e-3, momentum: 0.01)
}

/// `value` rounded to a multiple of `divisor`, never below 90% of it (Sandler et al. 2018, as in torchvision's `_make_divisible`).
func divisible(_ value: Double, by divisor: Int = 8) -> Int {
    let rounded = max(divisor, Int(value + Double(divisor) / 2) / divisor * divisor)
    return Double(rounded) < 0.9 * value ? rounded + divisor : rounded
}
