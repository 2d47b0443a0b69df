public import Imaging

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

    public var isFine: Bool { problem == nil && warnings.isEmpty }
}

extension ModelState {
    /// How each part of a data set agrees with this model, as a training would find it.
    public func agreement(with data: Dataset) -> [PipelineAgreement] {
        data.splits.map { split in
            let own = data.transform(split)
            let pipeline = own ?? preprocessing
            // A training takes the model to the pictures' size where its layers allow it.
            let model = (try? adapted(to: pipeline)) ?? self
            let check = PipelineCheck(pipeline, model: model, mode: data.decoding.mode)
            return PipelineAgreement(
                split: split, pipeline: pipeline, isOwn: own != nil, problem: check.problem, warnings: check.warnings(split))
        }
    }
}
