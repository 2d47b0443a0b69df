import Checkpoints
import CommandLanguage
import Foundation
import Learning
import NeuralNetworks
import Presentation

/// `save net to "net.safetensors"`: writes a network that can be loaded alone, or its weights for PyTorch.
enum Save: Verb {
    static let declaration = VerbDeclaration(
        "save", group: "model", "Writes a network, a part or a state_dict to a file.",
        discussion: "A network's file holds its weights under PyTorch's names, and as metadata its layers, classes and preprocessing: "
            + "`load net from \"net.safetensors\"` makes it again in an empty session. In PyTorch, `safetensors.torch.load_file` reads the weights, "
            + "and `load_state_dict` takes them.\n\nA `.pth` file holds the weights alone, as `torch.save(model.state_dict(), ...)` writes them; `torch.load` reads it. "
            + "A file is there whole or not at all.",
        parameters: [
            .required("what", .path(["network", "state", "layer"]), "a network, a part of one, or a state_dict"),
            .connected("to", "file", .file(["safetensors", "pth", "pt"]), isRequired: true, "where to"),
            .option("dtype", .choice(["float32", "float16", "bfloat16"]), default: .text("float32"), "how values are stored"),
        ], examples: ["save net to \"net.safetensors\"", "save net.fc to \"head.safetensors\"", "save net to \"half.safetensors\" dtype=float16", "save net to \"net.pth\""], setup: "net")

    static func run(_ call: BoundCall, in session: Session) throws {
        let path = try call.path("what")
        let file = try checked(try call.text("file"), call)
        let value = try session.value(at: path)
        let type = try ElementType(rawValue: call.text("dtype")) ?? .float32
        let existed = FileManager.default.fileExists(atPath: file)
        let told: String
        switch value {
        case .object(let network as NetworkObject) where Self.isTorch(file):
            told = try write(network.model.parameters, type, to: file) + ", without layers, classes and preprocessing, which `.safetensors` would keep"
        case .object(let network as NetworkObject):
            try network.model.save(to: file, storedAs: type)
            let classes = network.model.classes.isEmpty ? "no class names yet" : Format.counted(network.model.classes.count, "class", "classes")
            told = "\(Format.counted(network.model.parameters.names.count, "tensor")) with layers, \(classes) and preprocessing"
        case .object(let state as StateObject): told = try write(state.parameters, type, to: file)
        case .object(let layer as LayerObject):
            guard !layer.parameters.names.isEmpty else { throw call.error(.state, at: "what", "`\(path)` has no weights to save.") }
            told = try write(layer.parameters, type, to: file)
        case .object(let parameter as ParameterObject):
            var store = ParameterStore()
            store.insert(parameter.tensor, name: parameter.name, role: parameter.isBuffer ? .buffer : .parameter)
            told = try write(store, type, to: file)
        default:
            throw call.error(.type, at: "what", "save writes networks, parts and state_dicts, not \(value.described).")
        }
        let size = (try? FileManager.default.attributesOfItem(atPath: file)[.size] as? Int) ?? 0
        session.say(.done, "\(file)\(existed ? " (replaced)" : ""): \(path) as \(told), \(Format.bytes(size))")
    }

    private static func write(_ store: ParameterStore, _ type: ElementType, to file: String) throws -> String {
        var state = StateDictionary(store)
        if type != .float32 { state = state.stored(as: type) }
        if isTorch(file) { try Checkpoint.writeTorch(state, to: file) } else { try Checkpoint.write(state, to: file) }
        return Format.counted(store.names.count, "tensor")
    }

    private static func isTorch(_ file: String) -> Bool { [".pth", ".pt"].contains { file.lowercased().hasSuffix($0) } }

    /// The path with `~` expanded, if its ending says a format that is written.
    private static func checked(_ path: String, _ call: BoundCall) throws -> String {
        let expanded = NSString(string: path).expandingTildeInPath
        let ending = path.split(separator: "/").last.map { $0.split(separator: ".").dropFirst().last.map { $0.lowercased() } ?? "" } ?? ""
        switch ending {
        case "safetensors", "pth", "pt": return expanded
        case "onnx": throw call.error(.value, at: "file", "`export` writes ONNX.", hint: "`export net to \"\(path)\"`")
        case "": throw call.error(.value, at: "file", "The file's name needs its ending.", suggestions: ["\"\(path).safetensors\""])
        default:
            let stem = path.dropLast(ending.count)
            throw call.error(
                .value, at: "file", "Weights are written as .safetensors, or as .pth for PyTorch, not as .\(ending).",
                suggestions: ["\"\(stem)safetensors\"", "\"\(stem)pth\""])
        }
    }
}

extension StateDictionary {
    /// The same tensors with fractions stored in another type.
    func stored(as type: ElementType) -> StateDictionary {
        StateDictionary(entries.map { .init(name: $0.name, tensor: $0.tensor, storedAs: $0.storedAs.isFloatingPoint ? type : $0.storedAs) }, metadata: metadata)
    }
}
