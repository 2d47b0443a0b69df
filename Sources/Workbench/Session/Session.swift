public import CommandLanguage
import Checkpoints
public import Foundation
import Learning
public import Presentation

/// A session: named objects, one trainer, and the language that acts on them. Used by one thread.
public final class Session {
    /// What is remembered. Verbs compute first and change it last, so a verb that fails leaves it as it was.
    var state = SessionState() { didSet { revision += 1 } }
    /// How often the state has changed.
    private(set) var revision = 0
    /// The revision at which the running cell began.
    private var revisionAtStart = 0
    /// Whether the running cell has changed something.
    var hasCellChanged: Bool { revision != revisionAtStart }
    /// From here on the running cell counts as having changed nothing: it has gone back.
    func restartCell() { revisionAtStart = revision }
    /// Keeps what was found out about things: that is no change which `undo` would take back.
    func note(_ found: (inout SessionState) -> Void) {
        let before = revision
        found(&state)
        revision = before
    }

    /// The network that the last statement named or meant.
    var meantNetwork: String?
    /// States before the last cells that changed something, and those that `snapshot` named.
    var past = PastStates()
    /// The cells that were run, in order.
    var cells: [String] = []
    /// Published weights on this machine.
    let weights: WeightsStore
    /// Where the session keeps checkpoints, the run log and saved sessions.
    let storage: SessionStorage
    /// Where the running cell shows things.
    private(set) var output: any SessionOutput
    private var interruption: @Sendable () -> Bool = { false }
    /// The source of the running cell.
    private(set) var cell = ""
    /// How deep `run "file.thaw"` is nested.
    var runDepth = 0
    /// Names and versions of the program, for the run log.
    let versions: [String: String]

    /// - Parameter version: the program's, for the run log.
    public init(environment: [String: String] = ProcessInfo.processInfo.environment, version: String? = nil) {
        versions = version.map { ["thaw": $0] } ?? [:]
        weights = WeightsStore(environment: environment)
        storage = SessionStorage(environment: environment)
        output = SilentOutput()
        prepareTrainer()
    }

    /// The language: every verb and constructor, with what it does.
    let table = Vocabularies.table

    /// What can be written, for completion, help and errors.
    public static let vocabulary = Vocabularies.table.vocabulary

    /// Completion, inspection and completeness as of now.
    public var features: LanguageFeatures { LanguageFeatures(Self.vocabulary, facts: snapshot()) }

    /// Runs a cell: statements in order, up to the first that fails.
    ///
    /// - Parameter isInterrupted: asked often, from any thread; after it has said true the cell ends soon.
    public func run(_ code: String, output: any SessionOutput, isInterrupted: @escaping @Sendable () -> Bool = { false }) -> CellOutcome {
        self.output = output
        interruption = isInterrupted
        cell = code
        past.begin(state, cell: code)
        revisionAtStart = revision
        defer {
            past.end(state, changed: hasCellChanged)
            if !code.allSatisfy(\.isWhitespace) { cells.append(code) }
            interruption = { false }
            self.output = SilentOutput()
        }
        let interpreter = Interpreter(table: table, context: self)
        switch interpreter.run(SourceText(code), isInterrupted: isInterrupted) {
        case .done: return .done
        case .failed(let diagnostics, let done): return .failed(diagnostics, done: done)
        case .interrupted(let done): return .interrupted(done: done)
        }
    }

    /// The value of an expression.
    ///
    /// - Parameter isInterrupted: as ``run(_:output:isInterrupted:)`` has it.
    public func evaluate(_ expression: String, isInterrupted: @escaping @Sendable () -> Bool = { false }) -> Result<MIMEBundle, Diagnostic> {
        interruption = isInterrupted
        defer { interruption = { false } }
        do {
            let value = try Interpreter(table: table, context: self).evaluate(SourceText(expression))
            return .success(try bundle(of: value))
        } catch { return .failure(diagnostic(for: error)) }
    }

    /// Whether the running cell should end.
    var isInterrupted: Bool { interruption() }

    /// The question by itself, for work on other threads.
    var interruptionCheck: @Sendable () -> Bool { interruption }

    /// Ends the verb if the cell should end.
    func checkInterruption() throws(Diagnostic) {
        if isInterrupted { throw Diagnostic(.interrupted, "Interrupted.") }
    }

    /// Tells what was done, in a line each.
    func say(_ kind: Notice.Kind = .done, _ lines: String...) { output.show(Notice(kind, lines).bundle) }
    func say(_ kind: Notice.Kind, lines: [String]) { if !lines.isEmpty { output.show(Notice(kind, lines).bundle) } }

    /// Gives a name an object, without telling.
    func put(_ object: any SessionObject, as name: String) {
        if state.values[name] == nil { state.order.append(name) }
        state.values[name] = .object(object)
    }
}
