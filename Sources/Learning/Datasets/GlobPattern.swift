#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// A shell's pattern for paths: `*`, `?` and `[…]` within a name, `**` for folders at any depth.
public struct GlobPattern: Hashable, Sendable, CustomStringConvertible {
    public let text: String
    private let segments: [String]

    public init(_ text: String) {
        self.text = text
        segments = text.split(separator: "/").map(String.init)
    }

    public var description: String { text }

    /// Whether the pattern matches a path, or, if it has no slash, the path's last part.
    public func matches(_ path: String) -> Bool {
        let parts = path.split(separator: "/").map(String.init)
        if segments.count == 1, segments[0] != "**" { return parts.last.map { Self.matches(segments[0], $0) } ?? false }
        return Self.matches(segments[...], parts[...])
    }

    private static func matches(_ pattern: ArraySlice<String>, _ parts: ArraySlice<String>) -> Bool {
        guard let first = pattern.first else { return parts.isEmpty }
        if first == "**" {
            // Runs of ** are one.
            let rest = pattern.drop { $0 == "**" }
            return (0...parts.count).contains { matches(rest, parts.dropFirst($0)) }
        }
        guard let part = parts.first, matches(first, part) else { return false }
        return matches(pattern.dropFirst(), parts.dropFirst())
    }

    private static func matches(_ pattern: String, _ name: String) -> Bool { unsafe fnmatch(pattern, name, 0) == 0 }

    /// The folder that the pattern begins in, up to its first segment with a wildcard.
    var fixedFolder: String {
        let fixed = segments.prefix { !$0.contains { "*?[".contains($0) } }
        let kept = fixed.count == segments.count ? fixed.dropLast() : fixed
        let joined = kept.joined(separator: "/")
        if text.hasPrefix("/") { return "/" + joined }
        return joined.isEmpty ? "." : joined
    }

    /// The visible pictures and other files that match, sorted by folder and name.
    func files(_ scan: inout FolderScan) throws(LearningError) -> [String] {
        let folder = fixedFolder
        let all = try scan.pictures(below: folder)
        return all.filter { path in
            let shown = folder == "." ? String(path.dropFirst(2)) : path
            return matches(shown)
        }
    }
}

extension GlobPattern {
    /// The pictures that a path means: a file itself, a folder's pictures at any depth, or what a pattern matches.
    public static func pictures(_ path: String, isInterrupted: @escaping () -> Bool = { false }) throws(LearningError) -> [String] {
        let given = FilePath.expandingHome(path)
        var scan = FolderScan(patterns: [GlobPattern(given)], isInterrupted: isInterrupted)
        if let facts = FilePath.facts(given) { return facts.isDirectory ? try scan.pictures(below: given) : [given] }
        guard path.contains(where: { "*?[".contains($0) }) else {
            throw .cannotRead(path: path, reason: "there is no such file or folder")
        }
        return try GlobPattern(given).files(&scan)
    }
}
