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
    public func matches(_ name: String) -> Bool { matches(name, whole: false) }

    /// Whether the pattern matches the whole of `name`, not just a part that it lies in.
    public func matchesWhole(_ name: String) -> Bool { matches(name, whole: true) }

    /// The names among `names` that match, in their order.
    public func filter(_ names: some Sequence<String>) -> [String] { names.filter { matches($0) } }

    private func matches(_ name: String, whole: Bool) -> Bool {
        Self.matches(segments[...], name.isEmpty ? [] : name.split(separator: ".")[...], whole: whole)
    }

    private static func matches(_ pattern: ArraySlice<String>, _ name: ArraySlice<Substring>, whole: Bool) -> Bool {
        guard let first = pattern.first else { return !whole || name.isEmpty }
        let later = pattern.dropFirst()
        if first == "**" {
            // The last `**` takes everything: there is nothing to stop at.
            return later.isEmpty || (0...name.count).contains { matches(later, name.dropFirst($0), whole: whole) }
        }
        guard let segment = name.first, matches(Array(first.utf8)[...], Array(segment.utf8)[...]) else { return false }
        return matches(later, name.dropFirst(), whole: whole)
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
