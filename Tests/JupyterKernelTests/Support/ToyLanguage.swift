import Glibc
import JupyterKernel
import Presentation

/// A language of a few words, one command a line, that does whatever a kernel must cope with.
enum Toy {
    static func language(_ stage: Stage = Stage()) -> HostedLanguage {
        HostedLanguage(
            info: LanguageInfo(
                implementation: "toy", implementationVersion: "1.2", name: "toy", version: "3", mimeType: "text/x-toy",
                fileExtension: ".toy",
                pygmentsLexer: "toy", codeMirrorMode: "toy", banner: "Toy",
                helpLinks: [.init("Help", url: "https://example.org/help")]),
            service: ToyService(words: ["early"]), makeInterpreter: { ToyInterpreter(stage) })
    }
}

extension Bench {
    /// A kernel of the toy language.
    convenience init(historyPath: String? = nil) {
        let stage = Stage()
        self.init(Toy.language(stage), stage: stage, historyPath: historyPath)
    }
}

/// Completion among words; a cell that ends with `{` goes on, one with `}` is wrong.
struct ToyService: LanguageService {
    var words: [String]

    func complete(_ code: String, at cursor: Int) -> Completion {
        let before = code.unicodeScalars.prefix(cursor)
        let prefix = String(String.UnicodeScalarView(before.reversed().prefix { $0 != " " && $0 != "\n" }.reversed()))
        let matches = words.filter { $0.hasPrefix(prefix) }.sorted()
        return Completion(matches.map { .init($0, kind: "word") }, replacing: (cursor - prefix.unicodeScalars.count)..<cursor)
    }

    func inspect(_ code: String, at cursor: Int, detail: Int) -> MIMEBundle? {
        let word = code.unicodeScalars.prefix(cursor).split(separator: " ").last.map(String.init) ?? ""
        return words.contains(word) ? MIMEBundle(plain: "\(word) \(detail)", html: "<b>\(word)</b>") : nil
    }

    func completeness(of code: String) -> JupyterKernel.Completeness {
        if code.hasSuffix("{") { return .incomplete(indent: "  ") }
        if code.contains("}") { return .invalid }
        return code.hasSuffix("?") ? .unknown : .complete
    }
}

final class ToyInterpreter: Interpreter {
    private let stage: Stage
    private var values: [String: String] = [:]

    init(_ stage: Stage) { self.stage = stage }

    var languageService: any LanguageService { ToyService(words: ["late"] + values.keys.sorted()) }

