/// A pattern over dotted names: which layers, parameters or tensors a command means.
///
/// Segments are separated by dots. `*` stands for one segment, or inside a segment for any characters of it (`conv*`); `**` stands
/// for any number of segments. A pattern that names a layer means everything below it: `layer4` matches `layer4.0.conv1.weight`,
/// and so do `layer4.*` and `**.conv1`; the empty pattern matches everything.
public struct PathPattern: Hashable, Sendable, Codable, CustomStringConvertible, ExpressibleByStringLiteral {
    /// The segments as written.
    public let segments: [String]

    /// The pattern as written, such as `layer4.**.weight`.
    public init(_ text: String) { segments = text.split(separator: ".", omittingEmptySubsequences: true).map(String.init) }

    public init(stringLiteral value: String) { self.init(value) }

    public var description: String { segments.joined(separator: ".") }

    /// Whether the pattern has no wildcard: it names one part.
    public var isPlain: Bool { !segments.contains { $0.contains("*") } }

    /// Whether the pattern matches `name`, or a part that `name` lies in.
    public func matches(_ name: String) -> Bool { capture(name) != nil }

    /// Whether the pattern matches the whole of `name`, not just a part that it lies in.
    public func matchesWhole(_ name: String) -> Bool { capture(name, whole: true) != nil }

    /// The names among `names` that match, in their order.
    public func filter(_ names: some Sequence<String>) -> [String] { names.filter(matches) }

    /// What each wildcard stood for and what was left below the match; `nil` if the pattern doesn't match.
    ///
    /// A `**` captures as little as it can; a wildcard inside a segment captures the whole segment.
    func capture(_ name: String, whole: Bool = false) -> (wildcards: [String], rest: [Substring])? {
        Self.capture(segments[...], name.isEmpty ? [] : name.split(separator: ".")[...], whole: whole)
    }

    private static func capture(
        _ pattern: ArraySlice<String>, _ name: ArraySlice<Substring>, whole: Bool
    ) -> (wildcards: [String], rest: [Substring])? {
        guard let first = pattern.first else { return whole && !name.isEmpty ? nil : ([], Array(name)) }
        let later = pattern.dropFirst()
        if first == "**" {
            // The last `**` takes everything: there is nothing to stop at.
            if later.isEmpty { return ([name.joined(separator: ".")], []) }
            for taken in 0...name.count {
                if let found = capture(later, name.dropFirst(taken), whole: whole) {
                    return ([name.prefix(taken).joined(separator: ".")] + found.wildcards, found.rest)
                }
            }
            return nil
        }
        guard let segment = name.first, matches(Array(first.utf8)[...], Array(segment.utf8)[...]) else { return nil }
        guard let found = capture(later, name.dropFirst(), whole: whole) else { return nil }
        return first.contains("*") ? ([String(segment)] + found.wildcards, found.rest) : found
    }

    /// A segment against a pattern with `*` for any characters.
    private static func matches(_ pattern: ArraySlice<UInt8>, _ text: ArraySlice<UInt8>) -> Bool {
        var pattern = pattern
        var text = text
        var resume: (pattern: ArraySlice<UInt8>, text: ArraySlice<UInt8>)?
        while true {
            if let letter = pattern.first, letter != UInt8(ascii: "*"), letter == text.first {
                pattern = pattern.dropFirst()
                text = text.dropFirst()
            } else if pattern.first == UInt8(ascii: "*") {
                pattern = pattern.dropFirst()
                resume = (pattern, text)
            } else if pattern.isEmpty, text.isEmpty {
                return true
            } else if let (again, from) = resume, !from.isEmpty {
                pattern = again
                text = from.dropFirst()
                resume = (pattern, text)
            } else {
                return false
            }
        }
    }
}

/// A rule that gives matching names another one: `{"backbone.*": "*"}`.
///
/// Wildcards on the right stand, in order, for what those on the left matched; what lies below the match is kept.
public struct PathRename: Hashable, Sendable {
    public let pattern: PathPattern
    public let replacement: PathPattern

    public init(_ pattern: PathPattern, to replacement: PathPattern) {
        self.pattern = pattern
        self.replacement = replacement
    }

    /// The new name; `nil` if the rule doesn't match.
    public func callAsFunction(_ name: String) -> String? {
        guard let (wildcards, rest) = pattern.capture(name) else { return nil }
        var remaining = wildcards[...]
        var result: [String] = []
        for segment in replacement.segments {
            guard segment == "*" || segment == "**" else {
                result.append(segment)
                continue
            }
            if let captured = remaining.popFirst(), !captured.isEmpty { result.append(captured) }
        }
        return (result + rest.map(String.init)).joined(separator: ".")
    }
}
