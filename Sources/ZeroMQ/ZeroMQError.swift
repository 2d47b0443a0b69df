import CZeroMQ
import Glibc

/// A refusal of libzmq: what was attempted, where, and its error number.
public struct ZeroMQError: Error, Equatable, CustomStringConvertible {
    /// The libzmq function or option.
    public let operation: String
    /// The endpoint concerned, if there is one.
    public let endpoint: String?
    /// The value of `zmq_errno()`.
    public let code: Int32

    /// Reads the error number of the call that just failed on this thread.
    init(_ operation: String, endpoint: String? = nil) {
        self.operation = operation
        self.endpoint = endpoint
        self.code = zmq_errno()
    }

    /// Whether another process holds the address.
    public var isAddressInUse: Bool { code == EADDRINUSE }

    public var description: String {
        let reason = unsafe zmq_strerror(code).map { unsafe String(cString: $0) } ?? "error \(code)"
        return endpoint.map { "\(operation) \($0): \(reason)" } ?? "\(operation): \(reason)"
    }
}
