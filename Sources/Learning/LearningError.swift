public import Checkpoints
public import Execution
public import Imaging
public import NeuralNetworks

/// Why something about data, training or evaluation could not be done. Cases carry the facts; `description` makes the sentence.
public enum LearningError: Error, Sendable {
    // Data
    case noSuchFolder(path: String)
    /// A folder without class folders; `pictures` lie in it directly.
    case noClassFolders(path: String, pictures: Int)
    case noPictures(path: String, skipped: Int)
    /// A filter that leaves out every one of so many pictures.
    case allFiltered(path: String, filter: String, count: Int)
    case cannotRead(path: String, reason: String)
    case csv(path: String, line: Int, defect: String)
    case noSuchColumn(name: String, columns: [String], path: String)
    case badPattern(pattern: String, reason: String)
    case noLabel(path: String, pattern: String)
    case unknownClass(name: String, known: [String])
    case badSplit(reason: String)
    case emptySplit(Split, have: [Split])
    case noSuchSample(index: Int, count: Int)
    case differentClasses(first: [String], second: [String])
    /// More pictures failed to decode than succeeded.
    case unreadablePictures(count: Int, of: Int, first: String, reason: String)
    case badPipeline(Split, reason: String)

    // Training
    case nothingTrains
    case headSize(outputs: Int, classes: Int)
    /// A weight or buffer holds infinities or NaN before any step.
    case notFinite(tensor: String)
    case badSetting(name: String, reason: String)
    case loss(value: Float, epoch: Int, step: Int, learningRate: Double)
    case noCheckpoint(folder: String)
    case differentData(reason: String)
    case noSuchLayer(path: String, layers: [String])
    /// A part whose result has no area, for a map; `others` have one, the last first. Without a path: no part has one.
    case noArea(path: String?, others: [String])
    case notAModelFile(path: String, reason: String)
    /// Bytes of weights, and of free memory.
    case weightsTooLarge(needed: Int, available: Int)

    // From the parts
    case image(ImageError)
    case transform(TransformError)
    case execution(ExecutionError)
    case checkpoint(CheckpointError)
    case shape(ShapeError)
    case groups(ParameterGroups.Failure)
    case interrupted
}

