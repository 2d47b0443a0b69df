import CommandLanguage
import Foundation
import Checkpoints
import Imaging
import Learning
import NeuralNetworks
import Presentation
import Tensors

extension Session {
    /// A data set whose every part is prepared as for validation: features should depend on the pictures alone.
    func preparedForFeatures(_ data: Dataset) -> Dataset {
        var data = data
        let evaluation = data.transform(.val)
        for split in Split.allCases { data.transforms[split] = evaluation }
        return data
    }

    /// The trainer's batch size, so that algorithms chosen for one serve the other.
    func featureBatch(_ count: Int) -> Int { max(1, min(count, state.trainer.settings.batchSize)) }

    /// Features of a part of a data set before the head, or behind a layer.
    func embedding(_ network: NetworkObject, _ data: Dataset, _ split: Split, layer: String?, caption: String) throws -> Embedding {
        try withProgress(caption, count: data[split].count) { progress in
            try network.model.embed(
                preparedForFeatures(data), split: split, layer: layer, batchSize: featureBatch(data[split].count), options: state.trainer.options, progress: progress, isInterrupted: interruptionCheck)
        }
    }
}

/// Pictures whose features are wanted: a part of a data set, or some of it.
struct FeaturePictures {
    /// The data set whose part has these pictures and no others.
    let data: Dataset
    let split: Split
    /// The name that the path begins with.
    let name: String
    /// As a cell writes them: `bees.val`, `bees.val["ants"]`.
    let title: String
    /// The data set's indices of the pictures; `nil`: they are counted as here.
    private let indices: [Int]?
    /// What an index stands behind.
    private let counted: String

    init(_ path: Path?, for verb: String, otherwise: Split = .train, in session: Session) throws {
        let (name, part, indices) = try session.pictures(path, for: verb, otherwise: otherwise)
        data = try DatasetPartObject(part.dataset, part.split, indices).narrowed
        split = part.split
        self.name = name
        let whole = "\(name).\(part.split.rawValue)"
        let standsForItself = ["part", "sample"].contains(session.object(named: name)?.kind)
        title = path.flatMap { indices != nil || standsForItself ? $0.description : nil } ?? whole
        self.indices = standsForItself ? nil : indices
        counted = standsForItself ? title : whole
    }

    /// The picture at a position among these, as a cell writes it.
    func cell(_ position: Int) -> String { "\(counted)[\(indices?[position] ?? position)]" }
}

/// `embed net on bees.val to "features.csv"`: pictures as rows of features.
enum Embed: Verb {
    static let declaration = VerbDeclaration(
        "embed", group: "use", "Computes the features of pictures, and writes them for other programs.",
        discussion: "The features are what the head reads, or a layer's results averaged over their area. A `.csv` file has a row for each picture with its path and class; "
            + "`.safetensors` holds `features` and `labels`, with paths and classes as metadata.",
        parameters: [
            .positional("model", .path(["network"]), defaultText: "the network in use", "the network, or the layer"),
            .connected("on", "data", .path(["dataset", "part"]), defaultText: "the validation pictures in use", "the pictures"),
            .connected("to", "file", .file(["csv", "safetensors"]), "where the features are written"),
        ], examples: ["embed net on bees.val", "embed net.layer3 on bees.train to \"features.csv\""], setup: "net")

    static func run(_ call: BoundCall, in session: Session) throws {
        let path = call.optionalPath("model")
        let (name, network) = try session.network(path, for: "embed")
        let layer = path.map { !$0.steps.isEmpty } == true ? try session.layer(path, of: network, name) : nil
        let pictures = try FeaturePictures(call.optionalPath("data"), for: "embed", otherwise: .val, in: session)
        let embedding = try session.embedding(network, pictures.data, pictures.split, layer: layer, caption: "features of \(pictures.name)")
        let neighbours = try embedding.neighbourAccuracy(isInterrupted: session.interruptionCheck)
        var lines = [
            "\(pictures.title): \(Format.counted(embedding.count, "picture")) as \(embedding.dimension) features of \(name)\(layer.map { ".\($0)" } ?? " before its head")",
            "the nearest other picture has the same class for \(Format.percent(neighbours.estimate)) of them",
        ]
        if let file = call.optionalText("file") {
            try write(embedding, pictures.data, to: NSString(string: file).expandingTildeInPath, call)
            lines.append("written to \(file)")
        }
        if !embedding.failures.isEmpty { lines.append("\(Format.counted(embedding.failures.count, "picture")) could not be read: \(Session.listed(embedding.failures.map(\.path), limit: 4))") }
        session.say(.done, lines: lines)
    }

