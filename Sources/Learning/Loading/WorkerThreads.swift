import Dispatch
import Execution
import Synchronization

/// Threads that decode and check pictures.
enum WorkerThreads {
    /// Processors that this process may use.
    static var processorCount: Int { ExecutionOptions.processorCount }

    private static let queue = DispatchQueue(label: "thaw.pictures", attributes: .concurrent)

    /// Starts a worker that `group` waits for.
    static func start(in group: DispatchGroup, _ body: @escaping @Sendable () -> Void) {
        queue.async(group: group, execute: body)
    }

    /// Maps every element on worker threads; results stand in the elements' order.
    ///
    /// - Parameter progress: told on the calling thread how many are done, a few times a second.
    /// - Returns: `nil` if interrupted.
    static func map<Element: Sendable, Result: Sendable>(
        _ elements: [Element], threads: Int? = nil, isInterrupted: () -> Bool, progress: (Int) -> Void = { _ in },
        _ transform: @escaping @Sendable (Element) -> Result
    ) -> [Result]? {
        if isInterrupted() { return nil }
        let work = MappingWork<Element, Result>(elements)
        let group = DispatchGroup()
        for _ in 0..<max(1, min(threads ?? processorCount, elements.count)) {
            start(in: group) { while let position = work.next() { work.finish(position, transform(elements[position])) } }
        }
        var told = 0
        while group.wait(timeout: .now() + .milliseconds(50)) == .timedOut {
            if isInterrupted() {
                work.stop()
                group.wait()
                return nil
            }
            let done = work.done
            if done != told { progress(done) }
            told = done
        }
        progress(elements.count)
        return work.results
    }
}

private final class MappingWork<Element: Sendable, Result: Sendable>: Sendable {
    private struct State {
        var next = 0
        var done = 0
        var results: [Result?]
        var isStopped = false
    }
    private let state: Mutex<State>
    private let count: Int

    init(_ elements: [Element]) {
        count = elements.count
        state = Mutex(State(results: Array(repeating: nil, count: elements.count)))
    }

    func next() -> Int? {
        state.withLock { state in
            guard !state.isStopped, state.next < count else { return nil }
            defer { state.next += 1 }
            return state.next
        }
    }

    func finish(_ position: Int, _ result: Result) {
        state.withLock { state in
            state.results[position] = result
            state.done += 1
        }
    }

    func stop() { state.withLock { $0.isStopped = true } }
    var done: Int { state.withLock { $0.done } }
    var results: [Result] { state.withLock { $0.results.compactMap { $0 } } }
}
