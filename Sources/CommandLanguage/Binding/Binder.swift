/// Arguments matched with parameters.
extension Evaluator {
    /// The verb that a command means, with the items that are left: `show batch …` is a verb of two words.
    ///
    /// Where the second word is a name of the session too, it is that where it can be: `show batch` shows what is called so, and `show batch
    /// bees` a batch; there is no `find` beside `find lr`.
    func verb(of command: Command) -> (declaration: VerbDeclaration, items: [Command.Item])? {
        let single = table.vocabulary.verb(command.verb)
        if let first = command.items.first, case .positional(let expression) = first, let word = Self.bareName(expression),
            let verb = table.vocabulary.verb("\(command.verb) \(word)"),
            single == nil || context.value(named: word) == nil || hasAnother(command.items.dropFirst(), single)
        {
            return (verb, Array(command.items.dropFirst()))
        }
        return single.map { ($0, command.items) }
    }

    /// Whether a second object follows, which a verb of one word wouldn't take.
    private func hasAnother(_ items: ArraySlice<Command.Item>, _ verb: VerbDeclaration?) -> Bool {
        guard case .positional(let expression)? = items.first, let verb else { return false }
        guard verb.parameters.count(where: { $0.style == .positional }) == 1,
            !verb.parameters.contains(where: { $0.type.isRepeatable })
        else {
            return false
        }
        let word = Self.bareName(expression)
        return !verb.parameters.contains {
            word != nil && ($0.style == .connected(word ?? "") || $0.style == .flag && $0.name == word)
        }
    }

    /// A command's arguments.
    func bind(_ command: Command, _ verb: VerbDeclaration, _ items: [Command.Item]) throws -> BoundCall {
        var arguments: [String: BoundCall.Bound] = [:]
        var words: (word: String, span: Span)?
        for (index, item) in items.enumerated() {
            switch item {
            case .option(let name, let span, let expression):
                // `set threads=2` says what `set threads 2` does.
                if let (which, parameter) = Self.dependent(on: name, in: verb.parameters) {
                    guard arguments[which] == nil, arguments[parameter.name] == nil else {
                        throw Diagnostic(
                            .value, "\(verb.name) takes one \(which) at a time, and this is another.", at: span,
                            hint: "Write another line.")
                    }
                    arguments[which] = BoundCall.Bound(value: .text(name), span: span)
                    arguments[parameter.name] = try bound(expression, parameter, verb.name, given: arguments)
                    continue
                }
                let parameter = try find(name, span, in: verb.parameters, owner: verb.name, given: arguments)
                arguments[parameter.name] = try bound(expression, parameter, verb.name, given: arguments)
            case .positional(let expression):
                let bare = Self.bareName(expression)
                if let bare, words == nil, items.indices.contains(index + 1) || context.value(named: bare) == nil,
                    verb.parameters.contains(where: { $0.style == .connected(bare) && arguments[$0.name] == nil })
                {
                    words = (bare, expression.span)
                    continue
                }
                if let bare, words == nil,
                    let flag = verb.parameters.first(where: {
                        $0.style == .flag && ($0.name == bare || $0.aliases.contains(bare))
                    })
                {
                    arguments[flag.name] = BoundCall.Bound(value: .bool(true), span: expression.span)
                    continue
                }
                if let bare, words == nil,
                    let misplaced = optionWithoutSign(bare, expression, items.dropFirst(index + 1).first, verb)
                {
                    throw misplaced
                }
                let parameter: Parameter
                do {
                    parameter = try positional(expression, verb, &arguments, after: words?.word)
                } catch let error as Diagnostic {
                    throw misspelledTopic(verb, items) ?? error
                }
                words = nil
                // A list takes everything that follows.
                if parameter.type.isRepeatable, case .list(let before)? = arguments[parameter.name]?.value {
                    let more = try value(expression, as: parameter.type, label: "\(verb.name): \(parameter.name)")
                    guard case .list(let added) = more else { break }
                    let span = arguments[parameter.name]?.span.map { $0.to(expression.span) }
                    arguments[parameter.name] = BoundCall.Bound(value: .list(before + added), span: span ?? expression.span)
                } else {
                    do {
                        arguments[parameter.name] = try bound(expression, parameter, verb.name, given: arguments)
                    } catch var error as Diagnostic {
                        // A word that is no name may be a flag or an option that was misspelled.
                        if let bare, error.kind == .unknownName, error.span == expression.span {
                            error.suggestions = Array(
                                (Spelling.nearest(to: bare, among: Self.words(of: verb)) + error.suggestions).prefix(3))
                            if !error.suggestions.isEmpty, error.hint?.hasPrefix("Names of") == true { error.hint = nil }
                        }
                        if error.kind == .type, error.hint == nil, let word = connection(expression, verb, given: arguments) {
                            error.hint = "Write `\(verb.name) … \(word) \(bare ?? "…")`."
                        }
                        throw error
                    }
                }
            }
        }
        if let words {
            throw Diagnostic(.missingArgument, "Nothing follows `\(words.word)`.", at: words.span, hint: "Usage: \(verb.usage)")
        }
        try complete(&arguments, verb.parameters, owner: verb.name, usage: verb.usage, span: command.span)
        return BoundCall(name: verb.name, span: command.span, arguments: arguments)
    }

