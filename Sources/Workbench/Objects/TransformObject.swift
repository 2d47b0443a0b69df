import CommandLanguage
import Imaging
import Presentation

/// One step of a transform.
struct TransformObject: SessionObject {
    var transform: Transform
    let kind = "transform"
    var summary: String { transform.cell }

    func show(_ path: Path, in session: Session) throws -> MIMEBundle {
        guard path.steps.isEmpty else { throw noPart(path) }
        return MIMEBundle(plain: "\(transform.cell)\n\(transform.effect)")
    }
}

extension Transform {
    /// The step as one writes it in a cell, without what is the default.
    var cell: String {
        let arguments = self.arguments
        return arguments.isEmpty ? name : "\(name)(\(arguments.joined(separator: ", ")))"
    }

    private var arguments: [String] {
        switch self {
        case .resize(let target, let interpolation, let maximum):
            let size =
                switch target {
                case .shortSide(let side): "\(side)"
                case .exact(let size): "\(size.width)x\(size.height)"
                }
            return [size] + given(interpolation, .bilinear) + (maximum.map { ["max_size=\($0)"] } ?? [])
        case .centerCrop(let size): return [text(size)]
        case .pad(let padding, let fill, let mode): return [text(padding)] + given(fill) + given(mode)
        case .randomCrop(let size, let padding, let isPadded, let fill, let mode):
            return [text(size)] + (padding.map { ["padding=\(text($0))"] } ?? []) + (isPadded ? ["pad_if_needed=true"] : []) + given(fill)
                + given(mode)
        case .randomResizedCrop(let size, let scale, let ratio, let interpolation):
            return [text(size)] + given("scale", scale, 0.08...1) + given("ratio", ratio, (3.0 / 4)...(4.0 / 3))
                + given(interpolation, .bilinear)
        case .randomHorizontalFlip(let p), .randomVerticalFlip(let p): return p == 0.5 ? [] : ["p=\(number(p))"]
        case .randomGrayscale(let p): return p == 0.1 ? [] : ["p=\(number(p))"]
        case .randomRotation(let degrees, let interpolation, let expand, let center, let fill):
            return [symmetric(degrees)] + given(interpolation, .nearest) + (expand ? ["expand=true"] : []) + given(center) + given(fill)
        case .randomAffine(let degrees, let translate, let scale, let shearX, let shearY, let interpolation, let center, let fill):
            var result = [symmetric(degrees)]
            if let translate { result.append("translate=[\(number(translate.x)), \(number(translate.y))]") }
            if let scale { result.append("scale=\(range(scale))") }
            if let shearX, let shearY {
                result.append("shear=[\([shearX, shearY].map { "\(number($0.lowerBound)), \(number($0.upperBound))" }.joined(separator: ", "))]")
            } else if let shearX {
                result.append("shear=\(symmetric(shearX))")
            }
            return result + given(interpolation, .nearest) + given(fill) + given(center)
        case .colorJitter(let brightness, let contrast, let saturation, let hue):
            return [("brightness", brightness), ("contrast", contrast), ("saturation", saturation), ("hue", hue)].compactMap { name, value in
                value.map { "\(name)=\(name == "hue" ? symmetric($0) : aroundOne($0))" }
            }
        case .grayscale(let channels): return channels == 1 ? [] : ["\(channels)"]
        case .gaussianBlur(let width, let height, let sigma):
            return [width == height ? "\(width)" : "[\(width), \(height)]"]
                + (sigma == 0.1...2 ? [] : ["sigma=\(sigma.lowerBound == sigma.upperBound ? number(sigma.lowerBound) : range(sigma))"])
        case .trivialAugmentWide(let bins, let interpolation, let fill):
            return (bins == 31 ? [] : ["num_magnitude_bins=\(bins)"]) + given(interpolation, .nearest) + given(fill)
        case .randAugment(let operations, let magnitude, let bins, let interpolation, let fill):
            return (operations == 2 ? [] : ["num_ops=\(operations)"]) + (magnitude == 9 ? [] : ["magnitude=\(magnitude)"])
                + (bins == 31 ? [] : ["num_magnitude_bins=\(bins)"]) + given(interpolation, .nearest) + given(fill)
        case .toTensor: return []
        case .normalize(let mean, let deviation):
            if self == .normalizeImageNet { return ["imagenet"] }
            return [list(mean), list(deviation)]
        case .randomErasing(let p, let scale, let ratio, let value):
            let written: [String] =
                switch value {
                case .random: ["value=random"]
                case .values([0]): []
                case .values(let values): ["value=\(values.count == 1 ? number(Double(values[0])) : list(values))"]
                }
            return (p == 0.5 ? [] : ["p=\(number(p))"]) + given("scale", scale, 0.02...0.33) + given("ratio", ratio, 0.3...3.3) + written
        }
    }

    private func number(_ value: Double) -> String { Value.written((value * 1e6).rounded() / 1e6) }
    private func range(_ range: ClosedRange<Double>) -> String { "\(number(range.lowerBound))..\(number(range.upperBound))" }
    private func list(_ values: [Float]) -> String { "[" + values.map { number(Double($0)) }.joined(separator: ", ") + "]" }
    private func text(_ size: ImageSize) -> String { size.width == size.height ? "\(size.width)" : "\(size.width)x\(size.height)" }

    private func text(_ padding: Padding) -> String {
        padding == Padding(padding.left) ? "\(padding.left)" : "[\(padding.left), \(padding.top), \(padding.right), \(padding.bottom)]"
    }

    /// 15 for -15..15.
    private func symmetric(_ limits: ClosedRange<Double>) -> String {
        limits.lowerBound == -limits.upperBound ? number(limits.upperBound) : range(limits)
    }

    /// 0.4 for 0.6..1.4.
    private func aroundOne(_ limits: ClosedRange<Double>) -> String {
        let reach = limits.upperBound - 1
        return reach > 0 && abs(max(0, 1 - reach) - limits.lowerBound) < 1e-9 ? number(reach) : range(limits)
    }

    private func given(_ name: String, _ value: ClosedRange<Double>, _ usual: ClosedRange<Double>) -> [String] {
        value == usual ? [] : ["\(name)=\(range(value))"]
    }
    private func given(_ value: Interpolation, _ usual: Interpolation) -> [String] { value == usual ? [] : ["interpolation=\(value)"] }
    private func given(_ fill: Fill) -> [String] {
        fill == .black ? [] : ["fill=\(fill.values.count == 1 ? "\(fill.values[0])" : "[" + fill.values.map { "\($0)" }.joined(separator: ", ") + "]")"]
    }
    private func given(_ mode: PaddingMode) -> [String] { mode == .constant ? [] : ["padding_mode=\(mode)"] }
    private func given(_ center: ImagePoint?) -> [String] { center.map { ["center=[\(number($0.x)), \(number($0.y))]"] } ?? [] }
}
