import CommandLanguage
import Presentation

extension Session {
    /// Does long work under a bar. The bar appears when the work takes longer than a moment, and goes when it is done.
    ///
    /// - Parameters:
    ///   - caption: what is being done.
    ///   - count: of how many things.
    ///   - work: gets a function to be told how far it is, on this thread.
    func withProgress<Result>(
        _ caption: String, count: Int, _ work: (_ progress: @escaping (_ done: Int, _ count: Int) -> Void) throws -> Result
    ) throws -> Result {
        let bar = ProgressBar(caption, output: state.display.isLive ? output : nil)
        do {
            let result = try work { done, count in bar.update(done, count) }
            bar.finish(count, count, .done)
            return result
        } catch {
            bar.finish(nil, count, .stopped)
            throw error
        }
    }
}

/// A bar that shows itself late, so that quick work leaves no trace.
private final class ProgressBar {
    private let caption: String
    private let output: (any SessionOutput)?
    private let start = ContinuousClock.now
    private var view: (any LiveView)?
    private var last = 0

    init(_ caption: String, output: (any SessionOutput)?) {
        self.caption = caption
        self.output = output
    }

    private var seconds: Double { (ContinuousClock.now - start) / .seconds(1) }

    func update(_ done: Int, _ count: Int) {
        last = done
        guard let output, seconds > 0.4, done < count || view != nil else { return }
        let widget = drawn(done, count, .running)
        if let view { view.update(widget) } else { view = output.live(widget) }
    }

    func finish(_ done: Int?, _ count: Int, _ mood: Widget.ProgressMood) { view?.finish(drawn(done ?? last, count, mood)) }

    private func drawn(_ done: Int, _ count: Int, _ mood: Widget.ProgressMood) -> Widget {
        let rate = Double(done) / max(seconds, 1e-3)
        let left = mood == .running && done > 0 ? ", \(Format.duration(Double(count - done) / max(rate, 1e-9))) left" : ""
        let facts = "\(Format.count(done)) of \(Format.count(count)), \(Format.significant(rate, 3)) a second\(left)"
        return .row([.progress(value: Double(done), maximum: Double(max(count, 1)), caption: caption, mood: mood, key: "bar"), .label(facts, key: "facts")])
    }
}
