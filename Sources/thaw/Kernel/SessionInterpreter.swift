import CommandLanguage
import JupyterKernel
import Presentation
import Workbench

/// A session as the kernel's interpreter.
final class SessionInterpreter: JupyterKernel.Interpreter {
    private let session: Session

    init(environment: [String: String]) { session = Session(environment: environment, version: Thaw.version) }

    var languageService: any LanguageService { SessionService(session.features) }

    var rescue: (@Sendable () -> String)? { session.rescue }

    func execute(
        _ request: CellRequest, output: any ExecutionOutput, isInterrupted: @escaping @Sendable () -> Bool
    ) -> ExecutionOutcome {
        let source = SourceText(request.code)
        switch session.run(request.code, output: NotebookOutput(output), isInterrupted: isInterrupted) {
        case .done: return .success
        case .interrupted: return .interrupted
        case .failed(let diagnostics, let done): return .failure(Self.failure(diagnostics, in: source, done: done))
        }
    }

    func evaluate(
        _ expression: String, isInterrupted: @escaping @Sendable () -> Bool
    ) -> Result<MIMEBundle, ExecutionFailure> {
        session.evaluate(expression, isInterrupted: isInterrupted).mapError {
            Self.failure([$0], in: SourceText(expression), done: 0)
        }
    }

    private static func failure(_ diagnostics: [Diagnostic], in source: SourceText, done: Int) -> ExecutionFailure {
        var lines = diagnostics.flatMap { $0.lines(in: source, colored: true) }
        if done > 0 { lines.append("\u{1B}[2m\(done == 1 ? "The statement before it is" : "The \(done) statements before it are") done.\u{1B}[0m") }
        return ExecutionFailure(
            name: diagnostics.first?.kind.rawValue ?? "Failure", message: diagnostics.first?.message ?? "The cell failed.", traceback: lines)
    }
}

/// A notebook as the session's output.
final class NotebookOutput: SessionOutput {
    private let output: any ExecutionOutput

    init(_ output: any ExecutionOutput) { self.output = output }

    func show(_ bundle: MIMEBundle) { output.display(bundle) }
    func result(_ bundle: MIMEBundle) { output.result(bundle) }
    func write(_ text: String) { output.write(text) }
    func live(_ widget: Widget) -> any LiveView { output.show(widget) }
    func page(_ bundle: MIMEBundle) { output.page(bundle) }
    func explore(_ view: some InteractiveView) { output.show(view) }

    func ask(_ prompt: String) throws(Diagnostic) -> String {
        do { return try output.ask(prompt) } catch {
            throw Diagnostic(error == .interrupted ? .interrupted : .state, error.description)
        }
    }
}
