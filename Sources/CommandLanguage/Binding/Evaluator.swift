/// Turns expressions into values, given what is wanted.
struct Evaluator<Context: Environment> {
    let table: CommandTable<Context>
    let context: Context
    /// What the statement has made so far.
    private let effort = Effort()

    init(table: CommandTable<Context>, context: Context) {
        self.table = table
        self.context = context
    }

    /// The value of an expression as an argument of a type.
    ///
    /// - Parameter label: what the argument is called, for errors: `train: epochs`.
    func value(_ expression: Expression, as type: ParameterType, label: String) throws -> Value {
        // What stands in a list or a map isn't made in vain where none can stand, again for each alternative at each depth.
        guard Self.mayHold(expression, type) else { throw mismatch(expression, type, label) }
        switch type {
        case .oneOf(let types): return try firstFit(expression, types, type, label)
        case .choice(let words): return try choice(expression, words, label)
        case .path(let kinds):
            guard case .path(let path) = expression else {
                if case .text(let text, _) = expression { throw mismatch(expression, type, label, hint: unquoting(text, kinds)) }
                throw mismatch(expression, type, label)
            }
            return .path(try resolved(path))
        case .list(let element):
            if case .list(let items, _) = expression {
                return .list(try items.map { try value($0, as: element, label: label) })
            }
            // A name may stand for a list.
            if let name = Self.bareName(expression), case .list(let values)? = context.value(named: name) {
                return .list(try values.map { try converted($0, to: element, expression, label) })
            }
            return .list([try value(expression, as: element, label: label)])
        case .map(let element):
            guard case .map(let entries, _) = expression else { throw mismatch(expression, type, label) }
            return .map(
                try entries.map { entry in
                    (try key(entry.key), try value(entry.value, as: element, label: label))
                })
        case .none:
            guard case .none = expression else { throw mismatch(expression, type, label) }
            return .none
        case .text, .className, .file:
            if let name = unquoted(expression) {
                throw Diagnostic(
                    .type, "\(label) should be \(type.described), and `\(name)` has no quotes.", at: expression.span,
                    hint: "Write \(Value.text(name).source).")
            }
            return try converted(plain(expression), to: type, expression, label)
        case .bool:
            if let name = Self.bareName(expression), context.value(named: name) == nil {
                let meant = ["no": "false", "off": "false", "yes": "true", "on": "true"][name.lowercased()]
                throw Diagnostic(
                    .value, "\(label) should be true or false, not `\(name)`.", at: expression.span,
                    suggestions: meant.map { [$0] } ?? Spelling.nearest(to: name, among: ["true", "false"]))
            }
            return try converted(plain(expression), to: type, expression, label)
        // Fits once the other word is known: the binder puts the right type in its place.
        case .depends: throw mismatch(expression, type, label)
        case .object:
            return try converted(plain(expression, wanted: type), to: type, expression, label)
        default: return try converted(plain(expression), to: type, expression, label)
        }
    }

    /// Whether a list or a map, if the expression is one, can be of a type.
    private static func mayHold(_ expression: Expression, _ type: ParameterType) -> Bool {
        switch (expression, type) {
        case (.list, .list), (.list, .range), (.list, .size), (.list, .any), (.list, .oneOf): true
        case (.map, .map), (.map, .list), (.map, .any), (.map, .oneOf): true
        case (.list, _), (.map, _): false
        default: true
        }
    }

    private func firstFit(
        _ expression: Expression, _ types: [ParameterType], _ whole: ParameterType, _ label: String
    ) throws -> Value {
        // Whatever is wanted, a call makes the same: once, or calls within calls would be made anew for each alternative at each depth.
        if case .call = expression { return try converted(plain(expression), to: whole, expression, label) }
        var telling: Diagnostic?
        var isOutOfBounds = false
        for type in types {
            do { return try value(expression, as: type, label: label) } catch let error as Diagnostic {
                if effort.isExhausted { throw error }
                // What is wrong inside (an unknown constructor, a wrong option) says more than "none of these".
                if error.kind != .type, error.span != expression.span || error.kind != .value { telling = telling ?? error }
                if error.kind == .value, case .choice = type, let word = Self.bareName(expression), telling == nil {
                    telling = Diagnostic(
                        .value, "\(label) should be \(whole.described), not `\(word)`.", at: error.span,
                        suggestions: error.suggestions)
                }
                if error.kind == .value, error.span == expression.span { isOutOfBounds = true }
            }
        }
        if var telling {
            // A file without its quotes looks like a name that isn't known.
            if telling.kind == .unknownName, telling.suggestions.isEmpty, let name = unquoted(expression),
                types.contains(where: \.isText)
            {
                telling.hint = "A path stands in quotes: \(Value.text(name).source)."
            }
            throw telling
        }
        var error = mismatch(expression, whole, label)
        if isOutOfBounds { error.kind = .value }
        throw error
    }

