import CommandLanguage
import Imaging
import Learning
import NeuralNetworks
import Presentation
import Tensors

/// `show filters net.conv1`: a convolution's kernels as pictures.
enum ShowFilters: Verb {
    static let declaration = VerbDeclaration(
        "show filters", group: "look", "Shows the kernels of a convolution as pictures.",
        discussion: "Kernels that read colours are shown in them, each stretched to its own range. Others show a kernel for each input channel, blue below zero and "
            + "red above. A linear layer is shown as a matrix.",
        parameters: [
            .positional("layer", .path(["network"]), defaultText: "the first convolution of the network in use", "the layer"),
            .option("n", .integer(1...1024), default: .integer(64), "how many at the most"),
            .option("order", .choice(["index", "norm", "change"]), default: .text("index"), "the first ones, the largest, or those that training changed most"),
        ], examples: ["show filters net.conv1", "show filters net.layer1.0.conv1 n=4 order=norm"], setup: "net")

    static func run(_ call: BoundCall, in session: Session) throws {
        let path = call.optionalPath("layer")
        let (name, network) = try session.network(path, for: "show filters")
        let layer = try self.layer(path, name, network)
        guard let weight = network.model.parameters["\(layer).weight"], weight.shape.rank == 4 || weight.shape.rank == 2 else {
            throw Diagnostic(.type, "`\(name).\(layer)` has no filters.", at: path?.span, hint: "Convolutions have: `show filters \(name).\(firstConvolution(network) ?? "conv1")`.")
        }
        let pictures = FilterPictures(weight)
        let order = try call.text("order")
        let origin = network.origin["\(layer).weight"]
        let norms = (0..<pictures.count).map { index -> Double in
            guard weight.shape.rank == 4 else { return 0 }
            let kernel = weight.entry(index)
            guard order == "change", let origin, origin.shape == weight.shape else { return TensorStatistics(kernel).norm }
            return TensorStatistics(kernel.subtracting(origin.entry(index))).norm
        }
        var channels = Array(0..<pictures.count)
        if order != "index" { channels.sort { (norms[$1], $0) < (norms[$0], $1) } }
        channels = Array(channels.prefix(try call.integer("n")))
        let width = pictures.count == 1 ? 640 : pictures.isColoured ? 56 : 120
        let items = try channels.map { channel in
            ImageGrid.Item(
                try pictures.picture(channel, side: width * 2).encodePNG(),
                caption: pictures.count == 1 ? weight.shape.description : "\(channel)\(order == "index" ? "" : " · \(Format.significant(norms[channel], 3))")")
        }
        let count = pictures.count == 1 ? "" : ", \(channels.count == pictures.count ? "all" : "\(channels.count) of") \(pictures.count) kernels"
        session.output.result(
            ImageGrid(items, width: width, title: "\(name).\(layer): \(network.model.module[path: layer]?.written ?? "")\(count)", pixelated: true).bundle)
    }

    private static func firstConvolution(_ network: NetworkObject) -> String? {
        network.model.module.namedLayers.first { if case .conv2d = $0.layer { true } else { false } }?.path
    }

    private static func layer(_ path: Path?, _ name: String, _ network: NetworkObject) throws -> String {
        guard let path, !path.steps.isEmpty else {
            guard let first = firstConvolution(network) else { throw Diagnostic(.state, "\(name) has no convolution.", at: path?.span) }
            return first
        }
        switch try network.place(path) {
        case .part(let inner):
            // Of a block, its first convolution.
            let layers = network.model.module.namedLayers.filter { ($0.path == inner || $0.path.hasPrefix(inner + ".")) && !$0.layer.parameters.isEmpty }
            return layers.first { if case .conv2d = $0.layer { true } else { false } }?.path ?? layers.first?.path ?? inner
        case .tensor(let tensor, _): return tensor.split(separator: ".").dropLast().joined(separator: ".")
        default: throw Diagnostic(.type, "`\(path)` is not a layer.", at: path.span)
        }
    }
}
