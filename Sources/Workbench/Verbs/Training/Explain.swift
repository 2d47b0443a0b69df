import CommandLanguage
import Imaging
import Learning
import NeuralNetworks
import Presentation
import Tensors

/// `explain`: where a network looks.
enum Explain: Verb {
    static let declaration = VerbDeclaration(
        "explain", group: "use", "Shows where in a picture a network looks (Grad-CAM).",
        discussion: """
            Warm places speak for the class. A network that is right for the wrong reason, such as the background, shows it here. The map is that of \
            the last layer with an area unless `layer=` names another; earlier layers are sharper and less telling.
            """,
        parameters: [
            .required(
                "pictures", .list(.oneOf([.file(), .path(["dataset", "network", "part"])])),
                "a file, a folder or pattern, or `bees.val[3]`"),
            .connected("with", "model", .path(["network"]), defaultText: "the trainer's, else the newest", "the network"),
            .option(
                "label", .className, defaultText: "the most probable class", "the class that is asked about",
                aliases: ["class", "target"]),
            .option("layer", .path(["layer"]), defaultText: "the last layer with an area", "the layer whose activations are weighed"),
            .option("n", .integer(1...64), default: .integer(4), "how many pictures at the most"),
        ], aliases: ["gradcam"],
        examples: [
            "explain \"picture.png\"", "explain bees.val[0] label=\"\(exampleClass)\"", "explain bees.val[0..2] layer=net.layer3",
        ],
        setup: "trained")

    /// A class of the pictures that examples run on.
    private static let exampleClass = "fruit"

    static func run(_ call: BoundCall, in session: Session) throws {
        let chosen = try session.pictures(call)
        let (name, network) = try session.trainedNetwork(chosen.model ?? call.optionalPath("model"), for: "explain")
        let model = network.model
        let classes = try model.outputClasses()
        var target: Int?
        if let label = call.optionalText("label") {
            guard let index = classes.firstIndex(of: label) else { throw LearningError.unknownClass(name: label, known: classes) }
            target = index
        }
        let layer = call.optionalPath("layer").map { session.withoutNetworkName($0.description) }
        let files = Array(chosen.files.prefix(try call.integer("n")))
        let source = PictureSource(paths: files, model: model)
        let options = session.state.trainer.options
        let check = session.interruptionCheck
        var items: [ImageGrid.Item] = []
        let width = session.state.display.pictureWidth
        try session.withProgress("looking", count: files.count) { progress in
            for (index, file) in files.enumerated() {
                let seen = try source.seen(at: index)
                let tensor: Tensor
                do { tensor = try source.tensor(at: index) } catch {
                    throw LearningError.cannotRead(path: file, reason: "\(error)")
                }
                guard let map = try model.explain(tensor, target: target, layer: layer, options: options, isInterrupted: check)
                else { continue }
                let said = classes[map.target]
                let share = Format.percent(Double(map.probabilities[map.target]))
                // A class that was asked about is not the network's answer: it is neither right nor wrong.
                let isAnswer = target == nil
                let truth = chosen.truths[file].map { isAnswer && $0 == said ? "" : ", is \($0)" } ?? ""
                let mood: Mood = chosen.truths[file].flatMap { isAnswer ? ($0 == said ? .good : .bad) : nil } ?? .plain
                items.append(try seen.item(Predict.shortName(file) + truth, width: width))
                items.append(try seen.overlaid(with: map).item("\(said) \(share), by \(map.layer)", mood: mood, width: width))
                progress(index + 1, files.count)
            }
        }
        session.output.result(ImageGrid(items, width: width, title: "where \(name) looks").bundle)
    }
}

extension ModelState {
    /// The classes by output, or numbers where they are not known.
    func outputClasses() throws -> [String] {
        let count = try graph().outputShape.elementCount
        return classes.count == count ? classes : (0..<count).map(String.init)
    }
}

extension Image {
    /// The picture under a map of warm colours: blue where nothing speaks for the class, over green and yellow to red.
    func overlaid(with map: AttentionMap) -> Image {
        let rows = map.enlarged(width: width, height: height)
        var result = rgb()
        for y in 0..<height {
            for x in 0..<width {
                let heat = rows[y][x].isFinite ? rows[y][x] : 0
                let colour = Self.warmth(heat)
                let share: Float = 0.25 + 0.3 * heat
                for channel in 0..<3 {
                    let mixed = Float(result[x, y, channel]) * (1 - share) + colour[channel] * share
                    result[x, y, channel] = UInt8(min(max(mixed, 0), 255))
                }
            }
        }
        return result
    }

    /// A colour for a number from 0 to 1.
    private static func warmth(_ value: Float) -> [Float] {
        let stops: [[Float]] = [[30, 40, 140], [20, 150, 190], [90, 190, 70], [250, 210, 50], [220, 40, 30]]
        let place = (value.isFinite ? min(max(value, 0), 1) : 0) * Float(stops.count - 1)
        let low = min(Int(place), stops.count - 2)
        let rest = place - Float(low)
        return (0..<3).map { stops[low][$0] * (1 - rest) + stops[low + 1][$0] * rest }
    }
}
