#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif
import Tensors

/// Which rate each part of a network learns at.
public enum LearningRates: Hashable, Sendable, Codable {
    /// One rate for everything.
    case uniform(Double)
    /// From the first part that trains to the last, in equal ratios: `lr=1e-5..1e-3` (Howard, Ruder 2018).
    case range(Double, Double)
    /// Rates by pattern, the last that matches wins; everything else learns at the rate given first.
    case patterns(otherwise: Double, [Pair])

    /// A pattern and its rate.
    public struct Pair: Hashable, Sendable, Codable {
        public let pattern: PathPattern
        public let rate: Double
        public init(_ pattern: PathPattern, _ rate: Double) {
            self.pattern = pattern
            self.rate = rate
        }
    }

    /// The rate of the head: the one to show when there is room for one.
    public var principal: Double {
        switch self {
        case .uniform(let rate), .patterns(let rate, _): rate
        case .range(_, let last): last
        }
    }
}

/// Parameters that share a rate and a decay.
public struct ParameterGroup: Hashable, Sendable, Codable {
    /// What the group is shown as: `all`, `layer4`, `fc`, …; `, no decay` where biases and norms are set apart.
    public let name: String
    public let learningRate: Double
    public let weightDecay: Double
    /// Full names, in the network's order.
    public let parameters: [String]
}

/// The groups of everything that trains, by name: derived afresh before each training, so nothing frozen moves and nothing thawed is
/// forgotten.
public struct ParameterGroups: Hashable, Sendable {
    public let groups: [ParameterGroup]
    private let indices: [String: Int]

    /// What can't be made into groups.
    public enum Failure: Error, Hashable, Sendable, CustomStringConvertible {
        /// A pattern that matches no parameter of the network.
        case matchesNothing(PathPattern)
        /// A pattern whose parameters are all frozen.
        case matchesOnlyFrozen(PathPattern)
        /// A rate that is negative or not a number.
        case badRate(Double)

        public var description: String {
            switch self {
            case .matchesNothing(let pattern):
                "groups: nothing in the network is called \(pattern); * stands for one segment, ** for any number"
            case .matchesOnlyFrozen(let pattern): "groups: everything in \(pattern) is frozen; unfreeze it or leave it out"
            case .badRate(let rate): "a learning rate must be at least 0, not \(rate)"
            }
        }
    }

    /// The groups of a network's trainable parameters.
    ///
    /// - Parameters:
    ///   - module: the network.
    ///   - trainable: full names of the parameters that train.
    ///   - rates: who learns how fast.
    ///   - parts: the cuts for a range of rates, lists of path prefixes from the input to the head; `nil`: ``parts(of:)``.
    ///   - weightDecay: for every parameter, or
    ///   - sparesBiasesAndNorms: for those with two axes or more only.
    public init(
        _ module: Module, trainable: [String], rates: LearningRates, parts: [[String]]? = nil, weightDecay: Double = 0,
        sparesBiasesAndNorms: Bool = false
    ) throws(Failure) {
        let declared = module.parameterDeclarations.filter { $0.declaration.role == .parameter }
        let trains = Set(trainable)
        let learning = declared.filter { trains.contains($0.name) }
        let names = learning.map(\.name)
        var labelled: [(label: String, rate: Double, parameters: Set<String>)] = []
        switch rates {
        case .uniform(let rate): labelled = [("all", rate, Set(names))]
        case .range(let first, let last):
            let present = Self.cut(names, parts ?? Self.parts(of: module).map { [$0] })
            for (index, part) in present.enumerated() {
                let share = present.count > 1 ? Double(index) / Double(present.count - 1) : 1
                let rate = first > 0 && last > 0 ? first * pow(last / first, share) : first + (last - first) * share
                labelled.append((part.label, rate, Set(part.names)))
            }
        case .patterns(let otherwise, let pairs):
            var left = Set(names)
            for pair in pairs.reversed() {
                guard declared.contains(where: { pair.pattern.matches($0.name) }) else {
                    throw .matchesNothing(pair.pattern)
                }
                let matched = pair.pattern.filter(names)
                guard !matched.isEmpty else { throw .matchesOnlyFrozen(pair.pattern) }
                labelled.insert((pair.pattern.description, pair.rate, left.intersection(matched)), at: 0)
                left.subtract(matched)
            }
            labelled.insert(("the rest", otherwise, left), at: 0)
        }
        var groups: [ParameterGroup] = []
        for (label, rate, members) in labelled {
            guard rate >= 0, rate.isFinite else { throw .badRate(rate) }
            func append(_ suffix: String, _ decay: Double, _ parameters: [String]) {
                guard !parameters.isEmpty else { return }
                let name = label + suffix
                groups.append(ParameterGroup(name: name, learningRate: rate, weightDecay: decay, parameters: parameters))
            }
            let own = learning.filter { members.contains($0.name) }
            if sparesBiasesAndNorms, weightDecay != 0 {
                append("", weightDecay, own.filter { $0.declaration.shape.rank > 1 }.map(\.name))
                append(", no decay", 0, own.filter { $0.declaration.shape.rank <= 1 }.map(\.name))
            } else {
                append("", weightDecay, own.map(\.name))
            }
        }
        self.groups = groups
        indices = groups.enumerated().reduce(into: [:]) { result, group in
            for name in group.element.parameters { result[name] = group.offset }
        }
    }

    /// The group of a parameter; `nil` if it doesn't train.
    public subscript(_ parameter: String) -> ParameterGroup? { indices[parameter].map { groups[$0] } }

    /// The paths of the parts that a range of rates goes over, from the input to the head, those without parameters left out.
    ///
    /// These are the top-level parts. Where there are fewer than four, as in networks that put everything before the head into one
    /// `features`, the one with the most layers is opened.
    public static func parts(of module: Module) -> [String] {
        guard case .block(let block) = module else { return [""] }
        func learned(_ block: Block, _ path: String) -> [(path: String, module: Module)] {
            block.children.filter { !$0.module.parameterDeclarations.isEmpty }.map { (path + $0.name, $0.module) }
        }
        var parts = learned(block, "")
        while parts.count < 4 {
            // Only a row of parts can be opened: in a block with other wiring they lie side by side.
            let sizes = parts.map { part -> Int in
                guard case .block(let inner) = part.module, inner.wiring == .sequential else { return 0 }
                return learned(inner, "").count
            }
            guard let most = sizes.max(), most > 1, let position = sizes.firstIndex(of: most),
                case .block(let inner) = parts[position].module
            else { break }
            parts.replaceSubrange(position...position, with: learned(inner, parts[position].path + "."))
        }
        return parts.map(\.path)
    }

    /// The names of each part, parts without any left out. Names in no part join the one before them in the network's order.
    private static func cut(_ names: [String], _ parts: [[String]]) -> [(label: String, names: [String])] {
        var result = parts.map { (label: $0.count > 1 ? "\($0[0])…\($0[$0.count - 1])" : $0.first ?? "", names: [String]()) }
        var current = 0
        for name in names {
            current =
                parts.firstIndex { $0.contains { $0.isEmpty || name == $0 || name.hasPrefix($0 + ".") } }
                ?? min(current, parts.count - 1)
            if result.isEmpty { result = [("all", [])] }
            result[max(current, 0)].names.append(name)
        }
        return result.filter { !$0.names.isEmpty }
    }
}
