import Dispatch
import Synchronization
public import Tensors

/// Prepares the batches of an epoch on worker threads, ahead of their use and in their order.
///
/// What a batch holds depends on the order and on `prepare` only, never on threads: samples are prepared wherever a worker is free and
/// put in their places. At most `window` batches are in memory besides the one in use, and workers pause when that is reached.
public struct BatchLoader: Sendable {
    /// What one picture becomes: its tensor `[C, H, W]`, or why there is none. `draw` says how often the epoch had the picture before: 0 unless
    /// it draws with replacement.
    public typealias Preparation = @Sendable (_ index: Int, _ epoch: Int, _ draw: Int) -> Result<Tensor, LoadFailure.Reason>

    /// 0 prepares on the calling thread, batch by batch.
    public let workers: Int
    /// Batches that may be ready ahead of the one in use.
    public let window: Int
    private let prepare: Preparation
    private let labels: [Int]
    private let paths: @Sendable (Int) -> String

    /// - Parameters:
    ///   - labels: the class of each picture.
    ///   - paths: the file of each picture, for failures.
    ///   - workers: threads; `nil`: one a processor.
    ///   - window: batches ahead; at least 1.
    public init(
        labels: [Int], paths: @escaping @Sendable (Int) -> String, workers: Int? = nil, window: Int = 3,
        prepare: @escaping Preparation
    ) {
        self.labels = labels
        self.paths = paths
        self.workers = workers ?? WorkerThreads.processorCount
        self.window = max(window, 1)
        self.prepare = prepare
    }

    /// Hands every batch to `body`, in order, on the calling thread.
    ///
    /// - Parameters:
    ///   - batches: the indices of each batch.
    ///   - epoch: given to the preparation: together with the index and the draw it decides everything random.
    /// - Throws: what `body` throws, or ``LearningError/interrupted``; workers have stopped by then.
    public func run(
        _ batches: [[Int]], epoch: Int, isInterrupted: () -> Bool,
        body: (Batch) throws(LearningError) -> Void
    ) throws(LearningError) {
        let draws = self.draws(batches)
        guard workers > 0 else {
            for (number, indices) in batches.enumerated() {
                var results: [Result<Tensor, LoadFailure.Reason>?] = []
                for (index, draw) in zip(indices, draws[number]) {
                    if isInterrupted() { throw .interrupted }
                    results.append(prepare(index, epoch, draw))
                }
                try body(assemble(number, indices, results))
            }
            return
        }
        let work = LoadingWork(batches: batches, draws: draws, window: window)
        let group = DispatchGroup()
        for _ in 0..<min(workers, max(batches.reduce(0) { $0 + $1.count }, 1)) {
            WorkerThreads.start(in: group) { [prepare] in
                while let unit = work.next() {
                    work.finish(unit, prepare(unit.index, epoch, unit.draw))
                }
            }
        }
        defer {
            work.stop()
            group.wait()
        }
        for (number, indices) in batches.enumerated() {
            guard let results = work.wait(for: number, isInterrupted: isInterrupted) else { throw .interrupted }
            try body(assemble(number, indices, results))
        }
    }

    /// How often each place's picture stands before it: counted here, as workers come by in any order.
    private func draws(_ batches: [[Int]]) -> [[Int]] {
        var counts = [Int](repeating: 0, count: labels.count)
        return batches.map { indices in
            indices.map { index in
                defer { counts[index] += 1 }
                return counts[index]
            }
        }
    }

    private func assemble(_ number: Int, _ indices: [Int], _ results: [Result<Tensor, LoadFailure.Reason>?]) -> Batch {
        var tensors: [Tensor] = []
        var kept: [Int] = []
        var failures: [LoadFailure] = []
        for (index, result) in zip(indices, results) {
            switch result {
            case .success(let tensor)? where tensors.isEmpty || tensor.shape == tensors[0].shape:
                tensors.append(tensor)
                kept.append(index)
            case .success(let tensor)?:
                let reason = "it is \(tensor.shape) after the transform, others are \(tensors[0].shape); end with a fixed size, such as CenterCrop"
                failures.append(LoadFailure(index: index, path: paths(index), reason: reason))
            case .failure(let reason)?:
                failures.append(LoadFailure(index: index, path: paths(index), reason: reason.text))
            case nil: break
            }
        }
        return Batch(
            number: number, indices: kept, images: Tensor(stacking: tensors), labels: kept.map { labels[$0] }, failures: failures)
    }
}

