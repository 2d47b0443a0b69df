/// The nearest right spelling of a word.
public enum Spelling {
    /// The candidates that `word` may have been meant as, best first, three at most.
    public static func nearest(to word: String, among candidates: some Sequence<String>) -> [String] {
        let wanted = Array(word.lowercased().utf8.prefix(64))
        guard !wanted.isEmpty else { return [] }
        let limit = max(1, wanted.count / 3)
        var scored: [(word: String, score: Int)] = []
        var seen = Set<String>()
        for candidate in candidates where seen.insert(candidate).inserted {
            let other = Array(candidate.lowercased().utf8.prefix(64))
            if other == wanted {
                scored.append((candidate, 0))
            } else if wanted.count >= 3, other.starts(with: wanted) || (other.count >= 3 && wanted.starts(with: other)) {
                scored.append((candidate, 1))
            } else {
                let distance = editDistance(wanted, other)
                // Another beginning makes a short word another word: `net` is no slip for `set`.
                if distance <= limit, wanted.count > 3 || wanted[0] == other.first { scored.append((candidate, 1 + distance)) }
            }
        }
        // The same word in other letters leaves no doubt.
        if scored.contains(where: { $0.score == 0 }) { scored.removeAll { $0.score > 0 } }
        return scored.sorted { ($0.score, $0.word) < ($1.score, $1.word) }.prefix(3).map(\.word)
    }

    /// Insertions, deletions, replacements and swaps of neighbours that turn one word into the other (Damerau 1964, restricted).
    static func editDistance(_ a: [UInt8], _ b: [UInt8]) -> Int {
        guard !a.isEmpty, !b.isEmpty else { return max(a.count, b.count) }
        var beforeLast: [Int] = []
        var last = Array(0...b.count)
        for i in 1...a.count {
            var row = [i] + [Int](repeating: 0, count: b.count)
            for j in 1...b.count {
                row[j] = min(last[j] + 1, row[j - 1] + 1, last[j - 1] + (a[i - 1] == b[j - 1] ? 0 : 1))
                if i > 1, j > 1, a[i - 1] == b[j - 2], a[i - 2] == b[j - 1] { row[j] = min(row[j], beforeLast[j - 2] + 1) }
            }
            beforeLast = last
            last = row
        }
        return last[b.count]
    }
}
