/// Arithmetic on numbers. Whole numbers stay whole where the result is; everything else is a number.
enum Arithmetic {
    static func apply(_ symbol: Expression.Operator, _ left: Value, _ right: Value, _ span: Span) throws(Diagnostic) -> Value {
        if case .integer(let a) = left, case .integer(let b) = right {
            let (result, overflow) =
                switch symbol {
                case .add: a.addingReportingOverflow(b)
                case .subtract: a.subtractingReportingOverflow(b)
                case .multiply: a.multipliedReportingOverflow(by: b)
                case .divide: b != 0 && b != -1 && a % b == 0 ? (a / b, false) : (0, true)
                }
            if !overflow { return .integer(result) }
        }
        if symbol == .add, case .text(let a) = left, case .text(let b) = right { return .text(a + b) }
        guard let a = left.asNumber, let b = right.asNumber else {
            let wrong = left.asNumber == nil ? left : right
            throw Diagnostic(.type, "`\(symbol.rawValue)` works on numbers, not on \(wrong.described).", at: span)
        }
        let result =
            switch symbol {
            case .add: a + b
            case .subtract: a - b
            case .multiply: a * b
            case .divide: a / b
            }
        guard result.isFinite else {
            throw Diagnostic(.value, symbol == .divide && b == 0 ? "This divides by zero." : "The result is no finite number.", at: span)
        }
        return .number(result)
    }
}
