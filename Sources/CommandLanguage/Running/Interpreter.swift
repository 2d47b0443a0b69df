import Presentation

/// Runs cells: statements in order, each done wholly or not at all, up to the first that fails.
public struct Interpreter<Context: Environment> {
    public let table: CommandTable<Context>
    public let context: Context

    public init(table: CommandTable<Context>, context: Context) {
        self.table = table
        self.context = context
    }

    /// How a cell ended.
    public enum Outcome: Sendable {
        case done(statements: Int)
        /// What is wrong, and how many statements before it were done.
        case failed([Diagnostic], done: Int)
        case interrupted(done: Int)
    }

    /// Runs a cell.
    ///
    /// A cell with an error of syntax is not begun at all.
    /// - Parameter isInterrupted: asked before every statement; verbs ask by themselves.
    public func run(_ source: SourceText, isInterrupted: () -> Bool = { false }) -> Outcome {
        let (statements, diagnostics) = Parser.parse(source)
        if !diagnostics.isEmpty { return .failed(diagnostics, done: 0) }
        for (index, statement) in statements.enumerated() {
            if isInterrupted() { return .interrupted(done: index) }
            do { try run(statement, in: source) } catch {
                let diagnostic = context.diagnostic(for: error)
                if diagnostic.kind == .interrupted { return .interrupted(done: index) }
                return .failed([diagnostic.located(at: statement.span)], done: index)
            }
        }
        return .done(statements: statements.count)
    }

    /// The value of an expression: a kernel's `user_expressions`.
    public func evaluate(_ source: SourceText) throws -> Value { try evaluator.plain(try Parser.parseExpression(source)) }

    private var evaluator: Evaluator<Context> { Evaluator(table: table, context: context) }

    private func run(_ statement: Statement, in source: SourceText) throws {
        if case .show(.call(let call), _) = statement, let diagnostic = calledVerb(call, source) { throw diagnostic }
        switch statement {
        case .assignment(let path, let expression, let span): try assign(path, expression, span)
        case .command(let command): try run(command)
        case .show(.path(let path), _): try show(path)
        case .show(let expression, _): try context.show(try evaluator.plain(expression))
        case .explain(let words, let span): context.present(try help(words, span))
        }
    }

    /// The error for `train(net, epochs=5)`, with the line as it is written here.
    private func calledVerb(_ call: Call, _ source: SourceText) -> Diagnostic? {
        guard call.receiver == nil, table.vocabulary.constructor(call.name) == nil, let verb = table.vocabulary.verb(call.name)
        else { return nil }
        let words = call.arguments.map { argument in (argument.name.map { "\($0)=" } ?? "") + source[argument.value.span] }
        let line = ([call.name] + words).joined(separator: " ")
        let isShort = line.count <= 120 && !line.contains("\n")
        return Diagnostic(
            .syntax, "`\(call.name)` is a verb: it takes no brackets.", at: call.nameSpan,
            hint: isShort ? nil : "Usage: \(verb.usage)", suggestions: isShort ? [line] : [])
    }

    private func show(_ path: PathExpression) throws {
        guard context.value(named: path.root) != nil else {
            throw evaluator.unknownName(path.root, path.rootSpan)
        }
        do { try context.show(try evaluator.resolved(path)) } catch {
            throw ForeignHabits.advised(context.diagnostic(for: error), path).located(at: path.span)
        }
    }

    private func assign(_ path: PathExpression, _ expression: Expression, _ span: Span) throws {
        if let name = path.bareName {
            if table.vocabulary.verb(name) != nil || table.vocabulary.constructor(name) != nil {
                throw Diagnostic(
                    .value,
                    "`\(name)` is \(table.vocabulary.verb(name) != nil ? "a verb" : "a constructor"), so it can't be a name.",
                    at: path.span,
                    hint: "Choose another name.")
            }
            try context.assign(try evaluator.plain(expression), to: name, span: path.span)
            return
        }
        guard context.value(named: path.root) != nil else { throw evaluator.unknownName(path.root, path.rootSpan) }
        do {
            let target = try evaluator.resolved(path)
            let type = try context.type(at: target)
            let value =
                try type.map { try evaluator.value(expression, as: $0, label: target.description) } ?? evaluator.plain(expression)
            try context.assign(value, at: target)
        } catch { throw ForeignHabits.advised(context.diagnostic(for: error), path).located(at: path.span) }
    }