    /// The error for `epochs 5` where `epochs=5` is meant.
    private func optionWithoutSign(
        _ word: String, _ expression: Expression, _ next: Command.Item?, _ verb: VerbDeclaration
    ) -> Diagnostic? {
        guard case .positional(let value)? = next, context.value(named: word) == nil,
            let option = verb.parameters.first(where: { $0.style == .option && ($0.name == word || $0.aliases.contains(word)) }),
            !verb.parameters.contains(where: { $0.isPositional && Self.takes(word, $0.type) })
        else { return nil }
        let written: String? =
            switch value {
            case .path(let path): path.bareName
            case .integer(let number, _): String(number)
            case .number(let number, _): Value.written(number)
            case .text(let text, _): Value.text(text).source
            default: nil
            }
        return Diagnostic(
            .syntax, "`\(word)` is an option of \(verb.name): between it and its value stands `=`.", at: expression.span,
            suggestions: ["\(option.name)=\(written ?? "…")"])
    }

    /// Whether a word may stand for itself where a type is wanted: `set seed 1`.
    private static func takes(_ word: String, _ type: ParameterType) -> Bool {
        switch type {
        case .choice(let words): words.contains(word)
        case .text, .className, .any: true
        case .list(let element): takes(word, element)
        case .oneOf(let types): types.contains { takes(word, $0) }
        default: false
        }
    }

    /// The words that a verb knows beside values: flags, connecting words, options.
    private static func words(of verb: VerbDeclaration) -> [String] {
        verb.parameters.map { parameter in
            switch parameter.style {
            case .flag: parameter.name
            case .connected(let word): word
            case .option, .positional: "\(parameter.name)="
            }
        }
    }

    /// The connecting word that is missing before a value which only fits behind it.
    private func connection(_ expression: Expression, _ verb: VerbDeclaration, given: [String: BoundCall.Bound]) -> String? {
        for parameter in verb.parameters where given[parameter.name] == nil {
            if case .connected(let word) = parameter.style, (try? value(expression, as: parameter.type, label: "")) != nil {
                return word
            }
        }
        return nil
    }

    /// The error for `show batsh data`: a second word that is nearly one of the verb's.
    private func misspelledTopic(_ verb: VerbDeclaration, _ items: [Command.Item]) -> Diagnostic? {
        guard case .positional(let first)? = items.first, let word = Self.bareName(first), context.value(named: word) == nil
        else { return nil }
        let near = Spelling.nearest(to: word, among: table.vocabulary.topics(of: verb.name)).map { "\(verb.name) \($0)" }
        return near.isEmpty
            ? nil : Diagnostic(.unknownVerb, "There is no `\(verb.name) \(word)`.", at: first.span, suggestions: near)
    }

    private func bound(
        _ expression: Expression, _ parameter: Parameter, _ owner: String, given: [String: BoundCall.Bound]
    ) throws -> BoundCall.Bound {
        // `none` takes an option back to what it is when nothing is said.
        if case .none(let span) = expression { return BoundCall.Bound(value: .none, span: span) }
        var label = "\(owner): \(parameter.name)"
        let type = parameter.type.resolved { name in
            guard case .text(let word)? = given[name]?.value else { return nil }
            label = "\(owner) \(word)"
            return word
        }
        return BoundCall.Bound(value: try value(expression, as: type, label: label), span: expression.span)
    }

    /// The parameter whose type depends on a word, and the parameter that takes the word.
    private static func dependent(on word: String, in parameters: [Parameter]) -> (which: String, parameter: Parameter)? {
        for parameter in parameters {
            if case .depends(let other, let types) = parameter.type, types[word] != nil { return (other, parameter) }
        }
        return nil
    }

    private func positional(
        _ expression: Expression, _ verb: VerbDeclaration, _ arguments: inout [String: BoundCall.Bound], after word: String?
    ) throws -> Parameter {
        if let word, let parameter = verb.parameters.first(where: { $0.style == .connected(word) }) { return parameter }
        let open = verb.parameters.filter { parameter in
            guard parameter.isPositional else { return false }
            guard let bound = arguments[parameter.name] else { return true }
            if case .list = bound.value { return parameter.type.isRepeatable }
            return false
        }
        let plain = open.filter { $0.style == .positional }
        // The first place that the value fits, so that what may be left out can be left out.
        if plain.count > 1 {
            for parameter in plain.dropLast() where !parameter.isRequired {
                if (try? value(expression, as: parameter.type, label: "")) != nil { return parameter }
                if arguments.isEmpty,
                    plain.dropFirst().contains(where: { (try? value(expression, as: $0.type, label: "")) != nil })
                {
                    continue
                }
                return parameter
            }
        }
        if let parameter = plain.first ?? open.first { return parameter }
        if let bare = Self.bareName(expression) {
            if verb.parameters.contains(where: { $0.style == .connected(bare) }) {
                throw Diagnostic(
                    .value, "\(verb.name) has its `\(bare)` already.", at: expression.span, hint: "Usage: \(verb.usage)")
            }
            throw Diagnostic(
                .unknownOption, "\(verb.name) doesn't know what to do with `\(bare)`.", at: expression.span,
                hint: "Usage: \(verb.usage)",
                suggestions: Spelling.nearest(to: bare, among: Self.words(of: verb)))
        }
        throw Diagnostic(
            .unknownOption, "\(verb.name) takes nothing more here.", at: expression.span, hint: "Usage: \(verb.usage)")
    }

