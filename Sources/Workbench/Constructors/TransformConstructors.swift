import CommandLanguage
import Imaging

/// Constructors of transforms: torchvision's names, parameters and defaults.
enum TransformConstructors {
    static var families: [Vocabularies.Family] { geometry + random + colour + policies + tensors }

    /// One constructor of a transform.
    static func transform(
        _ name: String, _ summary: String, _ discussion: String = "", _ parameters: [Parameter] = [], example: String,
        make: @escaping (BoundCall) throws -> Transform
    ) -> Vocabularies.Family {
        let declaration = ConstructorDeclaration(
            name, kind: "transform", summary, discussion: discussion, parameters: parameters, examples: [example])
        return (
            declaration,
            { call, _ in
                let transform = try make(call)
                try transform.validate()
                return .object(TransformObject(transform: transform))
            }
        )
    }
}

/// Parameters that several transforms share.
extension TransformConstructors {
    static let side = ParameterType.integer(1...65535)

    static func size(_ help: String) -> Parameter { .required("size", .size, help) }

    static let probability = Parameter.positional("p", .fraction, default: .number(0.5), "how often")

    static func interpolation(_ usual: Interpolation) -> Parameter {
        .option(
            "interpolation", .choice(Interpolation.allCases.map(\.rawValue)), default: .text(usual.rawValue), "how pixels between pixels are computed")
    }

    static let fill = Parameter.option(
        "fill", .list(.integer(0...255)), default: .integer(0), "what stands where the picture has no pixels: one level, or [red, green, blue]")
    static let center = Parameter.option("center", .list(.number(nil)), defaultText: "the picture's middle", "what is turned about: [x, y] in pixels")
    static let paddingMode = Parameter.option(
        "padding_mode", .choice(PaddingMode.allCases.map(\.rawValue)), default: .text("constant"), "what is added: one colour, or the picture's edge, repeated or mirrored")
    /// A number or a range.
    static let spread = ParameterType.oneOf([.number(nil), .range])
}

extension BoundCall {
    func side(_ name: String = "size") throws(Diagnostic) -> ImageSize {
        guard let size = optionalSize(name) else { throw error(.type, at: name, "\(self.name): \(name) should be a size such as 224 or 320x240.") }
        return ImageSize(width: size.width, height: size.height)
    }

    var interpolation: Interpolation { optionalText("interpolation").flatMap(Interpolation.init(rawValue:)) ?? .bilinear }
    var paddingMode: PaddingMode { optionalText("padding_mode").flatMap(PaddingMode.init(rawValue:)) ?? .constant }

    /// The colour that `fill=` gives.
    var fill: Fill {
        let levels = numbers("fill").map { UInt8(min(max($0, 0), 255)) }
        return levels.isEmpty ? .black : Fill(levels)
    }

    /// The numbers of a list, or of a range's two ends.
    func numbers(_ name: String) -> [Double] {
        if let range = optionalRange(name) { return [range.low, range.high] }
        return list(name).compactMap(\.asNumber)
    }

    /// The range that an argument gives, or the one that a single number stands for.
    ///
    /// - Parameter hint: the way out where a number stands for none.
    func limits(_ name: String, hint: String? = nil, of number: (Double) -> ClosedRange<Double>? = { _ in nil }) throws(Diagnostic) -> ClosedRange<Double>? {
        if let range = optionalRange(name) {
            guard range.low <= range.high else {
                throw error(
                    .value, at: name, "\(self.name): \(name) goes backwards, from \(Value.written(range.low)) to \(Value.written(range.high)).",
                    suggestions: ["\(name)=\(Value.range(range.high, range.low).source)"])
            }
            return range.low...range.high
        }
        guard let value = optionalNumber(name) else { return nil }
        guard let range = number(value) else {
            throw error(.value, at: name, "\(self.name): \(name) can't be \(Value.written(value)).", hint: hint ?? "Give a range: \(name)=0.8..1.2.")
        }
        return range
    }

    /// A range that has a default.
    func range(_ name: String) throws(Diagnostic) -> ClosedRange<Double> {
        guard let limits = try limits(name) else { throw error(.type, at: name, "\(self.name): \(name) should be a range such as 0.8..1.0.") }
        return limits
    }

    /// `-v...v` for a number, as torchvision takes degrees and hues.
    func symmetric(_ name: String) throws(Diagnostic) -> ClosedRange<Double>? {
        let reach = Value.written(abs(optionalNumber(name) ?? 0))
        let hint = "A number stands for both directions: \(name)=\(reach), which is \(name)=-\(reach)..\(reach)."
        return try limits(name, hint: hint) { $0 >= 0 ? -$0...$0 : nil }
    }

    func point(_ name: String) throws(Diagnostic) -> ImagePoint? {
        let values = numbers(name)
        guard !values.isEmpty else { return nil }
        guard values.count == 2 else { throw error(.value, at: name, "\(self.name): \(name) takes two numbers, not \(values.count).") }
        return ImagePoint(x: values[0], y: values[1])
    }

    /// Pixels at the sides: one number, [left and right, top and bottom], or [left, top, right, bottom].
    func padding(_ name: String = "padding") throws(Diagnostic) -> Padding? {
        let sides = list(name).compactMap { if case .integer(let side) = $0 { side } else { nil } }
        switch sides.count {
        case 0: return nil
        case 1: return Padding(sides[0])
        case 2: return Padding(left: sides[0], top: sides[1], right: sides[0], bottom: sides[1])
        case 4: return Padding(left: sides[0], top: sides[1], right: sides[2], bottom: sides[3])
        default:
            throw error(.value, at: name, "\(self.name): \(name) takes one number, two (left and right, top and bottom) or four (left, top, right, bottom), not \(sides.count).")
        }
    }
}
