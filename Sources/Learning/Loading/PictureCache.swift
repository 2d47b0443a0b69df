import Imaging
import Synchronization

/// Decoded pictures in memory, up to a bound. What came first stays: epochs go round and round, so letting the oldest go would always
/// let go of the one that is needed next.
public final class PictureCache: Sendable {
    struct Key: Hashable {
        let path: String
        let byteCount: Int
        let modified: Int64
        let decoding: DecodeOptions
        /// The transforms that have been applied already.
        let prefix: TransformPipeline
    }
    private struct State {
        var pictures: [Key: Image] = [:]
        var byteCount = 0
        var bound: Int
    }
    private let state: Mutex<State>

    public init(bound: Int) { state = Mutex(State(bound: bound)) }

    /// Bytes that the pictures may take. Where fewer are allowed than they take, they are let go of.
    public var bound: Int {
        get { state.withLock { $0.bound } }
        set {
            state.withLock { state in
                if newValue < state.byteCount { state = State(bound: newValue) }
                state.bound = newValue
            }
        }
    }

    func find(_ key: Key) -> Image? { state.withLock { $0.pictures[key] } }

    func insert(_ picture: Image, for key: Key) {
        let size = picture.width * picture.height * picture.channels
        state.withLock { state in
            guard state.byteCount + size <= state.bound, state.pictures[key] == nil else { return }
            state.pictures[key] = picture
            state.byteCount += size
        }
    }

    /// Whether another picture may fit.
    var hasRoom: Bool { state.withLock { $0.byteCount < $0.bound } }

    /// Bytes of the pictures kept.
    public var byteCount: Int { state.withLock { $0.byteCount } }

    func clear() { state.withLock { $0 = State(bound: $0.bound) } }
}