    private static func write(_ embedding: Embedding, _ data: Dataset, to file: String, _ call: BoundCall) throws {
        let (size, values) = (embedding.dimension, embedding.vectors.elements)
        let paths = embedding.samples.map { data.relativePath($0.path) }
        if file.lowercased().hasSuffix(".safetensors") {
            let labels = Tensor([embedding.count], embedding.samples.map { Float($0.label) })
            var state = StateDictionary([
                .init(name: "features", tensor: embedding.vectors), .init(name: "labels", tensor: labels, storedAs: .int64),
            ])
            state.metadata = ["classes": try json(data.classes), "paths": try json(paths)]
            return try Checkpoint.write(state, to: file)
        }
        guard file.lowercased().hasSuffix(".csv") else { throw call.error(.value, at: "file", "Features are written as .csv or .safetensors.") }
        func quoted(_ text: String) -> String {
            text.contains { ",\"\n\r".contains($0) } ? "\"\(text.replacing("\"", with: "\"\""))\"" : text
        }
        var text = (["path", "class"] + (0..<size).map { "f\($0)" }).joined(separator: ",") + "\n"
        for (row, sample) in embedding.samples.enumerated() {
            let features = values[row * size..<(row + 1) * size].map { "\($0)" }.joined(separator: ",")
            text += "\(quoted(paths[row])),\(quoted(data.classes[sample.label])),\(features)\n"
        }
        try AtomicFile.write(Array(text.utf8), to: file)
    }

    private static func json(_ texts: [String]) throws -> String { String(decoding: try JSONEncoder().encode(texts), as: UTF8.self) }
}

/// `neighbours "bee.jpg"`: the nearest training pictures.
enum Neighbours: Verb {
    static let declaration = VerbDeclaration(
        "neighbours", group: "use", "Shows the pictures of a data set that are most like a picture, by the network's features.",
        discussion: "Likeness is the cosine of the features before the head. Where the nearest pictures have other classes than the network says, it guesses.",
        parameters: [
            .required("picture", .oneOf([.file(), .path(["dataset"])]), "a file, or `bees.val[3]`"),
            .connected("among", "data", .path(["dataset", "part"]), defaultText: "the training pictures in use", "the pictures to look through"),
            .connected("with", "model", .path(["network"]), defaultText: "the network in use", "the network, or the layer"),
            .option("n", .integer(1...64), default: .integer(6), "how many"),
        ], aliases: ["neighbors"], examples: ["neighbours \"picture.png\"", "neighbours bees.val[0] among bees.train n=3"], setup: "net")

    static func run(_ call: BoundCall, in session: Session) throws {
        let path = call.optionalPath("model")
        let (name, network) = try session.network(path, for: "neighbours")
        let layer = path.map { !$0.steps.isEmpty } == true ? try session.layer(path, of: network, name) : nil
        let file = try session.onePicture(call, "picture")
        let pictures = try FeaturePictures(call.optionalPath("data"), for: "neighbours", in: session)
        let data = pictures.data
        let embedding = try session.embedding(network, data, pictures.split, layer: layer, caption: "features of \(pictures.name)")
        // Prepared and decoded as the pictures that it is compared with.
        var alone = Dataset(name: data.name, root: data.root, classes: data.classes, samples: [Sample(path: file, label: 0, split: .val)])
        (alone.transforms, alone.decoding) = (data.transforms, data.decoding)
        let query = try network.model.embed(
            session.preparedForFeatures(alone), split: .val, layer: layer, batchSize: 1, options: session.state.trainer.options,
            isInterrupted: session.interruptionCheck)
        let count = try call.integer("n")
        // The picture itself is no news.
        let found = embedding.neighbours(of: query.vectors.elements, count: count + 1).filter { embedding.samples[$0.position].path != file }.prefix(count)
        let width = session.state.display.pictureWidth
        var items: [ImageGrid.Item] = [try Image.decode(path: file, data.decoding).item("the picture", width: width)]
        for neighbour in found {
            let sample = embedding.samples[neighbour.position]
            let caption = "\(data.classes[sample.label]) · \(Format.fixed(Double(neighbour.similarity), 3)) · \(pictures.cell(embedding.indices[neighbour.position]))"
            items.append(try Image.decode(path: sample.path, data.decoding).item(caption, width: width))
        }
        let votes = Dictionary(grouping: found, by: { embedding.samples[$0.position].label }).mapValues(\.count)
        let said = votes.sorted { ($1.value, $0.key) < ($0.value, $1.key) }.map { "\($0.value) \(data.classes[$0.key])" }.joined(separator: ", ")
        session.output.result(ImageGrid(items, width: width, title: "nearest in \(pictures.title) by \(name)\(layer.map { ".\($0)" } ?? ""): \(said)").bundle)
    }
}

/// `show embedding`: pictures as points.
enum ShowEmbedding: Verb {
    static let declaration = VerbDeclaration(
        "show embedding", group: "look", "Shows pictures as points: their features on the two main axes (PCA).",
        discussion: "Classes that lie apart can be told apart by a linear head. The title says what share of the variance the two axes hold.",
        parameters: [
            .positional("model", .path(["network"]), defaultText: "the network in use", "the network, or the layer"),
            .connected("on", "data", .path(["dataset", "part"]), defaultText: "the validation pictures in use", "the pictures"),
        ], examples: ["show embedding net on bees.val", "show embedding net.layer2"], setup: "net")

