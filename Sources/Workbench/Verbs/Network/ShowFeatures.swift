import CommandLanguage
import Imaging
import Learning
import NeuralNetworks
import Presentation
import Tensors

/// `show features net.layer1 of "bee.jpg"`: what a layer makes of a picture.
enum ShowFeatures: Verb {
    static let declaration = VerbDeclaration(
        "show features", group: "look", "Shows the feature maps that a layer makes of a picture.",
        discussion: "The picture comes first, as the network sees it. Each map is stretched to its own range; the numbers beside it are its channel and its largest value.",
        parameters: [
            .positional("layer", .path(["network"]), defaultText: "the first part of the network in use", "the layer or block"),
            .connected("of", "picture", .oneOf([.file(), .path(["dataset"])]), isRequired: true, "a file, or `bees.val[3]`"),
            .option("n", .integer(1...512), default: .integer(24), "how many at the most"),
            .option("order", .choice(["strongest", "index"]), default: .text("strongest"), "those with the largest mean first, or by channel"),
        ], aliases: ["show maps"], examples: ["show features net.layer1 of \"picture.png\"", "show features net.layer4 of bees.val[0] n=8 order=index"], setup: "net")

    static func run(_ call: BoundCall, in session: Session) throws {
        let path = call.optionalPath("layer")
        let (name, network) = try session.network(path, for: "show features")
        let inner = try session.layer(path, of: network, name)
        let file = try session.onePicture(call, "picture")
        let source = PictureSource(paths: [file], model: network.model)
        let seen = try source.seen(at: 0)
        let tensor: Tensor
        do { tensor = try source.tensor(at: 0) } catch { throw LearningError.cannotRead(path: file, reason: "\(error)") }
        let values = try network.model.activations(
            of: inner, for: tensor.reshaped(Shape([1] + tensor.shape.dimensions)), options: session.state.trainer.options,
            isInterrupted: session.interruptionCheck)
        let shape = Shape(Array(values.shape.dimensions.dropFirst()))
        let title = "\(name).\(inner) of \(file.split(separator: "/").last ?? ""): \(shape)"
        guard shape.rank == 3, shape[1] * shape[2] > 1 else {
            session.output.result(Report([.text(title), .chart(Self.bars(values.elements, title: title))]).bundle)
            return
        }
        session.output.result(try Self.grid(values.reshaped(shape), seen, title: title, try call.integer("n"), order: try call.text("order")))
    }

    /// Features without an area, one bar each.
    private static func bars(_ values: [Float], title: String) -> Chart {
        Chart(.lines([.init("value", values.enumerated().map { (Double($0.offset), Double($0.element)) })]), title: title, x: "feature", width: 640)
    }

    private static func grid(_ maps: Tensor, _ seen: Image, title: String, _ count: Int, order: String) throws -> MIMEBundle {
        let (height, width) = (maps.shape[1], maps.shape[2])
        let statistics = (0..<maps.shape[0]).map { TensorStatistics(maps.entry($0)) }
        var channels = Array(statistics.indices)
        if order == "strongest" { channels.sort { (statistics[$1].mean, $0) < (statistics[$0].mean, $1) } }
        let side = 96
        var items = [try seen.item("as the network sees it", width: side)]
        for channel in channels.prefix(count) {
            let (low, high) = (Float(statistics[channel].low), Float(statistics[channel].high))
            let image = Heat.picture(maps.entry(channel).elements, width: width, height: height) { Heat.sequential(high > low ? ($0 - low) / (high - low) : 0) }
            items.append(
                ImageGrid.Item(
                    try image.encodePNG(), caption: "\(channel) · \(statistics[channel].high > 0 ? Format.significant(statistics[channel].high, 3) : "silent")",
                    mood: statistics[channel].high > 0 ? .plain : .muted))
        }
        let silent = statistics.count { $0.high <= 0 }
        let note = silent > 0 ? ", \(Format.counted(silent, "channel")) silent" : ""
        return ImageGrid(items, width: side, title: title + note, pixelated: true).bundle
    }
}

extension Session {
    /// The path inside a network of the layer that a verb was given; `nil`: its first part.
    func layer(_ path: Path?, of network: NetworkObject, _ name: String) throws -> String {
        guard let path, !path.steps.isEmpty else {
            guard case .block(let block) = network.model.module, let first = block.children.first else {
                throw Diagnostic(.state, "\(name) has no parts.", at: path?.span)
            }
            return first.name
        }
        switch try network.place(path) {
        case .part(let inner): return inner
        case .tensor(let tensor, _): return tensor.split(separator: ".").dropLast().joined(separator: ".")
        default: throw Diagnostic(.type, "`\(path)` is not a layer.", at: path.span, hint: "`show \(name)` lists the layers.")
        }
    }

    /// The one picture that an argument names: a file, or an item of a data set.
    func onePicture(_ call: BoundCall, _ name: String) throws -> String {
        switch call.value(name) {
        case .text(let path)?: return path
        case .path(let path)?:
            let (_, part, indices) = try pictures(path, for: call.name)
            guard let index = (indices ?? [0]).first else { throw LearningError.emptySplit(part.split, have: part.dataset.splits) }
            return try part.sample(at: index).path
        default: throw call.error(.missingArgument, at: name, "\(call.name) needs a picture.")
        }
    }
}
