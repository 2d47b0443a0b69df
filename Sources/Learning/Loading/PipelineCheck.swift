import Imaging
import NeuralNetworks
import Tensors

/// Whether a pipeline and a model fit together: size, channels, normalisation, and nothing random where figures are made.
struct PipelineCheck {
    private let pipeline: TransformPipeline
    private let model: ModelState
    private let mode: DecodeOptions.Mode

    init(_ pipeline: TransformPipeline, model: ModelState, mode: DecodeOptions.Mode) {
        self.pipeline = pipeline
        self.model = model
        self.mode = mode
    }

    /// Why the pipeline can't feed the model; `nil` if it can.
    var problem: String? {
        let channels = pipeline.outputChannels(mode == .rgb ? 3 : 1)
        if channels != model.inputShape[0] {
            // Grey pictures for a network of colour ones, or the other way round: which way out is right, only the user knows.
            let ways = [
                [1, 3]: "; put Grayscale(3) into the transform, or read colour pictures: mode=RGB",
                [3, 1]: "; put Grayscale(1) into the transform, or read grey pictures: mode=L",
            ]
            return "it gives \(channels) \(channels == 1 ? "channel" : "channels"), the network takes \(model.inputShape[0])\(ways[[channels, model.inputShape[0]]] ?? "")"
        }
        guard let size = pipeline.fixedSize else {
            return "its pictures have no fixed size; end it with CenterCrop(\(model.inputShape[1]))"
        }
        let shape = Shape([channels, size.height, size.width])
        guard shape == model.inputShape else {
            return "its pictures are \(size), the network takes \(model.inputShape[2])×\(model.inputShape[1])"
        }
        return nil
    }

    /// What is allowed and usually wrong.
    func warnings(_ split: Split) -> [LearningWarning] {
        let wanted = model.expectedNormalization
        let facts = pipeline.facts(
            mean: wanted?.mean, standardDeviation: wanted?.standardDeviation, evaluates: split != .train)
        // A network from random weights takes any normalisation.
        let isPretrained = model.weights != "none" && wanted != nil
        let expected = wanted.map { Self.text($0.mean, $0.standardDeviation) } ?? ""
        return facts.compactMap { fact in
            switch fact {
            case .notNormalized where isPretrained:
                return .normalisationMissing(split, expected: expected)
            case .normalizedRepeatedly: return .normalisationTwice(split)
            case .normalizedOtherwise(let mean, let deviation) where isPretrained:
                return .normalisationDiffers(
                    split, found: Self.text(mean, deviation), expected: expected)
            case .random(let name): return .randomInEvaluation(split, transform: name)
            default: return nil
            }
        }
    }

    /// With four decimals, as published figures have them at most.
    private static func text(_ mean: [Float], _ deviation: [Float]) -> String {
        func rounded(_ values: [Float]) -> [Double] { values.map { (Double($0) * 1e4).rounded() / 1e4 } }
        return "mean \(rounded(mean)), std \(rounded(deviation))"
    }
}

extension TransformPipeline {
    /// The pixel transforms up to the first random one, and what comes after them.
    var splitAtFirstRandom: (fixed: TransformPipeline, rest: TransformPipeline) {
        let count = transforms.prefix { $0.stage == .pixels && !$0.isRandom }.count
        // Parts of a pipeline that was accepted are accepted.
        guard let fixed = try? TransformPipeline(Array(transforms.prefix(count))),
            let rest = try? TransformPipeline(Array(transforms.dropFirst(count)))
        else { return (.empty, self) }
        return (fixed, rest)
    }

    /// The tensor `[C, H, W]` of a picture with freshly drawn parameters.
    func tensor(of image: Image, random: inout RandomSource) throws(TransformError) -> Tensor {
        try tensor(of: image, draw(for: image.size, &random))
    }

    /// The tensor `[C, H, W]` of a picture with recorded parameters.
    func tensor(of image: Image, _ parameters: Parameters) throws(TransformError) -> Tensor {
        let shape = try outputShape(for: image.size, channels: image.channels, parameters)
        var failure: TransformError?
        let tensor = unsafe Tensor(uninitialized: shape) { buffer in
            do throws(TransformError) { unsafe try apply(image, parameters, into: buffer) } catch { failure = error }
        }
        if let failure { throw failure }
        return tensor
    }
}

extension TransformPipeline {
    /// The same evaluation for pictures of another final size: resizing keeps its ratio to the crop.
    func resized(to size: ImageSize) -> TransformPipeline {
        guard let own = fixedSize, own != size, own.shortSide > 0 else { return self }
        let scaled = transforms.map { transform -> Transform in
            switch transform {
            case .resize(.shortSide(let side), let interpolation, let maximum):
                let share = Double(side) * Double(size.shortSide) / Double(own.shortSide)
                return .resize(.shortSide(max(Int(share.rounded()), 1)), interpolation: interpolation, maximumSide: maximum)
            case .resize(.exact(own), let interpolation, let maximum):
                return .resize(.exact(size), interpolation: interpolation, maximumSide: maximum)
            case .centerCrop(own): return .centerCrop(size)
            default: return transform
            }
        }
        return (try? TransformPipeline(scaled)) ?? self
    }
}

extension BatchMix {
    /// Mixes a batch `[n, C, H, W]`; the targets say how much of which class each picture is.
    func apply(to images: inout Tensor, labels: [Int], random: inout RandomSource) throws(LearningError) -> Targets {
        let size = ImageSize(width: images.shape[3], height: images.shape[2])
        let (count, channels) = (images.shape[0], images.shape[1])
        let parameters = draw(for: size, &random)
        do throws(TransformError) {
            try unsafe images.withMutableElements { (elements) throws(TransformError) in
                unsafe try BatchMix.apply(parameters, to: elements, count: count, channels: channels, size: size)
            }
        } catch { throw .transform(error) }
        return .mixed(
            first: labels, second: labels.indices.map { labels[BatchMix.partner(of: $0, count: count)] },
            shares: [Float](repeating: parameters.share, count: count))
    }
}

extension Tensor {
    /// `[C, H, W]` with left and right exchanged.
    var mirrored: Tensor {
        let (rows, columns) = (shape[0] * shape[1], shape[2])
        return unsafe withElements { source in
            unsafe Tensor(uninitialized: shape) { target in
                for row in 0..<rows {
                    for column in 0..<columns {
                        unsafe target.initializeElement(at: row * columns + column, to: source[(row + 1) * columns - 1 - column])
                    }
                }
            }
        }
    }
}
