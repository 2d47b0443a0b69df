import Checkpoints
import CommandLanguage
import Foundation
import Learning
import NeuralNetworks
import Tensors

/// Writes a session into a folder.
struct SessionWriter {
    let session: Session
    let folder: String
    /// What could not be stored, with the reason.
    private(set) var left: [String] = []
    private var fileCount = 0

    init(_ session: Session, folder: String) {
        self.session = session
        self.folder = folder
    }

    /// Writes everything that can be written.
    mutating func write() throws {
        let state = session.state
        let (display, bounds) = (state.display, state.trainer.bounds)
        var saved = SavedSession(
            settings: state.trainer.settings, options: state.trainer.options,
            display: .init(rows: display.rows, pictureWidth: display.pictureWidth, isLive: display.isLive),
            caches: .init(
                featureMemory: bounds.featureMemory, featureDisk: bounds.featureDisk, pictures: bounds.pictures,
                folder: bounds.folder))
        for name in state.order {
            guard let value = state.values[name] else { continue }
            try session.checkInterruption()
            if let stored = try store(value, name: name) { saved.names.append(.init(name: name, value: stored)) }
        }
        saved.modelName = state.modelName
        saved.dataName = state.dataName
        saved.trainerFile = try storeTrainer()
        saved.cells = session.cells
        if state.evaluated != nil { left.append("the last evaluation (`evaluate` makes it again)") }
        try write(try SessionFile.encode(saved), to: SavedSession.fileName)
    }

    private mutating func storeTrainer() throws -> String? {
        let state = session.state
        guard state.trainer.epochCount > 0 else { return nil }
        guard let name = state.modelName, let network = session.object(named: name) as? NetworkObject,
            network.identity == state.trainedNetwork
        else {
            left.append("the trainer's state (the network that it trained is gone)")
            return nil
        }
        guard let data = session.currentDataset, data.name == state.dataName else {
            left.append("the trainer's state (the data that it trained on is gone)")
            return nil
        }
        let file = "trainer.safetensors"
        try state.trainer.writeCheckpoint(to: path(file), network.model, data.dataset.dataset)
        return file
    }

    // MARK: - Values

    private mutating func store(_ value: Value, name: String) throws -> SavedValue? {
        switch value {
        case .none: return SavedValue.none
        case .bool(let flag): return .bool(flag)
        case .integer(let number): return .integer(number)
        case .number(let number): return .number(number)
        case .percentage(let share): return .percentage(share)
        case .text(let text): return .text(text)
        case .range(let low, let high): return .range(low, high)
        case .size(let width, let height): return .size(width: width, height: height)
        case .list(let items):
            var stored: [SavedValue] = []
            for item in items {
                guard let item = try store(item, name: name) else { return nil }
                stored.append(item)
            }
            return .list(stored)
        case .map(let entries):
            var stored: [SavedValue.Pair] = []
            for entry in entries {
                guard let item = try store(entry.value, name: name) else { return nil }
                stored.append(.init(key: entry.key, value: item))
            }
            return .map(stored)
        case .path:
            left.append("\(name) (a path)")
            return nil
        case .object(let object): return try store(object, name: name)
        }
    }

    private mutating func store(_ object: any LanguageObject, name: String) throws -> SavedValue? {
        switch object {
        case let network as NetworkObject:
            let file = newFile(name)
            try network.model.save(to: path(file))
            var origin: String?
            if !network.model.parameters.sharesStorage(with: network.origin) {
                origin = newFile(name)
                try write(network.origin, to: origin ?? file)
            }
            return .network(file: file, weights: network.model.weights, origin: origin)
        case let data as DatasetObject: return .dataset(data.dataset)
        case let loader as LoaderObject:
            let options = loader.options
            return .loader(
                loader.dataset,
                SavedLoader(
                    split: loader.split, batchSize: options.batchSize, shuffles: options.shuffles, workers: options.workers,
                    dropsLast: options.dropsLast,
                    balance: options.balance))
        case let transform as TransformObject: return .transform(transform.transform)
        case let mix as MixObject: return .mix(mix.mix)
        case let loss as LossObject: return .loss(loss.loss)
        case let optimizer as OptimizerObject:
            return .optimizer(
                SavedOptimizer(
                    rule: optimizer.rule, rates: optimizer.rates, weightDecay: optimizer.weightDecay,
                    sparesBiasesAndNorms: optimizer.sparesBiasesAndNorms))
        case let scheduler as SchedulerObject: return .scheduler(scheduler.schedule)
        case let layer as LayerObject:
            var saved = SavedLayer(
                module: layer.module, frozen: layer.frozen.sorted(), keepsRows: layer.keepsRows,
                origin: layer.origin.map(SavedLayer.Origin.init))
            if !layer.parameters.names.isEmpty {
                let file = newFile(name)
                try write(layer.parameters, to: file)
                saved.file = file
            }
            return .layer(saved)
        case let state as StateObject:
            let file = newFile(name)
            try write(state.parameters, to: file)
            return .state(file: file, source: state.source)
        default:
            left.append("\(name) (\(Value.object(object).described))")
            return nil
        }
    }

    // MARK: - Files

    private func path(_ file: String) -> String { folder + "/" + file }

    /// A file of its own for a name; names may be long, and differ in nothing but case.
    private mutating func newFile(_ name: String) -> String {
        fileCount += 1
        return "\(fileCount)-\(String(name.unicodeScalars.prefix(24).filter { $0.isASCII }.map(Character.init))).safetensors"
    }

    private func write(_ store: ParameterStore, to file: String) throws {
        let entries = store.names.compactMap { name in store[name].map { StateDictionary.Entry(name: name, tensor: $0) } }
        // A file has its tensors in an order of its own; roles aren't in it at all.
        let roles = store.names.map { "\(store.entry($0)?.role == .buffer ? "b" : "p")\($0)" }
        try Checkpoint.write(StateDictionary(entries, metadata: ["thaw.order": roles.joined(separator: "\n")]), to: path(file))
    }

    private func write(_ data: Data, to file: String) throws { try AtomicFile.write(Array(data), to: path(file)) }
}

/// JSON as the session's files have it: numbers that aren't finite included.
enum SessionFile {
    static func encode(_ value: some Encodable) throws -> Data {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        encoder.nonConformingFloatEncodingStrategy = .convertToString(
            positiveInfinity: "inf", negativeInfinity: "-inf", nan: "nan")
        return try encoder.encode(value)
    }

    static func decode<Value: Decodable>(_ type: Value.Type, from data: Data) throws -> Value {
        let decoder = JSONDecoder()
        decoder.nonConformingFloatDecodingStrategy = .convertFromString(
            positiveInfinity: "inf", negativeInfinity: "-inf", nan: "nan")
        return try decoder.decode(type, from: data)
    }
}
