public import Checkpoints
import Imaging
public import NeuralNetworks
import Tensors

#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif

/// A model in one safetensors file: weights, and as metadata the layers, the classes and the preprocessing. That file alone is enough to
/// predict in a new session, whatever heads were swapped; other programs read the tensors by their `state_dict` names.
extension ModelState {
    /// Writes the model, whole or not at all.
    ///
    /// - Parameter type: how fractions are stored; reading makes them `float32` again.
    public func save(to path: String, storedAs type: ElementType = .float32) throws(LearningError) {
        var state = stateDictionary(prefix: "", storedAs: type)
        state.metadata = try metadata()
        do throws(CheckpointError) { try Checkpoint.write(state, to: FilePath.expandingHome(path)) } catch { throw .checkpoint(error) }
    }

    /// Reads a model that ``save(to:)`` wrote.
    public static func load(from path: String) throws(LearningError) -> ModelState {
        try load(readFile(path), path: path)
    }

    /// The model in a file that was read already.
    public static func load(_ file: CheckpointFile, path: String) throws(LearningError) -> ModelState {
        try ModelState(metadata: file.metadata, state: file.state, prefix: "", path: path)
    }

    /// The tensors of a file of weights, `~` expanded; of a training's checkpoint those of the model alone.
    public static func readFile(_ path: String) throws(LearningError) -> CheckpointFile {
        let file: CheckpointFile
        do throws(CheckpointError) { file = try Checkpoint.read(FilePath.expandingHome(path)) } catch { throw .checkpoint(error) }
        guard file.metadata[Key.training] != nil else { return file }
        let prefix = "model."
        let entries = file.state.entries.filter { $0.name.hasPrefix(prefix) }.map {
            StateDictionary.Entry(name: String($0.name.dropFirst(prefix.count)), tensor: $0.tensor, storedAs: $0.storedAs)
        }
        var state = StateDictionary(entries)
        state.metadata = file.metadata
        state.metadata[Key.training] = nil
        return file.taking(state, note: "took the model out of a training's checkpoint; `resume` goes on with that training")
    }

    /// Whether a file says what model it holds: one that ``save(to:)`` wrote.
    public static func isModelFile(_ file: CheckpointFile) -> Bool { file.metadata[Key.module] != nil }

    enum Key {
        static let version = "thaw.version"
        static let architecture = "thaw.architecture"
        static let module = "thaw.module"
        static let input = "thaw.input"
        static let classes = "thaw.classes"
        static let preprocessing = "thaw.preprocessing"
        static let freeze = "thaw.freeze"
        static let weights = "thaw.weights"
        static let mode = "thaw.mode"
        static let exif = "thaw.exif"
        static let training = "thaw.training"
    }

    func metadata() throws(LearningError) -> [String: String] {
        [
            "format": "pt", Key.version: "1", Key.architecture: architecture, Key.weights: weights,
            Key.module: try Self.encode(module), Key.input: try Self.encode(inputShape.dimensions),
            Key.classes: try Self.encode(classes), Key.preprocessing: try Self.encode(preprocessing),
            Key.freeze: try Self.encode(freeze), Key.mode: decoding.mode.rawValue, Key.exif: decoding.exif.rawValue,
        ]
    }

    init(metadata: [String: String], state: StateDictionary, prefix: String, path: String) throws(LearningError) {
        func value<Value: Decodable>(_ key: String, as type: Value.Type) throws(LearningError) -> Value {
            guard let text = metadata[key] else {
                throw .notAModelFile(
                    path: path, reason: "it holds weights but not which layers they belong to; make the network, then `load net from` the file")
            }
            return try Self.decode(type, from: text, path: path)
        }
        guard metadata[Key.version] ?? "1" == "1" else {
            throw .notAModelFile(path: path, reason: "it was written by a later version")
        }
        let module = try value(Key.module, as: Module.self)
        let dimensions = try value(Key.input, as: [Int].self)
        guard dimensions.count == 3, dimensions.allSatisfy({ (1...16384).contains($0) }), module.hasSaneSizes else {
            throw .notAModelFile(path: path, reason: "its layers' sizes are out of range")
        }
        self.init(
            architecture: metadata[Key.architecture] ?? "network", module: module, parameters: ParameterStore(),
            inputShape: Shape(dimensions), preprocessing: try value(Key.preprocessing, as: TransformPipeline.self),
            classes: try value(Key.classes, as: [String].self), weights: path)
        freeze = try value(Key.freeze, as: FreezePlan.self)
        decoding = DecodeOptions(
            mode: metadata[Key.mode].flatMap(DecodeOptions.Mode.init(rawValue:)) ?? .rgb,
            exif: metadata[Key.exif].flatMap(DecodeOptions.Orientation.init(rawValue:)) ?? .apply)
        // Sizes that don't fit together are found here, not at the first use.
        _ = try graph()
        for (name, declaration) in module.parameterDeclarations {
            guard let tensor = state[name: prefix + name], tensor.shape == declaration.shape else {
                throw .notAModelFile(path: path, reason: "\(name) is missing or of another shape")
            }
            parameters.insert(tensor, name: name, role: declaration.role)
        }
    }

