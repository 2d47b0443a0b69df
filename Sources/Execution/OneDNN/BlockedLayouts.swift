import COneDNN
import NeuralNetworks
import Tensors

/// How the values of a training plan lie in memory: pictures in oneDNN's blocks of channels, anything else row-major.
///
/// The batch is outermost in both, so that a short batch is the beginning of a full one.
final class BlockedLayouts {
    private struct Key: Hashable {
        let shape: Shape
        let n: Int
    }
    private var layouts: [Key: (plain: Layout, blocked: Layout)] = [:]
    private var reorders: [Key: (pack: Primitive, unpack: Primitive)] = [:]
    let workspace = Workspace()
    let parallel: Parallel

    init(threads: Int) { parallel = Parallel(threads: threads, pool: .oneDNN) }

    func layout(_ shape: Shape, _ n: Int, isBlocked: Bool = true) throws(ExecutionError) -> Layout {
        let pair = try both(Key(shape: shape, n: n))
        return isBlocked ? pair.blocked : pair.plain
    }

    private func both(_ key: Key) throws(ExecutionError) -> (plain: Layout, blocked: Layout) {
        if let known = layouts[key] { return known }
        let dimensions = [key.n] + key.shape.dimensions
        let made = (try Layout.plain(dimensions), try Layout.blocked(dimensions))
        layouts[key] = made
        return made
    }

    /// Floats of one sample in blocks.
    func size(_ shape: Shape) throws(ExecutionError) -> Int { try layout(shape, 1).byteCount / 4 }

    private func pair(_ shape: Shape, _ n: Int) throws(ExecutionError) -> (pack: Primitive, unpack: Primitive) {
        let key = Key(shape: shape, n: n)
        if let known = reorders[key] { return known }
        let (plain, blocked) = try both(key)
        let made = (try Primitive.reorder(from: plain, to: blocked), try Primitive.reorder(from: blocked, to: plain))
        reorders[key] = made
        return made
    }

    /// Row-major into blocks.
    func pack(_ shape: Shape, _ n: Int, from: Floats, to: Floats) throws(ExecutionError) {
        try unsafe run(pair(shape, n).pack, [(THAW_SOURCE, from), (THAW_TARGET, to)])
    }

    /// Blocks into row-major.
    func unpack(_ shape: Shape, _ n: Int, from: Floats, to: Floats) throws(ExecutionError) {
        try unsafe run(pair(shape, n).unpack, [(THAW_SOURCE, from), (THAW_TARGET, to)])
    }

    /// Makes or runs primitives that add up over the batch: oneDNN cuts such a sum into a piece for each thread, so it is cut as for all
    /// processors, whatever the number of threads. Else that number would show in the last bits of every weight.
    func asForAllProcessors<Result>(_ body: () throws(ExecutionError) -> Result) throws(ExecutionError) -> Result {
        thaw_onednn_set_threads(Int32(ExecutionOptions.processorCount))
        defer { thaw_onednn_set_threads(Int32(parallel.threads)) }
        return try body()
    }

    /// Runs a primitive on these arguments, with scratch memory if it wants any.
    func run(_ primitive: Primitive, _ arguments: [(thaw_role, Floats)]) throws(ExecutionError) {
        for unsafe(role, place) in unsafe arguments { unsafe primitive.bind(role, place) }
        let scratch = primitive.byteCount(THAW_SCRATCH)
        if scratch > 0 { unsafe primitive.bind(THAW_SCRATCH, workspace.scratch(bytes: scratch)) }
        guard primitive.run() else { throw .library(name: "oneDNN", status: "a primitive did not run") }
    }
}

/// Memory that one operator uses at a time; it grows in the first step and stays.
///
/// `@safe`: what it lends is as large as was asked for, until the next time that it is asked.
@safe final class Workspace {
    private var scratchArena = Arena(count: 0)
    private var arenas: [Arena] = []

    var byteCount: Int { (scratchArena.count + arenas.reduce(0) { $0 + $1.count }) * 4 }

    fileprivate func scratch(bytes: Int) -> Floats {
        if scratchArena.count * 4 < bytes { scratchArena = Arena(count: (bytes + 3) / 4) }
        return unsafe scratchArena.pointer(at: 0)
    }

    /// Place number `slot` for some floats.
    func place(_ slot: Int, count: Int) -> Floats {
        while arenas.count <= slot { arenas.append(Arena(count: 0)) }
        if arenas[slot].count < count { arenas[slot] = Arena(count: count) }
        return unsafe arenas[slot].pointer(at: 0)
    }
}
