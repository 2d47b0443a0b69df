import Checkpoints
import Execution
import Foundation
import Learning

/// Where a session keeps what outlives it: checkpoints of trainings, the log of runs, saved sessions.
///
/// `.thaw` in the working folder, or `THAW_HOME`.
struct SessionStorage: Sendable {
    let folder: String

    init(environment: [String: String]) {
        folder = environment["THAW_HOME"].flatMap { $0.isEmpty ? nil : $0 } ?? ".thaw"
    }

    var checkpoints: String { folder + "/checkpoints" }
    var runLog: String { folder + "/runs.jsonl" }
    /// Where the session is saved when the process dies of a fatal error.
    var rescue: String { folder + "/rescue" }
}

extension Session {
    /// Lets the trainer log its runs and store its epochs in the session's folder.
    func prepareTrainer() {
        state.trainer.checkpoints = .init(folder: storage.checkpoints)
        state.trainer.runLog = .init(path: storage.runLog)
    }
}

extension Session {
    /// Lets this process and later ones on this machine compute with the ways that were measured to be fastest once: the same cells give the
    /// same numbers in every session. Kept beside the weights; to be called before the first cell.
    public static func keepMeasuredChoices() {
        MeasuredChoices.keep(in: WeightsStore().cache + "/convolutions.json")
    }
}