    /// The tensors under their names, each with a prefix.
    func stateDictionary(prefix: String, storedAs type: ElementType = .float32) -> StateDictionary {
        StateDictionary(
            parameters.names.compactMap { name in
                parameters[name].map {
                    StateDictionary.Entry(
                        name: prefix + name, tensor: $0, storedAs: name.hasSuffix("num_batches_tracked") ? .int64 : type)
                }
            })
    }

    static func encode(_ value: some Encodable) throws(LearningError) -> String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        encoder.nonConformingFloatEncodingStrategy = .convertToString(positiveInfinity: "inf", negativeInfinity: "-inf", nan: "nan")
        do { return String(decoding: try encoder.encode(value), as: UTF8.self) } catch {
            throw .badSetting(name: "\(type(of: value))", reason: "can't be stored: \(error)")
        }
    }

    static func decode<Value: Decodable>(_ type: Value.Type, from text: String, path: String) throws(LearningError) -> Value {
        let decoder = JSONDecoder()
        decoder.nonConformingFloatDecodingStrategy = .convertFromString(positiveInfinity: "inf", negativeInfinity: "-inf", nan: "nan")
        do { return try decoder.decode(type, from: Data(text.utf8)) } catch {
            throw .notAModelFile(path: path, reason: "its description of \(type) can't be read")
        }
    }
}

extension Module {
    /// Whether every size is one that arithmetic on shapes can't overflow with: a file may say anything.
    public var hasSaneSizes: Bool {
        namedModules().allSatisfy { _, module in
            switch module {
            case .layer(let layer): return layer.hasSaneSizes
            case .block(let block):
                guard case .steps(let steps) = block.wiring else { return true }
                return steps.allSatisfy { if case .function(.layer(let layer)) = $0.action { layer.hasSaneSizes } else { true } }
            }
        }
    }
}

extension Layer {
    fileprivate var hasSaneSizes: Bool {
        func sane(_ values: Int?...) -> Bool { values.allSatisfy { (0...(1 << 20)).contains($0 ?? 0) } }
        func sane(_ extent: Extent, from least: Int = 0) -> Bool {
            sane(extent.height, extent.width) && extent.height >= least && extent.width >= least
        }
        switch self {
        case .conv2d(let c):
            var isPaddingSane = true
            if case .symmetric(let extent) = c.padding { isPaddingSane = sane(extent) }
            // What is divided by is above 0 even in a part that no step uses.
            return sane(c.inChannels, c.outChannels, c.groups) && c.groups >= 1 && sane(c.kernel, from: 1) && sane(c.stride, from: 1)
                && sane(c.dilation, from: 1) && isPaddingSane && c.kernel.height <= 4096 && c.kernel.width <= 4096
                && c.dilation.height <= 4096 && c.dilation.width <= 4096
        case .batchNorm2d(let b): return sane(b.features)
        case .linear(let l): return sane(l.inFeatures, l.outFeatures)
        case .layerNorm(let l): return sane(l.features)
        case .maxPool2d(let p), .avgPool2d(let p): return sane(p.kernel, from: 1) && sane(p.stride, from: 1) && sane(p.padding)
        case .adaptiveAvgPool2d(let height, let width), .adaptiveMaxPool2d(let height, let width):
            return sane(height, width) && height <= 4096 && width <= 4096
        case .adaptiveConcatPool2d(let size): return sane(size) && size <= 4096
        case .channelShuffle(let groups): return sane(groups) && groups >= 1
        case .channelSlice(let start, let end): return sane(start, end)
        case .activation, .dropout, .stochasticDepth, .flatten, .identity: return true
        }
    }
}
