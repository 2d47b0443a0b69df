import CZeroMQ
import Glibc

/// One end of a conversation in frames. A socket belongs to one thread.
@safe  // The pointer is made by `Context`, closed by `deinit`, and leaves the module nowhere.
public struct Socket: ~Copyable {
    /// The pattern that a socket follows.
    public enum Kind: Sendable {
        case router, dealer, publisher, subscriber, manualPublisher, reply, request, pair

        var rawValue: Int32 {
            switch self {
            case .router: ZMQ_ROUTER
            case .dealer: ZMQ_DEALER
            case .publisher: ZMQ_PUB
            case .subscriber: ZMQ_SUB
            case .manualPublisher: ZMQ_XPUB
            case .reply: ZMQ_REP
            case .request: ZMQ_REQ
            case .pair: ZMQ_PAIR
            }
        }
    }

    let pointer: UnsafeMutableRawPointer

    init(_ pointer: UnsafeMutableRawPointer) {
        unsafe self.pointer = pointer
    }

    deinit {
        _ = unsafe zmq_close(pointer)
    }

    // MARK: - Addresses

    /// Takes an address such as `tcp://127.0.0.1:5555`, `tcp://127.0.0.1:*` or `ipc:///path`.
    public func bind(_ endpoint: String) throws(ZeroMQError) {
        guard unsafe zmq_bind(pointer, endpoint) == 0 else { throw ZeroMQError("bind", endpoint: endpoint) }
    }

    /// Connects to the address that another socket has taken.
    public func connect(_ endpoint: String) throws(ZeroMQError) {
        guard unsafe zmq_connect(pointer, endpoint) == 0 else { throw ZeroMQError("connect", endpoint: endpoint) }
    }

    /// The address taken last, with the port that stands for `*`.
    public var lastEndpoint: String {
        var bytes = [CChar](repeating: 0, count: 1024)
        var count = bytes.count
        let status = unsafe bytes.withUnsafeMutableBytes {
            unsafe zmq_getsockopt(pointer, ZMQ_LAST_ENDPOINT, $0.baseAddress, &count)
        }
        guard status == 0 else { return "" }
        return String(decoding: bytes.prefix(max(count - 1, 0)).map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }

    // MARK: - Frames

    /// Sends a message of several frames whole; with `waits` false it is dropped if it can't be queued at once.
    ///
    /// - Returns: whether the message was queued.
    @discardableResult
    public func send(_ frames: [[UInt8]], waits: Bool = true) throws(ZeroMQError) -> Bool {
        for (index, frame) in frames.enumerated() {
            let flags = (index < frames.count - 1 ? ZMQ_SNDMORE : 0) | (waits ? 0 : ZMQ_DONTWAIT)
            while true {
                let count = unsafe frame.withUnsafeBytes {
                    unsafe zmq_send(pointer, $0.baseAddress, $0.count, flags)
                }
                if count >= 0 { break }
                switch zmq_errno() {
                case EINTR: continue
                case EAGAIN, EHOSTUNREACH: return false
                default: throw ZeroMQError("zmq_send")
                }
            }
        }
        return true
    }

    /// Takes the next message; with `waits` false, nil if there is none.
    public func receive(waits: Bool = true) throws(ZeroMQError) -> [[UInt8]]? {
        var frames: [[UInt8]] = []
        repeat {
            guard let frame = try receiveFrame(waits: waits || !frames.isEmpty) else { return nil }
            frames.append(frame)
        } while hasMoreFrames
        return frames
    }

    private func receiveFrame(waits: Bool) throws(ZeroMQError) -> [UInt8]? {
        var message = zmq_msg_t()
        unsafe zmq_msg_init(&message)
        defer { unsafe zmq_msg_close(&message) }
        while unsafe zmq_msg_recv(&message, pointer, waits ? 0 : ZMQ_DONTWAIT) < 0 {
            switch zmq_errno() {
            case EINTR: continue
            case EAGAIN: return nil
            default: throw ZeroMQError("zmq_msg_recv")
            }
        }
        let bytes = unsafe UnsafeRawBufferPointer(start: zmq_msg_data(&message), count: zmq_msg_size(&message))
        return unsafe Array(bytes)
    }

    private var hasMoreFrames: Bool {
        var more: Int32 = 0
        var count = MemoryLayout<Int32>.size
        return unsafe zmq_getsockopt(pointer, ZMQ_RCVMORE, &more, &count) == 0 && more != 0
    }
}
