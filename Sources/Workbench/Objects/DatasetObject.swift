import CommandLanguage
import Learning
import Presentation

/// A data set of the session.
struct DatasetObject: SessionObject {
    var dataset: Dataset

    init(_ dataset: Dataset) { self.dataset = dataset }

    let kind = "dataset"

    var summary: String {
        let parts = dataset.splits.map { "\($0.rawValue) \(Format.count(dataset[$0].count))" }.joined(separator: ", ")
        return "\(Format.counted(dataset.count, "picture")) of \(Format.counted(dataset.classes.count, "class", "classes")) (\(Session.listed(dataset.classes))): \(parts)"
    }
}

/// How the pictures of a data set are put into batches: the notes' `DataLoader`.
struct LoaderObject: SessionObject {
    var dataset: Dataset
    var options: LoaderOptions

    let kind = "loader"

    var summary: String {
        let batches = (dataset.train.count + (options.dropsLast == true ? 0 : options.batchSize - 1)) / max(options.batchSize, 1)
        return "\(Format.counted(batches, "training batch", "training batches")) of \(options.batchSize) from \(dataset.name)"
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
