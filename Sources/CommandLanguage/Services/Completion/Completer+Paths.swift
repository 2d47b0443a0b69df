#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif

/// Parts of objects, classes, and files.
extension Completer {
    /// So many places of an object are looked at for one completion, however large it is.
    static let visits = 256

    // MARK: - Parts

    /// The members at a path, in which `*` and patterns stand for any member; and deeper ones of the name, if none here begins so.
    func members(_ root: String, _ segments: [String]) -> [Match] {
        guard case .object(let object)? = facts.values[root] else { return methods(of: nil) }
        var budget = Self.visits
        var places: [[String]] = [[]]
        for segment in segments {
            guard segment.contains("*") else {
                places = places.map { $0 + [segment] }
                continue
            }
            var next: [[String]] = []
            for place in places where budget > 0 {
                budget -= 1
                let pattern = segment == "**" ? "*" : segment
                next += object.members(at: place).filter { $0.isInside && Self.matches($0.name, pattern) }.map {
                    place + [$0.name]
                }
            }
            places = Array(next.prefix(32))
        }
        var result: [Match] = []
        for place in places where budget > 0 {
            budget -= 1
            result += object.members(at: place).map {
                Match(text: $0.name, kind: Self.icon($0.kind), detail: $0.detail, tier: $0.isInside ? 0 : 1)
            }
        }
        if segments.isEmpty { result += methods(of: object.kind) }
        let wanted = site.prefix.lowercased()
        if wanted.count >= 2, places.count == 1, let place = places.first,
            !result.contains(where: { $0.text.lowercased().hasPrefix(wanted) })
        {
            result += deeper(object, place, wanted, &budget)
        }
        return result
    }

    /// Members whose own name begins with the word, further in; the nearest first.
    private func deeper(_ object: any LanguageObject, _ start: [String], _ wanted: String, _ budget: inout Int) -> [Match] {
        var result: [Match] = []
        var queue: [[String]] = [[]]
        var position = 0
        while position < queue.count, budget > 0, result.count < 50 {
            let place = queue[position]
            position += 1
            budget -= 1
            for member in object.members(at: start + place) where member.isInside {
                let inner = place + [member.name]
                if !place.isEmpty, member.name.lowercased().hasPrefix(wanted) {
                    result.append(
                        Match(text: inner.joined(separator: "."), kind: Self.icon(member.kind), detail: member.detail, tier: 2))
                }
                if member.kind == "layer" { queue.append(inner) }
            }
        }
        return result
    }

    private func methods(of kind: String?) -> [Match] {
        let kind = kind ?? site.path.flatMap { vocabulary.constructor($0.root)?.kind }
        return vocabulary.constructors.filter { constructor in kind.map { constructor.receivers.contains($0) } ?? false }.map {
            Match(text: $0.name, kind: "function", detail: $0.summary, tier: 2)
        }
    }

    static func icon(_ kind: String) -> String {
        switch kind {
        case "layer": "module"
        case "class": "class"
        default: "property"
        }
    }

    /// Whether a name fits a segment in which `*` stands for anything.
    static func matches(_ name: String, _ pattern: String) -> Bool {
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

    // MARK: - Texts

    /// What may stand inside the quotation marks.
    var quoted: [Match] {
        switch site.frame.kind {
        case .index(let root, let segments): return classNames(of: root, segments)
        case .map where site.frame.isKey: return mapKeys
        default: break
        }
        var types = site.frame.expected.alternatives
        // A statement that only begins with a text: files are what texts are mostly about.
        if types.isEmpty { types = [.file()] }
        return types.flatMap { type -> [Match] in
            switch type {
            case .file(let endings): files(endings, site.prefix)
            case .choice(let words): words.map { Match(text: $0, kind: "keyword", detail: "") }
            case .any: files([], site.prefix)
            default: []
            }
        }
    }

    /// The class names that an object knows, or all of the session if it knows none.
    func classNames(of root: String, _ segments: [String]) -> [Match] {
        func classes(_ name: String, _ path: [String]) -> [Match] {
            facts.members(of: name, at: path).filter { $0.kind == "class" }.map {
                Match(text: $0.name, kind: "class", detail: $0.detail)
            }
        }
        let direct = classes(root, segments) + classes(root, ["classes"])
        return direct.isEmpty ? facts.values.keys.sorted().flatMap { classes($0, ["classes"]) } : direct
    }

    /// Keys of maps are classes or parts of a network.
    var mapKeys: [Match] {
        let parts = facts.values.keys.sorted().flatMap { name -> [Match] in
            guard case .object(let object)? = facts.values[name], object.kind == "network" else { return [] }
            return object.members(at: []).filter { $0.kind == "layer" }.map {
                Match(text: $0.name, kind: "module", detail: $0.detail, tier: 1)
            }
        }
        return classNames(of: "", []) + parts
    }

    /// The entries of the folder that a path, as far as it is written, is in; each with the whole path.
    func files(_ endings: [String], _ written: String) -> [Match] {
        let slash = written.lastIndex(of: "/")
        let folder = slash.map { String(written[...$0]) } ?? ""
        let name = slash.map { String(written[written.index(after: $0)...]) } ?? written
        var path = folder
        if folder.hasPrefix("~/"), let home = ProcessInfo.processInfo.environment["HOME"] {
            path = home + folder.dropFirst()
        } else if !folder.hasPrefix("/") {
            path = facts.folder + "/" + folder
        }
        guard !path.contains("\0"), let entries = try? FileManager.default.contentsOfDirectory(atPath: path) else { return [] }
        let wanted = name.lowercased()
        var result: [Match] = []
        for entry in entries.sorted()
        where entry.hasPrefix(".") == name.hasPrefix(".") && (wanted.isEmpty || entry.lowercased().hasPrefix(wanted)) {
            if result.count >= Self.limit { break }
            var isFolder = false
            isFolder = Self.isFolder(path + "/" + entry)
            if isFolder {
                result.append(Match(text: folder + entry + "/", kind: "path", detail: "folder", tier: 1))
            } else if endings.isEmpty || endings.contains(where: { entry.lowercased().hasSuffix("." + $0.lowercased()) }) {
                result.append(Match(text: folder + entry, kind: "path", detail: "file", tier: 0))
            }
        }
        return result
    }

    private static func isFolder(_ path: String) -> Bool {
        (try? FileManager.default.attributesOfItem(atPath: path)[.type] as? FileAttributeType) == .typeDirectory
    }
}

extension Member {
    /// Whether it is a part of the object, not a fact about it.
    fileprivate var isInside: Bool { kind != "property" }
}
