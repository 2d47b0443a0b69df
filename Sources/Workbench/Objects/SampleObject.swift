import CommandLanguage
import Imaging
import Learning
import Presentation

/// One picture of a data set with its class: `bees.train[3]`.
struct SampleObject: SessionObject {
    let dataset: Dataset
    let split: Split
    /// Within the part.
    let index: Int

    init(_ dataset: Dataset, _ split: Split, _ index: Int) {
        self.dataset = dataset
        self.split = split
        self.index = index
    }

    let kind = "sample"
    /// Places are made of indices that were checked.
    var sample: Sample { dataset[split][index] }
    var label: String { dataset.classes[sample.label] }

    var summary: String { "\(label): \(dataset.relativePath(sample.path)) (\(split.rawValue) \(index))" }

    func members(at path: [String]) -> [Member] {
        guard path.isEmpty else { return [] }
        return [
            Member("label", kind: "property", detail: label), Member("path", kind: "property", detail: sample.path),
            Member("size", kind: "property"), Member("index", kind: "property", detail: "\(index)"),
        ]
    }

    func value(at path: Path, in session: Session) throws -> Value { try place(path).value(of: self) }
    func show(_ path: Path, in session: Session) throws -> MIMEBundle { try place(path).shown(as: path, in: session) }

    func value(of property: DatasetPlace.Property) throws -> Value {
        switch property {
        case .label: return .text(label)
        case .path: return .text(sample.path)
        case .index: return .integer(index)
        case .size:
            let size = try ImageHeader.read(path: sample.path).size(dataset.decoding.exif)
            return .size(width: size.width, height: size.height)
        default: return .none
        }
    }

    private func place(_ path: Path) throws -> DatasetPlace {
        var place = DatasetPlace(dataset, split, sample: index)
        try place.follow(path, of: self)
        return place
    }
}

extension SampleObject {
    /// The picture with what is known of it.
    func shown(width limit: Int = 420) throws -> MIMEBundle {
        let header = try ImageHeader.read(path: sample.path)
        let image = try dataset[split].image(at: index)
        var facts: [(String, String)] = [
            ("class", "\(label) (\(sample.label))"), ("place", "\(split.rawValue)[\(index)]"), ("file", dataset.relativePath(sample.path)),
            ("size", "\(image.size) pixels"), ("format", "\(header.format.name), \(header.colourMode.name), \(header.bitDepth) bits"),
        ]
        if let byteCount = sample.byteCount { facts.append(("bytes", Format.bytes(byteCount))) }
        if header.orientation != .upright {
            let what = dataset.decoding.exif == .apply ? "applied" : "ignored"
            facts.append(("EXIF orientation", "\(header.orientation.rawValue), \(what)"))
        }
        let grid = ImageGrid([try image.item(summary, width: limit)], width: min(image.width, limit), pixelated: image.width < 64)
        return Report([.images(grid), .facts(facts)]).bundle.adding(.bytes(try image.pageBytes(width: limit, png: true)), as: "image/png")
    }
}

extension ImageHeader.ColourMode {
    /// The mode as people call it.
    var name: String {
        switch self {
        case .bilevel: "black and white"
        case .grey: "grey"
        case .greyAlpha: "grey with alpha"
        case .palette: "palette"
        case .paletteAlpha: "palette with transparency"
        case .rgb: "RGB"
        case .rgba: "RGB with alpha"
        case .cmyk: "CMYK"
        case .ycck: "YCCK"
        case .other: "other"
        }
    }
}
