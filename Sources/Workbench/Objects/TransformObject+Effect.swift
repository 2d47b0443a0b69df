import Imaging
import Presentation

extension Transform {
    /// What the step does, in a few words.
    var effect: String {
        switch self {
        case .resize(.shortSide(let side), _, let maximum):
            "short side \(side)" + (maximum.map { ", long side at most \($0)" } ?? "")
        case .resize(.exact(let size), _, _): "stretched to \(size)"
        case .centerCrop(let size): "the central \(size)"
        case .pad: "pixels added at the sides"
        case .randomCrop(let size, _, _, _, _): "\(size) from anywhere"
        case .randomResizedCrop(let size, let scale, _, _):
            "a part of \(percent(scale)) of the area, resized to \(size)"
        case .randomHorizontalFlip(let p): "left and right exchanged, \(Format.percent(p, digits: 0)) of the time"
        case .randomVerticalFlip(let p): "upside down, \(Format.percent(p, digits: 0)) of the time"
        case .randomRotation(let degrees, _, _, _, _): "turned by \(degreesText(degrees))"
        case .randomAffine(let degrees, let translate, let scale, let shearX, let shearY, _, _, _):
            ([
                degrees == 0...0 ? nil : "turned by \(degreesText(degrees))", translate.map { _ in "shifted" },
                scale.map { "scaled by \(short($0))" }, shearX ?? shearY == nil ? nil : "sheared",
            ] as [String?]).compactMap { $0 }.joined(separator: ", ")
        case .colorJitter(let brightness, let contrast, let saturation, let hue):
            "at random: "
                + [("brightness", brightness), ("contrast", contrast), ("saturation", saturation), ("hue", hue)]
                .filter { $0.1 != nil }.map(\.0).joined(separator: ", ")
        case .grayscale(let channels): channels == 1 ? "one grey channel" : "grey in three channels"
        case .randomGrayscale(let p): "grey, \(Format.percent(p, digits: 0)) of the time"
        case .gaussianBlur(let width, let height, _): "blurred, kernel \(width)×\(height)"
        case .trivialAugmentWide: "one of 14 operations at any strength"
        case .randAugment(let operations, let magnitude, _, _, _): "\(operations) of 14 operations at strength \(magnitude)"
        case .toTensor: "numbers from 0 to 1"
        case .normalize: self == .normalizeImageNet ? "ImageNet's mean and deviation taken out" : "mean and deviation taken out"
        case .randomErasing(let p, _, _, _): "a rectangle erased, \(Format.percent(p, digits: 0)) of the time"
        }
    }

    private func percent(_ range: ClosedRange<Double>) -> String {
        "\(Format.percent(range.lowerBound, digits: 0)) to \(Format.percent(range.upperBound, digits: 0))"
    }
    private func short(_ range: ClosedRange<Double>) -> String {
        "\(Format.significant(range.lowerBound, 3)) to \(Format.significant(range.upperBound, 3))"
    }
    private func degreesText(_ range: ClosedRange<Double>) -> String {
        range.lowerBound == -range.upperBound ? "up to \(Format.significant(range.upperBound, 3))°" : "\(short(range))°"
    }
}

extension TransformPipeline {
    /// The steps as one writes them in a cell.
    var cell: String { "[" + transforms.map(\.cell).joined(separator: ", ") + "]" }

    /// The steps one a row, with the size that a picture of `size` and `channels` has after each.
    func table(for size: ImageSize?, channels: Int, caption: String) -> Table {
        var table = Table(
            [Table.Column("step"), Table.Column("what it does"), Table.Column(size.map { "a picture of \($0) is then" } ?? "then")],
            caption: caption)
        var current = size
        for (index, transform) in transforms.enumerated() {
            current = current.flatMap { try? transform.outputSize(of: $0) } ?? (try? TransformPipeline(Array(transforms.prefix(index + 1))))?.fixedSize
            let varies = if case .randomRotation(_, _, true, _, _) = transform { true } else { false }
            let now = (try? TransformPipeline(Array(transforms.prefix(index + 1))))?.outputChannels(channels) ?? channels
            let shape = varies ? "larger" : current.map { transform.stage == .pixels ? "\($0)" : "\(now)×\($0.height)×\($0.width)" } ?? "–"
            table.rows.append([
                Table.Cell(transform.cell), Table.Cell(transform.effect), Table.Cell(shape, mood: .muted),
            ])
        }
        return table
    }
}
