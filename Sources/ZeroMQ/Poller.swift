import CZeroMQ
import Glibc

/// Waits until one of several sockets or file descriptors has something to read.
@safe  // `unsafe` to fill, since it doesn't own the sockets; safe to wait on.
public struct Poller: ~Copyable {
    private var items: [zmq_pollitem_t]

    public init() { unsafe items = [] }

    /// Watches a socket.
    ///
    /// - Returns: the index under which ``wait(milliseconds:)`` reports it.
    /// - Warning: the socket must outlive the poller.
    @unsafe public mutating func add(_ socket: borrowing Socket) -> Int {
        unsafe items.append(zmq_pollitem_t(socket: socket.pointer, fd: 0, events: Int16(ZMQ_POLLIN), revents: 0))
        return unsafe items.count - 1
    }

    /// Watches a file descriptor.
    public mutating func add(fileDescriptor: Int32) -> Int {
        unsafe items.append(
            zmq_pollitem_t(socket: nil, fd: fileDescriptor, events: Int16(ZMQ_POLLIN), revents: 0))
        return unsafe items.count - 1
    }

    /// Waits for at most so long; -1 waits for ever. A signal ends the wait early.
    ///
    /// - Returns: the indices of what can be read.
    public mutating func wait(milliseconds: Int) throws(ZeroMQError) -> [Int] {
        let count = unsafe items.count
        let ready = unsafe items.withUnsafeMutableBufferPointer {
            unsafe zmq_poll($0.baseAddress, Int32(count), milliseconds)
        }
        if ready < 0 {
            if zmq_errno() == EINTR { return [] }
            throw ZeroMQError("zmq_poll")
        }
        return (0..<count).filter { unsafe items[$0].revents != 0 }
    }
}
