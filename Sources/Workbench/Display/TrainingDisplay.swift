import Learning
import Presentation

/// A training as it is watched: what it is about to do, a bar, a row an epoch, and the curves. The last look stays in the saved notebook.
final class TrainingDisplay {
    private let output: any SessionOutput
    private let isLive: Bool
    private let rows: Int
    private let network: String
    private let data: String
    private let settings: TrainingSettings
    private var view: (any LiveView)?
    private var facts: TrainingFacts?
    private var records: [EpochRecord] = []
    private var notes: [String] = []
    private var curve = LossCurve()
    /// What the bar shows.
    private var bar = Bar()
    private var lastDrawing = ContinuousClock.now
    /// How many notes were told outside of the live view.
    private var toldNotes = 0

    private struct Bar {
        var done = 0.0
        var total = 1.0
        var caption = "preparing"
        var facts = ""
        var mood = Widget.ProgressMood.running
    }

    init(_ session: Session, network: String, data: String, settings: TrainingSettings) {
        output = session.output
        isLive = session.state.display.isLive
        rows = min(session.state.display.rows, 30)
        self.network = network
        self.data = data
        self.settings = settings
    }

    func handle(_ event: TrainingEvent) {
        switch event {
        case .compiling: return
        case .planned(let facts): plan(facts)
        case .caching(let caching):
            bar.done = Double(caching.done)
            bar.total = Double(max(caching.count, 1))
            bar.caption = "features of \(caching.split.rawValue)"
            bar.facts =
                "\(Format.count(caching.done)) of \(Format.count(caching.count)) pictures, \(Format.speed(caching.imagesPerSecond)) images/s"
            draw()
        case .step(let progress): step(progress)
        case .validating(let done, let total):
            bar.facts = "validating: \(Format.count(done)) of \(Format.count(total)) pictures"
            draw()
        case .epoch(let record):
            records.append(record)
            if let facts, !isLive { output.write(line(record, last: facts.lastEpoch) + "\n") }
            draw(force: record.epoch < 3 || record.seconds > 0.2)
        case .skipped(let failure): note("\(failure.path) was left out: \(failure.reason)")
        case .ratesLowered(let epoch): note("epoch \(epoch): the figures have stopped improving, the rates are lowered")
        case .checkpoint: return
        case .checkpointFailed(let reason): note("this could not be stored, and training goes on: \(reason)")
        case .finished(let summary): finish(summary)
        }
    }

    private func plan(_ facts: TrainingFacts) {
        self.facts = facts
        output.show(
            TrainingPlanReport(facts: facts, network: network, data: data, settings: settings, seed: settings.seed).report.bundle)
        bar.caption = "epoch \(facts.firstEpoch) of \(facts.lastEpoch)"
        if isLive { view = output.live(widget) }
    }

    private func step(_ progress: TrainingEvent.StepProgress) {
        let first = facts?.firstEpoch ?? 1
        curve.add(
            epoch: progress.epoch, share: Double(progress.batch) / Double(max(progress.batches, 1)), loss: progress.batchLoss)
        guard isDue else { return }
        bar.done = Double(progress.epoch - first) + Double(progress.batch) / Double(max(progress.batches, 1))
        bar.total = Double(progress.lastEpoch - first + 1)
        bar.caption = "epoch \(progress.epoch) of \(progress.lastEpoch)"
        bar.facts = [
            "batch \(progress.batch) of \(progress.batches)", "loss \(Format.fixed(progress.loss, 4))",
            "accuracy \(Format.percent(progress.accuracy))", "\(Format.speed(progress.imagesPerSecond)) images/s",
            "\(Format.duration(progress.secondsLeft)) left", "lr \(Format.significant(progress.learningRate, 3))",
        ].joined(separator: " · ")
        draw()
    }

    private func note(_ text: String) {
        if notes.count < 20, !notes.contains(text) { notes.append(text) }
        if !isLive, toldNotes < notes.count {
            output.show(Notice(.warning, Array(notes[toldNotes...])).bundle)
            toldNotes = notes.count
        }
    }

