import CommandLanguage
import Learning
import NeuralNetworks

/// Everything that a session remembers, as one value: a copy is a snapshot, and shares the tensors until they are changed.
struct SessionState: Sendable {
    /// What the user's names stand for.
    var values: [String: Value] = [:]
    /// The names in the order in which they were first given.
    var order: [String] = []
    /// The one shared trainer. Its settings hold the session's seed, its options the device, precision and threads.
    var trainer = Trainer()
    /// The names that the trainer's slots `model` and `data` hold.
    var modelName: String?
    var dataName: String?
    /// The ``NetworkObject/identity`` of the network that the trainer trained last.
    var trainedNetwork: UInt64?
    /// The loader that was heard last, and what it said.
    var takenLoader: TakenLoader?
    /// The last evaluation, for `show confusion`, `show mistakes` and the like.
    var evaluated: EvaluatedPart?
    /// How things are shown.
    var display = DisplaySettings()
}

/// A loader whose options the trainer's settings have taken over.
struct TakenLoader: Hashable, Sendable {
    var name: String
    var options: LoaderOptions
}

/// An evaluation with what was evaluated.
struct EvaluatedPart: Sendable {
    var evaluation: Evaluation
    var network: String
    var data: String
    var dataset: Dataset
    var split: Split
    /// The network that was evaluated, to tell whether the figures still hold. Its tensors are shared.
    var model: ModelState
}

/// How much is shown.
struct DisplaySettings: Hashable, Sendable {
    /// Rows of a table beyond so many are folded.
    var rows = 60
    /// The width of pictures in grids, in pixels.
    var pictureWidth = 150
    /// Whether training shows a live bar and chart; otherwise lines of text only.
    var isLive = true
}
