import CommandLanguage
import NeuralNetworks

/// Layers that learn. PyTorch's order of arguments is understood too: where one number is missing, it is the input's, which is inferred.
extension LayerConstructors {
    static var weighted: [Vocabularies.Family] { [linear, convolution, batchNorm(isFlat: false), batchNorm(isFlat: true), layerNorm] }

    private static var keepRows: Parameter {
        .option("keep_rows", .bool, default: .bool(false), "as a new head: takes over the old one's rows for classes that both know")
    }

    private static var linear: Vocabularies.Family {
        family(
            "Linear", "A fully connected layer: y = x Wᵀ + b.",
            discussion: "One number alone is `out_features`; the input size follows from the layer before. `Linear(512, 2)` and "
                + "`Linear(in_features=512, out_features=2)` say both. In a network the weights are drawn as PyTorch draws them, from the session's seed.",
            [
                .positional("in_features", features, defaultText: "inferred", "the size of the input"),
                .positional("out_features", features, defaultText: "the one number given", "the size of the output", aliases: ["units"]),
                .option("bias", .bool, default: .bool(true), "whether a constant is added"), keepRows,
            ], example: "net.fc = Linear(classes)", keepsRows: true
        ) { call in
            let sizes = try sizes(call, "in_features", "out_features")
            return .linear(sizes.input, sizes.output, bias: call.optionalBool("bias") ?? true)
        }
    }

    private static var convolution: Vocabularies.Family {
        family(
            "Conv2d", "A convolution over pictures.",
            discussion: "`Conv2d(64, 3)` is 64 channels by a 3×3 kernel; three numbers are PyTorch's: `Conv2d(3, 64, 7)`. "
                + "`padding=same` pads so that stride 1 keeps the size.",
            [
                .positional("in_channels", features, defaultText: "inferred", "channels of the input"),
                .positional("out_channels", .oneOf([features, window]), defaultText: "the first number", "channels of the output", aliases: ["filters"]),
                .positional("kernel_size", window, "the window: one number, or [height, width]"),
                .positional("stride", step, default: .integer(1), "how far the window moves"),
                .positional("padding", .oneOf([.choice(["same"]), margin]), default: .integer(0), "zeros around the picture"),
                .positional("dilation", step, default: .integer(1), "the distance between the kernel's points"),
                .positional("groups", features, default: .integer(1), "groups of channels that don't see each other"),
                .option("bias", .bool, default: .bool(true), "whether a constant is added"), keepRows,
            ], example: "net.conv1 = Conv2d(64, 7, stride=2, padding=3, bias=false)", keepsRows: true
        ) { call in
            var (input, output, kernel) = (call.optionalInteger("in_channels"), call.optionalInteger("out_channels"), try extent(call, "kernel_size"))
            // Fewer than three numbers by their place: the input's is the one that is missing.
            if case .list? = call.value("out_channels") {
                // `Conv2d(64, [3, 5])`: no number of channels is a list.
                guard kernel == nil, !call.isNamed("out_channels") else { throw call.error(.type, at: "out_channels", "Conv2d: out_channels is one number.") }
                kernel = try extent(call, "out_channels")
            }
            if !call.isNamed("in_channels"), input != nil, output == nil || kernel == nil {
                if kernel == nil, !call.isNamed("out_channels"), let size = output {
                    guard size <= 255 else { throw call.error(.value, at: "out_channels", "Conv2d: kernel_size should be from 1 to 255, not \(size).") }
                    kernel = Extent(size)
                    output = nil
                }
                if output == nil { (input, output) = (nil, input) }
            }
            guard let output else { throw call.error(.missingArgument, "Conv2d needs out_channels.", hint: "`Conv2d(64, 3, padding=1)`: 64 channels, a 3×3 kernel.") }
            guard let kernel else { throw call.error(.missingArgument, "Conv2d needs kernel_size.", hint: "`Conv2d(64, 3, padding=1)`: 64 channels, a 3×3 kernel.") }
            var padding = Padding.symmetric(try extent(call, "padding") ?? Extent(0))
            if case .text? = call.value("padding") { padding = .same }
            return .conv(
                Convolution(
                    input, output, kernel: kernel, stride: try extent(call, "stride") ?? Extent(1), padding: padding,
                    dilation: try extent(call, "dilation") ?? Extent(1), groups: call.optionalInteger("groups") ?? 1,
                    bias: call.optionalBool("bias") ?? true))
        }
    }

    /// Input and output size, of which one number by its place is the output's.
    private static func sizes(_ call: BoundCall, _ inputName: String, _ outputName: String) throws -> (input: Int?, output: Int) {
        let (input, output) = (call.optionalInteger(inputName), call.optionalInteger(outputName))
        if let output { return (input, output) }
        guard let input, !call.isNamed(inputName) else {
            throw call.error(.missingArgument, "\(call.name) needs \(outputName).", hint: "`\(call.name)(classes)`: the input size is inferred.")
        }
        return (nil, input)
    }

    private static func batchNorm(isFlat: Bool) -> Vocabularies.Family {
        family(
            isFlat ? "BatchNorm1d" : "BatchNorm2d",
            "Normalises each \(isFlat ? "feature" : "channel") by the batch's statistics in training, by running ones otherwise.",
            [
                .positional("num_features", features, defaultText: "inferred", isFlat ? "features" : "channels"),
                .option("eps", .number(0...1), default: .number(1e-5), "added to the variance"),
                .option("momentum", .number(0...1), default: .number(0.1), "the new batch's share in the running statistics"),
            ],
            example: isFlat
                ? "net.fc = [BatchNorm1d, Dropout(0.25), Linear(64), ReLU, BatchNorm1d, Dropout(0.5), Linear(classes)]"
                : "part = [Conv2d(32, 3, padding=1), BatchNorm2d, ReLU]"
        ) { call in
            .batchNorm(
                call.optionalInteger("num_features"), epsilon: Float(try call.number("eps")), momentum: Float(try call.number("momentum")),
                isFlat: isFlat)
        }
    }

    private static var layerNorm: Vocabularies.Family {
        family(
            "LayerNorm", "Normalises each sample over its features.",
            [
                .positional("normalized_shape", features, defaultText: "inferred", "features"),
                .option("eps", .number(0...1), default: .number(1e-5), "added to the variance"),
            ], example: "net.fc = [LayerNorm, Linear(classes)]"
        ) { call in
            .layerNorm(LayerNormalization(call.optionalInteger("normalized_shape"), epsilon: Float(try call.number("eps"))))
        }
    }
}
