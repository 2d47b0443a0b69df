/// What a training tells while it runs, in this order: `compiling`, `planned`, `caching`…, then steps, validation and an epoch again and
/// again, `finished` at the end.
public enum TrainingEvent: Sendable {
    /// The plan is being compiled; algorithms may be measured.
    case compiling
    /// What is about to happen, with the memory that the compiled plan takes. No picture has been computed yet.
    case planned(TrainingFacts)
    /// Features below the frontier are being computed.
    case caching(Caching)
    case step(StepProgress)
    case validating(done: Int, of: Int)
    case epoch(EpochRecord)
    /// A picture could not be read and was left out; told once for each file.
    case skipped(LoadFailure)
    /// A plateau lowered the rates by its factor.
    case ratesLowered(epoch: Int)
    /// The epoch is on disk.
    case checkpoint(path: String)
    /// The epoch could not be stored; training goes on.
    case checkpointFailed(reason: String)
    case finished(TrainingSummary)

    public struct Caching: Hashable, Sendable {
        public let split: Split
        public let done: Int
        public let count: Int
        public let imagesPerSecond: Double
    }

    /// After an optimiser step.
    public struct StepProgress: Hashable, Sendable {
        /// From 1, over all runs.
        public let epoch: Int
        /// The run's last epoch.
        public let lastEpoch: Int
        /// Batches of this epoch that are done, and all of them.
        public let batch: Int
        public let batches: Int
        /// Means over the epoch so far.
        public let loss: Double
        public let accuracy: Double
        /// The loss of this batch.
        public let batchLoss: Double
        public let imagesPerSecond: Double
        /// Until the end of the run, validation included as far as it is known.
        public let secondsLeft: Double
        public let learningRate: Double
    }
}

/// How a training ended.
public struct TrainingSummary: Hashable, Sendable {
    public enum Ending: Hashable, Sendable {
        case completed
        /// The last whole step is kept; the epoch it lies in does not count.
        case interrupted(epoch: Int, batch: Int)
        /// No better epoch for so many.
        case patience(Int)
        case timeLimit(Double)
        case targetReached(Double)
        /// The loss was no finite number, or where it was one, a weight; the weights are those before the epoch.
        case diverged(epoch: Int, batch: Int, loss: Double, learningRate: Double)
    }
    public let ending: Ending
    /// Whole epochs of this run.
    public let epochs: Int
    public let seconds: Double
    /// The epoch whose weights the model has; `nil` before the first, and where it has those of a step within an epoch.
    public let kept: EpochRecord?
    /// Pictures that could not be read.
    public let failures: [LoadFailure]
    /// Whether every frozen tensor is what it was, compared bit by bit.
    public let frozenUnchanged: Bool
    public let record: RunRecord
}

extension TrainingSummary.Ending: CustomStringConvertible {
    public var description: String {
        switch self {
        case .completed: "completed"
        case .interrupted(let epoch, let batch): "interrupted in epoch \(epoch) after batch \(batch)"
        case .patience(let epochs): "stopped: no better epoch for \(epochs)"
        case .timeLimit(let seconds): "stopped after the time limit of \(seconds) s"
        case .targetReached(let accuracy): "stopped: validation accuracy reached \(accuracy)"
        case .diverged(let epoch, let batch, let loss, let rate):
            "stopped: \(loss.isFinite ? "a weight was no finite number any more" : "the loss became \(loss)") in epoch \(epoch), batch \(batch), at learning rate \(rate); the weights are those before that epoch"
        }
    }
}
