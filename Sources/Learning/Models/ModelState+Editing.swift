public import Checkpoints
import Execution
public import Imaging
public import ModelZoo
public import NeuralNetworks
public import Tensors

extension ModelState {
    /// A network of the zoo with fresh weights.
    public init(_ architecture: Architecture, classes: [String] = [], seed: UInt64 = 0) {
        self.init(architecture, outputs: classes.isEmpty ? 1000 : classes.count, seed: seed)
        self.classes = classes
    }

    /// A network of the zoo with fresh weights and so many outputs, whose classes are not known.
    public init(_ architecture: Architecture, outputs: Int, seed: UInt64 = 0) {
        let (module, parameters) = architecture.initialised(classes: outputs, seed: seed)
        self.init(
            architecture: architecture.name, module: module, parameters: parameters, inputShape: architecture.inputShape,
            preprocessing: architecture.preprocessing.pipeline)
    }

    /// An own network with fresh weights; sizes that follow from the input are filled in.
    public init(
        name: String = "Sequential", module: Module, inputShape: Shape, preprocessing: TransformPipeline, seed: UInt64 = 0
    ) throws(LearningError) {
        let resolved: Module
        do throws(ShapeError) { resolved = try module.resolved(input: inputShape) } catch { throw .shape(error) }
        try resolved.checkMemory()
        self.init(
            architecture: name, module: resolved, parameters: ModelZoo.initialise(resolved, seed: seed), inputShape: inputShape,
            preprocessing: preprocessing)
    }

    /// Takes over the tensors that fit by name and shape, and says which did not. Nothing is taken where less than a tenth fits.
    ///
    /// - Parameters:
    ///   - rename: patterns over the file's names and what they become.
    ///   - only: which of the model's tensors are wanted.
    ///   - source: what the weights are called from now on, where nearly all of the network got them.
    @discardableResult
    public mutating func load(
        _ state: StateDictionary, rename: [(pattern: String, replacement: String)] = [], only: String? = nil, source: String
    ) -> LoadReport {
        let declared = module.parameterDeclarations.map { (name: $0.name, shape: $0.declaration.shape) }
        let report = Checkpoint.match(state, into: declared, rename: rename, only: only)
        guard report.isCredible else { return report }
        take(report, source: source)
        return report
    }

    /// Takes over what a report says fits. What was random before and got nothing counts as ``fresh``.
    ///
    /// The weights are called after the source where it gave nearly all that stands before the head, and in part where it gave some of it. A
    /// head alone leaves the features, and with them what is said of the network's weights, as they were.
    public mutating func take(_ report: LoadReport, source: String) {
        let taken = Set(report.loaded.map(\.name))
        // Counters that old files lack are not missed.
        let all = parameters.names.filter { !$0.hasSuffix("num_batches_tracked") }
        let body = head.map { path in all.filter { !$0.hasPrefix(path + ".") } } ?? all
        // A network that is a head and nothing more.
        let counted = body.isEmpty ? all : body
        let left = counted.count { !taken.contains($0) }
        let (isNearlyAll, isSome) = (!counted.isEmpty && left * 10 <= counted.count, left < counted.count)
        if weights == "none", isSome, source != "none" { fresh = Set(parameters.names) }
        for entry in report.loaded { parameters[entry.name] = entry.tensor }
        fresh.subtract(taken)
        if isNearlyAll {
            weights = source
        } else if isSome, source != "none", !weights.hasPrefix("in part \(source)") {
            weights = "in part \(source)" + (weights == "none" ? "" : ", otherwise \(weights)")
        }
    }

