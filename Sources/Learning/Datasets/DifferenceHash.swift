import Imaging

/// 64 bits that tell pictures apart by eye: whether each of 8 × 8 cells is brighter than its right neighbour, of the picture averaged
/// down to 9 × 8 grey cells (dHash; Krawetz 2013). Scaling and recompression change few of them.
struct DifferenceHash: Hashable, Sendable {
    let bits: UInt64
    /// Whether the picture has enough contrast for the bits to mean anything.
    let isTelling: Bool

    init(bits: UInt64, isTelling: Bool) {
        self.bits = bits
        self.isTelling = isTelling
    }

    init(_ image: Image) {
        let (columns, rows) = (9, 8)
        var cells = [Double](repeating: 0, count: columns * rows)
        unsafe image.withPixels { pixels in
            for row in 0..<rows {
                let top = row * image.height / rows
                let bottom = max((row + 1) * image.height / rows, top + 1)
                for column in 0..<columns {
                    let left = column * image.width / columns
                    let right = max((column + 1) * image.width / columns, left + 1)
                    var sum = 0
                    for y in top..<min(bottom, image.height) {
                        for x in left..<min(right, image.width) {
                            let start = (y * image.width + x) * image.channels
                            // Three channels' sum stands for brightness; grey counts three times.
                            for channel in 0..<3 { unsafe sum += Int(pixels[start + (image.channels == 3 ? channel : 0)]) }
                        }
                    }
                    cells[row * columns + column] = Double(sum) / Double(3 * (bottom - top) * (right - left))
                }
            }
        }
        var bits: UInt64 = 0
        var telling = 0
        for row in 0..<rows {
            for column in 0..<columns - 1 {
                let difference = cells[row * columns + column] - cells[row * columns + column + 1]
                bits = bits << 1 | (difference > 0 ? 1 : 0)
                if abs(difference) > 2 { telling += 1 }
            }
        }
        self.bits = bits
        isTelling = telling >= 16
    }

    func distance(to other: DifferenceHash) -> Int { (bits ^ other.bits).nonzeroBitCount }
}

/// Groups of pictures whose difference hashes are close.
///
/// Two hashes that differ in at most `threshold` bits are equal in at least one of `threshold + 1` bands, so only pictures that share a
/// band are compared: near-linear for real folders.
struct LookAlikes {
    let groups: [[Int]]

    init(_ entries: [(index: Int, look: DifferenceHash)], threshold: Int) {
        let entries = entries.filter(\.look.isTelling)
        let bands = min(max(threshold, 0), 31) + 1
        let width = 64 / bands
        var parent = Array(entries.indices)
        func find(_ member: Int) -> Int {
            var root = member
            while parent[root] != root { root = parent[root] }
            parent[member] = root
            return root
        }
        for band in 0..<bands {
            let shift = UInt64(band * width)
            let mask: UInt64 = width >= 64 ? .max : (1 << UInt64(width)) - 1
            var buckets: [UInt64: [Int]] = [:]
            for (position, entry) in entries.enumerated() { buckets[entry.look.bits >> shift & mask, default: []].append(position) }
            for members in buckets.values where members.count > 1 {
                // A band that thousands share (blank margins) tells little: neighbours in it are compared, not all pairs.
                let reach = members.count > 2000 ? 50 : members.count
                for (offset, first) in members.enumerated() {
                    for second in members[(offset + 1)..<min(members.count, offset + 1 + reach)]
                    where entries[first].look.distance(to: entries[second].look) <= threshold {
                        parent[find(second)] = find(first)
                    }
                }
            }
        }
        var byRoot: [Int: [Int]] = [:]
        for position in entries.indices { byRoot[find(position), default: []].append(entries[position].index) }
        groups = byRoot.values.filter { $0.count > 1 }.map { $0.sorted() }.sorted { $0[0] < $1[0] }
    }
}
