import CommandLanguage
import Presentation

@testable import Workbench

/// Writes down what a session shows, and answers its questions from a list.
final class RecordingOutput: SessionOutput {
    enum Item {
        case shown(MIMEBundle)
        case result(MIMEBundle)
        case written(String)
        case live(Widget)
        case explored(Widget)
    }
    private(set) var items: [Item] = []
    private(set) var questions: [String] = []
    /// What is answered, in order; beyond them there is nobody to ask.
    var answers: [String]

    init(answers: [String] = []) { self.answers = answers }

    func show(_ bundle: MIMEBundle) { items.append(.shown(bundle)) }
    func result(_ bundle: MIMEBundle) { items.append(.result(bundle)) }
    func write(_ text: String) { items.append(.written(text)) }
    func live(_ widget: Widget) -> any LiveView { View(self, widget) }
    func explore(_ view: some InteractiveView) { items.append(.explored(view.body(view.initialState))) }

    func ask(_ prompt: String) throws(Diagnostic) -> String {
        questions.append(prompt)
        guard !answers.isEmpty else { throw Diagnostic(.state, "There is nobody to ask.") }
        return answers.removeFirst()
    }

    private final class View: LiveView {
        private let output: RecordingOutput
        private let place: Int

        init(_ output: RecordingOutput, _ widget: Widget) {
            self.output = output
            place = output.items.count
            output.items.append(.live(widget))
        }

        func update(_ widget: Widget) { output.items[place] = .live(widget) }
        func finish(_ widget: Widget) { output.items[place] = .live(widget) }
    }

    /// Everything as a terminal would show it.
    var text: String {
        items.map { item in
            switch item {
            case .shown(let bundle), .result(let bundle): bundle.plain
            case .written(let text): text.hasSuffix("\n") ? String(text.dropLast()) : text
            case .live(let widget), .explored(let widget): widget.plain
            }
        }.joined(separator: "\n")
    }

    /// Every page of HTML that was shown.
    var pages: [String] {
        items.compactMap { item in
            switch item {
            case .shown(let bundle), .result(let bundle):
                if case .text(let html)? = bundle.contents["text/html"] { html } else { nil }
            case .written: nil
            case .live(let widget), .explored(let widget): widget.html
            }
        }
    }
}
