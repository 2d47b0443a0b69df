public import Execution
import NeuralNetworks
public import Tensors

/// The shared trainer: it keeps its settings, the optimiser's state and the history from one training to the next.
///
/// A value: a training that fails leaves the trainer and the model as they were after the last whole epoch. What a training does is
/// a function of the settings, the seed, the data and the weights, never of threads.
///
/// Two runs of two epochs are one run of four, bit for bit: when neither weights nor the freeze plan were changed in between, the next
/// run goes on from the last epoch's weights, even where the model was left with those of the best epoch.
public struct Trainer: Sendable {
    /// The slots.
    public var settings = TrainingSettings()
    /// Backend, precision and threads.
    public var options = ExecutionOptions()
    /// Every epoch so far.
    public internal(set) var history = History()
    /// Where each epoch is stored; `nil`: nowhere.
    public var checkpoints: CheckpointPolicy?
    /// How much memory and disk the caches may take.
    public var bounds = CacheBounds()
    /// What the next run is called in the run log; `nil`: `run 1`, …
    public var runName: String?
    /// The source of the cell that trains, for the run log.
    public var cell = ""
    /// Names and versions of what computes, for the run log.
    public var versions: [String: String] = [:]
    /// Where runs are logged; `nil`: nowhere.
    public var runLog: RunLog?
    /// Features and decoded pictures, kept between runs. Never a matter of results, only of time.
    public let caches: TrainingCaches
    var state = TrainingState()

    public init(caches: TrainingCaches = TrainingCaches()) { self.caches = caches }

    /// The gradients of the last step of the last training, by parameter; empty before the first.
    public internal(set) var gradients: [String: TensorStatistics] = [:]

    /// Whole epochs so far.
    public var epochCount: Int { state.epoch }

    /// The best epoch so far, whose weights `keep=best` gives back.
    public var best: EpochRecord? { state.best?.record }

    /// Names of the parameters whose optimiser state is kept.
    public var momentumNames: [String] { state.optimizerState.keys.sorted() }

    /// Forgets history and optimiser state; the settings stay.
    public mutating func restart() {
        history = History()
        state = TrainingState()
        gradients = [:]
    }

    /// Where epochs are stored.
    public struct CheckpointPolicy: Hashable, Sendable {
        public var folder: String
        /// Older epochs beyond so many are removed.
        public var keep: Int
        /// An epoch is stored if it is the run's last or the one stored before is older than so many seconds: an epoch on cached
        /// features takes less time than its file.
        public var minimumInterval: Double

        public init(folder: String, keep: Int = 2, minimumInterval: Double = 1) {
            self.folder = folder
            self.minimumInterval = minimumInterval
            self.keep = max(keep, 1)
        }
    }
}

/// How much the caches may take.
public struct CacheBounds: Hashable, Sendable {
    /// Bytes of features in memory; by default a quarter of what the machine has, or the container.
    public var featureMemory = Memory.total / 4
    /// Bytes of features on disk.
    public var featureDisk = 20 << 30
    /// Where features go that don't fit into memory.
    public var folder = FeatureStorage.usualFolder
    /// Bytes of decoded pictures in memory.
    public var pictures = Memory.total / 8

    public init() {}
}

/// What one run leaves for the next.
struct TrainingState: Sendable {
    struct Best: Sendable {
        var record: EpochRecord
        var parameters: ParameterStore
        /// What says that it is the best; `nil` without validation, and where an older checkpoint doesn't tell.
        var validation: Validation?
    }
    var epoch = 0
    var run = 0
    /// The schedule as it was given, and with its lengths filled in.
    var givenSchedule: Schedule?
    var schedule: Schedule = .fixed
    var progress = ScheduleState()
    var rule: OptimizerRule?
    var optimizerState: [String: OptimizerState] = [:]
    /// The weights that the model was left with: whether they were changed by hand shows by comparison.
    var left: ParameterStore?
    /// The layers that it was left with, likewise.
    var leftModule: Module?
    /// The weights to go on from, and their moving average.
    var last: ParameterStore?
    var averaged: ParameterStore?
    var best: Best?
    var freeze = FreezePlan()
    var classes: [String] = []
    /// Whole epochs that each parameter has trained.
    var trainedEpochs: [String: Int] = [:]
    /// The last epoch of the run, for `resume`.
    var lastEpoch = 0
}
