import CommandLanguage
import NeuralNetworks

/// Constructors of layers: PyTorch's names, parameters, order and defaults; what the input decides may be left out.
enum LayerConstructors {
    static var families: [Vocabularies.Family] {
        weighted + pools + others + activations
    }

    typealias Make = (BoundCall) throws -> Layer

    static func family(
        _ name: String, _ summary: String, discussion: String = "", _ parameters: [Parameter], example: String? = nil,
        keepsRows: Bool = false, _ make: @escaping Make
    ) -> Vocabularies.Family {
        let declaration = ConstructorDeclaration(
            name, kind: "layer", summary, discussion: discussion, parameters: parameters,
            examples: [example ?? "part = \(name)"], setup: example?.hasPrefix("net.") == true ? "net" : "")
        return (
            declaration,
            { call, _ in .object(LayerObject(.layer(try make(call)), keepsRows: keepsRows && call.flag("keep_rows"))) }
        )
    }

    // MARK: - Types of parameters

    /// Features, channels.
    static let features = ParameterType.integer(1...Layer.featureLimit)
    /// Height and width of a window, or one number for both.
    static let window = ParameterType.oneOf([.integer(1...255), .list(.integer(1...255))])
    static let step = ParameterType.oneOf([.integer(1...4096), .list(.integer(1...4096))])
    static let margin = ParameterType.oneOf([.integer(0...4096), .list(.integer(0...4096))])

    /// The one or two numbers of a parameter; a list is `[height, width]`.
    static func extent(_ call: BoundCall, _ name: String, _ value: Value? = nil) throws -> Extent? {
        switch value ?? call.value(name) {
        case .integer(let side)?: return Extent(side)
        case .list(let sides)?:
            let numbers = sides.compactMap { if case .integer(let side) = $0 { side } else { nil } }
            if numbers.count == 1 { return Extent(numbers[0]) }
            guard numbers.count == 2 else {
                throw call.error(.value, at: name, "\(call.name): \(name) is one number, or two: [height, width].")
            }
            return Extent(numbers[0], numbers[1])
        default: return nil
        }
    }

    // MARK: - Layers without weights

    private static var activations: [Vocabularies.Family] {
        [
            (Activation.relu, "max(0, x)."), (.relu6, "min(max(0, x), 6)."), (.silu, "x · sigmoid(x), also called swish."),
            (.hardswish, "x · ReLU6(x + 3) / 6."), (.hardsigmoid, "ReLU6(x + 3) / 6."), (.sigmoid, "1 / (1 + e⁻ˣ)."),
            (.gelu, "x · Φ(x), Φ the normal distribution."), (.tanh, "The hyperbolic tangent."),
        ].map { activation, formula in
            let inplace = Parameter.option("inplace", .bool, default: .bool(false), "accepted for PyTorch's sake: memory is planned anyway")
            return family(activation.name, "Activation: \(formula)", [inplace], example: "part = [Linear(64), \(activation.name), Linear(2)]") { _ in
                .activation(activation)
            }
        }
    }

    private static var others: [Vocabularies.Family] {
        [
            family("Flatten", "Lays channels, rows and columns into one row of features.", []) { _ in .flatten },
            family("Identity", "Passes its input on.", []) { _ in .identity },
            family(
                "Dropout", "Zeroes values at random while training, and scales the others up.",
                [.positional("p", .number(0...0.999), default: .number(0.5), "the probability of a zero"),
                 .option("inplace", .bool, default: .bool(false), "accepted for PyTorch's sake: memory is planned anyway")],
                example: "net.fc = [Dropout(0.5), Linear(classes)]"
            ) { .dropout(p: Float(try $0.number("p"))) },
            family(
                "StochasticDepth", "Drops a whole picture's branch at random while training.",
                [.positional("p", .number(0...0.999), default: .number(0.2), "the probability of a drop")], example: "part = StochasticDepth(0.1)"
            ) { .stochasticDepth(p: Float(try $0.number("p"))) },
            family(
                "ChannelShuffle", "Interleaves groups of channels.", [.required("groups", features, "how many groups")], example: "part = ChannelShuffle(2)"
            ) { .channelShuffle(groups: try $0.integer("groups")) },
        ]
    }

    private static var pools: [Vocabularies.Family] {
        let size = Parameter.positional("output_size", window, default: .integer(1), "rows and columns of the result", aliases: ["size"])
        let windows: [Parameter] = [
            .required("kernel_size", window, "the window: one number, or [height, width]"),
            .positional("stride", step, defaultText: "kernel_size", "how far the window moves"),
            .positional("padding", margin, default: .integer(0), "empty pixels around the picture, at most half the window"),
            .option("ceil_mode", .bool, default: .bool(false), "lets windows hang over the right and lower edge"),
        ]
        func pooling(_ call: BoundCall) throws -> Pooling {
            let kernel = try extent(call, "kernel_size") ?? Extent(1)
            var pooling = Pooling(kernel: 1, ceilMode: call.flag("ceil_mode"), countIncludePad: call.optionalBool("count_include_pad") ?? true)
            pooling.kernel = kernel
            pooling.stride = try extent(call, "stride") ?? kernel
            pooling.padding = try extent(call, "padding") ?? Extent(0)
            return pooling
        }
        return [
            family("MaxPool2d", "The largest value of each window.", windows, example: "part = MaxPool2d(3, stride=2, padding=1)") { .maxPool2d(try pooling($0)) },
            family(
                "AvgPool2d", "The mean of each window.",
                windows + [.option("count_include_pad", .bool, default: .bool(true), "whether padding counts in the mean")],
                example: "part = AvgPool2d(2)"
            ) { .avgPool2d(try pooling($0)) },
            family("AdaptiveAvgPool2d", "The mean of as many windows as make a result of this size.", [size], example: "part = AdaptiveAvgPool2d(1)") {
                let extent = try extent($0, "output_size") ?? Extent(1)
                return .adaptiveAvgPool2d(height: extent.height, width: extent.width)
            },
            family("AdaptiveMaxPool2d", "The largest value of as many windows as make a result of this size.", [size], example: "part = AdaptiveMaxPool2d(1)") {
                let extent = try extent($0, "output_size") ?? Extent(1)
                return .adaptiveMaxPool2d(height: extent.height, width: extent.width)
            },
            family(
                "AdaptiveConcatPool2d", "Maximum and mean side by side, as fastai's heads have them: twice the channels.",
                [.positional("output_size", .integer(1...255), default: .integer(1), "rows and columns of the result", aliases: ["size"])],
                example: "net.avgpool = AdaptiveConcatPool2d(1); net.fc = Linear(classes)"
            ) { .adaptiveConcatPool2d(size: try $0.integer("output_size")) },
        ]
    }
}
