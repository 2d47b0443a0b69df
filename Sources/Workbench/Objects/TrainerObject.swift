import CommandLanguage
import Learning
import NeuralNetworks
import Presentation

/// The shared trainer as it stands.
struct TrainerObject: SessionObject {
    let trainer: Trainer
    let modelName: String?
    let dataName: String?

    init(_ state: SessionState) {
        trainer = state.trainer
        modelName = state.modelName
        dataName = state.dataName
    }

    let kind = "trainer"

    var summary: String {
        let place = modelName.map { " of \($0)\(dataName.map { " on \($0)" } ?? "")" } ?? ""
        return
            "\(Format.counted(trainer.epochCount, "epoch")) so far\(place), \(trainer.settings.optimizer.source), batch size \(trainer.settings.batchSize)"
    }

    // MARK: - Parts

    /// What can be read and not assigned.
    private static let facts = [
        Member("model", kind: "property", detail: "the network in training"),
        Member("data", kind: "property", detail: "what it learns from"),
        Member("epoch", kind: "property", detail: "whole epochs so far"),
        Member("history", kind: "property", detail: "every epoch so far"),
        Member("best", kind: "property", detail: "the best validation accuracy so far"),
    ]

    func members(at path: [String]) -> [Member] {
        guard path.isEmpty else { return [] }
        return TrainerSlot.all.map { Member($0.name, kind: "property", detail: $0.written(trainer.settings)) } + Self.facts
    }

    func inspection(at path: [String]) -> MIMEBundle? {
        guard let name = path.first else { return MIMEBundle(plain: "trainer: \(summary)") }
        guard path.count == 1 else { return nil }
        if let slot = TrainerSlot.byName[name] {
            return MIMEBundle(plain: "trainer.\(slot.name) = \(slot.written(trainer.settings))\n\(slot.parameter.help)")
        }
        return Self.facts.first { $0.name == name }.map { MIMEBundle(plain: "trainer.\($0.name): \($0.detail)") }
    }

    func value(at path: Path, in session: Session) throws -> Value {
        guard let name = path.segments.first, path.steps.count == 1 else {
            if path.steps.isEmpty { return .object(self) }
            throw noPart(path)
        }
        switch name {
        case "model": return modelName.flatMap { session.value(named: $0) } ?? .none
        case "data": return dataName.flatMap { session.value(named: $0) } ?? .none
        case "epoch": return .integer(trainer.epochCount)
        case "best": return trainer.best?.valAccuracy.map { .number($0) } ?? .none
        case "history": return .object(HistoryObject(history: trainer.history))
        default:
            guard let slot = TrainerSlot.byName[name] else { throw noPart(path) }
            return slot.read(trainer.settings)
        }
    }

    // MARK: - Assigning

    func assignableType(at path: Path, in session: Session) throws -> ParameterType? {
        .oneOf([try slot(path).parameter.type, .none])
    }

    func assign(_ value: Value, at path: Path, in session: Session) throws {
        let slot = try slot(path)
        var settings = session.state.trainer.settings
        let given: Value? = if case .none = value { nil } else { value }
        slot.write(&settings, slot.name == "groups" ? given.map(session.withoutNetworkNames) : given)
        try settings.checkParts()
        session.state.trainer.settings = settings
        // What is said here comes after what the loader in use says.
        if let data = session.currentDataset, let loader = session.takenLoader(data.name) { session.state.takenLoader = loader }
        session.say(.done, "trainer.\(slot.name) is now \(slot.written(settings))")
    }

    private func slot(_ path: Path) throws -> TrainerSlot {
        guard let name = path.segments.first, path.steps.count == 1 else { throw noPart(path) }
        if let slot = TrainerSlot.byName[name] { return slot }
        guard !Self.facts.contains(where: { $0.name == name }) else {
            let way = ["model": "`train net` trains another network.", "data": "`train net on data` takes other data."]
            throw Diagnostic(
                .value, "`trainer.\(name)` can't be assigned.", at: path.span, hint: way[name] ?? "It counts what was trained.")
        }
        throw noPart(path)
    }

    // MARK: - Looking

    func show(_ path: Path, in session: Session) throws -> MIMEBundle {
        guard path.steps.isEmpty else {
            let value = try value(at: path, in: session)
            return try session.bundle(of: value)
        }
        return report.bundle
    }

    private var report: Report {
        let usual = TrainingSettings()
        var rows: [[Table.Cell]] = []
        for slot in TrainerSlot.all {
            let value = slot.written(trainer.settings)
            if slot.name == "groups", value == "none" { continue }
            let isUsual = value == slot.written(usual)
            rows.append([
                Table.Cell(slot.name), Table.Cell(value, mood: isUsual ? .muted : .plain, strong: !isUsual),
                Table.Cell(slot.parameter.help, mood: .muted),
            ])
        }
        var facts = [
            ("model", modelName ?? "none yet"), ("data", dataName ?? "none yet"),
            ("epochs so far", Format.count(trainer.epochCount)),
        ]
        if let best = trainer.best {
            facts.append(
                ("best epoch", "\(best.epoch)\(best.valAccuracy.map { ", validation accuracy \(Format.percent($0))" } ?? "")"))
        }
        if !trainer.momentumNames.isEmpty {
            facts.append(("optimizer's state", "of \(Format.counted(trainer.momentumNames.count, "tensor"))"))
        }
        if let checkpoints = trainer.checkpoints { facts.append(("checkpoints", checkpoints.folder)) }
        return Report([
            .facts(facts), .table(Table([Table.Column("setting"), Table.Column("value"), Table.Column("")], rows: rows)),
            .text("`train` takes these as options, `trainer.lr = 0.01` sets one by itself, `= none` takes it back."),
        ])
    }
}

/// Every epoch so far.
struct HistoryObject: SessionObject {
    let history: History
    let kind = "history"
    var summary: String { "\(Format.counted(history.epochs.count, "epoch")) in \(Format.counted(history.runCount, "run"))" }

    func show(_ path: Path, in session: Session) throws -> MIMEBundle {
        guard path.steps.isEmpty else { throw noPart(path) }
        guard !history.epochs.isEmpty else { return MIMEBundle(plain: "no epoch yet: `train` makes some") }
        return TrainingHistory(epochs: history.epochs, rows: session.state.display.rows).report.bundle
    }
}

extension TrainingSettings {
    /// Refuses what makes no sense whatever the data is.
    func checkParts() throws {
        if let problem = optimizer.problem { throw LearningError.badSetting(name: "optimizer", reason: problem) }
        if let problem = schedule.problem { throw LearningError.badSetting(name: "scheduler", reason: problem) }
    }
}

extension Session {
    /// The keys of a map of paths without the names of networks that they may begin with.
    func withoutNetworkNames(_ value: Value) -> Value {
        guard case .map(let entries) = value else { return value }
        return .map(entries.map { (withoutNetworkName($0.key), $0.value) })
    }
}
