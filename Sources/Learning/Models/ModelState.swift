public import Imaging
public import NeuralNetworks
public import Tensors

/// A network as the session knows it: architecture, weights, what is frozen, and what its pictures and answers mean.
///
/// A value: a copy is a snapshot, and shares the tensors until they are changed.
public struct ModelState: Sendable {
    /// The name of the constructor, `resnet18`; of an own network, `Sequential`.
    public var architecture: String
    /// The layers, with all sizes filled in.
    public var module: Module
    public var parameters: ParameterStore
    public var freeze = FreezePlan()
    /// The shape of one picture, `[C, H, W]`.
    public var inputShape: Shape
    /// How pictures are prepared where a data set does not say it.
    public private(set) var preprocessing: TransformPipeline
    /// How pictures were prepared for the weights as they came, if a training has prepared them otherwise since. Not saved.
    private var givenPreprocessing: TransformPipeline?
    /// Colour mode and EXIF orientation of the pictures that it was trained with.
    public var decoding = DecodeOptions(exif: .apply)
    /// The classes by output; empty until trained or given.
    public var classes: [String]
    /// Where the weights are from: `imagenet`, a file, `none`.
    public var weights: String
    /// Parameters whose values were drawn at random beside weights from elsewhere, a new head's for one: they have nothing to lose. Not saved.
    public var fresh: Set<String> = []

    public init(
        architecture: String, module: Module, parameters: ParameterStore, inputShape: Shape, preprocessing: TransformPipeline,
        classes: [String] = [], weights: String = "none"
    ) {
        self.architecture = architecture
        self.module = module
        self.parameters = parameters
        self.inputShape = inputShape
        self.preprocessing = preprocessing
        self.classes = classes
        self.weights = weights
    }

    /// The normalisation that the weights came with, whatever trainings have used since.
    public var expectedNormalization: (mean: [Float], standardDeviation: [Float])? { (givenPreprocessing ?? preprocessing).normalization }

    /// Takes another preprocessing as the one that the weights want.
    public mutating func setPreprocessing(_ pipeline: TransformPipeline) {
        preprocessing = pipeline
        givenPreprocessing = nil
    }

    /// Notes how a training has prepared its pictures, and so how those of later are to be.
    mutating func prepared(by pipeline: TransformPipeline) {
        guard pipeline != preprocessing else { return }
        givenPreprocessing = givenPreprocessing ?? preprocessing
        preprocessing = pipeline
    }

    /// The names of tensors that hold infinities or NaN.
    public var tensorsNotFinite: [String] { parameters.names.filter { parameters[$0]?.isFinite == false } }

    /// Whether both say the same of a prepared picture: they have the same weights, and the same layers but for dropout.
    public func agrees(with other: ModelState) -> Bool {
        parameters == other.parameters && inputShape == other.inputShape && module.withoutDropout == other.module.withoutDropout
    }

    /// The operations for the model's input shape.
    public func graph() throws(LearningError) -> Graph {
        do throws(ShapeError) { return try Graph(module, input: inputShape) } catch { throw .shape(error) }
    }

    /// The model for pictures of another size, where its layers can take them.
    func adapted(to pipeline: TransformPipeline) throws(LearningError) -> ModelState {
        guard let size = pipeline.fixedSize else { return self }
        let shape = Shape([inputShape[0], size.height, size.width])
        guard shape != inputShape else { return self }
        var model = self
        model.inputShape = shape
        model.preprocessing = preprocessing.resized(to: size)
        _ = try model.graph()
        return model
    }

    /// The paths of the BatchNorm layers that are in a mode while the model trains.
    func batchNormPaths(_ graph: Graph, _ mode: FreezePlan.BatchNormMode) -> [String] {
        graph.nodes.compactMap { node in
            guard case .layer(.batchNorm2d) = node.operation, freeze.batchNormMode(path: node.path) == mode else { return nil }
            return node.path
        }
    }

    /// The path of the last part with parameters: the head.
    public var headPath: String? { module.namedLayers.last { !$0.layer.parameters.isEmpty }?.path }

    /// A number that changes with any bit of any tensor.
    public var fingerprint: UInt64 {
        var hash = StableHash()
        for name in parameters.names {
            hash.add(name)
            guard let tensor = parameters[name] else { continue }
            unsafe tensor.withElements { elements in
                // Word by word: as good for telling changes, and four times as fast.
                for unsafe element in unsafe elements { hash.add(word: element.bitPattern) }
            }
        }
        return hash.value
    }
}

extension StableHash {
    mutating func add(word: UInt32) { mix(UInt64(word)) }
}
