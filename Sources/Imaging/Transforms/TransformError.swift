/// Why a transform or a pipeline is not possible. Cases carry the facts; `description` makes the sentence.
public enum TransformError: Error, Equatable, Sendable {
    /// A parameter outside of what the transform can do; `limits` says what it may be.
    case badParameter(transform: String, parameter: String, value: String, limits: String)
    /// A crop larger than the picture.
    case cropTooLarge(transform: String, crop: ImageSize, picture: ImageSize)
    /// The transform would leave a picture of no pixels, or of more than a machine holds.
    case impossibleSize(transform: String, size: ImageSize)
    /// Steps in an order that has no meaning; `after` comes first and must not.
    case wrongOrder(transform: String, after: String)
    /// A step that may stand once only.
    case repeated(transform: String)
    /// `Normalize` or an erasing value with a number of values that the picture's channels don't have.
    case wrongChannels(transform: String, values: Int, channels: Int)
    /// The tensor has `expected` elements, the place for it `given`.
    case wrongCapacity(expected: Int, given: Int)
    /// Recorded parameters that belong to another pipeline.
    case parametersOfAnother(pipelineSteps: Int, recorded: Int)
}

extension TransformError: CustomStringConvertible {
    public var description: String {
        switch self {
        case .badParameter(let transform, let parameter, let value, let limits):
            "\(transform): \(parameter) is \(value), it must be \(limits)."
        case .cropTooLarge(let transform, let crop, let picture):
            "\(transform): a crop of \(crop) pixels doesn't fit into a picture of \(picture); "
                + "put Resize before it, or use pad_if_needed=true."
        case .impossibleSize(let transform, let size):
            "\(transform): the result would have \(size) pixels."
        case .wrongOrder(let transform, let after):
            "\(transform) can't stand after \(after); move it before."
        case .repeated(let transform):
            "\(transform) stands twice in the pipeline; remove one."
        case .wrongChannels(let transform, let values, let channels):
            "\(transform) has values for \(values) channels, the pictures have \(channels)."
        case .wrongCapacity(let expected, let given):
            "The tensor has \(expected) elements, the place for it \(given)."
        case .parametersOfAnother(let steps, let recorded):
            "The pipeline has \(steps) steps, parameters were recorded for \(recorded)."
        }
    }
}
