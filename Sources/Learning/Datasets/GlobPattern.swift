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

    /// How many segments stand before the first with a wildcard; the last one never counts.
    private var fixedCount: Int {
        let count = segments.prefix { !$0.contains { "*?[".contains($0) } }.count
        return count == segments.count ? max(count - 1, 0) : count
    }

    /// The folder that the pattern begins in, up to its first segment with a wildcard.
    var fixedFolder: String {
        let joined = segments.prefix(fixedCount).joined(separator: "/")
        if text.hasPrefix("/") { return "/" + joined }
        return joined.isEmpty ? "." : joined
    }

    /// The visible pictures that match as a shell matches, sorted by folder and name: each segment is one step from the fixed folder, so
    /// that a pattern without a slash stays in the folder, and only `**` goes into others.
    func files(_ scan: inout FolderScan) throws(LearningError) -> [String] {
        let rest = segments.dropFirst(fixedCount).filter { $0 != "." }
        var result: [String] = []
        try Self.collect(fixedFolder, rest[...], into: &result, &scan)
        return result
    }

    private static func collect(
        _ folder: String, _ pattern: ArraySlice<String>, into result: inout [String], _ scan: inout FolderScan
    ) throws(LearningError) {
        guard let first = pattern.first else { return }
        if first == "**" {
            let depth = folder.split(separator: "/").count
            for path in try scan.pictures(below: folder) {
                let parts = path.split(separator: "/").map(String.init)
                if matches(pattern, parts.dropFirst(depth)) { result.append(path) }
            }
            return
        }
        let (folders, files) = try scan.list(folder)
        if pattern.count == 1 {
            result += files.filter { scan.isPicture($0) && matches(first, $0) }.map { FilePath.join(folder, $0) }
        } else {
            for name in folders where matches(first, name) {
                try collect(FilePath.join(folder, name), pattern.dropFirst(), into: &result, &scan)
            }
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
