public import Imaging
import Tensors

/// Whether the pipeline of one part of a data set and a model fit together.
public struct PipelineAgreement: Sendable, Hashable {
    public let split: Split
    /// The part's own pipeline, or the one that the model brings.
    public let pipeline: TransformPipeline
    public let isOwn: Bool
    /// Why the pictures can't be fed to the model; `nil` if they can.
    public let problem: String?
    /// What is allowed and usually wrong: normalisation that is missing, doubled or another, chance in evaluation.
    public let warnings: [LearningWarning]
}

extension ModelState {
    /// How each part of a data set agrees with this model, as a training would find it.
    public func agreement(with data: Dataset) -> [PipelineAgreement] {
        // A training takes the model to the training pictures' size where its layers allow it, and validates in that size; a test is by itself.
        let trained = (try? adapted(to: data.transform(.train) ?? preprocessing)) ?? self
        return data.splits.map { split in
            let own = data.transform(split)
            let model = split == .test ? (try? adapted(to: own ?? preprocessing)) ?? self : trained
            let pipeline = own ?? model.preprocessing
            let check = PipelineCheck(pipeline, model: model, mode: data.decoding.mode)
            var warnings = check.warnings(split)
            if split == .train, let warning = model.sizeWarning(since: self) { warnings.append(warning) }
            return PipelineAgreement(split: split, pipeline: pipeline, isOwn: own != nil, problem: check.problem, warnings: warnings)
        }
    }

    /// What is told when training pictures took a pretrained model to another size than its own.
    func sizeWarning(since given: ModelState) -> LearningWarning? {
        guard inputShape != given.inputShape, weights != "none" else { return nil }
        func size(_ shape: Shape) -> String { "\(shape[2])×\(shape[1])" }
        return .sizeDiffers(.train, found: size(inputShape), expected: size(given.inputShape))
    }
}
