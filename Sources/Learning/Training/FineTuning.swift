public import NeuralNetworks

/// The two-phase recipe as data: the head first, then part of the body at a lower rate (fastai's `fine_tune`).
public struct FineTuning: Hashable, Sendable {
    /// One phase: what is frozen, and how long and how fast it trains.
    public struct Phase: Hashable, Sendable {
        public var name: String
        /// Paths of the parts that are frozen; everything else trains.
        public var frozen: [String]
        public var epochs: Int
        public var rates: LearningRates
        /// The cells that do the same, one a line, for a network `net` and data `data`.
        public var cells: [String]
    }
    public var phases: [Phase]

    /// - Parameters:
    ///   - model: a network whose head has the right size.
    ///   - epochs: of the second phase.
    ///   - headEpochs: of the first phase.
    ///   - rate: the head's rate in the first phase; half of it is the head's in the second.
    ///   - ratio: the first layers learn at the head's rate divided by this.
    ///   - until: the first of ``NeuralNetworks/ParameterGroups/parts(of:)`` that trains in the second phase; `nil`: all.
    public init(
        _ model: ModelState, epochs: Int, headEpochs: Int = 1, rate: Double = 2e-3, ratio: Double = 100, until: String? = nil,
        net: String = "net", data: String = "data"
    ) throws(LearningError) {
        guard epochs >= 1, headEpochs >= 1 else { throw .badSetting(name: "epochs", reason: "must be at least 1") }
        guard rate > 0, ratio >= 1 else { throw .badSetting(name: "lr", reason: "must be above 0, and the ratio at least 1") }
        guard let head = model.head, case .block = model.module else { throw .nothingTrains }
        let parts = ParameterGroups.parts(of: model.module)
        let headPart = Self.part(of: head, among: parts)
        let first = parts.filter { $0 != headPart }
        // In a `Sequential` such as VGG's classifier the head is only the last of several layers.
        let siblings = Self.siblings(of: head, in: headPart, model)
        var frozenLater: [String] = []
        if let until {
            guard let position = parts.firstIndex(of: until) else { throw .noSuchLayer(path: until, layers: parts) }
            frozenLater = Array(parts[..<position])
        }
        let body = rate / 2
        phases = [
            Phase(
                name: "head", frozen: first + siblings, epochs: headEpochs, rates: .uniform(rate),
                cells: [
                    "freeze \(net)", "unfreeze \(net).\(head)", "train \(net) on \(data) epochs=\(headEpochs) lr=\(rate)",
                ]),
            Phase(
                name: until.map { "from \($0)" } ?? "everything", frozen: frozenLater, epochs: epochs,
                rates: .range(body / ratio, body),
                cells: [
                    until.map { "unfreeze \(net) until \($0)" } ?? "unfreeze \(net)",
                    "train epochs=\(epochs) lr=\(body / ratio)..\(body)",
                ]),
        ]
    }

    private static func part(of path: String, among parts: [String]) -> String {
        parts.first { path == $0 || path.hasPrefix($0 + ".") } ?? path
    }

    private static func siblings(of head: String, in headPart: String, _ model: ModelState) -> [String] {
        model.module.namedLayers.filter {
            // A head that is a list of layers trains as one.
            $0.path != head && !$0.path.hasPrefix(head + ".") && ($0.path == headPart || $0.path.hasPrefix(headPart + ".")) && !$0.layer.parameters.isEmpty
        }.map(\.path)
    }

    /// The model with a phase's freeze plan: what the phase's cells make of it. BatchNorm does by default again what goes with the plan,
    /// as after `freeze` and `unfreeze` without `bn=`.
    public func prepare(_ model: ModelState, for phase: Phase) -> ModelState {
        var model = model
        let names = model.parameters.parameterNames
        model.freeze.unfreeze(names)
        for path in model.freeze.batchNormModes.keys { model.freeze.setBatchNormMode(nil, path: path) }
        for path in phase.frozen { model.freeze.freeze(PathPattern(path).filter(names)) }
        return model
    }
}

extension Trainer {
    /// Runs the phases one after the other. The trainer's settings are afterwards those of the last phase.
    @discardableResult
    public mutating func run(
        _ recipe: FineTuning, _ model: inout ModelState, on data: Dataset,
        events: (FineTuning.Phase, TrainingEvent) -> Void = { _, _ in }, isInterrupted: () -> Bool = { false }
    ) throws(LearningError) -> [TrainingSummary] {
        var summaries: [TrainingSummary] = []
        for phase in recipe.phases {
            model = recipe.prepare(model, for: phase)
            settings.learningRates = phase.rates
            let summary = try run(
                &model, on: data, epochs: phase.epochs, events: { events(phase, $0) }, isInterrupted: isInterrupted)
            summaries.append(summary)
            guard case .completed = summary.ending else { break }
        }
        return summaries
    }
}
