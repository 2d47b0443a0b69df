/// An expression with its place.
public indirect enum Expression: Sendable, Equatable {
    case none(Span)
    case bool(Bool, Span)
    case integer(Int, Span)
    case number(Double, Span)
    case percentage(Double, Span)
    case size(Int, Int, Span)
    case text(String, Span)
    case list([Expression], Span)
    case map([MapEntry], Span)
    case range(Expression, Expression, Span)
    case binary(Operator, Expression, Expression, Span)
    case negated(Expression, Span)
    case path(PathExpression)
    case call(Call)

    /// One pair of a map.
    public struct MapEntry: Sendable, Equatable {
        public let key: Expression
        public let value: Expression
    }

    /// Arithmetic.
    public enum Operator: String, Sendable { case add = "+", subtract = "-", multiply = "*", divide = "/" }

    /// Where it stands.
    public var span: Span {
        switch self {
        case .none(let span), .bool(_, let span), .integer(_, let span), .number(_, let span), .percentage(_, let span),
            .size(_, _, let span), .text(_, let span), .list(_, let span), .map(_, let span), .range(_, _, let span),
            .binary(_, _, _, let span), .negated(_, let span):
            span
        case .path(let path): path.span
        case .call(let call): call.span
        }
    }
}

/// A path: a name, and what is reached inside.
public struct PathExpression: Sendable, Equatable {
    /// One step.
    public enum Step: Sendable, Equatable {
        /// `.layer4`, `.0`, `.*`
        case segment(String, Span)
        /// `[3]`, `["ants"]`, `[0..8]`
        case index(Expression, Span)
        /// `[:]`: all of an axis, as in `[0, :, 1, 1]`.
        case everything(Span)

        public var span: Span {
            switch self {
            case .segment(_, let span), .index(_, let span), .everything(let span): span
            }
        }
    }

    public let root: String
    public let rootSpan: Span
    public let steps: [Step]

    public var span: Span { steps.last.map { rootSpan.to($0.span) } ?? rootSpan }

    /// The name, if the path is nothing more.
    public var bareName: String? { steps.isEmpty ? root : nil }
}

/// A constructor, or a method of what stands before the dot, with its arguments.
public struct Call: Sendable, Equatable {
    /// One argument.
    public struct Argument: Sendable, Equatable {
        public let name: String?
        public let nameSpan: Span?
        public let value: Expression
    }

    /// What the method belongs to: `resnet50` in `resnet50.until(layer4)`; a path or a call.
    public let receiver: Expression?
    public let name: String
    public let nameSpan: Span
    public let arguments: [Argument]
    public let span: Span
}

/// One thing a cell asks for.
public enum Statement: Sendable, Equatable {
    /// `net.fc = Linear(classes)`
    case assignment(PathExpression, Expression, Span)
    /// `train net on bees epochs=5`; a bare name is a verb without arguments or an object to show.
    case command(Command)
    /// A path or a value alone.
    case show(Expression, Span)
    /// `train?`, `?train`
    case explain([String], Span)

    public var span: Span {
        switch self {
        case .assignment(_, _, let span), .show(_, let span), .explain(_, let span): span
        case .command(let command): command.span
        }
    }
}

/// A verb and what follows it.
public struct Command: Sendable, Equatable {
    /// One thing after the verb.
    public enum Item: Sendable, Equatable {
        /// An object, a value, a flag or a connecting word.
        case positional(Expression)
        /// `epochs=5`
        case option(String, Span, Expression)

        public var span: Span {
            switch self {
            case .positional(let expression): expression.span
            case .option(_, let span, let value): span.to(value.span)
            }
        }
    }

    public let verb: String
    public let verbSpan: Span
    public let items: [Item]
    public let span: Span
}
