public import Presentation

/// A language that the kernel serves: what is known before it runs, and how to start it.
///
/// Front-ends ask for ``info`` before anything else, so it is a value that needs no running interpreter.
public struct HostedLanguage: Sendable {
    /// How the kernel introduces itself.
    public var info: LanguageInfo
    /// Answers completion, inspection and the like until the interpreter publishes a newer one.
    public var service: any LanguageService
    /// Makes the interpreter; called once, on the session thread.
    public var makeInterpreter: @Sendable () -> any Interpreter

    public init(
        info: LanguageInfo, service: any LanguageService, makeInterpreter: @escaping @Sendable () -> any Interpreter
    ) {
        self.info = info
        self.service = service
        self.makeInterpreter = makeInterpreter
    }
}

/// What runs cells. Every method is called on the session thread, one at a time.
public protocol Interpreter: AnyObject {
    /// What the session knows now, for completion and inspection. Read after each cell.
    var languageService: any LanguageService { get }

    /// Saves the session as it stands now, and tells where in a sentence for the user; `nil` if there is nothing to save. Read
    /// after each cell, and called at most once, on another thread, when the process dies of a fatal error: it must hold all that it
    /// needs, and hold it as a copy that later cells leave alone.
    var rescue: (@Sendable () -> String)? { get }

    /// Runs one cell.
    ///
    /// - Parameters:
    ///   - request: the code and its number.
    ///   - output: where the cell shows things.
    ///   - isInterrupted: becomes true when the user asked to stop; it may be called from any thread. The cell then
    ///     ends soon and returns ``ExecutionOutcome/interrupted``.
    func execute(
        _ request: CellRequest, output: any ExecutionOutput, isInterrupted: @escaping @Sendable () -> Bool
    ) -> ExecutionOutcome

    /// The value of one of a request's `user_expressions`, evaluated after the cell.
    ///
    /// - Parameter isInterrupted: the cell's own.
    func evaluate(
        _ expression: String, isInterrupted: @escaping @Sendable () -> Bool
    ) -> Result<MIMEBundle, ExecutionFailure>

    /// The kernel is about to end, for good or to be started again: what must outlive it is saved now, within half a second.
    func prepareToShutDown(restart: Bool)
}

extension Interpreter {
    public func evaluate(
        _ expression: String, isInterrupted: @escaping @Sendable () -> Bool
    ) -> Result<MIMEBundle, ExecutionFailure> {
        .failure(ExecutionFailure(name: "Unsupported", message: "This kernel evaluates no user expressions."))
    }

    public var rescue: (@Sendable () -> String)? { nil }

    public func prepareToShutDown(restart: Bool) {}
}

/// A cell to run.
public struct CellRequest: Sendable, Equatable {
    /// The text of the cell.
    public var code: String
    /// The number that the front-end shows beside the cell.
    public var executionCount: Int
    /// Whether outputs are thrown away: front-ends ask so to look something up.
    public var isSilent: Bool
    /// Whether the cell goes into the history.
    public var storesHistory: Bool

    public init(code: String, executionCount: Int, isSilent: Bool = false, storesHistory: Bool = true) {
        self.code = code
        self.executionCount = executionCount
        self.isSilent = isSilent
        self.storesHistory = storesHistory
    }
}

/// How a cell ended.
public enum ExecutionOutcome: Sendable, Equatable {
    case success
    case failure(ExecutionFailure)
    /// The user stopped it; the state of the session is as good as before.
    case interrupted
}

/// Why a cell failed, as the front-end shows it.
public struct ExecutionFailure: Error, Sendable, Equatable {
    /// The kind of failure, such as `UnknownName`.
    public var name: String
    /// One sentence.
    public var message: String
    /// The lines to be shown, which may have ANSI colours; empty for `name: message`.
    public var traceback: [String]

    public init(name: String, message: String, traceback: [String] = []) {
        self.name = name
        self.message = message
        self.traceback = traceback
    }
}
