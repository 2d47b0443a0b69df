import CommandLanguage
import Imaging
import Learning

/// What a path into a data set leads to: the whole, a part, some pictures of a part, one picture, or a property of one of these.
struct DatasetPlace {
    let dataset: Dataset
    private(set) var split: Split?
    /// Chosen pictures, as indices within the part; `nil`: all of it.
    private(set) var indices: [Int]?
    /// One picture, as an index within the part.
    private(set) var sample: Int?
    private(set) var property: Property?
    /// One item of a property that is a list: `bees.classes[0]`.
    private(set) var item: Int?

    /// What can be asked of a place by a name.
    enum Property: String, CaseIterable {
        case classes, count, transform, mode, exif, root, name, skipped
        case label, path, size, index

        /// Those of a data set, of pictures of a part, and of one picture.
        static let ofDataset: [Property] = [.classes, .count, .transform, .mode, .exif, .root, .name, .skipped]
        static let ofPart: [Property] = [.classes, .count, .transform]
        static let ofSample: [Property] = [.label, .path, .size, .index]

        /// The property by its name, or by the one that other libraries have.
        init?(_ name: String) {
            switch name {
            case "len", "length": self = .count
            case "target", "class": self = .label
            case "transforms": self = .transform
            default:
                guard let property = Property(rawValue: name) else { return nil }
                self = property
            }
        }
    }

    /// A place to begin at: a part, or pictures of one.
    init(_ dataset: Dataset, _ split: Split?, indices: [Int]? = nil, sample: Int? = nil) {
        self.dataset = dataset
        self.split = split
        self.indices = indices
        self.sample = sample
    }

    /// Follows a path from the whole of a data set.
    init(_ dataset: Dataset, _ path: Path, of object: any SessionObject) throws {
        self.init(dataset, nil)
        try follow(path, of: object)
    }

    /// Follows a path from here.
    mutating func follow(_ path: Path, of object: any SessionObject) throws {
        for step in path.steps {
            if property != nil {
                guard case .index(let index) = step, item == nil else { throw object.noPart(path) }
                item = index
                continue
            }
            switch step {
            case .segment(let name): try enter(name, path, of: object)
            case .index(let index): try choose(index, path)
            case .key(let key): try choose(key, path)
            case .slice(let low, let high): try slice(low, high, path)
            case .all: try slice(0, Int(Int32.max), path)
            }
        }
    }

    /// The part; where none is named, an error that names the parts.
    ///
    /// - Parameter choice: what chooses within the part, as it is written: `["ants"]`.
    private func part(_ path: Path, choice: String = "") throws(Diagnostic) -> DatasetPart {
        guard let split else {
            let parts = dataset.splits.map { "\(path.root).\($0.rawValue)" }
            throw Diagnostic(
                .unknownPath, "Pictures are counted within a part: `\(path.root)` has \(parts.joined(separator: ", ")).", at: path.span,
                suggestions: parts.map { $0 + choice })
        }
        return dataset[split]
    }

    private mutating func enter(_ name: String, _ path: Path, of object: any SessionObject) throws {
        if sample == nil, split == nil, let split = Split(folderName: name) {
            guard dataset.splits.contains(split) else { throw LearningError.emptySplit(split, have: dataset.splits) }
            return self.split = split
        }
        let allowed = sample != nil ? Property.ofSample : split != nil ? Property.ofPart : Property.ofDataset
        if let property = Property(name), allowed.contains(property) {
            return self.property = property
        }
        if sample == nil, split != nil {
            if dataset.classes.contains(name) { return try choose(name, path) }
            if let index = Int(name) { return try choose(index, path) }
        }
        // A class by its name, of which part is not said.
        if sample == nil, split == nil, dataset.classes.contains(name) { return try choose(name, path) }
        throw object.noPart(path)
    }

    private mutating func choose(_ index: Int, _ path: Path) throws {
        guard sample == nil else { throw Diagnostic(.unknownPath, "One picture has no items.", at: path.span) }
        let part = try part(path, choice: "[\(index)]")
        let count = indices?.count ?? part.count
        let position = index < 0 ? index + count : index
        guard (0..<count).contains(position) else { throw LearningError.noSuchSample(index: index, count: count) }
        sample = indices?[position] ?? position
    }

    private mutating func choose(_ name: String, _ path: Path) throws {
        guard sample == nil else { throw Diagnostic(.unknownPath, "One picture has no items.", at: path.span) }
        let part = try part(path, choice: dataset.classes.contains(name) ? "[\(Value.text(name).source)]" : "")
        let members = try part.indices(ofClass: name)
        indices = indices.map { chosen in
            let members = Set(members)
            return chosen.filter(members.contains)
        } ?? members
    }

    /// As Python slices: what lies outside is left out.
    private mutating func slice(_ low: Int, _ high: Int, _ path: Path) throws {
        guard sample == nil else { throw Diagnostic(.unknownPath, "One picture has no items.", at: path.span) }
        let part = try part(path)
        let all = indices ?? Array(part.indices)
        func position(_ index: Int) -> Int { min(max(index < 0 ? index + all.count : index, 0), all.count) }
        let (from, to) = (position(low), position(high))
        indices = Array(all[from..<max(from, to)])
    }
}

extension DatasetPlace {
    /// The value of the place; `object` stands for the whole data set.
    func value(of object: any SessionObject) throws -> Value {
        guard let property else {
            guard let split else { return .object(object) }
            if let sample { return .object(SampleObject(dataset, split, sample)) }
            return .object(DatasetPartObject(dataset, split, indices))
        }
        guard let item else { return try value(of: property) }
        guard case .list(let items) = try value(of: property) else {
            throw Diagnostic(.type, "\(property.rawValue) is no list: it has no item \(item).")
        }
        let position = item < 0 ? item + items.count : item
        guard items.indices.contains(position) else {
            throw Diagnostic(.value, "\(property.rawValue) has \(items.count) items, counted from 0.")
        }
        return items[position]
    }

    private func value(of property: Property) throws -> Value {
        switch property {
        case .classes: return .list(dataset.classes.map(Value.text))
        case .count: return .integer(indices?.count ?? split.map { dataset[$0].count } ?? dataset.count)
        case .transform:
            guard let pipeline else { return .none }
            return .list(pipeline.transforms.map { .object(TransformObject(transform: $0)) })
        case .mode: return .text(dataset.decoding.mode == .rgb ? "RGB" : "L")
        case .exif: return .text(dataset.decoding.exif.rawValue)
        case .root: return .text(dataset.root)
        case .name: return .text(dataset.name)
        case .skipped: return .list(dataset.skipped.map { .text(dataset.relativePath($0.path)) })
        case .label, .path, .size, .index:
            guard let split, let sample else { return .none }
            return try SampleObject(dataset, split, sample).value(of: property)
        }
    }

    /// The transform of the part; of the whole, the training part's.
    var pipeline: TransformPipeline? { dataset.transform(split ?? .train) }

    /// The pictures of the place as samples with their index in their part: all parts' if none is named.
    var samples: [(split: Split, index: Int, sample: Sample)] {
        let splits = split.map { [$0] } ?? dataset.splits
        return splits.flatMap { split in
            let part = dataset[split]
            let chosen = sample.map { [$0] } ?? indices ?? Array(part.indices)
            return chosen.map { (split, $0, part[$0]) }
        }
    }
}
