/// What may stand at the cursor, best first.
struct Completer {
    /// One offer.
    struct Match: Equatable {
        let text: String
        /// `function`, `keyword`, `instance`, `property`, `path`, `class` or `module`: JupyterLab's icons.
        let kind: String
        /// What fits the place best has the lowest.
        var tier = 0
    }

    /// So many offers at most; nobody reads more.
    static let limit = 300

    let vocabulary: Vocabulary
    let facts: SessionFacts
    let site: CursorSite

    var matches: [Match] {
        if site.isDead { return [] }
        if let quote = site.quote { return sorted(quoted).map { $0.written(in: quote) } }
        if let path = site.path { return sorted(members(path.root, path.segments)) }
        if site.isStatementStart { return sorted(beginnings) }
        switch site.frame.kind {
        case .topic: return sorted(topics)
        case .command(let word, let verb): return sorted(arguments(word, verb))
        case .call: return sorted(callArguments)
        case .index(let root, let segments): return sorted(classNames(of: root, segments).map { $0.quoted })
        case .map where site.frame.isKey: return sorted(mapKeys.map { $0.quoted })
        case .assignment, .map, .list, .group, .value: return sorted(values(of: site.frame.expected, tier: 0))
        }
    }

    /// What begins with the word, then what contains it, each in its order.
    private func sorted(_ matches: [Match]) -> [Match] {
        let wanted = site.prefix.lowercased()
        var seen = Set<String>()
        var found: [(match: Match, score: Int, index: Int)] = []
        for (index, match) in matches.enumerated() {
            let text = match.text.lowercased()
            let score: Int
            if match.text.hasPrefix(site.prefix) {
                score = 0
            } else if text.hasPrefix(wanted) || text.hasPrefix("\"" + wanted) {
                score = 1
            } else if wanted.count >= 2, text.contains(wanted) {
                score = 2
            } else {
                continue
            }
            if seen.insert(match.text).inserted { found.append((match, score, index)) }
        }
        // Parts of words help only where nothing begins so.
        if found.contains(where: { $0.score < 2 }) { found.removeAll { $0.score == 2 } }
        found.sort { ($0.score, $0.match.tier, $0.index) < ($1.score, $1.match.tier, $1.index) }
        return found.prefix(Self.limit).map(\.match)
    }

    // MARK: - Statements

    private var beginnings: [Match] {
        var result: [Match] = vocabulary.verbWords.map { Match(text: $0, kind: "keyword", tier: 1) }
        if site.prefix.count >= 2 {
            for verb in vocabulary.verbs where verb.name.contains(" ") {
                result.append(Match(text: verb.name, kind: "keyword", tier: 2))
            }
        }
        return result + names(fitting: nil, tier: 0) + constructors(of: nil, tier: 3)
    }

    private var topics: [Match] {
        vocabulary.verbs.map { Match(text: $0.name, kind: "keyword") }
            + [Match(text: "next", kind: "keyword", tier: 1)]
            + vocabulary.constructors.map { Match(text: $0.name, kind: "function") }
            + Help(vocabulary).headings.map { Match(text: $0, kind: "keyword", tier: 1) }
            + names(fitting: nil, tier: 1)
    }

    private func arguments(_ word: String, _ verb: VerbDeclaration?) -> [Match] {
        let frame = site.frame
        if frame.option != nil || frame.awaitsOperand { return values(of: frame.expected, tier: 0) }
        var result: [Match] = []
        if frame.items == 0, frame.given.isEmpty {
            for topic in vocabulary.topics(of: word) {
                result.append(Match(text: topic, kind: "keyword", tier: 0))
            }
        }
        guard let verb else { return result + (result.isEmpty ? names(fitting: nil, tier: 0) : []) }
        for (place, parameter) in frame.open.enumerated() {
            // More of a list is possible, but something else is likelier.
            result += values(of: frame.type(of: parameter), tier: frame.given.contains(parameter.name) ? 4 : min(place, 1))
        }
        for parameter in verb.parameters where !frame.given.contains(parameter.name) {
            switch parameter.style {
            case .connected(let word): result.append(Match(text: word, kind: "keyword", tier: 2))
            case .flag: result.append(Match(text: parameter.name, kind: "keyword", tier: 3))
            case .option, .positional: break
            }
        }
        return result + options(verb.parameters.filter { $0.style == .option }, tier: 3)
            + options(verb.parameters.filter { $0.style != .option && $0.style != .flag }, tier: 5)
    }

