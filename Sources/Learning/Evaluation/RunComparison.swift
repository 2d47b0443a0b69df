import NeuralNetworks

/// Runs side by side.
public struct RunComparison: Sendable {
    /// One run in a line.
    public struct Row: Sendable, Hashable {
        public let name: String
        public let architecture: String
        public let dataset: String
        public let trainableTensors: Int
        public let epochs: Int
        public let seconds: Double
        public let bestAccuracy: Interval?
        public let bestEpoch: Int?
        public let finalTrainLoss: Double?
        public let finalValLoss: Double?
    }
    public let rows: [Row]
    /// What differs between the runs: the setting and its value in each.
    public let differences: [(setting: String, values: [String])]
    /// Whether all runs saw the same pictures with the same labels in the same parts.
    public let sameData: Bool

    public init(_ records: [RunRecord]) {
        rows = records.map { record in
            let best = record.epochs.last(where: \.isBest) ?? record.epochs.max { ($0.valAccuracy ?? 0) < ($1.valAccuracy ?? 0) }
            return Row(
                name: record.name, architecture: record.architecture, dataset: record.dataset,
                trainableTensors: record.trainable.count, epochs: record.epochs.count, seconds: record.seconds,
                bestAccuracy: best?.valInterval, bestEpoch: best?.epoch, finalTrainLoss: record.epochs.last?.trainLoss,
                finalValLoss: record.epochs.last?.valLoss)
        }
        sameData = Set(records.map(\.dataFingerprint)).count <= 1
        let settings: [(String, (RunRecord) -> String)] = [
            ("optimizer", { "\($0.settings.optimizer.name)" }), ("lr", { Self.rates($0.settings) }),
            ("weight_decay", { "\($0.settings.effectiveWeightDecay)" }), ("scheduler", { $0.settings.schedule.name }),
            ("loss", { $0.settings.loss.name }), ("batch_size", { "\($0.settings.batchSize)" }), ("seed", { "\($0.settings.seed)" }),
            ("balance", { $0.settings.balance.rawValue }), ("trainable", { "\($0.trainable.count) tensors" }),
            ("architecture", { $0.architecture }), ("data", { $0.dataset }),
        ]
        differences = settings.compactMap { name, value in
            let values = records.map(value)
            return Set(values).count > 1 ? (name, values) : nil
        }
    }

    private static func rates(_ settings: TrainingSettings) -> String {
        switch settings.effectiveRates {
        case .uniform(let rate): "\(rate)"
        case .range(let low, let high): "\(low)..\(high)"
        case .patterns(let otherwise, let pairs): "\(otherwise), " + pairs.map { "\($0.pattern): \($0.rate)" }.joined(separator: ", ")
        }
    }
}
