import CommandLanguage
import Checkpoints
import Learning
import Presentation

/// `predict`: what is in pictures.
enum Predict: Verb {
    static let declaration = VerbDeclaration(
        "predict", group: "use", "Says what is in pictures: a file, a folder, a pattern, or pictures of a data set.",
        discussion: """
            The network's own classes and preprocessing are used: a network with ImageNet weights names ImageNet's classes before any training, a \
            trained or loaded one those of its data.
            """,
        parameters: [
            .required(
                "pictures", .list(.oneOf([.file(), .path(["dataset", "network", "part"])])),
                "a file, a folder, a pattern such as \"new/*.jpg\", or `bees.val[3]`"),
            .connected("with", "model", .path(["network"]), defaultText: "the trainer's, else the newest", "the network"),
            .option("top", .integer(1...1000), default: .integer(3), "how many classes are told of each picture"),
            .connected("to", "file", .file(["csv"]), defaultText: "none", "a CSV file of every probability", aliases: ["to", "out", "csv"]),
            .option(
                "views", .integer(1...2), default: .integer(1), "2 averages over each picture and its mirror image",
                aliases: ["tta"]),
            .option("n", .count, default: .integer(12), "how many pictures are shown; the table lists all of them, or as many as are asked for here; 0 with `to` shows nothing", aliases: ["show"]),
        ], examples: ["predict \"picture.png\"", "predict bees.val to \"out.csv\" top=2 n=4", "predict net \"picture.png\""],
        setup: "trained")

    static func run(_ call: BoundCall, in session: Session) throws {
        let chosen = try session.pictures(call)
        let (files, truths) = (chosen.files, chosen.truths)
        let (name, network) = try session.trainedNetwork(chosen.model ?? call.optionalPath("model"), for: "predict")
        let (trainer, check) = (session.state.trainer, session.interruptionCheck)
        let predictions = try session.withProgress("predicting", count: files.count) { progress in
            try network.model.predict(
                files, views: try call.integer("views"), batchSize: trainer.settings.batchSize, workers: trainer.settings.workers,
                options: trainer.options, progress: progress, isInterrupted: check)
        }
        if let file = call.optionalText("file") { try session.write(predictions, to: file) }
        // Asked for some, the table has the same; else as many rows as tables may have.
        let count = try call.integer("n")
        show(
            predictions, truths, by: name, network, top: try call.integer("top"), pictures: count,
            listed: listed(count, call, of: predictions.count), in: session)
    }

    private static func listed(_ count: Int, _ call: BoundCall, of all: Int) -> Int {
        guard call.isGiven("n") else { return all }
        return count > 0 ? count : call.isGiven("file") ? 0 : all
    }

    private static func show(
        _ predictions: [ImagePrediction], _ truths: [String: String], by name: String, _ network: NetworkObject, top: Int,
        pictures count: Int, listed: Int, in session: Session
    ) {
        var report = Report()
        let readable = predictions.filter { $0.failure == nil }
        if count > 0, !readable.isEmpty {
            let grid = TrainingPictures(width: session.state.display.pictureWidth, decoding: network.model.decoding).grid(
                readable.prefix(count).map { prediction in
                    let mood: Mood = truths[prediction.path].map { $0 == prediction.top(1).first?.name ? .good : .bad } ?? .plain
                    return .init(
                        path: prediction.path,
                        caption: "\(Self.shortName(prediction.path)): \(prediction.caption(top: min(top, 3)))", mood: mood)
                })
            report.append(.images(grid))
        }
        if listed > 0 {
            report.append(.table(table(Array(predictions.prefix(listed)), truths, top: top, limit: session.state.display.rows)))
        }
        if listed > 0, listed < predictions.count {
            report.append(.text("And \(Format.counted(predictions.count - listed, "more picture")): `to \"predictions.csv\"` writes them all."))
        }
        let failures = predictions.filter { $0.failure != nil }
        if let first = failures.first {
            report.append(
                .notice(
                    Notice(
                        .warning,
                        [
                            "\(Format.counted(failures.count, "picture")) could not be read, the first is \(first.path): \(first.failure ?? "")"
                        ])))
        }
        session.output.result(report.bundle)
    }

    private static func table(_ predictions: [ImagePrediction], _ truths: [String: String], top: Int, limit: Int) -> Table {
        let hasTruth = !truths.isEmpty
        var table = Table(
            [Table.Column("picture")] + (hasTruth ? [Table.Column("is")] : []) + [
                Table.Column("class"), Table.Column("probability"),
            ], limit: limit)
        for prediction in predictions {
            for (rank, guess) in prediction.top(top).enumerated() {
                var cells = [Table.Cell(rank == 0 ? prediction.path : "")]
                if hasTruth { cells.append(Table.Cell(rank == 0 ? truths[prediction.path] ?? "" : "")) }
                let mood: Mood = rank == 0 ? truths[prediction.path].map { $0 == guess.name ? .good : .bad } ?? .plain : .muted
                cells += [
                    Table.Cell(guess.name, mood: mood, strong: rank == 0),
                    Table.Cell(Format.percent(Double(guess.probability)), bar: Double(guess.probability)),
                ]
                table.rows.append(cells)
            }
        }
        return table
    }

    static func shortName(_ path: String) -> String { path.split(separator: "/").last.map(String.init) ?? path }
}

extension Session {
    /// The pictures that a call names, with their classes where they are known, and a network among them.
    func pictures(_ call: BoundCall) throws -> (files: [String], truths: [String: String], model: Path?) {
        var model: Path?
        var files: [String] = []
        var truths: [String: String] = [:]
        for value in call.list("pictures") {
            switch value {
            case .text(let text):
                let found = try GlobPattern.pictures(text, isInterrupted: interruptionCheck)
                guard !found.isEmpty else {
                    throw call.error(.file, at: "pictures", "There are no pictures in \(Value.text(text).source).")
                }
                files += found
            case .path(let path) where object(named: path.root) is NetworkObject && model == nil: model = path
            case .path(let path):
                let (_, part, indices) = try pictures(path, for: call.name, otherwise: .val)
                for sample in indices.map({ $0.map { part[$0] } }) ?? Array(part) {
                    files.append(sample.path)
                    truths[sample.path] = part.classes[sample.label]
                }
            default: break
            }
        }
        guard !files.isEmpty else {
            throw call.error(
                .missingArgument, "\(call.name) needs pictures.",
                hint: "A file, a folder or a pattern in quotes: `\(call.name) \"new/*.jpg\"`.")
        }
        return (files, truths, model)
    }

    /// Writes predictions as a table, whole or not at all.
    func write(_ predictions: [ImagePrediction], to file: String) throws {
        let text = ImagePrediction.csv(predictions)
        do { try AtomicFile.write(Array(text.utf8), to: file) } catch { throw LearningError.checkpoint(error) }
        say(.done, "\(Format.counted(predictions.count, "prediction")) written to \(file)")
    }
}
