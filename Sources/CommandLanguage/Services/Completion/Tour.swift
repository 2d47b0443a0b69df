/// A walk through the places of an object, which looks at each once and at few in all, however large the object is.
struct Tour {
    private let object: any LanguageObject
    /// So many places may still be looked at.
    private var visits: Int
    /// So many steps may still be gone, also through places that are known: patterns within patterns cross them again and again.
    private var steps: Int
    private var seen: [[String]: [Member]] = [:]

    init(_ object: any LanguageObject, visits: Int) {
        self.object = object
        self.visits = visits
        steps = 8 * visits
    }

    /// What stands at a place; nothing once too many were looked at.
    mutating func members(at place: [String]) -> [Member] {
        if let found = seen[place] { return found }
        guard visits > 0 else { return [] }
        visits -= 1
        let found = object.members(at: place)
        seen[place] = found
        return found
    }

    /// The places that a path means, in which `*` and patterns stand for any member, and `**` for any depth, none included.
    mutating func places(at segments: [String]) -> [[String]] {
        var places: [[String]] = [[]]
        var isPattern = false
        for (index, segment) in segments.enumerated() where segment != "**" || index == 0 || segments[index - 1] != "**" {
            var next: [[String]] = []
            var known = Set<[String]>()
            for place in places {
                if segment == "**" {
                    descend(from: place) { inner, _ in
                        if known.insert(inner).inserted { next.append(inner) }
                        return true
                    }
                } else if segment.contains("*") || isPattern {
                    // Behind a pattern a name leads on only where there is one.
                    for member in members(at: place) where member.isInside && Self.fits(member.name, segment) {
                        next.append(place + [member.name])
                    }
                } else {
                    next.append(place + [segment])
                }
            }
            if segment.contains("*") { isPattern = true }
            places = next
        }
        return places
    }

    /// Looks at a place and at the layers further in, the nearest first, as long as `body` says so.
    mutating func descend(from start: [String], _ body: (_ place: [String], _ members: [Member]) -> Bool) {
        var queue = [start]
        var position = 0
        while position < queue.count, visits > 0, steps > 0 {
            let place = queue[position]
            position += 1
            steps -= 1
            let found = members(at: place)
            guard body(place, found) else { return }
            for member in found where member.kind == "layer" { queue.append(place + [member.name]) }
        }
    }

    /// Whether a name fits a segment in which `*` stands for anything.
    static func fits(_ name: String, _ pattern: String) -> Bool {
        let pieces = pattern.split(separator: "*", omittingEmptySubsequences: false)
        guard pieces.count > 1, let first = pieces.first, let last = pieces.last else { return name == pattern }
        guard name.hasPrefix(first), name.hasSuffix(last), name.count >= first.count + last.count else { return false }
        var rest = name.dropFirst(first.count).dropLast(last.count)
        for piece in pieces.dropFirst().dropLast() where !piece.isEmpty {
            guard let range = rest.firstRange(of: piece) else { return false }
            rest = rest[range.upperBound...]
        }
        return true
    }
}

extension Member {
    /// Whether it is a part of the object, not a fact about it.
    var isInside: Bool { kind != "property" }
}
