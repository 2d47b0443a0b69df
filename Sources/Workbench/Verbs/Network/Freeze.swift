import CommandLanguage
import Learning
import NeuralNetworks
import Presentation

/// `freeze net`: holds parameters fixed.
enum Freeze: Verb {
    static let declaration = VerbDeclaration(
        "freeze", group: "model", "Holds parameters fixed.",
        discussion: "Training doesn't move what is frozen, and BatchNorm layers whose weights are frozen keep their stored statistics (`bn=eval`, the default). "
            + "`bn=train` lets them follow the batches, as PyTorch's `model.train()` does: then they move although they are frozen.\n\n"
            + "`freeze net until layer3` holds everything from the input up to `layer3`; `except=head` leaves the head alone.",
        parameters: NetworkSelection.options + [
            .option("bn", .choice(["eval", "train"]), default: .text("eval"), "what the BatchNorm layers do meanwhile")
        ],
        examples: ["freeze net", "freeze net.layer1 net.layer2", "freeze net until layer3", "freeze net kind=BatchNorm2d", "freeze net except=head bn=train"], setup: "net")

    static func run(_ call: BoundCall, in session: Session) throws {
        let selection = try NetworkSelection(call, in: session, direction: .fromInput)
        var network = selection.network
        let fresh = selection.parameters.filter { network.model.freeze.trains($0) }
        network.model.freeze.freeze(selection.parameters)
        let follows = try call.text("bn") == "train"
        for path in selection.batchNorms { network.model.freeze.setBatchNormMode(follows ? .training : nil, path: path) }
        session.put(network, as: selection.name)

        let facts = FreezeFacts(network.model, root: selection.name)
        var lines = [
            fresh.isEmpty
                ? "\(FreezeFacts.counted(selection.parameters, in: network.model)) of \(selection.name) were frozen already"
                : "frozen: \(FreezeFacts.counted(fresh, in: network.model)) of \(selection.name)\(fresh.count < selection.parameters.count ? " (\(selection.parameters.count - fresh.count) more were already)" : "")",
            facts.remaining,
        ]
        if let text = facts.batchNorm { lines.append(text) }
        session.say(.done, lines: lines)
        if network.model.trainableNames.isEmpty {
            session.say(.info, "a new head trains: `\(selection.name).\(network.model.head ?? "fc") = Linear(classes)`; or `unfreeze` a part")
        }
        if follows, !selection.batchNorms.isEmpty {
            session.say(.warning, "\(Format.counted(selection.batchNorms.count, "frozen BatchNorm layer")) will drift with the batches' statistics (bn=train); small batches make them worse")
        }
    }
}

/// `unfreeze net.layer4`: lets parameters train again.
enum Unfreeze: Verb {
    static let declaration = VerbDeclaration(
        "unfreeze", group: "model", "Lets parameters train again.",
        discussion: "`unfreeze net until layer3` goes from the head down to `layer3`, which is included. The BatchNorm layers in what is thawed follow the batches' "
            + "statistics again; `bn=eval` keeps the stored ones, which is wiser with batches of less than 8.",
        parameters: NetworkSelection.options + [
            .option("bn", .choice(["eval", "train"]), default: .text("train"), "what the BatchNorm layers do meanwhile")
        ], aliases: ["thaw"],
        examples: ["unfreeze net.layer4", "unfreeze net until layer3 bn=eval", "unfreeze net.*.*.conv2", "unfreeze net"], setup: "net")

    static func run(_ call: BoundCall, in session: Session) throws {
        let selection = try NetworkSelection(call, in: session, direction: .fromHead)
        var network = selection.network
        let thawed = selection.parameters.filter { !network.model.freeze.trains($0) }
        network.model.freeze.unfreeze(selection.parameters)
        let keeps = try call.text("bn") == "eval"
        for path in selection.batchNorms { network.model.freeze.setBatchNormMode(keeps ? .evaluation : nil, path: path) }
        session.put(network, as: selection.name)

        let facts = FreezeFacts(network.model, root: selection.name)
        var lines = [
            thawed.isEmpty
                ? "\(FreezeFacts.counted(selection.parameters, in: network.model)) of \(selection.name) trained already"
                : "thawed: \(FreezeFacts.counted(thawed, in: network.model)) of \(selection.name)",
            facts.remaining,
        ]
        if let text = facts.batchNorm { lines.append(text) }
        session.say(.done, lines: lines)
        warn(thawed, network, selection.name, in: session)
    }

    /// A body that is thawed should learn more slowly than a fresh head does.
    private static func warn(_ thawed: [String], _ network: NetworkObject, _ name: String, in session: Session) {
        guard let head = network.model.head, network.model.weights != "none", thawed.contains(where: { !$0.hasPrefix(head + ".") }) else { return }
        let settings = session.state.trainer.settings
        guard case .uniform(let rate) = settings.effectiveRates, rate > (settings.optimizer.name == "SGD" ? 5e-4 : 5e-5) else { return }
        session.say(
            .info,
            "the rate is \(Value.written(rate)) for everything: pretrained layers usually want less, such as `train lr=\(Value.written(rate / 10))` or `lr=\(Value.written(rate / 100))..\(Value.written(rate / 2))`")
    }
}
