import CommandLanguage
import Imaging
import Learning
import Presentation

/// `resume`: takes up a training that ended before its end.
enum Resume: Verb {
    static let declaration = VerbDeclaration(
        "resume", group: "train",
        "Goes on with a training from its last stored epoch, after a crash, a power loss or an interruption.",
        discussion: """
            Everything comes from the checkpoint: weights, optimizer, schedule, history, classes, transforms. It gives the numbers that the training \
            would have given without the interruption. The data set has to be in the session: run its cell first.
            """,
        parameters: [
            .positional(
                "path", .file(), defaultText: "the training stored last", "a folder of checkpoints, or one file",
                aliases: ["from"]),
            .connected("on", "data", .path(["dataset", "loader"]), defaultText: "the data set that fits", "what it learns from"),
            .option("as", .text, defaultText: "the name it had", "the name that the network gets", aliases: ["net"]),
            .option("epochs", .integer(1...1_000_000), defaultText: "those that are left", "how many more"),
        ], examples: ["resume epochs=1"], setup: "trained")

    static func run(_ call: BoundCall, in session: Session) throws {
        guard let folder = call.optionalText("path") ?? session.storage.trainings.last else {
            throw call.error(
                .file, "No training is stored in \(session.storage.checkpoints).",
                hint: "Trainings store themselves; `resume \"folder\"` takes one from elsewhere.")
        }
        let current = session.state.trainer
        let resumed = try Trainer.resume(from: folder, options: current.options, caches: current.caches)
        let (dataName, found) = try data(for: resumed, call, in: session)
        var data = found
        data.transforms = resumed.transforms
        data.decoding = resumed.model.decoding
        var trainer = resumed.trainer
        trainer.runLog = current.runLog
        trainer.bounds = current.bounds
        let name = call.optionalText("as") ?? networkName(resumed.path)
        guard name.first?.isLetter == true, name.allSatisfy({ $0.isLetter || $0.isNumber || $0 == "_" }) else {
            throw call.error(
                .value, at: "as", "\(Value.text(name).source) is no name.", hint: "Names begin with a letter: as=\"net\".")
        }
        if let other = session.object(named: name), !(other is NetworkObject) {
            throw call.error(
                .value, at: "as", "`\(name)` is \(Value.object(other).described).",
                hint: "Give the network another name: as=\"net2\".")
        }
        let network = NetworkObject(resumed.model)
        let revision = session.revision
        // The next `train` shall prepare pictures as this training did.
        defer { if session.revision != revision { restore(resumed, of: dataName, in: session) } }
        let epochs = call.optionalInteger("epochs") ?? resumed.epochsLeft
        let place = "\(resumed.path), epoch \(trainer.epochCount)"
        guard epochs > 0 else {
            var next = session.state
            next.trainer = trainer
            (next.modelName, next.dataName, next.trainedNetwork) = (name, dataName, network.identity)
            next.takenLoader = session.takenLoader(dataName)
            session.state = next
            session.put(network, as: name)
            return session.say(
                .done, "\(name): as stored in \(place); that training had come to its end, `train epochs=5` goes on")
        }
        session.say(.info, "\(name): from \(place); \(Format.counted(epochs, "epoch")) to go")
        try session.train(name, network, on: dataName, data, with: trainer, epochs: epochs, resuming: !call.isGiven("epochs"))
    }

    /// Gives the data set the transforms of the training, where it has others.
    private static func restore(_ resumed: ResumedTraining, of name: String, in session: Session) {
        func prepared(_ data: Dataset) -> Dataset? {
            guard data.transforms != resumed.transforms || data.decoding != resumed.model.decoding else { return nil }
            var data = data
            (data.transforms, data.decoding) = (resumed.transforms, resumed.model.decoding)
            return data
        }
        switch session.object(named: name) {
        case var object as DatasetObject:
            guard let data = prepared(object.dataset) else { return }
            object.dataset = data
            session.put(object, as: name)
        case var object as LoaderObject:
            guard let data = prepared(object.dataset) else { return }
            object.dataset = data
            session.put(object, as: name)
        default: return
        }
        session.say(.info, "\(name) prepares its pictures as that training did again")
    }

    /// The data set of the session that the training was started with.
    private static func data(
        for resumed: ResumedTraining, _ call: BoundCall, in session: Session
    ) throws -> (name: String, data: Dataset) {
        if let path = call.optionalPath("data") {
            let (name, data) = try session.trainingData(path, for: "resume")
            guard data.fingerprint == resumed.dataFingerprint else {
                throw call.error(
                    .value, at: "data",
                    "`\(name)` is not what the training was started with (\(resumed.dataset)): other pictures, labels or parts.",
                    hint:
                        "`load net from \(Value.text(resumed.path).source)` takes the weights alone; then `train net on \(name)`."
                )
            }
            return (name, data)
        }
        for name in session.state.order.reversed() {
            if let data = session.dataset(named: name)?.dataset, data.fingerprint == resumed.dataFingerprint { return (name, data) }
        }
        let cell =
            resumed.root.map { " `data = ImageFolder(\(Value.text($0).source))`, or the cell that made it." }
            ?? " Run the cell that made it."
        throw call.error(
            .state, "The training's data set (\(resumed.dataset)) is not in the session.", hint: "Make it first:\(cell)")
    }

    /// The name that the network had: what follows the time in the folder's name.
    private static func networkName(_ path: String) -> String {
        let parts = path.split(separator: "/")
        guard parts.count > 1 else { return "net" }
        let words = parts[parts.count - 2].split(separator: "-", maxSplits: 2)
        guard words.count == 3, words[0].count == 8, words[1].count == 6 else { return "net" }
        return String(words[2].prefix { $0 != "-" })
    }
}
