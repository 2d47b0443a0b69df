/// What a part of a data set is for.
public enum Split: String, Hashable, Sendable, Codable, CaseIterable {
    case train, val, test

    /// The names of folders that mean this part, in the spellings that are met with.
    public var folderNames: [String] {
        switch self {
        case .train: ["train", "training", "train_set"]
        case .val: ["val", "valid", "validation", "validate", "dev"]
        case .test: ["test", "testing", "test_set"]
        }
    }

    /// The part that a folder of this name holds; `nil` for any other name.
    public init?(folderName: String) {
        let lowered = folderName.lowercased()
        guard let split = Split.allCases.first(where: { $0.folderNames.contains(lowered) }) else { return nil }
        self = split
    }
}

/// One picture with its class.
public struct Sample: Hashable, Sendable {
    /// The file's path, as it can be opened.
    public var path: String
    /// The position of the class in the data set's list of classes.
    public var label: Int
    public var split: Split

    public init(path: String, label: Int, split: Split) {
        self.path = path
        self.label = label
        self.split = split
    }
}

/// A path that stands in a data set's folder and is not part of it, and why.
public struct SkippedPath: Hashable, Sendable, Codable {
    public enum Reason: Hashable, Sendable, Codable {
        /// Its name begins with a dot, or is one that operating systems and notebooks leave behind.
        case hidden
        /// Its name's ending is none that pictures have.
        case notAPicture
        /// A folder without pictures: no class.
        case empty
        /// A class that the training part does not have.
        case classNotInTraining(String)
        /// A file beside the class folders.
        case outsideClasses
        /// The user took it out.
        case quarantined
        /// `filter=` left it out.
        case filtered
        /// The list names it, but there is no such file.
        case missing
        /// The folder can't be read.
        case unreadable(String)
    }
    public let path: String
    public let reason: Reason

    public init(path: String, reason: Reason) {
        self.path = path
        self.reason = reason
    }
}

extension SkippedPath.Reason: CustomStringConvertible {
    public var description: String {
        switch self {
        case .hidden: "hidden"
        case .notAPicture: "not a picture by its name"
        case .empty: "a folder without pictures"
        case .classNotInTraining(let name): "class \(name) has no training pictures"
        case .outsideClasses: "lies beside the class folders"
        case .quarantined: "quarantined"
        case .filtered: "left out by the filter"
        case .missing: "the list names it, but it isn't there"
        case .unreadable(let reason): "can't be read: \(reason)"
        }
    }

    /// The same of several paths.
    public func description(of count: Int) -> String {
        switch self {
        case .notAPicture where count != 1: "no pictures by their names"
        case .empty where count != 1: "folders without pictures"
        case .outsideClasses where count != 1: "lie beside the class folders"
        case .missing where count != 1: "the list names them, but they aren't there"
        default: description
        }
    }
}

/// Something about how a data set was made that its user should know.
public enum DatasetNote: Hashable, Sendable, Codable {
    /// The folder held one folder that holds the data.
    case descended(into: String)
    /// There were no train/val folders, or no val folder: `share` of the samples were set apart, class by class.
    case split(Split, share: Double, from: Split?, seed: UInt64)
    /// A stored split was used.
    case storedSplit(path: String)
    /// The part is there already, in a folder or by a column: the share that was asked for was not set apart.
    case splitNotUsed(Split, share: Double)
    /// Class names are all digits, and were sorted as text, as torchvision does: `10` before `2`.
    case digitNamesSortedAsText
    /// Files that were taken out earlier, and stay out.
    case quarantined(count: Int, list: String)
    /// Files whose label was corrected earlier.
    case relabelled(count: Int, list: String)
    /// A class too small to give a sample to the part.
    case tooFewToSplit(String, count: Int)
    /// A filter's pattern that matches none of the pictures, one of which is at `example` below the root.
    case idlePattern(String, example: String)
}

extension DatasetNote: CustomStringConvertible {
    public var description: String {
        switch self {
        case .descended(let folder): "the pictures are one folder down, in \(folder)"
        case .split(let split, let share, let from, let seed):
            "\(Self.percent(share)) of \(from.map { "the \($0.rawValue) pictures" } ?? "each class") set apart as \(split.rawValue) (seed \(seed))"
        case .storedSplit(let path): "split as stored in \(path)"
        case .splitNotUsed(let split, let share):
            "\(split.rawValue) pictures are there already, so split= was not used for them; `split \(split.rawValue)=\(Self.percent(share))` mixes and sets apart afresh"
        case .digitNamesSortedAsText: "class names are numbers and sorted as text, as torchvision does: 10 comes before 2"
        case .quarantined(let count, let list): "\(count) quarantined \(count == 1 ? "file" : "files") left out (\(list))"
        case .relabelled(let count, let list): "\(count) corrected \(count == 1 ? "label" : "labels") (\(list))"
        case .tooFewToSplit(let name, let count): "class \(name) has only \(count) \(count == 1 ? "picture" : "pictures"): all of it trains"
        case .idlePattern(let pattern, let example):
            "the filter's pattern \"\(pattern)\" matches no picture: it is held against paths such as \(example)"
        }
    }

    private static func percent(_ share: Double) -> String {
        // A stored share may be any number, and NaN counts as 0.
        let value = min(max(0, share), 1) * 100
        return value == value.rounded() ? "\(Int(value))%" : "\(Double(Int(value * 10)) / 10)%"
    }
}