    /// The name or the dotted words, if they mean nothing in this session: a text without its quotes.
    private func unquoted(_ expression: Expression) -> String? {
        guard case .path(let path) = expression, context.value(named: path.root) == nil else { return nil }
        var text = path.root
        for step in path.steps {
            guard case .segment(let name, _) = step else { return nil }
            text += ".\(name)"
        }
        return text
    }

    private func choice(_ expression: Expression, _ words: [String], _ label: String) throws -> Value {
        let word: String? =
            switch expression {
            case .text(let text, _): text
            case .bool(let value, _): value ? "true" : "false"
            case .none: "none"
            case .path(let path): path.bareName
            default: nil
            }
        guard let word else { throw mismatch(expression, .choice(words), label) }
        if let match = words.first(where: { $0 == word }) ?? words.first(where: { $0.lowercased() == word.lowercased() }) {
            return .text(match)
        }
        // A name may stand for a word.
        if case .path = expression, case .text(let text)? = context.value(named: word), words.contains(text) {
            return .text(text)
        }
        throw Diagnostic(
            .value, "\(label) should be \(ParameterType.choice(words).described), not `\(word)`.", at: expression.span,
            suggestions: Spelling.nearest(to: word, among: words))
    }

    private func key(_ expression: Expression) throws -> String {
        switch expression {
        case .text(let text, _): return text
        case .path(let path): return try resolved(path).description
        case .integer(let value, _): return String(value)
        default: throw Diagnostic(.type, "A key of a map is a text or a name, not this.", at: expression.span)
        }
    }

    private func mismatch(_ expression: Expression, _ type: ParameterType, _ label: String, hint: String? = nil) -> Diagnostic {
        let number: Double? =
            switch expression {
            case .integer(let value, _): Double(value)
            case .number(let value, _): value
            default: nil
            }
        return Diagnostic(
            .type, "\(label) should be \(type.described), not \(described(expression)).", at: expression.span,
            hint: hint ?? Conversion.limit(number, type))
    }

    private func converted(_ value: Value, to type: ParameterType, _ expression: Expression, _ label: String) throws -> Value {
        guard let result = Conversion.convert(value, to: type) else {
            if let complaint = Conversion.outOfBounds(value, type) {
                throw Diagnostic(
                    .value, "\(label) should be \(type.described), not \(complaint).", at: expression.span,
                    hint: Conversion.limit(value.asNumber, type))
            }
            throw Diagnostic(
                .type, "\(label) should be \(type.described), not \(value.described).", at: expression.span,
                hint: Conversion.hint(value, type) ?? unnamed(value, type))
        }
        return result
    }

    /// The hint for a text where a path is wanted: a name in quotes, a folder in the place of a dataset, or a path in quotes.
    private func unquoting(_ text: String, _ kinds: [String]) -> String {
        if context.value(named: text) != nil { return Self.nameInQuotes(text) }
        let isForeign = kinds.contains("dataset") && !kinds.contains("network")
        return isForeign
            ? "Pictures of a folder get a name first: `data = ImageFolder(\(Value.text(text).source))`, then `data` stands here."
            : "Paths are written without quotes: `net.layer4`."
    }

    /// The hint for a name in quotes where an object is wanted.
    private func unnamed(_ value: Value, _ type: ParameterType) -> String? {
        guard case .object = type, case .text(let text) = value, case .object? = context.value(named: text) else { return nil }
        return Self.nameInQuotes(text)
    }

    private static func nameInQuotes(_ name: String) -> String { "Names are written without quotes: \(name)" }

    static func bareName(_ expression: Expression) -> String? {
        if case .path(let path) = expression { return path.bareName }
        return nil
    }

    /// What an expression is, as an error says it, without evaluating it.
    private func described(_ expression: Expression) -> String {
        switch expression {
        case .list: "a list"
        case .map: "a map"
        case .text(let text, _): Value.text(text).described
        case .integer(let value, _): "the number \(value)"
        case .number(let value, _): "the number \(Value.written(value))"
        case .percentage(let value, _): Value.percentage(value).described
        case .size(let width, let height, _): Value.size(width: width, height: height).described
        case .range: "a range"
        case .negated(.integer(let value, _), _): "the number -\(value)"
        case .negated(.number(let value, _), _): "the number -\(Value.written(value))"
        case .path(let path):
            path.bareName.flatMap {
                context.value(named: $0)?.described ?? table.vocabulary.constructor($0).map { Value.withArticle($0.kind) }
            }
                ?? "`\(path.bareName ?? path.root + "…")`"
        case .call(let call): table.vocabulary.constructor(call.name).map { Value.withArticle($0.kind) } ?? "`\(call.name)(…)`"
        case .bool(let value, _): value ? "true" : "false"
        case .none: "none"
        default: "this"
        }
    }
}

