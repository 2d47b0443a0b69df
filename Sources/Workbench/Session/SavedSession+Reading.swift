import Checkpoints
import CommandLanguage
import Execution
import Foundation
import Imaging
import Learning
import NeuralNetworks
import Tensors

/// Reads a session from a folder.
struct SessionReader {
    let folder: String
    /// What its user should know.
    private(set) var warnings: [String] = []

    init(folder: String) { self.folder = folder }

    /// The state that was saved, and the cells that had been run.
    ///
    /// - Parameter session: whose storage and published weights are used.
    mutating func read(for session: Session) throws -> (state: SessionState, cells: [String]) {
        let file = path(SavedSession.fileName)
        guard !folder.contains("\0"), let data = FileManager.default.contents(atPath: file) else {
            throw Diagnostic(
                .file, "\(folder) holds no saved session.",
                hint: "`save session to \"\(folder)\"` writes one; `load net from \"file\"` reads weights.")
        }
        // The version first: what a later one says may not be read otherwise.
        guard let version = try? SessionFile.decode(Version.self, from: data).version else {
            throw Diagnostic(.file, "\(file) can't be read: it is damaged.")
        }
        guard version <= SavedSession.currentVersion else { throw Diagnostic(.file, "\(file) was written by a later version of Thaw.") }
        let saved: SavedSession
        do { saved = try SessionFile.decode(SavedSession.self, from: data) } catch {
            throw Diagnostic(.file, "\(file) can't be read: it is damaged.")
        }
        var state = SessionState()
        // What is kept of pictures goes by their files, whatever session reads them; `undo` would hold a second store.
        state.trainer = Trainer(caches: session.state.trainer.caches)
        for entry in saved.names where state.values[entry.name] == nil {
            try session.checkInterruption()
            state.values[entry.name] = try value(entry.value, name: entry.name)
            state.order.append(entry.name)
        }
        state.display = DisplaySettings(
            rows: max(4, saved.display.rows), pictureWidth: min(max(16, saved.display.pictureWidth), 2048),
            isLive: saved.display.isLive)
        guard saved.settings.hasSaneCounts else { throw Diagnostic(.file, "\(file) can't be used: the trainer's settings are out of range.") }
        state.trainer.settings = saved.settings
        state.trainer.options = saved.options
        do { try saved.options.check() } catch {
            state.trainer.options = session.state.trainer.options
            warnings.append("\(session.diagnostic(for: error).message) The device is as it was.")
        }
        state.modelName = saved.modelName.flatMap { state.values[$0] == nil ? nil : $0 }
        state.dataName = saved.dataName.flatMap { state.values[$0] == nil ? nil : $0 }
        // The settings that were saved have heard it.
        if let name = state.dataName, let loader = state.values[name]?.object as? LoaderObject {
            state.takenLoader = TakenLoader(name: name, options: loader.options)
        }
        if let trainer = saved.trainerFile { try restore(&state, from: trainer) }
        state.trainer.bounds.featureMemory = max(0, saved.caches.featureMemory)
        state.trainer.bounds.featureDisk = max(0, saved.caches.featureDisk)
        state.trainer.bounds.pictures = max(0, saved.caches.pictures)
        state.trainer.bounds.folder = saved.caches.folder
        // Where a session stores its epochs and logs its runs is its own, not the file's.
        state.trainer.checkpoints = session.state.trainer.checkpoints
        state.trainer.checkpoints?.folder = session.storage.checkpoints
        state.trainer.runLog = session.state.trainer.runLog
        return (state, saved.cells)
    }

    private struct Version: Decodable { var version: Int }

    private func restore(_ state: inout SessionState, from file: String) throws {
        let resumed = try Trainer.resume(from: try inside(file), options: state.trainer.options, caches: state.trainer.caches)
        let settings = state.trainer.settings
        state.trainer = resumed.trainer
        // Slots that were changed after the last training.
        state.trainer.settings = settings
        if let name = state.modelName, let network = state.values[name]?.object as? NetworkObject {
            state.trainedNetwork = network.identity
        }
    }

    // MARK: - Values

