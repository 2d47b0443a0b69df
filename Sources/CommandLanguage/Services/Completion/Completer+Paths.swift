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

    /// The members at a path, in which `*` and patterns stand for any member and `**` for any depth; and deeper ones of the name, if none
    /// here begins so.
    func members(_ root: String, _ segments: [String]) -> [Match] {
        guard case .object(let object)? = facts.values[root] else { return methods(of: nil) }
        var tour = Tour(object, visits: Self.visits)
        let places = tour.places(at: segments)
        var result: [Match] = []
        var seen = Set<String>()
        for place in places {
            for member in tour.members(at: place) where seen.insert(member.name).inserted {
                result.append(Match(text: member.name, kind: Self.icon(member.kind), tier: member.isInside ? 0 : 1))
            }
        }
        if segments.isEmpty { result += methods(of: object.kind) }
        let wanted = site.prefix.lowercased()
        if wanted.count >= 2, places.count == 1, let place = places.first,
            !result.contains(where: { $0.text.lowercased().hasPrefix(wanted) })
        {
            result += deeper(place, wanted, &tour)
        }
        return result
    }

    /// Members whose own name begins with the word, further in; the nearest first.
    private func deeper(_ start: [String], _ wanted: String, _ tour: inout Tour) -> [Match] {
        var result: [Match] = []
        tour.descend(from: start) { place, members in
            for member in members where member.isInside && place.count > start.count && member.name.lowercased().hasPrefix(wanted)
            {
                let inner = (place.dropFirst(start.count) + [member.name]).joined(separator: ".")
                result.append(Match(text: inner, kind: Self.icon(member.kind), tier: 2))
            }
            return result.count < 50
        }
        return result
    }

    private func methods(of kind: String?) -> [Match] {
        let kind = kind ?? site.path.flatMap { vocabulary.constructor($0.root)?.kind }
        return vocabulary.constructors.filter { constructor in kind.map { constructor.receivers.contains($0) } ?? false }.map {
            Match(text: $0.name, kind: "function", tier: 2)
        }
    }

    static func icon(_ kind: String) -> String {
        switch kind {
        case "layer": "module"
        case "class": "class"
        default: "property"
        }
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
            case .className: classesAround
            case .choice(let words): words.map { Match(text: $0, kind: "keyword") }
            case .any: files([], site.prefix)
            default: []
            }
        }
    }

    /// The class names that an object knows, or all of the session if it knows none.
    func classNames(of root: String, _ segments: [String]) -> [Match] {
        func classes(_ name: String, _ path: [String]) -> [Match] {
            facts.members(of: name, at: path).filter { $0.kind == "class" }.map {
                Match(text: $0.name, kind: "class")
            }
        }
        let direct = classes(root, segments) + classes(root, ["classes"])
        return direct.isEmpty ? facts.values.keys.sorted().flatMap { classes($0, ["classes"]) } : direct
    }

    /// The class names of what the statement has named, or all of the session if that knows none.
    var classesAround: [Match] {
        let named = site.frames.reversed().flatMap { $0.words.values.sorted() }
        let known = named.first { name in facts.members(of: name, at: ["classes"]).contains { $0.kind == "class" } }
        return classNames(of: known ?? "", [])
    }

    /// Keys of maps are classes or parts of a network.
    var mapKeys: [Match] {
        let parts = facts.values.keys.sorted().flatMap { name -> [Match] in
            guard case .object(let object)? = facts.values[name], object.kind == "network" else { return [] }
            return object.members(at: []).filter { $0.kind == "layer" }.map {
                Match(text: $0.name, kind: "module", tier: 1)
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
        guard !path.contains("\0") else { return [] }
        let wanted = name.lowercased()
        let suffixes = endings.map { "." + $0.lowercased() }
        let entries = FolderWalk.entries(of: path, limit: Self.limit) { entry in
            let lowered = entry.lowercased()
            guard entry.hasPrefix(".") == name.hasPrefix("."), lowered.hasPrefix(wanted) else { return .never }
            return suffixes.isEmpty || suffixes.contains(where: lowered.hasSuffix) ? .always : .ifFolder
        }
        return entries.map { name, isFolder in
            isFolder ? Match(text: folder + name + "/", kind: "path", tier: 1) : Match(text: folder + name, kind: "path", tier: 0)
        }
    }
}
