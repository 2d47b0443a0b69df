import CommandLanguage
import Execution
import Imaging
import Learning
import NeuralNetworks
import Tensors

/// What `session.json` of a saved session says; tensors lie in safetensors files beside it.
struct SavedSession: Codable {
    static let fileName = "session.json"
    static let currentVersion = 1

    var version = SavedSession.currentVersion
    /// In the order in which the names were first given.
    var names: [Entry] = []
    var modelName: String?
    var dataName: String?
    /// The trainer's checkpoint; absent if it has not trained.
    var trainerFile: String?
    var settings: TrainingSettings
    var options: ExecutionOptions
    var display: Display
    var caches: Caches
    /// The cells that were run.
    var cells: [String] = []

    /// A name with what it stands for.
    struct Entry: Codable {
        var name: String
        var value: SavedValue
    }

    struct Display: Codable {
        var rows: Int
        var pictureWidth: Int
        var isLive: Bool
    }

    struct Caches: Codable {
        var featureMemory: Int
        var featureDisk: Int
        var pictures: Int
        var folder: String
    }
}

/// A value as a file has it.
indirect enum SavedValue: Codable {
    case none
    case bool(Bool)
    case integer(Int)
    case number(Double)
    case percentage(Double)
    case text(String)
    case range(Double, Double)
    case size(width: Int, height: Int)
    case list([SavedValue])
    case map([Pair])

    case network(file: String, weights: String, origin: String?)
    case dataset(Dataset)
    case loader(Dataset, SavedLoader)
    case transform(Transform)
    case mix(BatchMix)
    case layer(SavedLayer)
    case loss(Loss)
    case optimizer(SavedOptimizer)
    case scheduler(Schedule)
    case state(file: String, source: String)

    struct Pair: Codable {
        var key: String
        var value: SavedValue
    }
}

struct SavedLoader: Codable {
    /// The part that it was made of; absent for a whole data set.
    var split: Split?
    var batchSize: Int
    var shuffles: Bool?
    var workers: Int?
    var dropsLast: Bool?
    var balance: TrainingSettings.Balance?
}

struct SavedOptimizer: Codable {
    var rule: OptimizerRule
    var rates: LearningRates?
    var weightDecay: Double?
    var sparesBiasesAndNorms: Bool
}

struct SavedLayer: Codable {
    var module: Module
    /// The file of its weights; absent for a layer that was only declared.
    var file: String?
    var frozen: [String]
    var keepsRows: Bool
    var origin: Origin?

    struct Origin: Codable {
        var architecture: String
        var path: String
        var beginsAtInput: Bool
        var weights: String
        var inputShape: [Int]
        var preprocessing: TransformPipeline
        var mode: String
        var exif: String
    }
}

extension SavedLayer.Origin {
    init(_ origin: LayerObject.Origin) {
        self.init(
            architecture: origin.architecture, path: origin.path, beginsAtInput: origin.beginsAtInput, weights: origin.weights,
            inputShape: origin.inputShape.dimensions, preprocessing: origin.preprocessing, mode: origin.decoding.mode.rawValue,
            exif: origin.decoding.exif.rawValue)
    }
}
