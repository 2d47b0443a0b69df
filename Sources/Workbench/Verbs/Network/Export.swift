import Checkpoints
import CommandLanguage
import Foundation
import Imaging
import Learning
import NeuralNetworks
import Presentation

/// `export net to "net.onnx"`.
enum Export: Verb {
    static let declaration = VerbDeclaration(
        "export", group: "model", "Writes a network as ONNX, for programs without Thaw or PyTorch.",
        discussion: "The file takes prepared pictures `[N, C, H, W]`, any number of them, and gives `logits`, or `probabilities` with `softmax`. Its metadata holds the classes "
            + "and the preprocessing as JSON. The network is as in evaluation: no dropout, BatchNorm by its stored statistics.",
        parameters: [
            .positional("net", .path(["network"]), defaultText: "the network in use", "the network"),
            .connected("to", "file", .file(["onnx"]), isRequired: true, "where to"), .flag("softmax", "gives probabilities instead of logits"),
        ], examples: ["export net to \"net.onnx\"", "export net to \"net.onnx\" softmax"], setup: "net")

    static func run(_ call: BoundCall, in session: Session) throws {
        let path = call.optionalPath("net")
        let (name, network) = try session.network(path, for: "export")
        if let path, !path.steps.isEmpty { throw Diagnostic(.type, "export writes whole networks, not parts.", at: path.span) }
        let text = try call.text("file")
        guard text.lowercased().hasSuffix(".onnx") else {
            throw call.error(.value, at: "file", "ONNX files end in .onnx.", hint: text.hasSuffix(".safetensors") ? "`save` writes safetensors." : nil, suggestions: ["\"\(text).onnx\""])
        }
        let file = NSString(string: text).expandingTildeInPath
        let model = network.model
        let graph = try model.graph()
        try Checkpoint.writeONNX(
            graph, parameters: model.parameters, softmax: call.flag("softmax"), metadata: try model.descriptions, name: model.architecture, to: file)
        let size = (try? FileManager.default.attributesOfItem(atPath: file)[.size] as? Int) ?? 0
        session.say(
            .done,
            lines: [
                "\(text): \(name) as ONNX (opset 17), \(Format.bytes(size))",
                "input `input` N×\(graph.inputShape), output `\(call.flag("softmax") ? "probabilities" : "logits")` N×\(graph.outputShape); pictures are to be prepared by \(model.preprocessing.line)",
            ])
    }
}

extension ModelState {
    /// What a file should say about the network beside its layers: classes and preprocessing as JSON.
    var descriptions: [String: String] {
        get throws {
            let encoder = JSONEncoder()
            encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
            return [
                "architecture": architecture, "classes": String(decoding: try encoder.encode(classes), as: UTF8.self),
                "preprocessing": String(decoding: try encoder.encode(preprocessing), as: UTF8.self), "weights": weights,
            ]
        }
    }
}