    /// A network of the zoo with the weights of a published file, and what fitted.
    ///
    /// - Throws: ``LearningError`` if the file can't be read, or is one of another network.
    public static func pretrained(
        _ architecture: Architecture, file path: String, classes: [String] = ImageNet.classes, source: String = "imagenet"
    ) throws(LearningError) -> (model: ModelState, report: LoadReport) {
        let file: CheckpointFile
        do throws(CheckpointError) { file = try Checkpoint.read(FilePath.expandingHome(path)) } catch { throw .checkpoint(error) }
        let entries = file.state.entries.compactMap { entry in
            architecture.parameterName(published: entry.name).map {
                StateDictionary.Entry(name: $0, tensor: entry.tensor, storedAs: entry.storedAs)
            }
        }
        var model = ModelState(architecture)
        let report = model.load(StateDictionary(entries), source: source)
        guard report.isComplete else {
            throw .notAModelFile(
                path: path,
                reason: "of \(architecture.name)'s tensors, \(report.missing.count) are missing and \(report.wrongShape.count) have another shape")
        }
        model.classes = classes
        return (model, report)
    }

    /// What took another part's place.
    public struct Replacement: Sendable, Hashable {
        public let path: String
        /// The kinds that stood there and stand there now: `Linear`, `Sequential`.
        public let old: String
        public let new: String
        /// Tensors that are gone and that are new, with their shapes.
        public let removed: [Named]
        public let added: [Named]
        /// The head, if it reads another number of features now and was drawn afresh for it.
        public let reopened: String?

        public struct Named: Sendable, Hashable {
            public let name: String
            public let shape: Shape
        }
    }

    /// Puts another part at a path, sizes filled in from what comes before it; its tensors are fresh and train.
    ///
    /// If the part gives another number of features than the head behind it reads, as a concatenating pool does, the head is drawn afresh for them.
    @discardableResult
    public mutating func replace(path: String, with part: Module, seed: UInt64 = 0) throws(LearningError) -> Replacement {
        guard let old = module[path: path], let swapped = module.replacing(path: path, with: part) else {
            throw .noSuchLayer(path: path, layers: module.namedModules().dropFirst().map(\.path))
        }
        let resolved: Module
        var reopened: String?
        do throws(ShapeError) { resolved = try swapped.resolved(input: inputShape) } catch {
            guard let head, error.path == head, head != path, !head.hasPrefix(path + "."), let opened = swapped.openingInput(ofLayer: head),
                let again = try? opened.resolved(input: inputShape)
            else { throw .shape(error) }
            resolved = again
            reopened = head
        }
        try resolved.checkMemory()
        guard let new = resolved[path: path] else { throw .noSuchLayer(path: path, layers: []) }
        func isBelow(_ name: String) -> Bool { path.isEmpty || name.hasPrefix(path + ".") }
        func isFresh(_ name: String) -> Bool { isBelow(name) || reopened.map { name.hasPrefix($0 + ".") } ?? false }
        let before = module.parameterDeclarations.filter { isFresh($0.name) }
        // In the new network's order, so that a saved file reads as PyTorch's would.
        var fresh = ParameterStore()
        ModelZoo.initialise(new, path: path, seed: seed, into: &fresh)
        if let reopened, let head = resolved[path: reopened] { ModelZoo.initialise(head, path: reopened, seed: seed, into: &fresh) }
        var store = ParameterStore()
        for (name, declaration) in resolved.parameterDeclarations {
            guard let tensor = isFresh(name) ? fresh[name] : parameters[name] else { continue }
            store.insert(tensor, name: name, role: declaration.role)
        }
        let outputs = try? graph().outputShape
        module = resolved
        parameters = store
        self.fresh.subtract(before.map(\.name))
        self.fresh.formUnion(fresh.names)
        freeze.forget(path: path)
        if let reopened { freeze.forget(path: reopened) }
        if try graph().outputShape != outputs { classes = [] }
        return Replacement(
            path: path, old: old.kind, new: new.kind, removed: before.map { .init(name: $0.name, shape: $0.declaration.shape) },
            added: resolved.parameterDeclarations.filter { isFresh($0.name) }.map { .init(name: $0.name, shape: $0.declaration.shape) },
            reopened: reopened)
    }

