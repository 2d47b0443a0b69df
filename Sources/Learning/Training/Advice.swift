/// Which recipe suits a data set: the table of cs231n (size against likeness to ImageNet), with its reasons.
public struct Advice: Hashable, Sendable {
    public enum Recipe: String, Hashable, Sendable {
        /// A linear head on fixed features.
        case headOnly
        /// A head on the features of an earlier layer.
        case headOnEarlierLayer
        /// The head first, then the top of the body at a low rate.
        case fineTuneTop
        /// The head first, then everything at a low rate.
        case fineTuneAll
    }
    public let recipe: Recipe
    /// Training pictures a class, by the smallest class.
    public let picturesPerClass: Int
    /// How well the nearest neighbour in feature space tells the class: near 1, the features fit the task; near chance, they don't.
    public let neighbourAccuracy: Double?
    /// The accuracy of chance by the largest class.
    public let chance: Double
    public let reasons: [String]

    /// - Parameter neighbourAccuracy: see ``ModelState/neighbourAccuracy(on:batchSize:options:isInterrupted:)``.
    public init(_ data: Dataset, neighbourAccuracy: Double?) {
        let counts = data.train.classCounts.filter { $0 > 0 }
        let least = counts.min() ?? 0
        let total = counts.reduce(0, +)
        picturesPerClass = least
        self.neighbourAccuracy = neighbourAccuracy
        let chance = total > 0 ? Double(counts.max() ?? 0) / Double(total) : 0
        self.chance = chance
        var reasons = ["\(total) training pictures in \(counts.count) classes, \(least) in the smallest"]
        let isLarge = least >= 500
        // Half way from chance to certainty: the features know this kind of picture.
        let isAlike = neighbourAccuracy.map { $0 >= chance + (1 - chance) / 2 }
        if let neighbourAccuracy, let isAlike {
            let percent = Int((neighbourAccuracy * 100).rounded())
            reasons.append(
                isAlike
                    ? "the nearest neighbour in feature space has the right class for \(percent) % of the pictures: the features fit"
                    : "the nearest neighbour in feature space has the right class for only \(percent) % of the pictures: these are other pictures than the weights know")
        }
        switch (isLarge, isAlike ?? true) {
        case (false, true):
            recipe = least < 20 ? .headOnly : .fineTuneTop
            reasons.append(
                least < 20
                    ? "few pictures overfit when the body trains: keep the features fixed"
                    : "train the head first; then the last block at a tenth of the rate may gain a little")
        case (false, false):
            recipe = .headOnEarlierLayer
            reasons.append("few and unlike pictures: later layers are too special, take the features of an earlier one")
        case (true, true):
            recipe = .fineTuneAll
            reasons.append("enough pictures to adapt everything without overfitting")
        case (true, false):
            recipe = .fineTuneAll
            reasons.append("many and unlike pictures: everything should adapt; training from random weights may come close")
        }
        self.reasons = reasons
    }
}
