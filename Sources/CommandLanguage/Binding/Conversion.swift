/// Values made to fit declared types.
enum Conversion {
    /// The value as the type wants it; `nil` if it doesn't fit.
    static func convert(_ value: Value, to type: ParameterType) -> Value? {
        switch (type, value) {
        case (.any, _): return value
        case (.none, .none): return value
        case (.integer(let range), .integer(let number)): return range?.contains(number) ?? true ? value : nil
        case (.integer(let range), .number(let number)):
            guard number == number.rounded(), abs(number) < 1e15, range?.contains(Int(number)) ?? true else { return nil }
            return .integer(Int(number))
        case (.number(let range), _):
            guard let number = value.asNumber, range?.contains(number) ?? true else { return nil }
            return .number(number)
        case (.fraction, _):
            guard let number = value.asNumber, (0...1).contains(number) else { return nil }
            return .number(number)
        case (.bool, .bool), (.text, .text), (.className, .text), (.file, .text): return value
        case (.choice(let words), .text(let text)): return words.contains(text) ? value : nil
        case (.range, .range): return value
        case (.range, .list(let pair)):
            guard pair.count == 2, let low = pair[0].asNumber, let high = pair[1].asNumber else { return nil }
            return .range(low, high)
        case (.size, .size(let width, let height)): return sides.contains(width) && sides.contains(height) ? value : nil
        case (.size, .integer(let side)): return sides.contains(side) ? .size(width: side, height: side) : nil
        case (.size, .list(let pair)):
            guard pair.count == 2, case .integer(let height) = pair[0], case .integer(let width) = pair[1], sides.contains(width), sides.contains(height)
            else { return nil }
            return .size(width: width, height: height)
        case (.object(let kinds), .object(let object)): return kinds.isEmpty || kinds.contains(object.kind) ? value : nil
        case (.list(let element), .list(let values)):
            let converted = values.compactMap { convert($0, to: element) }
            return converted.count == values.count ? .list(converted) : nil
        case (.list(let element), _): return convert(value, to: element).map { .list([$0]) }
        case (.oneOf(let types), _): return types.lazy.compactMap { convert(value, to: $0) }.first
        default: return nil
        }
    }

    /// The pixels that a side of a picture may have.
    static let sides = 1...65_536

    /// The number, if it is one of the right kind that lies outside the bounds.
    static func outOfBounds(_ value: Value, _ type: ParameterType) -> String? {
        switch type {
        case .integer:
            if case .integer = value { return value.source }
            if let number = value.asNumber, number != number.rounded() { return value.source }
        case .number, .fraction: if value.asNumber != nil { return value.source }
        case .size:
            switch value {
            case .size, .integer: return value.source
            default: break
            }
        default: break
        }
        return nil
    }

    /// The bound that a number exceeds, where ``ParameterType/described`` passes over it since it is so far away.
    static func limit(_ number: Double?, _ type: ParameterType) -> String? {
        guard let number else { return nil }
        let highest: Double?
        switch type {
        case .integer(let range): highest = range.map { Double($0.upperBound) }
        case .number(let range): highest = range.map(\.upperBound)
        case .oneOf(let types): return types.lazy.compactMap { limit(number, $0) }.first
        default: return nil
        }
        return highest.flatMap { number > $0 && $0 >= ParameterType.farAway ? "At most \(Value.written($0))." : nil }
    }

    /// What may help with a value of the wrong type.
    static func hint(_ value: Value, _ type: ParameterType) -> String? {
        switch (type, value) {
        case (.number, .text(let text)) where Double(text) != nil, (.integer, .text(let text)) where Int(text) != nil:
            "Numbers are written without quotes: \(text)"
        case (.text, .path(let path)), (.className, .path(let path)), (.file, .path(let path)): "Write \"\(path)\"."
        default: nil
        }
    }
}
