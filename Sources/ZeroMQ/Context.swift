import CZeroMQ
import Glibc

/// Owns libzmq's I/O threads. Sockets made of a context must be gone before it: its end waits for theirs.
@safe  // The pointer is made by `init`, ended by `deinit` and never leaves the module.
public struct Context: ~Copyable, @unchecked Sendable {  // libzmq contexts may be used from every thread.
    private let pointer: UnsafeMutableRawPointer

    /// Starts a context.
    public init() throws(ZeroMQError) {
        guard let pointer = unsafe zmq_ctx_new() else { throw ZeroMQError("zmq_ctx_new") }
        unsafe self.pointer = pointer
    }

    /// Waits until every socket is closed and its messages are sent or have lingered long enough.
    deinit {
        while unsafe zmq_ctx_term(pointer) != 0, zmq_errno() == EINTR {}
    }

    /// Makes every blocking call on this context's sockets fail with `ETERM`, so that their threads leave.
    public func shutdown() {
        _ = unsafe zmq_ctx_shutdown(pointer)
    }

    /// Makes a socket, which belongs to the calling thread from then on.
    public func socket(_ kind: Socket.Kind) throws(ZeroMQError) -> Socket {
        guard let socket = unsafe zmq_socket(pointer, kind.rawValue) else { throw ZeroMQError("zmq_socket") }
        return unsafe Socket(socket)
    }
}

/// Facts about the libzmq that is linked.
public enum Library {
    /// Whether sockets can be encrypted (CurveZMQ).
    public static var hasCurve: Bool { unsafe zmq_has("curve") == 1 }
}
