import CommandLanguage
import Learning
import NeuralNetworks

/// `CrossEntropyLoss`.
enum CrossEntropyConstructor: Constructor {
    static let declaration = ConstructorDeclaration(
        "CrossEntropyLoss", kind: "loss", "Cross-entropy between the logits and the classes, PyTorch's formula.",
        parameters: [
            ClassWeights.parameter,
            .option("label_smoothing", .fraction, default: .number(0), "the share of each label that is spread over all classes"),
        ], examples: ["loss = CrossEntropyLoss(label_smoothing=0.1)", "loss = CrossEntropyLoss(weight=[1, 2, 1])"])

    static func make(_ call: BoundCall, in session: Session) throws -> Value {
        .object(
            LossObject(
                loss: .crossEntropy(
                    classWeights: try ClassWeights.read(call, in: session),
                    labelSmoothing: Float(try call.number("label_smoothing")))))
    }
}

/// `FocalLoss`.
enum FocalConstructor: Constructor {
    static let declaration = ConstructorDeclaration(
        "FocalLoss", kind: "loss", "Cross-entropy that counts what is right already for less (Lin et al. 2017).",
        parameters: [
            .positional("gamma", .number(0...100), default: .number(2), "how much less; 0 is cross-entropy"),
            ClassWeights.parameter,
        ], examples: ["loss = FocalLoss(gamma=1.5)"])

    static func make(_ call: BoundCall, in session: Session) throws -> Value {
        .object(
            LossObject(
                loss: .focal(gamma: Float(try call.number("gamma")), classWeights: try ClassWeights.read(call, in: session))))
    }
}

/// The weight of each class in a loss: a list in the classes' order, or a map by their names.
private enum ClassWeights {
    static let parameter = Parameter.option(
        "weight", .oneOf([.list(.number(0...1e9)), .map(.number(0...1e9))]), defaultText: "none",
        "the weight of each class: a list in the classes' order, or {\"name\": weight}, others 1",
        aliases: ["class_weight", "weights"])

    static func read(_ call: BoundCall, in session: Session) throws -> [Float]? {
        let weights = try given(call, in: session)
        if let weights, !weights.isEmpty, weights.allSatisfy({ $0 == 0 }) {
            throw call.error(
                .value, at: "weight", "\(call.name): all class weights are 0, and at least one must be above.",
                hint: "A class of weight 0 counts for nothing; those of weight 1 count as usual.")
        }
        return weights
    }

    private static func given(_ call: BoundCall, in session: Session) throws -> [Float]? {
        switch call.value("weight") {
        case .list(let values)?: return values.compactMap { $0.asNumber.map(Float.init) }
        case .map(let entries)?:
            guard let data = session.currentDataset else {
                throw call.error(
                    .state, at: "weight", "Weights by class name need data, and the session has none yet.",
                    hint: "Make the data set first, or give a list of numbers in the classes' order.")
            }
            let classes = data.dataset.dataset.classes
            var weights = [Float](repeating: 1, count: classes.count)
            for (name, value) in entries {
                guard let index = classes.firstIndex(of: name) else {
                    throw call.error(
                        .value, at: "weight", "\(data.name) has no class `\(name)`.",
                        hint: "Its classes: \(Session.listed(classes)).",
                        suggestions: Spelling.nearest(to: name, among: classes))
                }
                weights[index] = Float(value.asNumber ?? 1)
            }
            return weights
        default: return nil
        }
    }
}
