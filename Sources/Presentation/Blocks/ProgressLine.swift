/// A line of text that says how far something is, for terminals and logs.
public struct ProgressLine: Sendable {
    public let caption: String
    public let done: Int
    public let total: Int?
    public let facts: [String]

    public init(_ caption: String, done: Int, total: Int?, facts: [String] = []) {
        self.caption = caption
        self.done = done
        self.total = total
        self.facts = facts
    }

    public var plain: String {
        guard let total, total > 0 else { return ([caption, Format.count(done)] + facts).joined(separator: "  ") }
        let share = min(1, Double(done) / Double(total))
        let filled = Int((share * 24).rounded(.down))
        let bar = String(repeating: "━", count: filled) + String(repeating: "─", count: 24 - filled)
        return ([caption, bar, "\(Format.count(done))/\(Format.count(total))"] + facts).joined(separator: "  ")
    }
}
