/// Why a checkpoint could not be read, written or matched. Every case carries the facts; `description` makes the sentence.
public enum CheckpointError: Error, Equatable, Sendable {
    /// The system refused to open or read the file.
    case cannotRead(path: String, reason: String)
    /// The system refused to write the file.
    case cannotWrite(path: String, reason: String)
    /// The first bytes belong to no checkpoint. `looksLike` names what they are, where that is known.
    case notACheckpoint(path: String, looksLike: String?)
    /// A kind of file that is recognised but not read; `wayOut` says what to do instead.
    case unsupportedFile(path: String, what: String, wayOut: String)
    /// The file ends before something that it announces.
    case truncated(path: String, what: String, needed: UInt64, available: UInt64)
    /// The file contradicts itself or its format.
    case malformed(path: String, defect: String)
    /// A limit that protects memory is exceeded.
    case tooLarge(path: String, what: String, size: UInt64, limit: UInt64)
    /// A pickle names a Python function or class that weights have no need of.
    case forbiddenGlobal(path: String, name: String)
    /// A pickle uses an instruction that weights have no need of.
    case forbiddenInstruction(path: String, code: UInt8, position: Int)
    /// A tensor's elements are of a kind that is not read (complex, quantised, 8-bit floats).
    case unsupportedElements(path: String, tensor: String, type: String)
    /// The file is sound, but no dictionary of named tensors is in it. `found` names what is.
    case noTensors(path: String, found: String)
}

extension CheckpointError: CustomStringConvertible {
    public var description: String {
        switch self {
        case .cannotRead(let path, let reason):
            return "\(path) can't be read: \(reason)."
        case .cannotWrite(let path, let reason):
            return "\(path) can't be written: \(reason)."
        case .notACheckpoint(let path, let looksLike):
            let guess = looksLike.map { ": it is \($0)" } ?? ""
            return "\(path) holds no weights\(guess). Files from torch.save (.pth, .pt, .th) and .safetensors are read."
        case .unsupportedFile(let path, let what, let wayOut):
            return "\(path) is \(what), which isn't read. \(wayOut)"
        case .truncated(let path, let what, let needed, let available):
            return "\(path) is cut short: \(what) needs \(needed) bytes, \(available) are there. Copy or download it again."
        case .malformed(let path, let defect):
            return "\(path) is damaged or not what it claims to be: \(defect). Nothing was loaded."
        case .tooLarge(let path, let what, let size, let limit):
            return "\(path) is refused: \(what) would take \(size), more than the limit of \(limit)."
        case .forbiddenGlobal(let path, let name):
            return "\(path) asks to run \(name); refused, nothing was run. \(Self.hint(forGlobal: name))"
        case .forbiddenInstruction(let path, let code, let position):
            let hex = "0x" + String(code, radix: 16)
            return "\(path) holds the pickle instruction \(hex) at byte \(position), which no file of weights needs; refused."
        case .unsupportedElements(let path, let tensor, let type):
            return "\(path): \(tensor) holds elements of type \(type), which aren't read. Convert it with .float() in PyTorch."
        case .noTensors(let path, let found):
            return "\(path) holds no named tensors, only \(found). In PyTorch, save model.state_dict()."
        }
    }

    private static func hint(forGlobal name: String) -> String {
        let module = name.split(separator: ".").first.map(String.init) ?? name
        switch module {
        case "os", "posix", "nt", "subprocess", "builtins", "__builtin__", "sys", "runpy", "socket", "importlib":
            return "Weights never need that: don't open this file anywhere else either."
        default:
            return "If the file holds a whole model object, save model.state_dict() in PyTorch instead."
        }
    }
}