    private func run(_ command: Command) throws {
        // `net`: an object alone is shown. A verb of that name would have been refused as a name.
        if command.items.isEmpty, context.value(named: command.verb) != nil, table.vocabulary.verb(command.verb) == nil {
            return try context.show(Path(command.verb, span: command.verbSpan))
        }
        guard let (verb, items) = evaluator.verb(of: command) else {
            if command.items.isEmpty, table.vocabulary.constructor(command.verb) != nil {
                return try context.show(
                    try evaluator.make(
                        Call(receiver: nil, name: command.verb, nameSpan: command.verbSpan, arguments: [], span: command.span)))
            }
            throw unknownVerb(command)
        }
        let call = try evaluator.bind(command, verb, items)
        do { try table.run(verb, call, in: context) } catch {
            throw FileSpelling.advised(context.diagnostic(for: error), call, verb.parameters)
        }
    }

    private func unknownVerb(_ command: Command) -> Diagnostic {
        let vocabulary = table.vocabulary
        let word = command.verb
        let topics = vocabulary.topics(of: word)
        if !topics.isEmpty {
            if case .positional(let expression)? = command.items.first, let second = Evaluator<Context>.bareName(expression) {
                return Diagnostic(
                    .unknownVerb, "There is no `\(word) \(second)`.", at: expression.span,
                    hint: "One of: \(topics.map { "\(word) \($0)" }.joined(separator: ", ")).",
                    suggestions: Spelling.nearest(to: second, among: topics).map { "\(word) \($0)" })
            }
            return Diagnostic(
                .unknownVerb, "`\(word)` needs a second word.", at: command.verbSpan,
                hint: "One of: \(topics.joined(separator: ", ")).")
        }
        if command.items.isEmpty, context.value(named: word) == nil, context.snapshot().constants[word] != nil {
            return evaluator.unknownName(word, command.verbSpan)
        }
        if context.value(named: word) != nil {
            return Diagnostic(
                .unknownVerb, "`\(word)` is a name of this session, and a line begins with a verb.", at: command.verbSpan,
                hint: "`show \(word)` shows it, `\(word) = …` gives the name another value.")
        }
        var near = Spelling.nearest(to: word, among: vocabulary.verbWords)
        if command.items.isEmpty { near = Spelling.nearest(to: word, among: vocabulary.verbWords + context.names) }
        if vocabulary.constructor(word) != nil {
            return Diagnostic(
                .syntax, "`\(word)` is a constructor: its arguments stand in brackets.", at: command.verbSpan,
                hint: vocabulary.constructor(word).map { "Usage: \($0.usage)" })
        }
        var hint = ForeignHabits.hint(forName: word) ?? ForeignHabits.hint(forPart: word)
        if hint == nil, near.isEmpty {
            // Most often a kernel was restarted, and the name is one from before.
            hint = command.items.isEmpty && context.names.isEmpty
                ? "The session has no names yet: run the cells that make them, or load what `save session` has kept." : "`help` lists the verbs."
        }
        return Diagnostic(
            command.items.isEmpty ? .unknownName : .unknownVerb,
            command.items.isEmpty ? "Nothing here is called `\(word)`." : "There is no verb `\(word)`.", at: command.verbSpan,
            hint: hint, suggestions: near)
    }

    private func help(_ words: [String], _ span: Span) throws -> MIMEBundle {
        do { return try Help(table.vocabulary).page(for: words, in: context) } catch { throw error.located(at: span) }
    }
}
