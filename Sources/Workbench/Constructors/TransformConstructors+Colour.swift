import CommandLanguage
import Imaging

extension TransformConstructors {
    /// Brightness, colour and sharpness.
    static var colour: [Vocabularies.Family] {
        [
            transform(
                "ColorJitter", "Changes brightness, contrast, saturation and hue at random, in random order.",
                "A number v stands for factors from 1 - v (at least 0) to 1 + v, and for hues from -v to v (at most 0.5).",
                [
                    .positional("brightness", spread, default: .integer(0), "the factor"), .positional("contrast", spread, default: .integer(0), "the factor"),
                    .positional("saturation", spread, default: .integer(0), "the factor"), .positional("hue", spread, default: .integer(0), "the turn of the colour circle"),
                ], example: "jitter = ColorJitter(brightness=0.4, contrast=0.4, saturation=0.4, hue=0.1)"
            ) { call in
                func around(_ name: String) throws -> ClosedRange<Double>? {
                    if call.optionalNumber(name) == 0 { return nil }
                    return try call.limits(name) { $0 > 0 ? max(0, 1 - $0)...(1 + $0) : nil }
                }
                return .colorJitter(
                    brightness: try around("brightness"), contrast: try around("contrast"), saturation: try around("saturation"),
                    hue: call.optionalNumber("hue") == 0 ? nil : try call.symmetric("hue"))
            },
            transform(
                "Grayscale", "Takes the colour out.", "",
                [.positional("num_output_channels", .integer(1...3), default: .integer(1), "1, or 3 equal ones for a network that wants three")],
                example: "grey = Grayscale(3)"
            ) { .grayscale(channels: try $0.integer("num_output_channels")) },
            transform(
                "RandomGrayscale", "Takes the colour out by chance.", "", [.positional("p", .fraction, default: .number(0.1), "how often")],
                example: "grey = RandomGrayscale(p=0.2)"
            ) { .randomGrayscale(p: try $0.number("p")) },
            transform(
                "GaussianBlur", "Blurs.", "",
                [
                    .required("kernel_size", .list(.integer(1...999)), "an odd number of pixels, or [width, height]"),
                    .positional("sigma", spread, default: .range(0.1, 2), "the deviation in pixels, or a range to draw it from"),
                ], example: "blur = GaussianBlur(5, sigma=0.1..2.0)"
            ) { call in
                let kernel = call.numbers("kernel_size").map { Int($0) }
                guard kernel.count == 1 || kernel.count == 2 else {
                    throw call.error(.value, at: "kernel_size", "GaussianBlur: kernel_size takes one number or two, not \(kernel.count).")
                }
                return .gaussianBlur(
                    kernelWidth: kernel[0], kernelHeight: kernel[kernel.count - 1], sigma: try call.limits("sigma") { $0 > 0 ? $0...$0 : nil } ?? 0.1...2)
            },
        ]
    }

    /// Ready-made augmentation.
    static var policies: [Vocabularies.Family] {
        let bins = Parameter.option("num_magnitude_bins", .integer(1...1000), default: .integer(31), "how finely strength is divided")
        return [
            transform(
                "TrivialAugmentWide", "One of 14 operations at a random strength.", "Nothing to tune, and hard to beat (Müller and Hutter 2021).",
                [bins, interpolation(.nearest), fill], example: "augmentation = [TrivialAugmentWide, RandomResizedCrop(224), ToTensor, Normalize(imagenet)]"
            ) { .trivialAugmentWide(bins: try $0.integer("num_magnitude_bins"), interpolation: $0.interpolation, fill: $0.fill) },
            transform(
                "RandAugment", "Some of 14 operations at one strength.", "Cubuk and others 2019.",
                [
                    .positional("num_ops", .integer(0...100), default: .integer(2), "how many operations"),
                    .positional("magnitude", .integer(0...999), default: .integer(9), "the strength, below num_magnitude_bins"), bins, interpolation(.nearest), fill,
                ], example: "augmentation = [RandAugment(2, magnitude=9), CenterCrop(224), ToTensor, Normalize(imagenet)]"
            ) { call in
                .randAugment(
                    operations: try call.integer("num_ops"), magnitude: try call.integer("magnitude"), bins: try call.integer("num_magnitude_bins"),
                    interpolation: call.interpolation, fill: call.fill)
            },
        ]
    }
}
