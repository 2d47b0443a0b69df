import Glibc

/// One aligned block of floats, and where each value of a plan lies in it.
///
/// `@safe`: the pointer is handed out with the bounds that the layout promised, and lives as long as the arena.
@safe final class Arena {
    let base: UnsafeMutablePointer<Float>
    let count: Int
    private let block: UnsafeMutableRawPointer
    private static let alignment = 64

    /// Zeros. The system hands out large blocks page by page when they are first touched, so that making one takes no time.
    init(count: Int) {
        self.count = max(count, 16)
        guard let block = unsafe calloc(self.count * MemoryLayout<Float>.size + Self.alignment, 1) else {
            fatalError("the system refuses \(self.count * MemoryLayout<Float>.size) bytes")
        }
        unsafe self.block = block
        unsafe base = block.alignedUp(toMultipleOf: Self.alignment).bindMemory(to: Float.self, capacity: self.count)
    }

    deinit { unsafe free(block) }

    func pointer(at offset: Int) -> UnsafeMutablePointer<Float> { unsafe base + offset }
}

/// Places values that live at different times on the same memory.
struct ArenaLayout {
    /// A value's size in floats, and the first and last step that it lives in.
    struct Lifetime {
        let size: Int
        let first: Int
        let last: Int
    }

    /// Where each value begins; 0 for empty ones.
    private(set) var offsets: [Int]
    /// Floats in all.
    private(set) var count = 0

    /// Largest first, each at the lowest place that is free during its life.
    init(_ lifetimes: [Lifetime]) {
        offsets = [Int](repeating: 0, count: lifetimes.count)
        var placed: [(start: Int, end: Int, life: Lifetime)] = []
        let order = lifetimes.indices.sorted { (lifetimes[$1].size, $0) < (lifetimes[$0].size, $1) }
        for index in order where lifetimes[index].size > 0 {
            let life = lifetimes[index]
            // Whole cache lines keep every value aligned.
            let size = (life.size + 15) / 16 * 16
            var start = 0
            for other in placed where other.life.first <= life.last && life.first <= other.life.last {
                if start + size <= other.start { break }
                start = max(start, other.end)
            }
            offsets[index] = start
            count = max(count, start + size)
            let position = placed.firstIndex { $0.start > start } ?? placed.count
            placed.insert((start, start + size, life), at: position)
        }
    }
}
