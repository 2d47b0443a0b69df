extension Evaluation {
    /// How one class fares.
    public struct ClassScore: Sendable, Hashable {
        public let name: String
        /// Pictures that truly are of the class.
        public let support: Int
        /// Of the pictures said to be of the class, the share that are; NaN if none was.
        public let precision: Double
        /// Of the pictures of the class, the share that was found; NaN if there are none.
        public let recall: Double
        /// The harmonic mean of both; 0 where either is 0 or missing.
        public let f1: Double
    }

    /// Two classes and how often the first was taken for the second.
    public struct Confusion: Sendable, Hashable {
        public let label: Int
        public let predicted: Int
        public let count: Int
    }

    /// The scores by class.
    public var classScores: [ClassScore] {
        classes.indices.map { index in
            let support = confusion[index].reduce(0, +)
            let said = confusion.reduce(0) { $0 + $1[index] }
            let right = Double(confusion[index][index])
            let precision = said > 0 ? right / Double(said) : .nan
            let recall = support > 0 ? right / Double(support) : .nan
            let f1 = right > 0 ? 2 * precision * recall / (precision + recall) : 0
            return ClassScore(name: classes[index], support: support, precision: precision, recall: recall, f1: f1)
        }
    }

    /// The mean recall of the classes that occur: what accuracy would be if they were equally frequent.
    public var balancedAccuracy: Double {
        let recalls = classScores.filter { $0.support > 0 }.map(\.recall)
        return recalls.isEmpty ? .nan : recalls.reduce(0, +) / Double(recalls.count)
    }

    /// The mean F1 of the classes that occur.
    public var macroF1: Double {
        let scores = classScores.filter { $0.support > 0 }.map(\.f1)
        return scores.isEmpty ? .nan : scores.reduce(0, +) / Double(scores.count)
    }

    /// Pairs of classes by how often one was taken for the other, the most frequent first.
    public func mostConfused(atLeast minimum: Int = 1) -> [Confusion] {
        var pairs: [Confusion] = []
        for (label, row) in confusion.enumerated() {
            for (predicted, count) in row.enumerated() where predicted != label && count >= minimum {
                pairs.append(Confusion(label: label, predicted: predicted, count: count))
            }
        }
        return pairs.sorted { ($1.count, $0.label, $0.predicted) < ($0.count, $1.label, $1.predicted) }
    }

    /// Pictures that were said with about the same confidence.
    public struct CalibrationBin: Sendable, Hashable {
        public let low: Double
        public let high: Double
        public let count: Int
        /// The mean of the confidences; NaN in an empty bin.
        public let confidence: Double
        /// The share that is right; NaN in an empty bin.
        public let accuracy: Double
    }

    /// How far confidence can be believed: pictures by confidence in equal bins.
    public func calibration(bins: Int = 10) -> [CalibrationBin] {
        let bins = max(bins, 1)
        var members = [[Prediction]](repeating: [], count: bins)
        for prediction in predictions where prediction.confidence.isFinite {
            // Bins are open below: a confidence of exactly 0.5 of ten bins lies in 0.4–0.5 (Guo et al. 2017).
            let position = Int((Double(prediction.confidence) * Double(bins)).rounded(.up)) - 1
            members[min(max(position, 0), bins - 1)].append(prediction)
        }
        return members.enumerated().map { index, members in
            let count = Double(members.count)
            return CalibrationBin(
                low: Double(index) / Double(bins), high: Double(index + 1) / Double(bins), count: members.count,
                confidence: members.isEmpty ? .nan : members.reduce(0) { $0 + Double($1.confidence) } / count,
                accuracy: members.isEmpty ? .nan : Double(members.count(where: \.isRight)) / count)
        }
    }

    /// The mean gap between confidence and accuracy, weighted by the bins' sizes (ECE; Guo et al. 2017).
    public func expectedCalibrationError(bins: Int = 10) -> Double {
        guard count > 0 else { return .nan }
        return calibration(bins: bins).filter { $0.count > 0 }.reduce(0) {
            $0 + Double($1.count) / Double(count) * abs($1.accuracy - $1.confidence)
        }
    }
}
