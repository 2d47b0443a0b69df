import CommandLanguage
import Foundation
import Presentation
import Workbench

/// Shows a session in a terminal or a log: plain text on standard output, progress that overwrites itself where the terminal can.
final class ConsoleOutput: SessionOutput {
    private let isTerminal = isatty(STDOUT_FILENO) != 0
    private let keepsPage: Bool
    private var page: [String] = []

    /// - Parameter keepsPage: whether what is shown is kept for ``writePage(to:)``.
    init(keepsPage: Bool = false) { self.keepsPage = keepsPage }

    func show(_ bundle: MIMEBundle) {
        print(bundle.plain)
        // In a log, too, what a long training tells should be there while it runs.
        flush()
        keep(bundle)
    }

    func result(_ bundle: MIMEBundle) { show(bundle) }

    func write(_ text: String) {
        print(text, terminator: "")
        flush()
        if keepsPage { page.append("<pre>\(HTML.escape(text))</pre>") }
    }

    func live(_ widget: Widget) -> any LiveView { ConsoleView(self, widget, overwrites: isTerminal) }

    func explore(_ view: some InteractiveView) { show(view.body(view.initialState).bundle) }

    func ask(_ prompt: String) throws(Diagnostic) -> String {
        guard isatty(STDIN_FILENO) != 0 else {
            throw Diagnostic(.state, "There is nobody to ask: standard input is no terminal.", hint: "Say it in the command: `force=true`, where it takes that.")
        }
        print(prompt, terminator: "")
        flush()
        guard let line = readLine() else { throw Diagnostic(.state, "The input ended before an answer came.") }
        return line
    }


    func flush() { fflush(nil) }

    /// What is wrong, on standard error, with the place marked.
    func fail(_ diagnostics: [Diagnostic], in source: SourceText, file: String, done: Int) {
        flush()
        let colored = isatty(STDERR_FILENO) != 0
        var lines = ["\(file):"]
        for diagnostic in diagnostics { lines += diagnostic.lines(in: source, colored: colored) }
        if done > 0 { lines.append("The \(done == 1 ? "statement" : "\(done) statements") before it \(done == 1 ? "is" : "are") done.") }
        FileHandle.standardError.write(Data((lines.joined(separator: "\n") + "\n").utf8))
        if keepsPage { page += diagnostics.map { $0.html(in: source) } }
    }

    fileprivate func keep(_ bundle: MIMEBundle) {
        guard keepsPage else { return }
        if case .text(let html)? = bundle.contents["text/html"] {
            page.append("<div>\(html)</div>")
        } else {
            page.append("<pre>\(HTML.escape(bundle.plain))</pre>")
        }
    }

    /// Writes everything that was shown as a page.
    func writePage(to path: String) throws {
        let style = "body{font:14px system-ui,sans-serif;margin:24px;max-width:1100px}td,th{padding:2px 8px}table{border-collapse:collapse}body>div,body>pre{margin:10px 0}"
        let document = "<!doctype html><meta charset=\"utf-8\"><title>Thaw</title><style>\(style)</style>\n" + page.joined(separator: "\n") + "\n"
        try Data(document.utf8).write(to: URL(fileURLWithPath: path), options: .atomic)
    }

    /// A live view on a console: its last line overwrites itself in a terminal; in a log only the final state is printed.
    private final class ConsoleView: LiveView {
        private let output: ConsoleOutput
        private let overwrites: Bool
        private var shownLines = 0
        private var isFinished = false
        private var last = ContinuousClock.now

        init(_ output: ConsoleOutput, _ widget: Widget, overwrites: Bool) {
            self.output = output
            self.overwrites = overwrites
            draw(widget)
        }

        func update(_ widget: Widget) {
            let now = ContinuousClock.now
            guard !isFinished, overwrites, now - last > .milliseconds(200) else { return }
            last = now
            draw(widget)
        }

        func finish(_ widget: Widget) {
            guard !isFinished else { return }
            isFinished = true
            if overwrites { draw(widget) } else { print(widget.plain) }
            output.keep(widget.bundle)
        }

        private func draw(_ widget: Widget) {
            guard overwrites else { return }
            if shownLines > 0 { print("\u{1B}[\(shownLines)A\u{1B}[J", terminator: "") }
            let text = widget.plain
            print(text)
            shownLines = text.split(separator: "\n", omittingEmptySubsequences: false).count
            output.flush()
        }
    }
}