extension LoadFailure {
    /// Why a picture could not be prepared.
    public struct Reason: Error, Hashable, Sendable {
        public let text: String
        public init(_ text: String) { self.text = text }
    }
}

extension Tensor {
    /// Tensors of one shape as one of rank + 1; of none, `[0]`.
    init(stacking tensors: [Tensor]) {
        guard let first = tensors.first else {
            self.init(zeros: [0])
            return
        }
        let size = first.count
        unsafe self.init(uninitialized: Shape([tensors.count] + first.shape.dimensions)) { buffer in
            for (position, tensor) in tensors.enumerated() {
                unsafe tensor.withElements { elements in
                    _ = unsafe UnsafeMutableBufferPointer(rebasing: buffer[position * size..<(position + 1) * size])
                        .initialize(fromContentsOf: elements)
                }
            }
        }
    }
}

/// The samples of an epoch, claimed by workers in order, and their results, awaited batch by batch.
private final class LoadingWork: Sendable {
    struct Unit {
        let batch: Int
        let position: Int
        let index: Int
        let draw: Int
    }

    private struct State {
        var batch = 0
        var position = 0
        /// The batch that the consumer waits for or works on.
        var consuming = 0
        var isStopped = false
        var sleepers = 0
        var results: [Int: [Result<Tensor, LoadFailure.Reason>?]] = [:]
        var missing: [Int: Int] = [:]
    }

    private let batches: [[Int]]
    private let draws: [[Int]]
    private let window: Int
    private let state = Mutex(State())
    private let room = DispatchSemaphore(value: 0)
    private let ready = DispatchSemaphore(value: 0)

    init(batches: [[Int]], draws: [[Int]], window: Int) {
        self.batches = batches
        self.draws = draws
        self.window = window
    }

    private enum Claim {
        case unit(Unit)
        case full
        case none
    }

    /// The next sample to prepare; sleeps while the window is full. `nil` at the end.
    func next() -> Unit? {
        while true {
            let claim = state.withLock { state -> Claim in
                while state.batch < batches.count, state.position >= batches[state.batch].count {
                    state.batch += 1
                    state.position = 0
                }
                if state.isStopped || state.batch >= batches.count { return .none }
                if state.batch > state.consuming + window {
                    state.sleepers += 1
                    return .full
                }
                let unit = Unit(
                    batch: state.batch, position: state.position, index: batches[state.batch][state.position],
                    draw: draws[state.batch][state.position])
                if state.position == 0 {
                    state.results[state.batch] = Array(repeating: nil, count: batches[state.batch].count)
                    state.missing[state.batch] = batches[state.batch].count
                }
                state.position += 1
                return .unit(unit)
            }
            switch claim {
            case .unit(let unit): return unit
            case .none: return nil
            case .full: room.wait()
            }
        }
    }

    func finish(_ unit: Unit, _ result: Result<Tensor, LoadFailure.Reason>) {
        let isComplete = state.withLock { state in
            state.results[unit.batch]?[unit.position] = result
            state.missing[unit.batch, default: 1] -= 1
            return state.missing[unit.batch] == 0
        }
        if isComplete { ready.signal() }
    }

    /// The results of a batch when all are there; `nil` if interrupted first.
    func wait(for batch: Int, isInterrupted: () -> Bool) -> [Result<Tensor, LoadFailure.Reason>?]? {
        wake { $0.consuming = batch }
        while true {
            if isInterrupted() { return nil }
            let results = state.withLock { state -> [Result<Tensor, LoadFailure.Reason>?]? in
                guard batches[batch].isEmpty || state.missing[batch] == 0 else { return nil }
                state.missing[batch] = nil
                return state.results.removeValue(forKey: batch) ?? []
            }
            if let results { return results }
            // Any batch's completion wakes this up; the pause bounds how late an interrupt is seen.
            _ = ready.wait(timeout: .now() + .milliseconds(20))
        }
    }

    func stop() { wake { $0.isStopped = true } }

    private func wake(_ change: (inout State) -> Void) {
        let sleepers = state.withLock { state in
            change(&state)
            defer { state.sleepers = 0 }
            return state.sleepers
        }
        for _ in 0..<sleepers { room.signal() }
    }
}
