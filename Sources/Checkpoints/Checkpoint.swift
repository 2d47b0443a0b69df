/// The kinds of file that weights are read from.
public enum CheckpointFormat: String, Sendable, CustomStringConvertible {
    case safetensors
    /// `torch.save` since 1.6: a zip archive of one pickle and raw storages.
    case torchZip
    /// `torch.save` before 1.6: five pickles in a row, then raw storages.
    case torchLegacy

    public var description: String {
        switch self {
        case .safetensors: "safetensors"
        case .torchZip: "PyTorch (zip)"
        case .torchLegacy: "PyTorch (legacy)"
        }
    }
}

/// What was read from a file of weights.
public struct CheckpointFile: Sendable {
    public let path: String
    public let format: CheckpointFormat
    /// The tensors, under names without wrappers' prefixes; the file's metadata is in `state.metadata`.
    public let state: StateDictionary
    /// What a reader should be told, each a phrase: "took the nested state_dict", "prefix module. stripped".
    public let notes: [String]

    /// The strings that the file says about itself.
    public var metadata: [String: String] { state.metadata }

    /// The same file with a part of its tensors, under other names.
    public func taking(_ state: StateDictionary, note: String) -> CheckpointFile {
        CheckpointFile(path: path, format: format, state: state, notes: notes + [note])
    }
}

/// Reading, writing and matching files of weights.
public enum Checkpoint {}