    private func finish(_ summary: TrainingSummary) {
        bar.done = bar.total
        bar.caption = Self.caption(summary)
        bar.facts = ""
        switch summary.ending {
        case .completed, .targetReached, .patience: bar.mood = .done
        case .interrupted, .timeLimit: bar.mood = .stopped
        case .diverged: bar.mood = .failed
        }
        if records.isEmpty, case .interrupted = summary.ending { bar.done = 0 }
        close()
    }

    /// The last look at a training that failed.
    func fail() {
        guard view != nil else { return }
        bar.mood = .failed
        bar.caption = "failed"
        bar.facts = ""
        close()
    }

    /// The last look at a training that was interrupted before its first step.
    func stop() {
        guard view != nil else { return }
        bar.mood = .stopped
        bar.caption = "interrupted"
        close()
    }

    private func close() {
        view?.finish(widget)
        view = nil
    }

    private static func caption(_ summary: TrainingSummary) -> String {
        let epochs = Format.counted(summary.epochs, "epoch")
        return "\(epochs) in \(Format.duration(summary.seconds))"
    }

    /// Whether the eye could see another drawing.
    private var isDue: Bool { isLive && ContinuousClock.now - lastDrawing > .milliseconds(120) }

    private func draw(force: Bool = false) {
        guard let view, force || isDue else { return }
        lastDrawing = .now
        view.update(widget)
    }

    private var widget: Widget {
        var children = [
            Widget.progress(value: bar.done, maximum: bar.total, caption: bar.caption, mood: bar.mood, key: "bar").layout([
                "width": "min(560px, 100%)"
            ])
        ]
        if !bar.facts.isEmpty {
            children.append(
                .html(HTML("<span style=\"font-size:13px\">\(bar.facts)</span>").markup, text: bar.facts, key: "facts"))
        }
        if !notes.isEmpty {
            let notice = Notice(.warning, notes)
            children.append(.html(notice.html.markup, text: notice.plain, key: "notes"))
        }
        let history = TrainingHistory(epochs: records, rows: rows)
        if !records.isEmpty { children.append(.html(history.table.html.markup, text: history.table.plain, key: "epochs")) }
        if records.count > 1 || curve.points.count > 3 {
            let charts = Report([.row(history.charts(steps: curve.points))])
            children.append(.html(charts.html.markup, text: view == nil && records.count > 2 ? charts.plain : "", key: "curves"))
        }
        return .column(children, key: "training")
    }

    /// An epoch in a line, for logs.
    private func line(_ record: EpochRecord, last: Int) -> String {
        var text =
            "epoch \(record.epoch)/\(last)  train loss \(Format.fixed(record.trainLoss, 4)) accuracy \(Format.percent(record.trainAccuracy))"
        if let loss = record.valLoss, let accuracy = record.valAccuracy {
            text += "  val loss \(Format.fixed(loss, 4)) accuracy \(Format.percent(accuracy))"
        }
        return text + "  \(Format.duration(record.seconds))" + (record.isBestValidated ? "  best" : "")
    }
}

/// The running loss of a training, thinned out so that a long one is no heavier to draw than a short one.
struct LossCurve {
    private(set) var points: [(x: Double, y: Double)] = []
    private var stride = 1
    private var waiting = 0
    private var average: Double?
    private static let limit = 240

    /// Takes a batch's loss in.
    mutating func add(epoch: Int, share: Double, loss: Double) {
        guard loss.isFinite else { return }
        let smooth = average.map { 0.9 * $0 + 0.1 * loss } ?? loss
        average = smooth
        waiting += 1
        guard waiting >= stride else { return }
        waiting = 0
        points.append((Double(epoch) - 1 + share, smooth))
        if points.count >= Self.limit {
            points = points.enumerated().filter { $0.offset % 2 == 1 }.map(\.element)
            stride *= 2
        }
    }
}
