import CommandLanguage
import Learning
import NeuralNetworks
import Presentation
import Tensors

/// `finetune`: the two-phase recipe in one line.
enum FineTune: Verb {
    static let declaration = VerbDeclaration(
        "finetune", group: "train", "Trains a new head first, then the network with it, the first layers most slowly.",
        discussion: """
            The combined recipe with defaults that suit small data; where no optimizer was given it takes AdamW. It prints the cells that it stands for, so that they can be copied and changed. \
            A head that doesn't fit the data's classes is replaced.
            """,
        parameters: [
            .positional("model", .path(["network"]), defaultText: "the trainer's, else the newest", "the network that learns"),
            .connected(
                "on", "data", .path(["dataset", "loader"]), defaultText: "the trainer's, else the newest", "what it learns from"),
            .option("epochs", .integer(1...100_000), default: .integer(5), "of the second phase"),
            .option(
                "head_epochs", .integer(1...100_000), default: .integer(5), "of the first phase, the head alone",
                aliases: ["freeze_epochs"]),
            .option(
                "lr", .rate, default: .number(2e-3), "the head's rate in the first phase; the second takes half of it",
                aliases: ["base_lr", "learning_rate"]),
            .option(
                "ratio", .number(1...1e6), default: .number(100),
                "how many times more slowly the first layers learn than the head", aliases: ["lr_mult"]),
            .option(
                "until", .path(["layer"]), defaultText: "the whole network",
                "the part down to which the second phase thaws: `net.layer4`"),
        ] + TrainerSlot.all.filter { !["lr", "groups"].contains($0.name) }.map(\.parameter) + [
            .option("name", .text, defaultText: "run 1, run 2, …", "what the runs are called in `compare runs`")
        ], aliases: ["fine_tune"],
        examples: [
            "finetune net on bees epochs=1 head_epochs=1 batch_size=8",
            "finetune net on bees epochs=1 head_epochs=1 until=net.layer4",
        ],
        setup: "net")

    static func run(_ call: BoundCall, in session: Session) throws {
        let (name, given) = try session.trainedNetwork(call.optionalPath("model"), for: "finetune")
        let (dataName, data) = try session.trainingData(call.optionalPath("data"), for: "finetune")
        var network = given
        var cells: [String] = []
        if let replaced = try newHead(&network, data, seed: session.state.trainer.settings.seed) {
            cells.append("\(name).\(replaced) = Linear(classes)")
        }
        let until = call.optionalPath("until").map { session.withoutNetworkName($0.description) }
        let recipe = try FineTuning(
            network.model, epochs: try call.integer("epochs"), headEpochs: try call.integer("head_epochs"),
            rate: try call.number("lr"),
            ratio: try call.number("ratio"), until: until, net: name, data: dataName)
        var trainer = session.trainer(for: name, network)
        if !call.isGiven("optimizer"), trainer.settings.optimizer == TrainingSettings().optimizer {
            let decay = (trainer.settings.weightDecay, trainer.settings.sparesBiasesAndNorms)
            trainer.settings.take(OptimizerObject(rule: .adamW()))
            (trainer.settings.weightDecay, trainer.settings.sparesBiasesAndNorms) = decay
        }
        try session.apply(call, to: &trainer.settings, data: dataName)
        cells += recipe.phases.flatMap(\.cells)
        let options = Self.written(call, trainer.settings)
        if !options.isEmpty, let first = cells.firstIndex(where: { $0.hasPrefix("train ") }) { cells[first] += options }
        session.output.show(Report([.text("finetune stands for these cells:"), .code(cells.joined(separator: "\n"))]).bundle)

        for (index, phase) in recipe.phases.enumerated() {
            network.model = recipe.prepare(network.model, for: phase)
            trainer.settings.learningRates = phase.rates
            trainer.runName = call.optionalText("name").map { "\($0), \(index == 0 ? "head" : phase.name)" }
            let summary = try session.train(name, network, on: dataName, data, with: trainer, epochs: phase.epochs)
            trainer = session.state.trainer
            if let trained = session.object(named: name) as? NetworkObject { network = trained }
            // A target that the head alone has reached, or a limit of time, ends the recipe.
            switch summary.ending {
            case .completed, .patience: continue
            case .targetReached, .timeLimit, .interrupted, .diverged: return
            }
        }
    }

    /// The settings that the first `train` of the recipe would be given.
    private static func written(_ call: BoundCall, _ settings: TrainingSettings) -> String {
        TrainerSlot.all.filter {
            // The phases' own rates stand there already.
            $0.name != "lr" && call.isGiven($0.name) || $0.name == "optimizer" && settings.optimizer != TrainingSettings().optimizer
        }
        .map { slot in
            let value = slot.name == "optimizer" ? settings.optimizer.source : slot.written(settings)
            return " \(slot.name)=\(value)"
        }.joined()
    }

    /// Gives the network a head for the data's classes if it has none. The head's path, if it was replaced.
    private static func newHead(_ network: inout NetworkObject, _ data: Dataset, seed: UInt64) throws -> String? {
        let outputs = try network.model.graph().outputShape
        guard outputs != [data.classes.count] else { return nil }
        guard let replacement = try network.model.setHead(classes: data.classes, seed: seed) else { return nil }
        return replacement.path
    }
}
