public import Imaging
public import NeuralNetworks

/// Everything that says how to train, except the model and the data: the slots of the shared trainer. They stay until given again.
public struct TrainingSettings: Hashable, Sendable, Codable {
    public var optimizer: OptimizerRule = .sgd(momentum: 0.9)
    /// `nil`: the optimiser's default rate for everything.
    public var learningRates: LearningRates?
    /// `nil`: the optimiser's default.
    public var weightDecay: Double?
    /// Leaves biases and the weights of normalisation layers out of weight decay.
    public var sparesBiasesAndNorms = false
    public var schedule: Schedule = .fixed
    public var loss: Loss = .crossEntropy()
    public var batchSize = 16
    public var shuffles = true
    /// Leaves out a last batch that is not full.
    public var dropsLast = false
    /// Threads that decode; `nil`: one a processor. 0 decodes on the training thread.
    public var workers: Int?
    public var seed: UInt64 = 0
    public var balance: Balance = .none
    /// Pictures and labels mixed within a batch; of several, each batch draws one.
    public var mixing: [BatchMix] = []
    /// The largest L2 norm of the gradient; a longer one is shortened to it.
    public var clipNorm: Double?
    /// Batches whose gradients are gathered for one step.
    public var accumulation = 1
    /// The decay of an exponential moving average of the weights, which then validates and is kept.
    public var averaging: Double?
    public var cache: CachePolicy = .automatic
    public var keep: Keep = .best
    public var validates = true
    /// Stops after so many epochs without a better validation accuracy.
    public var patience: Int?
    /// Stops at the end of the step after so many seconds.
    public var timeLimit: Double?
    /// Stops when validation accuracy has reached this share.
    public var targetAccuracy: Double?

    public init() {}

    /// What is done about classes of different frequency.
    public enum Balance: String, Hashable, Sendable, Codable, CaseIterable {
        case none
        /// The loss weighs each class by the inverse of its frequency, on average by 1.
        case weights
        /// Pictures are drawn with replacement, each class equally often.
        case sampler
    }

    /// What is kept of the pictures' way through the frozen part.
    public enum CachePolicy: Hashable, Sendable, Codable {
        /// The features at the frontier, if nothing random stands before it and they fit.
        case automatic
        case off
        /// So many augmented views of each training picture, taken in turn by the epochs.
        case views(Int)
    }

    /// Which weights the model has at the end.
    public enum Keep: String, Hashable, Sendable, Codable, CaseIterable {
        /// Those of the epoch with the best validation accuracy, of equals the one with the lower validation loss.
        case best
        case last
    }

    /// Whether nothing that is counted by these numbers can overflow: a file may say anything.
    public var hasSaneCounts: Bool { (try? checkCounts()) != nil && (0...(1 << 40)).contains(patience ?? 0) }

    /// The batch that a plan for so many pictures has to hold.
    func largestBatch(of pictures: Int) -> Int { min(batchSize, max(pictures, 1)) }

    /// The rates, or the optimiser's default.
    public var effectiveRates: LearningRates { learningRates ?? .uniform(optimizer.defaultLearningRate) }
    public var effectiveWeightDecay: Double { weightDecay ?? optimizer.defaultWeightDecay }

    private func require(_ condition: Bool, _ name: String, _ reason: String) throws(LearningError) {
        guard condition else { throw .badSetting(name: name, reason: reason) }
    }

    private func checkCounts() throws(LearningError) {
        try require(batchSize >= 1 && batchSize <= 65536, "batch_size", "must be from 1 to 65536, not \(batchSize)")
        try require(workers ?? 0 >= 0 && workers ?? 0 <= 256, "num_workers", "must be from 0 to 256")
        try require(accumulation >= 1 && accumulation <= 65536, "accumulate", "must be from 1 to 65536, not \(accumulation)")
    }

    /// Refuses settings that make no sense.
    public func check(classes: Int) throws(LearningError) {
        if let problem = optimizer.problem { throw .badSetting(name: "optimizer", reason: problem) }
        if let problem = schedule.problem { throw .badSetting(name: "scheduler", reason: problem) }
        try checkCounts()
        try require(clipNorm ?? 1 > 0, "clip_norm", "must be above 0")
        try require((0..<1).contains(averaging ?? 0), "ema", "the decay must be at least 0 and below 1")
        try require(effectiveWeightDecay >= 0, "weight_decay", "must be at least 0")
        try require(patience ?? 1 >= 1, "patience", "must be at least 1")
        try require(timeLimit ?? 1 > 0, "time_limit", "must be above 0")
        try require((0...1).contains(targetAccuracy ?? 0), "target", "must be between 0 and 1")
        if case .views(let count) = cache { try require((1...64).contains(count), "views", "must be from 1 to 64, not \(count)") }
        for mix in mixing {
            switch mix {
            case .mixUp(let alpha), .cutMix(let alpha): try require(alpha > 0 && alpha.isFinite, mix.name, "alpha must be a number above 0")
            }
        }
        if let weights = loss.classWeights {
            try require(weights.count == classes, "weight", LearningError.reason(classWeights: weights.count, classes: classes))
            try require(
                weights.allSatisfy { $0 >= 0 } && weights.contains { $0 > 0 }, "weight", "class weights must be at least 0")
        }
    }
}