// MARK: - Without expectations

extension Evaluator {
    /// The value of an expression when nothing particular is wanted.
    func plain(_ expression: Expression, wanted: ParameterType = .any) throws -> Value {
        switch expression {
        case .none: return .none
        case .bool(let value, _): return .bool(value)
        case .integer(let value, _): return .integer(value)
        case .number(let value, _): return .number(value)
        case .percentage(let value, _): return .percentage(value)
        case .size(let width, let height, _): return .size(width: width, height: height)
        case .text(let text, _): return .text(text)
        case .list(let items, _): return .list(try items.map { try plain($0, wanted: wanted) })
        case .map(let entries, _): return .map(try entries.map { (try key($0.key), try plain($0.value)) })
        case .range(let low, let high, let span):
            guard let from = try plain(low).asNumber, let to = try plain(high).asNumber else {
                throw Diagnostic(.type, "A range goes from one number to another.", at: span)
            }
            return .range(from, to)
        case .negated(let inner, let span):
            switch try plain(inner) {
            case .integer(let value): return .integer(0 &- value)
            case .number(let value): return .number(-value)
            case .percentage(let value): return .percentage(-value)
            case let value: throw Diagnostic(.type, "A minus stands before numbers, not before \(value.described).", at: span)
            }
        case .binary(let symbol, let left, let right, let span):
            return try Arithmetic.apply(symbol, try plain(left), try plain(right), span)
        case .path(let path): return try named(path, wanted: wanted)
        case .call(let call): return try make(call)
        }
    }

    /// The path with its indices evaluated.
    func resolved(_ path: PathExpression) throws -> Path {
        var steps: [Path.Step] = []
        for step in path.steps {
            switch step {
            case .segment(let name, _): steps.append(.segment(name))
            case .everything: steps.append(.all)
            case .index(let expression, let span):
                switch try plain(expression) {
                case .integer(let index): steps.append(.index(index))
                case .text(let key): steps.append(.key(key))
                case .range(let low, let high)
                where low == low.rounded() && high == high.rounded() && abs(low) < 1e9 && abs(high) < 1e9:
                    // Where both count from one end, their order is plain whatever the length is.
                    guard low <= high || (low < 0) != (high < 0) else {
                        throw Diagnostic(
                            .value, "The range goes backwards, from \(Value.written(low)) to \(Value.written(high)).", at: span,
                            suggestions: [Value.range(high, low).source])
                    }
                    steps.append(.slice(Int(low), Int(high)))
                case let other:
                    throw Diagnostic(.type, "An index is a whole number, a text or a range, not \(other.described).", at: span)
                }
            }
        }
        return Path(path.root, steps, span: path.span)
    }

    private func named(_ path: PathExpression, wanted: ParameterType) throws -> Value {
        if let name = path.bareName {
            if let value = context.value(named: name) { return value }
            // A constructor with nothing to say needs no brackets.
            if let constructor = table.vocabulary.constructor(name) {
                return try make(
                    Call(receiver: nil, name: constructor.name, nameSpan: path.rootSpan, arguments: [], span: path.span))
            }
            throw unknownName(name, path.rootSpan, wanted: wanted)
        }
        if context.value(named: path.root) == nil {
            if table.vocabulary.constructor(path.root) != nil {
                throw Diagnostic(
                    .unknownName, "`\(path.root)` is a constructor; nothing in this session is called so yet.", at: path.rootSpan,
                    hint: "Give it a name first: `net = \(path.root)(…)`.")
            }
            throw unknownName(path.root, path.rootSpan, wanted: wanted)
        }
        do { return try context.value(at: try resolved(path)) } catch let error as Diagnostic {
            throw ForeignHabits.advised(error, path).located(at: path.span)
        }
    }

