import CommandLanguage
import Learning
import Presentation

/// A data set of the session, with what was found out about it.
struct DatasetObject: SessionObject {
    var dataset: Dataset
    /// What the last `check` found; `nil` before one, and after the pictures have changed.
    var check: DatasetCheck?
    /// Mean and deviation of the training pictures, once computed.
    var statistics: ChannelStatistics?

    init(_ dataset: Dataset, check: DatasetCheck? = nil, statistics: ChannelStatistics? = nil) {
        self.dataset = dataset
        self.check = check
        self.statistics = statistics
    }

    let kind = "dataset"

    var summary: String {
        let parts = dataset.splits.map { "\($0.rawValue) \(Format.count(dataset[$0].count))" }.joined(separator: ", ")
        return
            "\(Format.counted(dataset.count, "picture")) of \(Format.counted(dataset.classes.count, "class", "classes")) (\(Session.listed(dataset.classes))): \(parts)"
    }

    func value(at path: Path, in session: Session) throws -> Value { try DatasetPlace(dataset, path, of: self).value(of: self) }

    func explore(_ path: Path, in session: Session) throws {
        let place = try DatasetPlace(dataset, path, of: self)
        session.output.explore(try DatasetView(place, name: path.root, in: session))
    }

    /// The indices within a part that a path such as `bees.train[2..5]` means.
    func indices(of part: DatasetPart, _ path: Path) throws -> [Int] {
        let place = try DatasetPlace(dataset, path, of: self)
        guard place.property == nil else { throw noPictures(path) }
        return place.sample.map { [$0] } ?? place.indices ?? Array(part.indices)
    }
}

/// How the pictures of a data set are put into batches: the notes' `DataLoader`.
struct LoaderObject: SessionObject {
    var dataset: Dataset
    /// The part that it was made of; `nil`: the whole data set, of which training takes the train part.
    var split: Split?
    var options: LoaderOptions

    let kind = "loader"

    private var part: DatasetPart { dataset[split ?? .train] }

    /// Batches of an epoch over its pictures.
    var batchCount: Int {
        EpochOrder(count: part.count, batchSize: options.batchSize, dropsLast: options.dropsLast ?? false).batchCount
    }

    var summary: String {
        let facts = [
            options.shuffles.map { $0 ? "shuffled" : "in order" }, options.workers.map { Format.counted($0, "worker") },
            options.dropsLast == true ? "last batch dropped if not full" : nil,
            options.balance.flatMap { $0 == .none ? nil : "balance=\($0.rawValue)" },
        ].compactMap { $0 }
        let which = part.split == .train ? "training" : part.split.rawValue
        return ([
            "\(Format.counted(batchCount, "\(which) batch", "\(which) batches")) of \(options.batchSize) from \(dataset.name) (\(Format.counted(part.count, "picture")))"
        ] + facts).joined(separator: ", ")
    }

    func members(at path: [String]) -> [Member] {
        switch path {
        case []:
            [
                Member("dataset", kind: "dataset", detail: dataset.name), Member("batch_size", kind: "property", detail: "\(options.batchSize)"),
                Member("batches", kind: "property", detail: "\(batchCount)"),
            ] + DatasetObject(dataset).members(at: [])
        default: DatasetObject(dataset).members(at: path.first == "dataset" ? Array(path.dropFirst()) : path)
        }
    }

    func value(at path: Path, in session: Session) throws -> Value {
        switch path.segments {
        case []: .object(self)
        case ["dataset"]: .object(DatasetObject(dataset))
        case ["batch_size"]: .integer(options.batchSize)
        case ["batches"]: .integer(batchCount)
        default: try DatasetObject(dataset).value(at: Self.inner(path), in: session)
        }
    }

    func show(_ path: Path, in session: Session) throws -> MIMEBundle {
        if path.steps.isEmpty {
            return Report([
                .text(summary),
                .facts([
                    ("batch_size", "\(options.batchSize)"), ("shuffle", options.shuffles.map { "\($0)" } ?? "as the trainer has it"),
                    ("num_workers", options.workers.map { "\($0)" } ?? "as the trainer has it"),
                    ("drop_last", options.dropsLast.map { "\($0)" } ?? "as the trainer has it"),
                    ("balance", options.balance?.rawValue ?? "as the trainer has it"),
                ]),
            ]).bundle
        }
        if ["batch_size", "batches"].contains(path.segments.first) { return MIMEBundle(plain: try value(at: path, in: session).source) }
        return try DatasetObject(dataset).show(Self.inner(path), in: session)
    }

    func explore(_ path: Path, in session: Session) throws { try DatasetObject(dataset).explore(Self.inner(path), in: session) }

    /// The path without the step `dataset`, which may be left out.
    private static func inner(_ path: Path) -> Path {
        path.segments.first == "dataset" ? Path(path.root, Array(path.steps.dropFirst()), span: path.span) : path
    }
}

/// What a loader says of batches; `nil`: as the trainer has it.
struct LoaderOptions: Sendable, Hashable {
    var batchSize = 16
    var shuffles: Bool?
    var workers: Int?
    var dropsLast: Bool?
    var balance: TrainingSettings.Balance?
}
