extension Transform: CustomStringConvertible {
    /// As torchvision prints it: `CenterCrop(size=(224, 224))`, heights first.
    public var description: String {
        switch self {
        case .resize(let target, let interpolation, let maximum):
            "Resize(size=\(text(target)), interpolation=\(interpolation), max_size=\(maximum.map(String.init) ?? "None"), antialias=True)"
        case .centerCrop(let size): "CenterCrop(size=\(text(size)))"
        case .pad(let padding, let fill, let mode):
            "Pad(padding=\(text(padding)), fill=\(fill), padding_mode=\(mode))"
        case .randomCrop(let size, let padding, _, _, _):
            "RandomCrop(size=\(text(size)), padding=\(padding.map(text) ?? "None"))"
        case .randomResizedCrop(let size, let scale, let ratio, let interpolation):
            "RandomResizedCrop(size=\(text(size)), scale=\(text(scale)), ratio=\(text(ratio)), interpolation=\(interpolation), antialias=True)"
        case .randomHorizontalFlip(let p), .randomVerticalFlip(let p), .randomGrayscale(let p): "\(name)(p=\(text(p)))"
        case .randomRotation(let degrees, let interpolation, let expand, let center, let fill):
            "RandomRotation(degrees=[\(text(degrees.lowerBound, isReal: true)), \(text(degrees.upperBound, isReal: true))], interpolation=\(interpolation), expand=\(expand ? "True" : "False")"
                + (center.map { ", center=\(text($0))" } ?? "") + ", fill=\(fill))"
        case .randomAffine(let degrees, let translate, let scale, let shearX, let shearY, let interpolation, let center, let fill):
            "RandomAffine(degrees=[\(text(degrees.lowerBound, isReal: true)), \(text(degrees.upperBound, isReal: true))]"
                + (translate.map { ", translate=\(text($0))" } ?? "") + (scale.map { ", scale=\(text($0))" } ?? "")
                + shear(shearX, shearY) + (interpolation == .nearest ? "" : ", interpolation=\(interpolation)")
                + (fill == .black ? "" : ", fill=\(fill)") + (center.map { ", center=\(text($0))" } ?? "") + ")"
        case .colorJitter(let brightness, let contrast, let saturation, let hue):
            "ColorJitter(brightness=\(optional(brightness)), contrast=\(optional(contrast)), saturation=\(optional(saturation)), hue=\(optional(hue)))"
        case .grayscale(let channels): "Grayscale(num_output_channels=\(channels))"
        case .gaussianBlur(let width, let height, let sigma):
            "GaussianBlur(kernel_size=(\(width), \(height)), sigma=\(text(sigma)))"
        case .trivialAugmentWide(let bins, let interpolation, let fill):
            "TrivialAugmentWide(num_magnitude_bins=\(bins), interpolation=\(interpolation), fill=\(fill))"
        case .randAugment(let operations, let magnitude, let bins, let interpolation, let fill):
            "RandAugment(num_ops=\(operations), magnitude=\(magnitude), num_magnitude_bins=\(bins), interpolation=\(interpolation), fill=\(fill))"
        case .toTensor: "ToTensor()"
        case .normalize(let mean, let deviation):
            "Normalize(mean=\(list(mean)), std=\(list(deviation)))"
        case .randomErasing(let p, let scale, let ratio, let value):
            "RandomErasing(p=\(text(p)), scale=\(text(scale)), ratio=\(text(ratio)), value=\(text(value)), inplace=False)"
        }
    }

    private func text(_ size: ImageSize) -> String { "(\(size.height), \(size.width))" }

    private func text(_ target: ResizeTarget) -> String {
        switch target {
        case .shortSide(let side): "\(side)"
        case .exact(let size): text(size)
        }
    }

    private func text(_ padding: Padding) -> String {
        padding == Padding(padding.left)
            ? "\(padding.left)" : "(\(padding.left), \(padding.top), \(padding.right), \(padding.bottom))"
    }

    /// Rounded to four digits, whole numbers without a point unless they are `isReal`.
    private func text(_ value: Double, isReal: Bool = false) -> String {
        let rounded = (value * 10000).rounded() / 10000
        return !isReal && rounded == rounded.rounded() && abs(rounded) < 1e9 ? "\(Int(rounded))" : "\(rounded)"
    }

    private func text(_ range: ClosedRange<Double>) -> String { "(\(text(range.lowerBound)), \(text(range.upperBound)))" }
    private func text(_ point: ImagePoint) -> String { "(\(text(point.x)), \(text(point.y)))" }
    private func optional(_ range: ClosedRange<Double>?) -> String {
        range.map { "(\(text($0.lowerBound, isReal: true)), \(text($0.upperBound, isReal: true)))" } ?? "None"
    }
    private func list(_ values: [Float]) -> String { "[" + values.map { "\($0)" }.joined(separator: ", ") + "]" }

    private func text(_ value: ErasingValue) -> String {
        switch value {
        case .random: "random"
        case .values(let values): values.count == 1 ? text(Double(values[0])) : list(values)
        }
    }

    private func shear(_ x: ClosedRange<Double>?, _ y: ClosedRange<Double>?) -> String {
        let limits = [x, y].compactMap { $0 }.flatMap { [$0.lowerBound, $0.upperBound] }
        return limits.isEmpty ? "" : ", shear=[" + limits.map { text($0, isReal: true) }.joined(separator: ", ") + "]"
    }
}
