import Foundation

/// Something that is allowed and that people usually regret. Cases carry the facts; `description` makes the sentence.
public enum LearningWarning: Hashable, Sendable {
    /// The largest class has `ratio` times the pictures of the smallest.
    case imbalance(largest: String, smallest: String, ratio: Double)
    case noValidation
    case normalisationMissing(Split, expected: String)
    case normalisationTwice(Split)
    case normalisationDiffers(Split, found: String, expected: String)
    case sizeDiffers(Split, found: String, expected: String)
    case randomInEvaluation(Split, transform: String)
    /// BatchNorm layers whose parameters are frozen but whose statistics move.
    case batchNormDrift(layers: Int)
    /// BatchNorm that trains on very few pictures at a time.
    case smallBatchNorm(batchSize: Int, layers: Int)
    /// A pretrained part learns as fast as, or faster than, is good for it.
    case highRateAfterUnfreeze(rate: Double, layers: [String])
    /// The body learns no slower than a head that has not trained for a whole epoch.
    case bodyAsFastAsFreshHead(rate: Double)
    /// A schedule that goes on from an earlier training has all but stopped this one.
    case scheduleWentDown(schedule: String, epoch: Int, given: Double, actual: Double)
    /// A last batch of one picture is left out while BatchNorm trains.
    case loneSampleDropped
    /// Pictures of one content in two parts.
    case leak(count: Int, first: Split, second: Split)
    /// So many files have the size of one in another part that none was compared.
    case leaksNotSought(count: Int)
    case rateIsZero(group: String)
    /// A class without a picture in a part.
    case classMissing(String, in: Split)
    /// More than three of them.
    case classesMissing([String], in: Split)
    /// The validation part is so small that one picture is worth `share`.
    case smallValidation(count: Int, share: Double)
}

extension LearningWarning: CustomStringConvertible {
    public var description: String {
        switch self {
        case .imbalance(let largest, let smallest, let ratio):
            "\(largest) has \(Self.short(ratio)) times the pictures of \(smallest): accuracy will flatter; balance=weights or balance=sampler helps"
        case .noValidation: "there are no validation pictures: the best epoch can't be told, the last one is kept"
        case .normalisationMissing(let split, let expected):
            "the \(split.rawValue) pictures are not normalised, but the weights expect \(expected): add Normalize"
        case .normalisationTwice(let split): "the \(split.rawValue) pictures are normalised twice"
        case .normalisationDiffers(let split, let found, let expected):
            "the \(split.rawValue) pictures are normalised with \(found), but the weights expect \(expected)"
        case .sizeDiffers(let split, let found, let expected):
            "the \(split.rawValue) pictures are \(found), the weights were trained at \(expected)"
        case .randomInEvaluation(let split, let transform):
            "\(transform) makes the \(split.rawValue) figures random: transforms of validation and test should be fixed"
        case .batchNormDrift(let layers):
            "\(layers) frozen BatchNorm \(layers == 1 ? "layer keeps" : "layers keep") moving running statistics: the frozen part will drift; bn=eval holds them"
        case .smallBatchNorm(let batchSize, let layers):
            "\(layers) BatchNorm \(layers == 1 ? "layer trains" : "layers train") on batches of \(batchSize): their statistics will be noisy; a larger batch or bn=eval helps"
        case .highRateAfterUnfreeze(let rate, let layers):
            "\(layers.joined(separator: ", ")) \(layers.count == 1 ? "was" : "were") just unfrozen and will learn at \(Self.rate(rate)): pretrained layers usually want a tenth of the head's rate or less"
        case .bodyAsFastAsFreshHead(let rate):
            "pretrained layers learn as fast as the new head (\(Self.rate(rate))): train the head first, or give the body a lower rate (lr=1e-5..1e-3)"
        case .scheduleWentDown(let schedule, let epoch, let given, let actual):
            "\(schedule) goes on after epoch \(epoch) and makes \(Self.rate(actual)) of the rate \(Self.rate(given)): scheduler=none, or another one, begins anew"
        case .loneSampleDropped: "a last batch of one picture is left out while BatchNorm trains"
        case .leak(let count, let first, let second):
            "\(count) \(count == 1 ? "picture is" : "pictures are") in both \(first.rawValue) and \(second.rawValue): figures will flatter"
        case .leaksNotSought(let count):
            "leaks between parts were not looked for among so many pictures (\(count) share their size with another): `check` looks"
        case .rateIsZero(let group): "group \(group) has rate 0: it will not learn"
        case .classMissing(let name, let split): "class \(name) has no \(split.rawValue) pictures"
        case .classesMissing(let names, let split):
            "\(names.count) classes have no \(split.rawValue) pictures: \(names.prefix(3).joined(separator: ", ")) and \(names.count - 3) more"
        case .smallValidation(let count, let share):
            count == 1
                ? "only one validation picture: it is right or wrong, and says no more"
                : "only \(count) validation pictures: one of them is worth \(Self.short(share * 100)) %"
        }
    }

    /// Three digits of a rate, whatever its size.
    private static func rate(_ value: Double) -> String { String(format: "%.3g", value) }

    private static func short(_ value: Double) -> String {
        let rounded = (value * 10).rounded() / 10
        return rounded == rounded.rounded() && abs(rounded) < 1e9 ? String(Int(rounded)) : String(rounded)
    }
}

extension DatasetPart {
    /// What is told of the classes that have no picture here: each by itself, where they are few.
    ///
    /// - Parameter told: classes that need no mention.
    public func classWarnings(besides told: Set<String> = []) -> [LearningWarning] {
        let missing = missingClasses.filter { !told.contains($0) }
        if missing.count > 3 { return [.classesMissing(missing, in: split)] }
        return missing.map { LearningWarning.classMissing($0, in: split) }
    }
}