    /// A constructor's arguments.
    func bind(_ call: Call, _ constructor: ConstructorDeclaration, receiver: Value?) throws -> BoundCall {
        var arguments: [String: BoundCall.Bound] = [:]
        var others: [(name: String, value: Value)] = []
        var named: Set<String> = []
        for argument in call.arguments {
            if let name = argument.name, let span = argument.nameSpan {
                if let type = constructor.others,
                    !constructor.parameters.contains(where: { $0.name == name || $0.aliases.contains(name) })
                {
                    guard !others.contains(where: { $0.name == name }) else {
                        throw Diagnostic(.value, "\(constructor.name) has `\(name)` twice.", at: span)
                    }
                    others.append((name, try value(argument.value, as: type, label: "\(constructor.name): \(name)")))
                    continue
                }
                let parameter = try find(name, span, in: constructor.parameters, owner: constructor.name, given: arguments)
                arguments[parameter.name] = try bound(argument.value, parameter, constructor.name, given: arguments)
                named.insert(parameter.name)
            } else {
                let open = constructor.parameters.first { parameter in
                    if case .list = parameter.type, parameter.isPositional, arguments[parameter.name] != nil { return true }
                    return arguments[parameter.name] == nil
                }
                guard let open else {
                    throw Diagnostic(
                        .unknownOption,
                        "\(constructor.name) takes \(Self.counted(constructor.parameters.count, "value")), and this is one more.",
                        at: argument.value.span, hint: Self.tooMany(constructor))
                }
                if case .list(let before)? = arguments[open.name]?.value, case .list = open.type {
                    let more = try value(argument.value, as: open.type, label: "\(constructor.name): \(open.name)")
                    if case .list(let added) = more {
                        arguments[open.name] = BoundCall.Bound(value: .list(before + added), span: argument.value.span)
                    }
                } else {
                    arguments[open.name] = try bound(argument.value, open, constructor.name, given: arguments)
                }
            }
        }
        try complete(&arguments, constructor.parameters, owner: constructor.name, usage: constructor.usage, span: call.span)
        return BoundCall(
            name: constructor.name, span: call.span, receiver: receiver, arguments: arguments, others: others, named: named)
    }

    private static func tooMany(_ constructor: ConstructorDeclaration) -> String {
        constructor.name == "Linear"
            ? "The input size is inferred: `Linear(classes)`, or `Linear(in_features=512, out_features=2)`."
            : "Usage: \(constructor.usage)"
    }

    static func counted(_ count: Int, _ noun: String) -> String { count == 1 ? "1 \(noun)" : "\(count) \(noun)s" }

    private func find(
        _ name: String, _ span: Span, in parameters: [Parameter], owner: String, given: [String: BoundCall.Bound]
    ) throws(Diagnostic) -> Parameter {
        guard
            let parameter = parameters.first(where: { $0.name == name }) ?? parameters.first(where: { $0.aliases.contains(name) })
        else {
            let names = parameters.map(\.name)
            let near = Spelling.nearest(to: name, among: names)
            throw Diagnostic(
                .unknownOption, "\(owner) has no option `\(name)`.", at: span,
                hint: ForeignHabits.hint(forOption: name)
                    ?? (!near.isEmpty
                        ? nil : names.isEmpty ? "\(owner) takes no options." : "Options: \(names.joined(separator: ", "))."),
                suggestions: near)
        }
        if given[parameter.name] != nil {
            throw Diagnostic(.value, "\(owner): `\(parameter.name)` is given twice.", at: span)
        }
        return parameter
    }

    private func complete(
        _ arguments: inout [String: BoundCall.Bound], _ parameters: [Parameter], owner: String, usage: String, span: Span
    ) throws(Diagnostic) {
        for parameter in parameters where arguments[parameter.name] == nil {
            if let value = parameter.defaultValue {
                arguments[parameter.name] = BoundCall.Bound(
                    value: Conversion.convert(value, to: parameter.type) ?? value, span: nil)
            } else if parameter.isRequired {
                throw Diagnostic(
                    .missingArgument, "\(owner) needs \(parameter.name): \(parameter.type.described).", at: span,
                    hint: "Usage: \(usage)")
            }
        }
    }
}