    static func run(_ call: BoundCall, in session: Session) throws {
        let path = call.optionalPath("model")
        let (name, network) = try session.network(path, for: "show embedding")
        let layer = path.map { !$0.steps.isEmpty } == true ? try session.layer(path, of: network, name) : nil
        let pictures = try FeaturePictures(call.optionalPath("data"), for: "show embedding", otherwise: .val, in: session)
        let embedding = try session.embedding(network, pictures.data, pictures.split, layer: layer, caption: "features of \(pictures.name)")
        let (points, explained) = embedding.principalComponents(2)
        guard explained.count == 2 else { throw call.error(.state, at: "data", "Two pictures with two features are the least that can be drawn.") }
        let series = pictures.data.classes.enumerated().map { label, title in
            Chart.Series(title, points.enumerated().filter { embedding.samples[$0.offset].label == label }.map { ($0.element[0], $0.element[1]) })
        }.filter { !$0.points.isEmpty }
        let share = explained.reduce(0, +)
        let title = "\(pictures.title) as \(name)\(layer.map { ".\($0)" } ?? "") sees it"
        let neighbours = try embedding.neighbourAccuracy(isInterrupted: session.interruptionCheck)
        session.output.result(
            Report([
                .chart(Chart(.scatter(series), title: title, x: "first axis: \(Format.percent(explained[0])) of the variance", y: "second: \(Format.percent(explained[1]))", width: 560, height: 420)),
                .text("\(Format.counted(embedding.count, "picture")), \(embedding.dimension) features, \(Format.percent(share)) of their variance shown; the nearest other picture has the same class for \(Format.percent(neighbours.estimate)) (95 % interval \(neighbours.written))"),
            ]).bundle)
    }
}

/// `probe net on bees`: a linear classifier behind each part.
enum Probe: Verb {
    static let declaration = VerbDeclaration(
        "probe", group: "use", "Tries a linear classifier behind each part of a network: where should it be cut?",
        discussion: "Each part's results are averaged over their area, and a logistic regression is fitted on the training pictures; its accuracy on the validation pictures is shown. "
            + "The network itself isn't changed.",
        parameters: [
            .positional("model", .path(["network"]), defaultText: "the network in use", "the network"),
            .connected("on", "data", .path(["dataset"]), defaultText: "the data in use", "the pictures"),
        ], examples: ["probe net on bees"], setup: "net")

    static func run(_ call: BoundCall, in session: Session) throws {
        let (name, network) = try session.network(call.optionalPath("model"), for: "probe")
        let path = call.optionalPath("data")
        if let path {
            let isPart = session.object(named: path.root) is DatasetPartObject
            guard path.steps.isEmpty, !isPart else {
                throw Diagnostic(
                    .type, "probe needs a whole dataset: it learns from the train pictures and measures on the val pictures.", at: path.span,
                    hint: isPart || path.steps.count > 1
                        ? "A dataset in which a part has these pictures alone: `few = Subset(\(path))`, then `probe \(name) on few`."
                        : "Name the dataset alone: `probe \(name) on \(path.root)`.")
            }
        }
        let (dataName, data) = try session.dataset(path, for: "probe")
        let probes = try session.withProgress("features of \(dataName)", count: data.train.count + data.val.count) { progress in
            try network.model.probe(on: data, batchSize: session.featureBatch(data.train.count), options: session.state.trainer.options, progress: progress, isInterrupted: session.interruptionCheck)
        }
        guard let best = probes.max(by: { ($0.val.estimate, $1.parameters) < ($1.val.estimate, $0.parameters) }) else {
            throw call.error(.state, "\(name) has no part to cut it behind.")
        }
        var table = Table(
            [.init("behind"), .init("features", .right), .init("parameters up to here", .right), .init("train", .right), .init("validation"), .init("95 % interval")],
            caption: "linear probes of \(name) on \(dataName)")
        for probe in probes {
            table.rows.append([
                .init(probe.path, strong: probe.path == best.path), .init("\(probe.features)"), .init(Format.short(probe.parameters)),
                .init(Format.percent(probe.train.estimate)), .init(Format.percent(probe.val.estimate), bar: probe.val.estimate, mood: probe.path == best.path ? .good : .plain),
                .init(probe.val.written),
            ])
        }
        // The first that the best one isn't clearly better than.
        let early = probes.first { $0.val.high >= best.val.estimate } ?? best
        var text = "best behind \(best.path): \(Format.percent(best.val.estimate)) of \(best.val.count)"
        if early.path != best.path { text += "; \(early.path) comes within its interval with \(Format.percent(Double(early.parameters) / Double(max(best.parameters, 1)), digits: 0)) of the parameters" }
        session.output.result(
            Report([.table(table), .text(text), .code("trunk = \(name).until(\(early.path))")]).bundle)
    }
}
