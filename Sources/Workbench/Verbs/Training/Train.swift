import CommandLanguage
import Learning
import Presentation

/// `train`: goes on with the shared trainer.
enum Train: Verb {
    static let declaration = VerbDeclaration(
        "train", group: "train", "Trains a network on data, and goes on where the last training stopped.",
        discussion: """
            The trainer is shared: what is said once stays for the next `train`, and so do the optimizer's state and the epoch count. Before the \
            first step it tells what trains, in which groups and at which rates, whether features are cached, and what memory it takes.

            What trains is what isn't frozen: `freeze net`, `unfreeze net.layer4`. Interrupting keeps the last whole step; every epoch is stored, \
            and `resume` goes on after a crash.
            """,
        parameters: [
            .positional("model", .path(["network"]), defaultText: "the trainer's, else the newest", "the network that learns"),
            .connected(
                "on", "data", .path(["dataset", "loader"]), defaultText: "the trainer's, else the newest", "what it learns from"),
            .option(
                "epochs", .integer(1...1_000_000), default: .integer(1), "how often all pictures are seen",
                aliases: ["n_epoch", "n_epochs", "num_epochs", "max_epochs"]),
        ] + TrainerSlot.all.map(\.parameter) + [
            .option(
                "name", .text, defaultText: "run 1, run 2, …", "what the run is called in `compare runs`",
                aliases: ["run", "run_name"])
        ], aliases: ["fit"],
        examples: [
            "train net on bees epochs=2 batch_size=8",
            "train net on bees epochs=1 lr=0.01 optimizer=SGD(momentum=0.9) scheduler=StepLR(step_size=7, gamma=0.1)",
            "fit net on bees epochs=2 bs=8 patience=2 seed=1 name=\"second\"",
        ], setup: "net")

    static func run(_ call: BoundCall, in session: Session) throws {
        let (name, network) = try session.trainedNetwork(call.optionalPath("model"), for: "train")
        let (dataName, data) = try session.trainingData(call.optionalPath("data"), for: "train")
        var trainer = session.trainer(for: name, network)
        try session.apply(call, to: &trainer.settings, data: dataName)
        trainer.runName = call.optionalText("name")
        try session.train(name, network, on: dataName, data, with: trainer, epochs: try call.integer("epochs"))
    }
}

extension Session {
    /// The network that is to train, whole.
    func trainedNetwork(_ path: Path?, for verb: String) throws -> (name: String, network: NetworkObject) {
        let found = try network(path, for: verb)
        if let path, !path.steps.isEmpty {
            throw Diagnostic(
                .value, "\(verb) takes a whole network, not a part of it.", at: path.span,
                hint: "What isn't frozen trains: `freeze \(found.name)`, `unfreeze \(path)`, then `\(verb) \(found.name)`.")
        }
        return found
    }

    /// The data that a network learns from, all parts of it.
    func trainingData(_ path: Path?, for verb: String) throws -> (name: String, data: Dataset) {
        let path = namingPart(path)
        let found = try dataset(path, for: verb)
        if let path, let step = path.segments.first, Split(folderName: step) != .train || path.steps.count > 1 {
            throw Diagnostic(
                .value, "\(verb) takes a whole data set: it learns from its train part and validates on its val part.",
                at: path.span,
                hint: "Write `on \(found.name)`.")
        }
        if let path, let split = loadedPart(path), split != .train {
            throw Diagnostic(
                .value, "\(verb) learns from train pictures, and `\(found.name)` is made of \(split.rawValue) pictures.", at: path.span,
                hint: "Make a loader of the whole dataset or of its train part: its val part measures by itself.")
        }
        return (found.name, found.dataset)
    }

    /// The shared trainer, begun anew if it trained another network before.
    func trainer(for name: String, _ network: NetworkObject) -> Trainer {
        var trainer = state.trainer
        let isSame = state.modelName == name && (state.trainedNetwork ?? network.identity) == network.identity
        if !isSame { trainer.restart() }
        return trainer
    }

    /// Takes over what a call says about the slots; a loader's options first.
    /// A loader of the session, with what it says now.
    func takenLoader(_ name: String) -> TakenLoader? {
        (object(named: name) as? LoaderObject).map { TakenLoader(name: name, options: $0.options) }
    }

    func apply(_ call: BoundCall, to settings: inout TrainingSettings, data: String) throws {
        // A loader speaks when it is named, and when it says something new.
        if let loader = takenLoader(data), call.isGiven("data") || state.takenLoader != loader { settings.take(loader.options) }
        for slot in TrainerSlot.all where call.isGiven(slot.name) {
            let value = call.value(slot.name)
            slot.write(&settings, slot.name == "groups" ? value.map(withoutNetworkNames) : value)
        }
    }
}

extension TrainingSettings {
    /// What a loader says of batches.
    mutating func take(_ options: LoaderOptions) {
        batchSize = options.batchSize
        if let shuffles = options.shuffles { self.shuffles = shuffles }
        if let workers = options.workers { self.workers = workers }
        if let dropsLast = options.dropsLast { self.dropsLast = dropsLast }
        if let balance = options.balance { self.balance = balance }
    }
}
