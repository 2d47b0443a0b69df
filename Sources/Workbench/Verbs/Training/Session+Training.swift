import CommandLanguage
import Learning
import Presentation

/// Running a training within a session.
extension Session {
    /// Trains, shows it, and puts what came of it into the session: also after an interrupt, and whatever whole epochs there were before
    /// a failure.
    @discardableResult
    func train(
        _ name: String, _ network: NetworkObject, on dataName: String, _ data: Dataset, with given: Trainer, epochs: Int,
        resuming: Bool = false
    ) throws -> TrainingSummary {
        var trainer = given
        var network = network
        prepareRun(&trainer, of: name)
        let before = trainer.epochCount
        let display = TrainingDisplay(self, network: name, data: dataName, settings: trainer.settings)
        func assign() {
            trainer.runName = nil
            var next = state
            next.trainer = trainer
            next.modelName = name
            next.dataName = dataName
            next.trainedNetwork = network.identity
            next.takenLoader = takenLoader(dataName)
            // Whoever trains another network wants to see that one.
            if next.evaluated?.network != name { next.evaluated = nil }
            state = next
            put(network, as: name)
        }
        let summary: TrainingSummary
        do {
            summary = try trainer.run(
                &network.model, on: data, epochs: epochs, resuming: resuming, events: display.handle,
                isInterrupted: interruptionCheck)
        } catch {
            if case LearningError.interrupted = error { display.stop() } else { display.fail() }
            if trainer.epochCount > before { assign() }
            throw error
        }
        if case .diverged(let epoch, let batch, let loss, let rate) = summary.ending {
            if summary.epochs > 0 { assign() }
            throw divergence(name, summary, trainer.settings, loss: loss, epoch: epoch, batch: batch, rate: rate)
        }
        assign()
        tell(summary, of: name)
        if case .interrupted = summary.ending { throw Diagnostic(.interrupted, "Interrupted.") }
        return summary
    }

    /// Names the run, and gives a new training a folder of its own for its checkpoints.
    private func prepareRun(_ trainer: inout Trainer, of name: String) {
        trainer.cell = cell
        trainer.versions = versions
        if trainer.runName == nil { trainer.runName = "run \((trainer.runLog?.count ?? trainer.history.runCount) + 1)" }
        // A training that was taken back or loaded goes on in a folder of its own: epochs of two histories must not stand side by side.
        let isBranch = trainer.checkpoints?.folder == storage.checkpoints || trainer.newestStoredEpoch ?? 0 > trainer.epochCount
        if trainer.checkpoints != nil, trainer.epochCount == 0 || isBranch {
            let origin = trainer.epochCount > 0 ? trainer.checkpoints?.folder : nil
            trainer.checkpoints?.folder = storage.newCheckpointFolder(for: name, from: origin)
        }
    }

    /// What a training has done, in a line with the facts.
    private func tell(_ summary: TrainingSummary, of name: String) {
        var lines: [String] = []
        var kind = Notice.Kind.done
        switch summary.ending {
        case .interrupted(let epoch, let batch):
            kind = .info
            lines.append(
                "interrupted in epoch \(epoch) after batch \(batch): \(name) has the weights of the last whole step; `train` goes on"
            )
        case .timeLimit(let seconds):
            let partial = summary.kept == nil ? ": \(name) has the weights of the last whole step; `train` goes on" : ""
            lines.append("stopped after the time limit of \(Format.duration(seconds))\(partial)")
        case .patience(let epochs): lines.append("stopped: \(Format.counted(epochs, "epoch")) without a better one")
        case .targetReached(let accuracy): lines.append("stopped: validation accuracy has reached \(Format.percent(accuracy))")
        case .completed, .diverged: break
        }
        if let kept = summary.kept, summary.epochs > 0 || kind == .done {
            var text = "\(name) has the weights of epoch \(kept.epoch)"
            if let interval = kept.valInterval {
                text +=
                    ": validation accuracy \(Format.percent(interval.estimate)) (\(Format.count(interval.successes)) of \(Format.count(interval.count)); 95 % interval \(interval.written))"
            }
            if kind == .done { lines.append(text) }
        }
        if !summary.failures.isEmpty {
            lines.append(
                "\(Format.counted(summary.failures.count, "picture")) could not be read and \(summary.failures.count == 1 ? "was" : "were") left out; `check` says which")
        }
        say(kind, lines: lines)
        if !summary.frozenUnchanged { say(.warning, "a frozen tensor has changed: that is a defect of Thaw, please report it") }
    }

    /// The error of a loss that is no number.
    private func divergence(
        _ name: String, _ summary: TrainingSummary, _ settings: TrainingSettings, loss: Double, epoch: Int, batch: Int, rate: Double
    ) -> Diagnostic {
        let lower = settings.effectiveRates.scaled(by: 0.1, uniform: rate / 10).arguments.joined(separator: " ")
        let kept =
            (summary.epochs > 0 ? summary.kept : nil).map { "\(name) has the weights of epoch \($0.epoch)" } ?? "\(name) is as it was before"
        return Diagnostic(
            .value,
            "\(loss.isFinite ? "A weight was no finite number any more" : "The loss became \(Format.fixed(loss, 0))") in epoch \(epoch), batch \(batch), at learning rate \(Format.significant(rate, 3)); \(kept).",
            hint:
                "Lower the rate (`train \(lower)`), clip the gradient (`clip=1`), or let `find lr` look for a rate."
        )
    }
}

extension Interval {
    /// `82.2–95.5 %`
    var written: String { "\(Format.fixed(low * 100, 1))–\(Format.fixed(high * 100, 1)) %" }
}
