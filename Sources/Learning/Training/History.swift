/// What an epoch gave.
public struct EpochRecord: Hashable, Sendable, Codable {
    /// From 1, counted over all of a trainer's runs.
    public var epoch: Int
    /// The run that the epoch belongs to, from 1.
    public var run: Int
    public var trainLoss: Double
    public var trainAccuracy: Double
    /// Absent without validation.
    public var valLoss: Double?
    public var valAccuracy: Double?
    /// The pictures that the accuracies are shares of.
    public var trainCount: Int
    public var valCount: Int
    /// The rate of each group at the epoch's last step.
    public var learningRates: [Rate]
    /// Wall time of training and validation, in seconds.
    public var seconds: Double
    /// Training pictures a second.
    public var imagesPerSecond: Double
    /// Whether validation accuracy (else training loss) was the best so far.
    public var isBest: Bool
    /// Pictures that could not be read.
    public var skipped: Int
    /// The largest L2 norm of the gradient before clipping.
    public var gradientNorm: Double?

    public struct Rate: Hashable, Sendable, Codable {
        public var group: String
        public var rate: Double
        public init(group: String, rate: Double) {
            self.group = group
            self.rate = rate
        }
    }

    /// Whether pictures that were not trained on say that it was the best so far.
    public var isBestValidated: Bool { isBest && valAccuracy != nil }

    /// The interval of the validation accuracy; absent too where a file holds numbers that no training gives.
    public var valInterval: Interval? {
        guard let valAccuracy, 0...1 ~= valAccuracy,
            let right = Int(exactly: (valAccuracy * Double(valCount)).rounded())
        else { return nil }
        return Interval(successes: right, of: valCount)
    }
}

/// Every epoch of a trainer, over all of its runs.
public struct History: Hashable, Sendable, Codable {
    public var epochs: [EpochRecord] = []

    public init() {}

    /// The number of runs that made at least one epoch.
    public var runCount: Int { Set(epochs.map(\.run)).count }

    /// The best epoch so far.
    public var best: EpochRecord? { epochs.last(where: \.isBest) }

    /// The epochs of one run.
    public func epochs(ofRun run: Int) -> [EpochRecord] { epochs.filter { $0.run == run } }
}
