import Imaging
import NeuralNetworks
import Tensors

@testable import Learning

/// Pictures that a tiny network can learn to tell apart in seconds: the brighter half is left or right, or the picture is striped.
struct TinyTask {
    let folder = TemporaryFolder()
    let side = 12

    /// - Parameter counts: training pictures of each class, at most three classes; half as many validate.
    init(_ counts: [Int] = [12, 12], splitFolders: Bool = true) throws {
        for (label, count) in counts.enumerated() {
            for index in 0..<count + count / 2 {
                let split = splitFolders ? (index < count ? "train/" : "val/") : ""
                try folder.write(
                    "\(split)\(["left", "right", "stripes"][label])/\(index).png",
                    Self.picture(label: label, index: index).encodePNG())
            }
        }
    }

    static func picture(label: Int, index: Int) -> Image {
        var random = RandomSource(seed: 77, label, index)
        var image = Image(width: 15, height: 13)
        for y in 0..<image.height {
            for x in 0..<image.width {
                let isBright = label == 2 ? y % 4 < 2 : (x < image.width / 2) == (label == 0)
                for channel in 0..<3 {
                    image[x, y, channel] = UInt8((isBright ? 130 : 90) + random.integer(below: 90))
                }
            }
        }
        return image
    }

    func data(_ train: [Transform]? = nil) throws -> Dataset {
        var data = try Dataset.imageFolder(folder.path)
        if let train { data.transforms[.train] = try TransformPipeline(train + Self.ending) }
        return data
    }

    static let ending: [Transform] = [
        .resize(.exact(ImageSize(side: 12))), .toTensor,
        .normalize(mean: [0.5, 0.5, 0.5], standardDeviation: [0.25, 0.25, 0.25]),
    ]

    /// Two convolutions with BatchNorm and a linear head.
    static func model(classes: Int = 2, dropout: Float = 0, seed: UInt64 = 5) throws -> ModelState {
        let module = try Module.sequential([
            ("conv1", .layer(.conv2d(Convolution(3, 6, kernel: 3, padding: 1, bias: false)))),
            ("bn1", .layer(.batchNorm(6))), ("relu1", .layer(.relu)), ("pool", .layer(.maxPool2d(Pooling(kernel: 2)))),
            ("conv2", .layer(.conv2d(Convolution(6, 8, kernel: 3, padding: 1, bias: false)))),
            ("bn2", .layer(.batchNorm(8))), ("relu2", .layer(.relu)),
            ("squeeze", .layer(.adaptiveAvgPool2d(height: 2, width: 2))), ("flatten", .layer(.flatten)),
            ("drop", .layer(.dropout(p: dropout))), ("fc", .layer(.linear(nil, classes))),
        ]).resolved(input: [3, 12, 12])
        return ModelState(
            architecture: "Sequential", module: module, parameters: parameters(of: module, seed: seed), inputShape: [3, 12, 12],
            preprocessing: try TransformPipeline(ending))
    }

    /// Weights from U(±1/√fan_in), as PyTorch has them; running statistics of a fresh BatchNorm.
    static func parameters(of module: Module, seed: UInt64) -> ParameterStore {
        var store = ParameterStore()
        for (name, declaration) in module.parameterDeclarations {
            var random = RandomSource(seed: seed, name: name)
            let shape = declaration.shape
            let isNorm = name.contains("bn")
            let bound: Float = shape.rank > 1 ? 1 / Float(shape.elementCount / shape[0]).squareRoot() : 0.1
            let values: [Float]
            switch declaration.name {
            case "weight" where isNorm, "running_var": values = [Float](repeating: 1, count: shape.elementCount)
            case "bias" where isNorm, "running_mean", "num_batches_tracked": values = [Float](repeating: 0, count: shape.elementCount)
            default: values = (0..<shape.elementCount).map { _ in random.uniform(-bound, bound) }
            }
            store.insert(Tensor(shape, values), name: name, role: declaration.role)
        }
        return store
    }

    static func trainer(_ change: (inout TrainingSettings) -> Void = { _ in }) -> Trainer {
        var trainer = Trainer()
        trainer.options.backend = .openBLAS
        trainer.settings.batchSize = 6
        trainer.settings.seed = 3
        trainer.settings.learningRates = .uniform(0.05)
        change(&trainer.settings)
        return trainer
    }
}

extension ModelState {
    /// Only the head trains.
    var withFrozenBody: ModelState {
        var model = self
        model.freeze.freeze(parameters.parameterNames.filter { !$0.hasPrefix("fc.") })
        return model
    }
}
