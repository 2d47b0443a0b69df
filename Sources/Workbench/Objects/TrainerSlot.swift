import CommandLanguage
import Imaging
import Learning
import NeuralNetworks

/// A setting of the shared trainer that stays until it is given again: an option of `train`, and a path of `trainer`.
struct TrainerSlot: Sendable {
    /// The option as `train` declares it.
    let parameter: Parameter
    /// The setting as one would write it.
    let read: @Sendable (TrainingSettings) -> Value
    /// Takes a value in; `nil` takes the setting back to what it is when nothing is said.
    let write: @Sendable (inout TrainingSettings, Value?) -> Void

    var name: String { parameter.name }

    /// The setting as one would write it: words without quotes.
    func written(_ settings: TrainingSettings) -> String {
        if case .text(let word) = read(settings) { return word }
        return read(settings).source
    }

    init(
        _ name: String, _ type: ParameterType, _ help: String, usual: String? = nil, aliases: [String] = [],
        read: @escaping @Sendable (TrainingSettings) -> Value, write: @escaping @Sendable (inout TrainingSettings, Value?) -> Void
    ) {
        parameter = .option(name, type, defaultText: usual, help, aliases: aliases)
        self.read = read
        self.write = write
    }
}

extension TrainerSlot {
    /// A whole number, or none.
    static func integer(
        _ name: String, _ type: ParameterType, _ help: String, usual: String, aliases: [String] = [],
        _ path: any WritableKeyPath<TrainingSettings, Int?> & Sendable
    ) -> TrainerSlot {
        TrainerSlot(name, type, help, usual: usual, aliases: aliases) {
            $0[keyPath: path].map { .integer($0) } ?? .none
        } write: {
            $0[keyPath: path] = $1?.asNumber.map { Int($0) }
        }
    }

    /// A number, or none.
    static func number(
        _ name: String, _ type: ParameterType, _ help: String, usual: String, aliases: [String] = [],
        _ path: any WritableKeyPath<TrainingSettings, Double?> & Sendable
    ) -> TrainerSlot {
        TrainerSlot(name, type, help, usual: usual, aliases: aliases) {
            $0[keyPath: path].map { .number($0) } ?? .none
        } write: {
            $0[keyPath: path] = $1?.asNumber
        }
    }

    /// Yes or no.
    static func bool(
        _ name: String, _ help: String, aliases: [String] = [], _ path: any WritableKeyPath<TrainingSettings, Bool> & Sendable
    ) -> TrainerSlot {
        let usual = TrainingSettings()[keyPath: path]
        return TrainerSlot(name, .bool, help, usual: "\(usual)", aliases: aliases) {
            .bool($0[keyPath: path])
        } write: {
            if case .bool(let isOn)? = $1 { $0[keyPath: path] = isOn } else { $0[keyPath: path] = usual }
        }
    }
}

extension TrainingSettings {
    /// Takes an optimiser with its rates over.
    mutating func take(_ optimizer: OptimizerObject) {
        self.optimizer = optimizer.rule
        learningRates = optimizer.rates
        weightDecay = optimizer.weightDecay
        sparesBiasesAndNorms = optimizer.sparesBiasesAndNorms
    }
}