    /// The path of the head: the zoo's own answer, else the last part with parameters.
    public var head: String? { ModelZoo[architecture].map(\.headPath).flatMap { module[path: $0] == nil ? nil : $0 } ?? headPath }

    /// Gives the network a linear head for so many classes, or a 1×1 convolution where the head is one. Asking again for the same size
    /// changes nothing.
    @discardableResult
    public mutating func setHead(classes names: [String], seed: UInt64 = 0) throws(LearningError) -> Replacement? {
        if classes == names, try graph().outputShape == [names.count] { return nil }
        let replacement = try setHead(outputs: names.count, seed: seed)
        classes = names
        return replacement
    }

    /// Gives the network a fresh head of so many outputs, of the kind that it has: a linear layer or a 1×1 convolution.
    @discardableResult
    public mutating func setHead(outputs: Int, seed: UInt64 = 0) throws(LearningError) -> Replacement {
        guard let path = head, let part = module[path: path] else { throw .nothingTrains }
        var new = Module.layer(.linear(nil, outputs))
        if case .layer(.conv2d(var convolution)) = part {
            convolution.outChannels = outputs
            new = .layer(.conv2d(convolution))
        }
        return try replace(path: path, with: new, seed: seed)
    }

    /// Holds everything fixed that a pattern matches; the names that are newly frozen.
    @discardableResult
    public mutating func freeze(_ pattern: PathPattern = "") throws(LearningError) -> [String] {
        let matched = try matching(pattern).filter { freeze.trains($0) }
        freeze.freeze(matched)
        return matched
    }

    /// Lets everything train that a pattern matches; the names that are newly thawed.
    @discardableResult
    public mutating func unfreeze(_ pattern: PathPattern = "") throws(LearningError) -> [String] {
        let matched = try matching(pattern).filter { !freeze.trains($0) }
        freeze.unfreeze(matched)
        return matched
    }

    private func matching(_ pattern: PathPattern) throws(LearningError) -> [String] {
        let matched = pattern.filter(parameters.parameterNames)
        guard !matched.isEmpty else {
            throw .noSuchLayer(path: pattern.description, layers: module.namedModules().dropFirst().map(\.path))
        }
        return matched
    }

    /// Parameters that train, in the network's order.
    public var trainableNames: [String] { parameters.parameterNames.filter { freeze.trains($0) } }
}

extension Module {
    /// The network with the input size of a layer left to be inferred; `nil` if it has none to infer.
    func openingInput(ofLayer path: String) -> Module? {
        switch self[path: path] {
        case .layer(.linear(var layer)):
            layer.inFeatures = nil
            return replacing(path: path, with: .layer(.linear(layer)))
        case .layer(.conv2d(var layer)):
            layer.inChannels = nil
            return replacing(path: path, with: .layer(.conv2d(layer)))
        default: return nil
        }
    }

    /// Refuses a network whose weights alone are more than the machine has memory for.
    func checkMemory() throws(LearningError) {
        var count = 0
        for (_, declaration) in parameterDeclarations {
            // A layer's own product is bounded; their sum is bounded here.
            count += min(declaration.shape.elementCount, 1 << 42)
            guard count < 1 << 44 else { break }
        }
        let (needed, available) = (count * 4, Memory.available)
        guard needed <= available else { throw .weightsTooLarge(needed: needed, available: available) }
    }
}

extension Preprocessing {
    /// The pipeline that the weights were evaluated with: resize, centre crop, to numbers, normalise.
    public var pipeline: TransformPipeline {
        let steps: [Transform] = [
            .resize(.shortSide(resize), interpolation: interpolation == .bicubic ? .bicubic : .bilinear),
            .centerCrop(ImageSize(side: crop)), .toTensor, .normalize(mean: mean, standardDeviation: deviation),
        ]
        // The table's numbers are sane, so the empty pipeline never stands in; a test holds that.
        return (try? TransformPipeline(steps)) ?? .empty
    }
}
