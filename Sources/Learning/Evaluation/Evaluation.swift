public import NeuralNetworks
public import Tensors

/// How well a network does on labelled pictures: everything is derived from the logits and the true classes.
public struct Evaluation: Sendable {
    /// What the network says of one picture.
    public struct Prediction: Sendable, Hashable {
        /// The file; empty where logits were given without.
        public let path: String
        /// The picture's index in the part that was evaluated.
        public let index: Int
        /// The true class.
        public let label: Int
        /// Softmax probabilities by class.
        public let probabilities: [Float]
        /// The loss of this picture by itself.
        public let loss: Float

        /// The class with the highest probability; the first of equals.
        public var predicted: Int { Evaluation.largest(probabilities) }
        /// The highest probability.
        public var confidence: Float { probabilities.max() ?? 0 }
        public var isRight: Bool { predicted == label }
    }

    public let classes: [String]
    public let split: Split?
    /// One for each picture that could be read, in the part's order.
    public let predictions: [Prediction]
    /// Pictures that could not be read.
    public let failures: [LoadFailure]
    /// The mean loss, as ``Loss`` averages it.
    public let loss: Double
    /// Rows are true classes, columns predicted ones.
    public let confusion: [[Int]]

    /// - Parameters:
    ///   - logits: `[n, classes]`.
    ///   - labels: the n true classes.
    ///   - samples: the n pictures' indices and paths, if known.
    public init(
        logits: Tensor, labels: [Int], classes: [String], loss: Loss = .crossEntropy(), split: Split? = nil,
        samples: [(index: Int, path: String)]? = nil, failures: [LoadFailure] = []
    ) {
        self.classes = classes
        self.split = split
        self.failures = failures
        let targets = Targets.classes(labels)
        let losses = labels.isEmpty ? [] : loss.perSample(logits: logits, targets: targets)
        let probabilities = Self.softmax(logits)
        var predictions: [Prediction] = []
        var confusion = [[Int]](repeating: [Int](repeating: 0, count: classes.count), count: classes.count)
        for (row, label) in labels.enumerated() {
            let prediction = Prediction(
                path: samples?[row].path ?? "", index: samples?[row].index ?? row, label: label,
                probabilities: probabilities[row], loss: losses[row])
            predictions.append(prediction)
            confusion[label][prediction.predicted] += 1
        }
        self.predictions = predictions
        self.confusion = confusion
        self.loss = labels.isEmpty ? .nan : Double(loss(logits: logits, targets: targets).value)
    }

    /// The number of pictures.
    public var count: Int { predictions.count }

    /// The share of pictures whose class is right, with its 95 % interval.
    public var accuracy: Interval { Interval(successes: predictions.count(where: \.isRight), of: count) }

    /// The share of pictures whose class is among the `k` with the highest probabilities.
    public func topAccuracy(_ k: Int) -> Interval {
        let hits = predictions.count { prediction in
            let own = prediction.probabilities[prediction.label]
            // Of equal probabilities the lower index counts first, as in `predicted`.
            let before = prediction.probabilities.enumerated().count { $1 > own || ($1 == own && $0 < prediction.label) }
            return before < k
        }
        return Interval(successes: hits, of: count)
    }

    /// The pictures that are wrong, the worst loss first.
    public var mistakes: [Prediction] {
        predictions.filter { !$0.isRight }.sorted { ($0.loss, $1.index) > ($1.loss, $0.index) }
    }

    /// All pictures, the worst loss first: the right ones too, for a look at what is barely right.
    public var worst: [Prediction] { predictions.sorted { ($0.loss, $1.index) > ($1.loss, $0.index) } }

    /// The accuracy of always saying the most frequent class.
    public var majorityBaseline: Double {
        count == 0 ? .nan : Double(confusion.map { $0.reduce(0, +) }.max() ?? 0) / Double(count)
    }

    /// Softmax of each row, computed in double precision from the largest logit down.
    static func softmax(_ logits: Tensor) -> [[Float]] {
        let (rows, columns) = (logits.shape[0], logits.shape[1])
        let all = logits.elements
        return (0..<rows).map { row in
            let slice = all[row * columns..<(row + 1) * columns]
            let largest = Double(slice.max() ?? 0)
            let powers = slice.map { exponential(Double($0) - largest) }
            let sum = powers.reduce(0, +)
            return powers.map { Float($0 / sum) }
        }
    }

    /// The position of the largest value; the first of equals, 0 if there is a NaN.
    static func largest(_ values: [Float]) -> Int {
        var best = 0
        for (index, value) in values.enumerated() where value > values[best] { best = index }
        return best
    }
}
