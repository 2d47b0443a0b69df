/// What a training is about to do, known before its first step.
public struct TrainingFacts: Hashable, Sendable {
    /// Parameters that share a rate.
    public struct Group: Hashable, Sendable {
        public let name: String
        /// The rate at the first step.
        public let learningRate: Double
        public let weightDecay: Double
        public let tensors: Int
        public let values: Int
        public let parameters: [String]
    }

    /// What is kept of the frozen part's work.
    public enum Cache: Hashable, Sendable {
        /// The features after the layer at `path`: computed once, or found from an earlier run.
        case features(path: String, bytes: Int, place: Place, views: Int)
        case none(NoCacheReason)
    }
    public enum Place: String, Hashable, Sendable { case memory, disk }
    public enum NoCacheReason: Hashable, Sendable {
        /// The first layer trains.
        case nothingFrozen
        /// A random transform makes every epoch's pictures different.
        case random(transform: String)
        case mixing
        case tooLarge(bytes: Int, bound: Int)
        case switchedOff
    }

    /// Where the training begins.
    public enum Start: Hashable, Sendable {
        case fresh
        /// Goes on after this epoch, with the optimiser's state of so many tensors. What is frozen has changed since where it goes on from the weights that an
        /// earlier epoch left, the best.
        case continues(epoch: Int, momentumTensors: Int, weights: Int? = nil)
        /// The weights were changed by hand since that epoch.
        case changedSince(epoch: Int, momentumTensors: Int)
    }

    public let architecture: String
    public let dataset: String
    public let classes: [String]
    public let groups: [Group]
    public let trainableTensors: Int
    public let trainableValues: Int
    public let frozenTensors: Int
    public let frozenValues: Int
    public let batchNormTraining: Int
    public let batchNormFixed: Int
    public let firstEpoch: Int
    public let lastEpoch: Int
    public let trainCount: Int
    public let valCount: Int
    public let batchSize: Int
    public let batchesPerEpoch: Int
    public let stepsPerEpoch: Int
    public let optimizer: String
    public let schedule: String
    public let loss: String
    public let cache: Cache
    /// Bytes that training takes: the compiled plan and the features kept in memory. `nil` until the plan is compiled.
    public internal(set) var memory: Int?
    public let start: Start
    public let warnings: [LearningWarning]
}

extension TrainingFacts.NoCacheReason: CustomStringConvertible {
    public var description: String {
        switch self {
        case .nothingFrozen: "the first layer trains"
        case .random(let transform): "\(transform) is random; cache=4 would keep four views of each picture"
        case .mixing: "MixUp and CutMix mix the pictures themselves"
        case .tooLarge(let bytes, let bound): "the features take \(bytes >> 20) MiB, more than the bound of \(bound >> 20) MiB"
        case .switchedOff: "switched off"
        }
    }
}