    private mutating func value(_ saved: SavedValue, name: String) throws -> Value {
        switch saved {
        case .none: return Value.none
        case .bool(let flag): return .bool(flag)
        case .integer(let number): return .integer(number)
        case .number(let number): return .number(number)
        case .percentage(let share): return .percentage(share)
        case .text(let text): return .text(text)
        case .range(let low, let high): return .range(low, high)
        case .size(let width, let height): return .size(width: width, height: height)
        case .list(let items):
            var values: [Value] = []
            for item in items { values.append(try value(item, name: name)) }
            return .list(values)
        case .map(let pairs):
            var entries: [(key: String, value: Value)] = []
            for pair in pairs { entries.append((pair.key, try value(pair.value, name: name))) }
            return .map(entries)
        case .network(let file, let weights, let origin):
            var object = NetworkObject(try model(file, weights: weights))
            if let origin { object.origin = try store(origin) }
            return .object(object)
        case .dataset(let data):
            note(data, name)
            return .object(DatasetObject(data))
        case .loader(let data, let options):
            note(data, name)
            return .object(
                LoaderObject(
                    dataset: data, split: options.split,
                    options: LoaderOptions(
                        batchSize: max(1, options.batchSize), shuffles: options.shuffles, workers: options.workers,
                        dropsLast: options.dropsLast,
                        balance: options.balance)))
        case .transform(let transform):
            try transform.validate()
            return .object(TransformObject(transform: transform))
        case .mix(let mix): return .object(MixObject(mix: mix))
        case .loss(let loss): return .object(LossObject(loss: loss))
        case .optimizer(let optimizer):
            return .object(
                OptimizerObject(
                    rule: optimizer.rule, rates: optimizer.rates, weightDecay: optimizer.weightDecay,
                    sparesBiasesAndNorms: optimizer.sparesBiasesAndNorms))
        case .scheduler(let schedule):
            if let problem = schedule.problem { throw Diagnostic(.file, "\(folder) is damaged: \(problem).") }
            return .object(SchedulerObject(schedule: schedule))
        case .layer(let layer): return .object(try part(layer))
        case .state(let file, let source): return .object(StateObject(parameters: try store(file), source: source))
        }
    }

    private func model(_ file: String, weights: String) throws -> ModelState {
        var model = try ModelState.load(from: try inside(file))
        model.weights = weights
        return model
    }

    private func part(_ saved: SavedLayer) throws -> LayerObject {
        let shape = saved.origin?.inputShape ?? [3, 224, 224]
        guard saved.module.hasSaneSizes, shape.count == 3, shape.allSatisfy({ (1...16384).contains($0) }) else {
            throw Diagnostic(.file, "\(folder) is damaged: the sizes of a layer are out of range.")
        }
        var layer = LayerObject(saved.module, keepsRows: saved.keepsRows)
        if let file = saved.file { layer.parameters = try store(file) }
        layer.frozen = Set(saved.frozen)
        if let origin = saved.origin {
            layer.origin = LayerObject.Origin(
                architecture: origin.architecture, path: origin.path, beginsAtInput: origin.beginsAtInput,
                weights: origin.weights,
                inputShape: Shape(shape), preprocessing: origin.preprocessing,
                decoding: DecodeOptions(
                    mode: DecodeOptions.Mode(rawValue: origin.mode) ?? .rgb,
                    exif: DecodeOptions.Orientation(rawValue: origin.exif) ?? .apply))
        }
        return layer
    }

    private func store(_ file: String) throws -> ParameterStore {
        let read = try Checkpoint.read(try inside(file))
        var store = ParameterStore()
        for line in (read.metadata["thaw.order"] ?? "").split(separator: "\n") {
            let name = String(line.dropFirst())
            guard let tensor = read.state[name: name] else { continue }
            store.insert(tensor, name: name, role: line.first == "b" ? .buffer : .parameter)
        }
        return store
    }

    private mutating func note(_ data: Dataset, _ name: String) {
        let missing = data.missingFiles
        guard let first = missing.first else { return }
        warnings.append("\(name): \(missing.count) of \(data.count) pictures are no longer there, the first is \(first)")
    }

    // MARK: - Files

    private func path(_ file: String) -> String { folder + "/" + file }

    /// A file of the folder: what a damaged or foreign `session.json` names elsewhere isn't read.
    private func inside(_ file: String) throws -> String {
        guard !file.isEmpty, !file.contains("/"), !file.contains("\0"), file != ".." else {
            throw Diagnostic(.file, "\(folder) is damaged: it names the file \(Session.shortened(file, limit: 60)).")
        }
        return path(file)
    }
}
