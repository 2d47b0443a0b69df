/// Paths with their indices, and calls.
extension Parser {
    /// What stands between square brackets after a path: one index an axis; `nil` for `:`, the whole axis.
    private mutating func indices() throws(Diagnostic) -> [Expression?] {
        var items: [Expression?] = []
        while true {
            if isSymbol(":") {
                if ![.symbol("]"), .symbol(","), .separator, .end].contains(next.kind) { throw slice() }
                position += 1
                items.append(nil)
            } else {
                items.append(try expression())
                if isSymbol(":") { throw slice() }
            }
            guard isSymbol(",") else { return items }
            position += 1
        }
    }

    private func slice() -> Diagnostic {
        Diagnostic(
            .syntax, "A range inside brackets is written with two dots.", at: current.span,
            hint: "`[0..4]` is the first four, `[:]` is all.")
    }

    mutating func path(root: String, _ span: Span) throws(Diagnostic) -> Expression {
        var steps: [PathExpression.Step] = []
        var receiver: Expression?
        func here() -> Expression { receiver ?? .path(PathExpression(root: root, rootSpan: span, steps: steps)) }
        while current.isGlued {
            if isSymbol("(") {
                try link()
                let call = try call(receiver: receiver, root: root, span, steps)
                receiver = .call(call)
                steps = []
            } else if isSymbol(".") {
                position += 1
                let token = current
                switch token.kind {
                case .name(let text), .segment(let text): steps.append(.segment(text, token.span))
                default:
                    throw Diagnostic(
                        .syntax, "After the dot should be the name of a part.", at: lastSpan,
                        hint: "Press Tab after the dot to see the parts.")
                }
                position += 1
            } else if isSymbol("[") {
                let opening = current.span
                position += 1
                let items = try indices()
                try expect("]", closing: opening)
                steps += items.map { $0.map { .index($0, opening.to(lastSpan)) } ?? .everything(opening.to(lastSpan)) }
            } else {
                break
            }
        }
        guard let receiver else { return .path(PathExpression(root: root, rootSpan: span, steps: steps)) }
        guard steps.isEmpty else {
            throw Diagnostic(
                .syntax, "A path can't begin with a call.", at: receiver.span,
                hint: "Give the value a name first: `net = …`, then `net.part`.")
        }
        return receiver
    }

    private mutating func call(
        receiver: Expression?, root: String, _ rootSpan: Span, _ steps: [PathExpression.Step]
    ) throws(Diagnostic) -> Call {
        let opening = current.span
        position += 1
        var arguments: [Call.Argument] = []
        while !accept(")") {
            if case .name(let name) = current.kind, next.kind == .symbol("=") {
                let nameSpan = current.span
                position += 2
                arguments.append(Call.Argument(name: name, nameSpan: nameSpan, value: try expression()))
            } else if isAtEndOfStatement {
                throw Diagnostic(.syntax, "This bracket is never closed.", at: opening, hint: "A `)` is missing.")
            } else {
                arguments.append(Call.Argument(name: nil, nameSpan: nil, value: try expression()))
            }
            if accept(",") { continue }
            try expect(")", closing: opening)
            break
        }
        let whole = rootSpan.to(lastSpan)
        guard let last = steps.last else {
            return Call(receiver: receiver, name: root, nameSpan: rootSpan, arguments: arguments, span: whole)
        }
        guard case .segment(let name, let nameSpan) = last else {
            throw Diagnostic(.syntax, "An item can't be called.", at: opening)
        }
        let before = receiver ?? .path(PathExpression(root: root, rootSpan: rootSpan, steps: Array(steps.dropLast())))
        return Call(receiver: before, name: name, nameSpan: nameSpan, arguments: arguments, span: whole)
    }
}