    /// Tells the values, as proof that it has them; a value called `broken` breaks the saving, too.
    var rescue: (@Sendable () -> String)? {
        guard !values.isEmpty else { return nil }
        let values = values
        return {
            if values["broken"] != nil { raise(SIGSEGV) }
            return "Saved: \(values.sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value)" }.joined(separator: " "))."
        }
    }

    func execute(
        _ request: CellRequest, output: any ExecutionOutput, isInterrupted: @escaping @Sendable () -> Bool
    ) -> ExecutionOutcome {
        stage.note(request.code)
        for line in request.code.split(separator: "\n") {
            let parts = line.split(separator: " ", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
            let outcome = run(parts[0], parts.count > 1 ? parts[1] : "", output, isInterrupted)
            guard outcome == .success else { return outcome }
        }
        return .success
    }

    /// A gate can be evaluated as well.
    func evaluate(_ expression: String, isInterrupted: @escaping @Sendable () -> Bool) -> Result<MIMEBundle, ExecutionFailure> {
        if expression.hasPrefix("gate "), !stage.pass(String(expression.dropFirst(5)), givingUpIf: isInterrupted) {
            return .failure(ExecutionFailure(name: "Interrupted", message: "it was stopped"))
        }
        if let value = values[expression] { return .success(MIMEBundle(plain: value)) }
        return .failure(ExecutionFailure(name: "Unknown", message: "no \(expression)"))
    }

    func prepareToShutDown(restart: Bool) { stage.note(restart ? "saved for a restart" : "saved") }

    private func run(
        _ command: String, _ text: String, _ output: any ExecutionOutput, _ isInterrupted: @escaping @Sendable () -> Bool
    ) -> ExecutionOutcome {
        switch command {
        case "print": output.write(text + "\n")
        case "warn": output.write(text + "\n", to: .errors)
        case "result": output.result(MIMEBundle(plain: text, html: "<i>\(text)</i>"))
        case "show": output.display(MIMEBundle(plain: text))
        case "name": output.display(MIMEBundle(plain: text), id: "named")
        case "rename": output.updateDisplay(MIMEBundle(plain: text), id: "named")
        case "picture": output.display(MIMEBundle(plain: "picture", png: [UInt8](repeating: 7, count: Int(text) ?? 0)))
        case "clear": output.clearOutput(wait: text == "later")
        case "page": output.page(MIMEBundle(plain: text))
        case "next": output.setNextInput(text, replacingThisCell: false)
        case "instead": output.setNextInput(text, replacingThisCell: true)
        case "let":
            let parts = text.split(separator: " ").map(String.init)
            values[parts[0]] = parts.last
        case "publish": output.publish(ToyService(words: [text]))
        case "fail": return .failure(ExecutionFailure(name: text, message: "it failed"))
        case "ask", "password":
            do throws(InputError) {
                output.write("answer: \(try output.ask(text, isPassword: command == "password"))\n")
            } catch {
                return error == .interrupted
                    ? .interrupted : .failure(ExecutionFailure(name: "Input", message: error.description))
            }
        case "gate": if !stage.pass(text, givingUpIf: isInterrupted) { return .interrupted }
        case "deaf": _ = stage.pass(text) { false }
        case "flood":
            for number in 0..<(Int(text) ?? 0) {
                if isInterrupted() { return .interrupted }
                output.write("line \(number)\n")
            }
        default: return runViews(command, text, output)
        }
        return .success
    }

    private func runViews(_ command: String, _ text: String, _ output: any ExecutionOutput) -> ExecutionOutcome {
        switch command {
        case "bar":
            let view = output.show(.progress(value: 0, maximum: 1000))
            for step in 1...(Int(text) ?? 1) { view.update(.progress(value: Double(step), maximum: 1000)) }
        case "slider": output.show(ToySlider())
        case "pair": output.show(ToyPair(stage: stage))
        // What a C library does.
        case "puts": unsafe puts(text)
        case "trap": fatalError("toy trap")
        case "crash":
            fflush(nil)
            raise(SIGSEGV)
        case "overflow": stage.note("\(Self.depth(Int.random(in: 1...2)))")
        default:
            return .failure(ExecutionFailure(name: "Unknown", message: "no command \(command)", traceback: ["here", "there"]))
        }
        return .success
    }

    private static func depth(_ step: Int) -> Int { step == 0 ? 0 : 1 + depth(step + 1) * step % 7 }
}

/// A slider with its square, and a button that doubles it.
struct ToySlider: InteractiveView {
    var initialState: Int { 3 }

    func body(_ state: Int) -> Widget {
        .column([.slider(state, in: 0...100, key: "value"), .button("double", key: "double"), .label("\(state * state)")])
    }

    func handle(_ event: WidgetEvent, _ state: Int) -> Int {
        switch event.action {
        case .moved(let value): value
        case .clicked: min(100, state * 2)
        default: state
        }
    }
}

/// Two sliders. The first drawing after the first of them was moved waits at the gate `drawing`.
struct ToyPair: InteractiveView {
    struct State: Sendable {
        var first = 0
        var second = 0
    }

    let stage: Stage
    var initialState: State { State() }

    func body(_ state: State) -> Widget {
        if state.first != 0, state.second == 0 { _ = stage.pass("drawing") { false } }
        return .column([.slider(state.first, in: 0...9, key: "first"), .slider(state.second, in: 0...9, key: "second")])
    }

    func handle(_ event: WidgetEvent, _ state: State) -> State {
        guard case .moved(let value) = event.action else { return state }
        var next = state
        if event.key == "first" { next.first = value } else { next.second = value }
        return next
    }
}
