import CommandLanguage
import Learning
import NeuralNetworks
import Presentation

/// `find lr`: the learning-rate range test.
enum FindRate: Verb {
    static let declaration = VerbDeclaration(
        "find lr", group: "train", "Looks for a learning rate: trains a copy while the rate rises, and watches the loss.",
        discussion:
            "The session is not changed, whatever the copy does. The suggestion lies in the longest fall of the loss (fastai's valley).",
        parameters: [
            .positional("model", .path(["network"]), defaultText: "the trainer's, else the newest", "the network"),
            .connected(
                "on", "data", .path(["dataset", "loader"]), defaultText: "the trainer's, else the newest",
                "what it would learn from"),
            .option("range", .range, default: .range(1e-7, 10), "the first and the last rate"),
            .option("steps", .integer(10...100_000), default: .integer(100), "batches", aliases: ["num_it", "num_iter"]),
        ]
            + TrainerSlot.all.filter { ["batch_size", "optimizer", "loss", "seed", "cache", "weight_decay"].contains($0.name) }
            .map(\.parameter),
        aliases: ["lr_find"], examples: ["find lr net on bees steps=20 batch_size=8", "find lr range=1e-5..1 steps=20"],
        setup: "net")

    static func run(_ call: BoundCall, in session: Session) throws {
        let (name, network) = try session.trainedNetwork(call.optionalPath("model"), for: "find lr")
        let (dataName, data) = try session.trainingData(call.optionalPath("data"), for: "find lr")
        var trainer = session.trainer(for: name, network)
        try session.apply(call, to: &trainer.settings, data: dataName)
        guard let (low, high) = call.optionalRange("range"), low > 0, high > low else {
            throw call.error(.value, at: "range", "The range goes from a rate above 0 to a higher one: range=1e-6..1.")
        }
        let steps = try call.integer("steps")
        let check = session.interruptionCheck
        let curve = try session.withProgress(
            "learning rate from \(Format.significant(low, 2)) to \(Format.significant(high, 2))", count: steps
        ) { progress in
            try trainer.findLearningRate(
                network.model, on: data, from: low, to: high, steps: steps, progress: progress, isInterrupted: check)
        }
        show(curve, name, dataName, trainer.settings, in: session)
    }

    private static func show(
        _ curve: LearningRateCurve, _ name: String, _ data: String, _ settings: TrainingSettings, in session: Session
    ) {
        var markers: [(x: Double, name: String)] = []
        var facts: [(String, String)] = []
        if let rate = curve.suggestion {
            markers.append((rate, "suggestion"))
            facts.append(("suggestion", "lr=\(Format.significant(rate, 2)), in the longest fall of the loss"))
        }
        // Where the loss is lowest before it has begun to fall, a tenth of that would be timid, not bold.
        if let rate = curve.minimumTenth, rate > curve.suggestion ?? 0 {
            facts.append(("bolder", "lr=\(Format.significant(rate, 2)), a tenth of where the loss is lowest"))
        }
        facts.append(
            (
                "seen",
                "\(Format.counted(curve.points.count, "batch", "batches")) of \(settings.batchSize) with \(settings.optimizer.name); \(name) and the trainer are as they were"
            ))
        // Where the loss runs away it would press everything else flat.
        let ceiling = 2 * (curve.points.prefix(10).map(\.smoothed).max() ?? .infinity)
        let points = curve.points.filter { $0.smoothed <= ceiling }
        let chart = Chart(
            .lines([
                Chart.Series("smoothed", points.map { ($0.learningRate, $0.smoothed) }),
                Chart.Series("batch", points.filter { $0.loss <= ceiling }.map { ($0.learningRate, $0.loss) }, dashed: true),
            ]), title: "loss of \(name) on \(data) over the learning rate", x: "learning rate", y: "loss", logarithmic: true,
            markers: markers, width: 520)
        var report = Report([.chart(chart), .facts(facts)])
        if let rate = curve.suggestion {
            // What was tried are the rates in their proportions; the curve is over the highest.
            let rates = settings.effectiveRates
            let found = rates.scaled(by: rate / max(rates.highest, 1e-30), uniform: rate)
            report.append(.code("train \(name) on \(data) \(found.arguments.joined(separator: " "))"))
        } else {
            report.append(.notice(Notice(.warning, ["the loss never fell: a lower range or more steps may show where it does"])))
        }
        session.output.result(report.bundle)
    }
}