    /// The error for a name that means nothing.
    func unknownName(_ name: String, _ span: Span, wanted: ParameterType = .any) -> Diagnostic {
        if table.vocabulary.beginsVerb(name) {
            return Diagnostic(
                .unknownName, "`\(name)` is a verb, not a value: it stands at the beginning of a line.", at: span,
                hint: (table.vocabulary.verb(name)?.usage).map { "Usage: \($0)" })
        }
        let facts = context.snapshot()
        if let meaning = facts.constants[name] {
            // A word that is known needs no other spelling, but a value.
            let remedy = facts.unset[name]
            return Diagnostic(
                remedy == nil ? .unknownName : .state, "`\(name)` has no value\(remedy == nil ? " by itself" : " yet"): it stands for \(meaning).", at: span,
                hint: remedy ?? "It is written in an option that takes it.")
        }
        var candidates = context.names + facts.constants.keys.sorted()
        switch wanted {
        case .object(let kinds):
            candidates += table.vocabulary.constructors.filter { kinds.contains($0.kind) && $0.receivers.isEmpty }.map(\.name)
        default: candidates += table.vocabulary.constructors.filter { $0.receivers.isEmpty }.map(\.name)
        }
        let near = Spelling.nearest(to: name, among: candidates.filter { $0 != name })
        var hint = ForeignHabits.hint(forName: name)
        if hint == nil, near.isEmpty {
            hint =
                context.names.isEmpty
                ? "Nothing has a name yet: `data = ImageFolder(\"folder\")` makes a dataset."
                : "Names of this session: \(context.names.sorted().prefix(12).joined(separator: ", "))."
        }
        return Diagnostic(.unknownName, "Nothing here is called `\(name)`.", at: span, hint: hint, suggestions: near)
    }

    /// What a constructor or method makes.
    func make(_ call: Call) throws -> Value {
        effort.add()
        guard !effort.isExhausted else {
            throw Diagnostic(
                .value, "This statement makes more than \(Effort.most) things.", at: call.span,
                hint: "Give a part of it a name first.")
        }
        if let receiver = call.receiver {
            guard let method = table.vocabulary.method(call.name) else {
                // `nn.Linear(…)`, `transforms.Resize(…)`: the prefix is a habit, what follows is right.
                if table.vocabulary.constructor(call.name) != nil, case .path(let path) = receiver,
                    context.value(named: path.root) == nil
                {
                    throw Diagnostic(
                        .unknownName, "`\(call.name)` needs no prefix here.", at: receiver.span.to(call.nameSpan),
                        hint: ForeignHabits.hint(forName: path.root), suggestions: [call.name + "(…)"])
                }
                let habit: String?
                if case .path(let path) = receiver {
                    habit =
                        ForeignHabits.hint(forPart: call.name, of: ForeignHabits.name(path))
                        ?? ForeignHabits.hint(forName: call.name)
                    // `torch.save(…)`: what it was meant to do says more than that there is no `torch`.
                    if context.value(named: path.root) == nil {
                        var unknown = unknownName(path.root, path.rootSpan)
                        unknown.hint = habit ?? unknown.hint
                        throw unknown
                    }
                } else {
                    habit = ForeignHabits.hint(forPart: call.name)
                }
                throw Diagnostic(
                    .unknownName, "There is no method `\(call.name)`.", at: call.nameSpan, hint: habit,
                    suggestions: Spelling.nearest(
                        to: call.name, among: table.vocabulary.constructors.filter { !$0.receivers.isEmpty }.map(\.name)))
            }
            let value = try plain(receiver)
            guard case .object(let object) = value, method.receivers.contains(object.kind) else {
                throw Diagnostic(
                    .type,
                    "`\(call.name)` is a method of \(method.receivers.map(Value.withArticle).joined(separator: " or ")), not of \(value.described).",
                    at: receiver.span)
            }
            return try table.make(method, try bind(call, method, receiver: value), in: context)
        }
        guard let constructor = table.vocabulary.constructor(call.name) else {
            if table.vocabulary.beginsVerb(call.name) {
                throw Diagnostic(
                    .syntax, "`\(call.name)` is a verb: it stands at the beginning of a line and takes no brackets.",
                    at: call.nameSpan,
                    hint: (table.vocabulary.verb(call.name)?.usage).map { "Usage: \($0)" })
            }
            if context.value(named: call.name) != nil {
                throw Diagnostic(.type, "`\(call.name)` is a name of this session, and can't be called.", at: call.nameSpan)
            }
            let habit = ForeignHabits.hint(forName: call.name)
            let near = Spelling.nearest(
                to: call.name, among: table.vocabulary.constructors.filter { $0.receivers.isEmpty }.map(\.name))
            throw Diagnostic(
                .unknownName, "There is no constructor `\(call.name)`.", at: call.nameSpan, hint: habit,
                suggestions: habit == nil ? near : [])
        }
        let bound = try bind(call, constructor, receiver: nil)
        do { return try table.make(constructor, bound, in: context) } catch {
            throw FileSpelling.advised(context.diagnostic(for: error), bound, constructor.parameters).located(at: call.span)
        }
    }
}

/// Counts what one statement makes, so that no statement takes forever: alternatives that are tried within alternatives add up.
private final class Effort {
    static let most = 10_000
    private var made = 0

    var isExhausted: Bool { made > Self.most }
    func add() { made += 1 }
}
