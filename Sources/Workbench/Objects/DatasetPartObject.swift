import CommandLanguage
import Imaging
import Learning
import Presentation

/// Pictures of one part of a data set: `bees.train`, `bees.val["ants"]`, `bees.train[2..5]`.
struct DatasetPartObject: SessionObject {
    let dataset: Dataset
    let split: Split
    /// Indices within the part; `nil`: all of it.
    let indices: [Int]?

    init(_ dataset: Dataset, _ split: Split, _ indices: [Int]? = nil) {
        self.dataset = dataset
        self.split = split
        self.indices = indices
    }

    let kind = "part"
    var part: DatasetPart { dataset[split] }
    var count: Int { indices?.count ?? part.count }

    /// The index within the part of the picture at a position of this object.
    func index(at position: Int) throws(LearningError) -> Int {
        let place = position < 0 ? position + count : position
        guard (0..<count).contains(place) else { throw .noSuchSample(index: position, count: count) }
        return indices?[place] ?? place
    }

    /// The data set whose part has these pictures alone; other parts stay whole.
    var narrowed: Dataset {
        get throws(LearningError) { try indices.map { chosen throws(LearningError) in try dataset.subset(split, at: chosen) } ?? dataset }
    }

    /// The data set of these pictures and no others.
    var alone: Dataset {
        get throws(LearningError) { try narrowed.only(split) }
    }

    /// The number of pictures of each class.
    var classCounts: [Int] {
        guard let indices else { return part.classCounts }
        var counts = [Int](repeating: 0, count: dataset.classes.count)
        for index in indices { counts[part[index].label] += 1 }
        return counts
    }

    var summary: String {
        let counts = zip(dataset.classes, classCounts).filter { $1 > 0 }.map { "\($0) \(Format.count($1))" }
        return "\(Format.counted(count, "\(split.rawValue) picture")) of \(dataset.name): \(Session.listed(counts))"
    }

    func members(at path: [String]) -> [Member] { path.isEmpty ? Self.members(of: part) : path == ["classes"] ? Self.classes(of: part) : [] }

    func value(at path: Path, in session: Session) throws -> Value { try place(path).value(of: self) }

    func show(_ path: Path, in session: Session) throws -> MIMEBundle { try place(path).shown(as: path, in: session) }

    func explore(_ path: Path, in session: Session) throws {
        session.output.explore(try DatasetView(try place(path), name: path.root, in: session))
    }

    func assign(_ value: Value, at path: Path, in session: Session) throws {
        throw Diagnostic(
            .type, "`\(path.root)` is some pictures of \(dataset.name), and nothing in it can be changed.", at: path.span,
            hint: "Change the dataset itself, or make one of these pictures: `Subset(\(path.root))`.")
    }

    private func place(_ path: Path) throws -> DatasetPlace {
        var place = DatasetPlace(dataset, split, indices: indices)
        try place.follow(path, of: self)
        return place
    }
}

extension DatasetPartObject {
    /// What can be written after a part.
    static func members(of part: DatasetPart) -> [Member] {
        [
            Member("transform", kind: "property", detail: part.transform.map { Format.counted($0.transforms.count, "step") } ?? "the network's own"),
            Member("count", kind: "property", detail: Format.counted(part.count, "picture")),
            Member("classes", kind: "property", detail: Session.listed(part.classes, limit: 4)),
        ] + classes(of: part).filter { isWord($0.name) }
    }

    static func classes(of part: DatasetPart) -> [Member] {
        zip(part.classes, part.classCounts).map { Member($0, kind: "class", detail: Format.counted($1, "picture")) }
    }

    /// Whether a name can stand after a dot.
    private static func isWord(_ name: String) -> Bool {
        name.first.map { $0.isLetter || $0 == "_" } ?? false && name.allSatisfy { $0.isLetter || $0.isNumber || $0 == "_" }
    }
}
