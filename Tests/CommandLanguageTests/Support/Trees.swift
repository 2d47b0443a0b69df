@testable import CommandLanguage

// Short forms of tokens and trees, for golden files.

extension Token {
    var short: String {
        let place = "\(span.start)-\(span.end)"
        return switch kind {
        case .name(let text): "name \(text) \(place)"
        case .segment(let text): "segment \(text) \(place)"
        case .integer(let value): "integer \(value) \(place)"
        case .number(let value): "number \(value) \(place)"
        case .percentage(let value): "percentage \(value) \(place)"
        case .size(let width, let height): "size \(width) \(height) \(place)"
        case .text(let text): "text \(Value.text(text).source) \(place)"
        case .symbol(let text): "symbol \(text) \(place)"
        case .separator: "separator \(place)"
        case .end: "end \(place)"
        }
    }
}

extension Expression {
    var tree: String {
        switch self {
        case .none: "none"
        case .bool(let value, _): "\(value)"
        case .integer(let value, _): "\(value)"
        case .number(let value, _): "\(value)"
        case .percentage(let value, _): "(% \(value))"
        case .size(let width, let height, _): "(size \(width) \(height))"
        case .text(let text, _): Value.text(text).source
        case .list(let items, _): "(list\(items.map { " " + $0.tree }.joined()))"
        case .map(let entries, _): "(map\(entries.map { " (\($0.key.tree) \($0.value.tree))" }.joined()))"
        case .range(let low, let high, _): "(.. \(low.tree) \(high.tree))"
        case .binary(let symbol, let left, let right, _): "(\(symbol.rawValue) \(left.tree) \(right.tree))"
        case .negated(let inner, _): "(- \(inner.tree))"
        case .path(let path): path.tree
        case .call(let call):
            "(call \(call.receiver.map { $0.tree + " " } ?? "")\(call.name)\(call.arguments.map { " " + ($0.name.map { "\($0)=" } ?? "") + $0.value.tree }.joined()))"
        }
    }
}

extension PathExpression {
    var tree: String {
        steps.reduce(into: root) { text, step in
            switch step {
            case .segment(let name, _): text += ".\(name)"
            case .index(let index, _): text += "[\(index.tree)]"
            case .everything: text += "[:]"
            }
        }
    }
}

extension Statement {
    var tree: String {
        switch self {
        case .assignment(let path, let value, _): "(= \(path.tree) \(value.tree))"
        case .show(let value, _): "(show \(value.tree))"
        case .explain(let words, _): "(explain \(words.joined(separator: " ")))"
        case .command(let command):
            "(\(command.verb)\(command.items.map { item in switch item { case .positional(let value): " " + value.tree; case .option(let name, _, let value): " \(name)=\(value.tree)" } }.joined()))"
        }
    }
}