    private var callArguments: [Match] {
        let frame = site.frame
        if frame.option != nil || frame.awaitsOperand { return values(of: frame.expected, tier: 0) }
        // By its place is written what is always given; the rest by name.
        let places = frame.open.filter { $0.style == .positional }
        return places.flatMap { values(of: $0.type, tier: 0) } + options(frame.parameters, tier: 1)
    }

    private func options(_ parameters: [Parameter], tier: Int) -> [Match] {
        parameters.filter { !site.frame.given.contains($0.name) }.map {
            Match(text: $0.name + "=", kind: "property", tier: tier)
        }
    }

    // MARK: - Values

    /// The values that a type allows and that can be listed.
    func values(of type: ParameterType, tier: Int) -> [Match] {
        type.alternatives.flatMap { type -> [Match] in
            switch type {
            case .choice(let words): words.map { Match(text: $0, kind: "keyword", tier: tier) }
            case .bool: ["true", "false"].map { Match(text: $0, kind: "keyword", tier: tier) }
            case .none: [Match(text: "none", kind: "keyword", tier: tier + 1)]
            case .object(let kinds):
                names(fitting: kinds, tier: tier) + constructors(of: kinds, tier: tier + 1)
            case .path(let kinds):
                kinds.flatMap { facts.words[$0] ?? [] }.map { Match(text: $0, kind: "keyword", tier: tier) }
                    + (kinds == ["layer"] ? layers(tier: tier) : names(fitting: kinds, tier: tier))
            case .file(let endings): files(endings, "").map { $0.quoted.moved(to: tier + $0.tier) }
            case .className: classesAround.map { $0.quoted.moved(to: tier) }
            case .any: names(fitting: nil, tier: tier) + constants(tier: tier) + constructors(of: nil, tier: tier + 1)
            case .integer, .number, .fraction: numbers(tier: tier) + constants(tier: tier)
            case .text, .range, .size, .list, .map, .oneOf, .depends: []
            }
        }
    }

    /// Names of the session; with kinds, those of objects of such a kind and of what such a thing can be reached in.
    private func names(fitting kinds: [String]?, tier: Int) -> [Match] {
        facts.values.keys.sorted().compactMap { name in
            guard let value = facts.values[name] else { return nil }
            guard case .object(let object) = value else {
                return kinds == nil ? Match(text: name, kind: "instance", tier: tier + 1) : nil
            }
            if let kinds, !kinds.isEmpty, !kinds.contains(object.kind) { return nil }
            return Match(text: name, kind: "instance", tier: tier)
        }
    }

    /// The parts of the network that the statement has named, else of all networks; then the networks' names, for whole paths.
    private func layers(tier: Int) -> [Match] {
        let networks = facts.values.keys.sorted().filter {
            if case .object(let object)? = facts.values[$0] { object.kind == "network" } else { false }
        }
        let named = networks.filter { site.frame.words.values.contains($0) }
        return (named.isEmpty ? networks : named).flatMap { facts.members(of: $0, at: []).filter { $0.kind == "layer" } }
            .map { Match(text: $0.name, kind: "module", tier: tier) }
            + networks.map { Match(text: $0, kind: "instance", tier: tier + 1) }
    }

    private func numbers(tier: Int) -> [Match] {
        facts.values.keys.sorted().filter { facts.values[$0]?.asNumber != nil }.map {
            Match(text: $0, kind: "instance", tier: tier)
        }
    }

    private func constants(tier: Int) -> [Match] {
        facts.constants.keys.sorted().map { Match(text: $0, kind: "keyword", tier: tier) }
    }

    private func constructors(of kinds: [String]?, tier: Int) -> [Match] {
        vocabulary.constructors.filter { $0.receivers.isEmpty && (kinds?.contains($0.kind) ?? true) }.map {
            Match(text: $0.name, kind: "function", tier: tier)
        }
    }
}

extension Completer.Match {
    /// As it is written behind a quotation mark that stands there already.
    func written(in quote: Character) -> Completer.Match {
        let mark = String(quote)
        let escaped = text.replacing("\\", with: "\\\\").replacing(mark, with: "\\" + mark).replacing("\n", with: "\\n")
        return Completer.Match(text: escaped, kind: kind, tier: tier)
    }

    /// The text in quotation marks.
    var quoted: Completer.Match { Completer.Match(text: Value.text(text).source, kind: kind, tier: tier) }

    func moved(to tier: Int) -> Completer.Match { Completer.Match(text: text, kind: kind, tier: tier) }
}
