import Presentation

@testable import CommandLanguage
@testable import Workbench

/// A session in which everything is parsed, bound and looked up, and no verb is run: cells that nobody has read can do no harm.
///
/// Constructors of what is only described (transforms, layers, losses, optimisers, schedules) are run; in place of networks and data, which
/// take time or files, stand the session's own.
final class DryRun: Environment {
    let session: Session
    private let facts: SessionFacts
    /// How many calls were bound without an error.
    private(set) var bound = 0

    init(_ session: Session) {
        self.session = session
        facts = session.snapshot()
    }

    private let table = CommandTable<DryRun>(
        Session.vocabulary,
        run: { verb, call, dry in
            dry.bound += 1
            // What a verb would read of its arguments.
            for parameter in verb.parameters {
                _ = (call.value(parameter.name)?.source, call.list(parameter.name), call.optionalPath(parameter.name))
            }
        },
        make: { constructor, call, dry in
            dry.bound += 1
            switch constructor.kind {
            case "transform", "layer", "loss", "optimizer", "scheduler", "mix":
                return try dry.session.table.make(constructor, call, in: dry.session)
            case "network": return dry.session.value(named: "net") ?? .none
            default: return dry.session.value(named: "bees") ?? .none
            }
        })

    func run(_ source: SourceText) -> Interpreter<DryRun>.Outcome { Interpreter(table: table, context: self).run(source) }

    var names: [String] { session.names }
    func value(named name: String) -> Value? { session.value(named: name) }
    func value(at path: Path) throws -> Value { try session.value(at: path) }
    func type(at path: Path) throws -> ParameterType? { try session.type(at: path) }
    func assign(_ value: Value, to name: String, span: Span?) throws {}
    func assign(_ value: Value, at path: Path) throws {}
    func show(_ value: Value) throws {}
    func show(_ path: Path) throws { _ = try session.value(at: path) }
    func present(_ bundle: MIMEBundle) {}
    func nextSteps() -> [(cell: String, why: String)] { [] }
    func snapshot() -> SessionFacts { facts }
    func diagnostic(for error: any Error) -> Diagnostic { session.diagnostic(for: error) }
}