extension LearningError: CustomStringConvertible {
    public var description: String {
        switch self {
        case .noSuchFolder(let path):
            return "there is no folder \(path)."
        case .noClassFolders(let path, let pictures):
            return pictures > 0
                ? "\(path) holds \(pictures) \(pictures == 1 ? "picture" : "pictures") but no folder for each class. For labels in a table use ImageList, for labels in the file names ImagePattern."
                : "\(path) holds no folder for each class and no pictures."
        case .noPictures(let path, let skipped):
            let passed = skipped > 0 ? "; \(skipped) other \(skipped == 1 ? "path was" : "paths were") passed over" : ""
            return "no pictures were found in \(path)\(passed). Read are \(FolderScan.pictureEndings.sorted().joined(separator: ", ")), and gif where a pattern names it (\"*.gif\")."
        case .allFiltered(let path, let filter, let count):
            return "no pictures of \(path) are left: the filter \(filter) leaves out \(count == 1 ? "the only one" : "all \(count)")."
        case .cannotRead(let path, let reason):
            return "\(path) can't be read: \(reason)."
        case .csv(let path, let line, let defect):
            return "\(path), line \(line): \(defect)."
        case .noSuchColumn(let name, let columns, let path):
            return "\(path) has no column \(name); its columns are \(Self.list(columns))."
        case .badPattern(let pattern, let reason):
            return "\(pattern) is no valid pattern: \(reason)."
        case .noLabel(let path, let pattern):
            return "\(path) has no label: \(pattern) doesn't match it. Put the label into round brackets in the pattern: label=\"^([a-z]+)_\"."
        case .unknownClass(let name, let known):
            return "there is no class \(name); the classes are \(Self.list(known))."
        case .badSplit(let reason):
            return "the data can't be split: \(reason)."
        case .emptySplit(let split, let have):
            let others = have.isEmpty ? "no pictures at all" : Self.list(have.map(\.rawValue))
            return "the data set has no \(split.rawValue) pictures, only \(others)."
        case .noSuchSample(let index, let count):
            return "there is no picture \(index): there are \(count), counted from 0."
        case .differentClasses(let first, let second):
            return "the classes differ: \(Self.list(first)) against \(Self.list(second))."
        case .unreadablePictures(let count, let total, _, let reason) where blamesTransform:
            return "\(count) of \(total) pictures can't be used, since \(reason)."
        case .unreadablePictures(let count, let total, let first, let reason):
            return "\(count) of \(total) pictures can't be read, the first is \(first): \(reason). `check` lists them all."
        case .badPipeline(let split, let reason):
            return "the \(split.rawValue) transform can't be used: \(reason)."
        case .nothingTrains:
            return "nothing trains: every parameter is frozen. Unfreeze a part (`unfreeze net.layer4`) or give the network a new head."
        case .headSize(let outputs, let classes):
            return "the network has \(outputs) \(outputs == 1 ? "output" : "outputs"), the data \(classes) \(classes == 1 ? "class" : "classes")."
        case .notFinite(let tensor):
            return "\(tensor) holds values that are no finite numbers, so nothing can be learned from it. Load other weights, or replace that part."
        case .badSetting(let name, let reason):
            return "\(name): \(reason)."
        case .loss(let value, let epoch, let step, let rate):
            return "the loss became \(value) in epoch \(epoch), step \(step), at learning rate \(rate). The weights are those of the last good epoch; lower the rate or clip the gradient."
        case .noCheckpoint(let folder):
            return "there is no checkpoint to resume from in \(folder)."
        case .differentData(let reason):
            return "the data is not what the training was started with: \(reason)."
        case .noSuchLayer(let path, let layers):
            return "the network has no layer \(path); there are \(Self.list(layers))."
        case .noArea(let path, let others):
            let what = path.map { "layer \($0) gives numbers without an area" } ?? "no layer gives a result with an area"
            let rest = others.isEmpty ? "" : "; the last ones that have one are \(Self.list(Array(others.prefix(3))))"
            return "\(what), and a map needs one, from before the pooling\(rest)."
        case .notAModelFile(let path, let reason):
            return "\(path) can't be used as a model: \(reason)."
        case .weightsTooLarge(let needed, let available):
            return "the network's weights alone would take \(needed >> 20) MiB, and \(available >> 20) MiB are free. Make its layers smaller, or pool before them."
        case .transform(let error): return Self.sentence(error)
        case .image(let error): return Self.sentence(error)
        case .execution(let error): return Self.sentence(error)
        case .checkpoint(let error): return Self.sentence(error)
        case .shape(let error): return Self.sentence(error)
        case .groups(let error): return Self.sentence(error)
        case .interrupted: return "interrupted."
        }
    }

    private static func sentence(_ error: any Error) -> String {
        let text = String(describing: error)
        return text.hasSuffix(".") ? text : text + "."
    }

    /// Names in a row, the long tail counted.
    private static func list(_ names: [String]) -> String {
        names.count <= 12 ? names.joined(separator: ", ") : names.prefix(10).joined(separator: ", ") + " and \(names.count - 10) more"
    }
}

extension LearningError {
    /// What reading or transforming a picture threw.
    init(picture error: any Error, path: String) {
        switch error {
        case let error as LearningError: self = error
        case let error as ImageError: self = .image(.inFile(path, error))
        case let error as TransformError: self = .transform(error)
        default: self = .cannotRead(path: path, reason: String(describing: error))
        }
    }

    /// Whether all pictures failed in a transform: nothing is wrong with the files, and `check` would find nothing.
    public var blamesTransform: Bool {
        guard case .unreadablePictures(let count, let total, _, let reason) = self else { return false }
        return count == total && reason.hasPrefix(PictureSource.transformFails)
    }

    /// Why class weights don't fit, and how to be rid of those of other data.
    static func reason(classWeights: Int, classes: Int) -> String {
        "\(classWeights) class weights were given for \(classes) \(classes == 1 ? "class" : "classes"); loss=CrossEntropyLoss, or another loss, takes them back"
    }

    /// The engine's error; an interrupt is one whoever saw it.
    init(_ error: ExecutionError) {
        if case .interrupted = error { self = .interrupted } else { self = .execution(error) }
    }
}
