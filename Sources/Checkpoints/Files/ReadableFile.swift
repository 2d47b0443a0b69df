#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// A file opened for reading at any position.
///
/// Pieces are read with `pread`, not mapped: a mapped file that another program cuts short kills the process with SIGBUS,
/// while a short read is an error like any other.
final class ReadableFile: Sendable {
    let path: String
    /// The size in bytes at the time of opening.
    let size: Int
    private let descriptor: Int32

    init(_ path: String) throws(CheckpointError) {
        // O_NONBLOCK: opening a named pipe must not hang; it has no effect on regular files.
        let descriptor = unsafe open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
        guard descriptor >= 0 else { throw .cannotRead(path: path, reason: systemMessage()) }
        var status = stat()
        guard unsafe fstat(descriptor, &status) == 0 else {
            let reason = systemMessage()
            close(descriptor)
            throw .cannotRead(path: path, reason: reason)
        }
        guard status.st_mode & S_IFMT == S_IFREG else {
            close(descriptor)
            let isFolder = status.st_mode & S_IFMT == S_IFDIR
            throw .cannotRead(path: path, reason: isFolder ? "it is a folder" : "it is no regular file")
        }
        self.path = path
        self.descriptor = descriptor
        size = Int(status.st_size)
    }

    deinit { close(descriptor) }

    /// The `count` bytes from `offset` on; `what` names them in the error if the file ends before.
    func read(at offset: Int, count: Int, for what: @autoclosure () -> String) throws(CheckpointError) -> [UInt8] {
        try check(offset, count, what())
        var failure: CheckpointError?
        let bytes = unsafe [UInt8](unsafeUninitializedCapacity: count) { buffer, initialized in
            do throws(CheckpointError) {
                try unsafe fill(UnsafeMutableRawBufferPointer(rebasing: UnsafeMutableRawBufferPointer(buffer)[..<count]), at: offset)
                initialized = count
            } catch {
                failure = error
            }
        }
        if let failure { throw failure }
        return bytes
    }

    /// Fills a buffer that the caller owns with the bytes from `offset` on.
    func read(
        at offset: Int, into buffer: UnsafeMutableRawBufferPointer, for what: @autoclosure () -> String
    ) throws(CheckpointError) {
        try check(offset, buffer.count, what())
        try unsafe fill(buffer, at: offset)
    }

    private func check(_ offset: Int, _ count: Int, _ what: String) throws(CheckpointError) {
        let (end, overflow) = offset.addingReportingOverflow(count)
        guard offset >= 0, count >= 0, !overflow, end <= size else {
            let available = max(0, size - max(0, min(offset, size)))
            throw .truncated(path: path, what: what, needed: UInt64(clamping: count), available: UInt64(available))
        }
    }

    private func fill(_ buffer: UnsafeMutableRawBufferPointer, at offset: Int) throws(CheckpointError) {
        var done = 0
        while done < buffer.count {
            let count = unsafe pread(
                descriptor, buffer.baseAddress?.advanced(by: done), min(buffer.count - done, 1 << 30), off_t(offset + done))
            if count < 0 {
                if errno == EINTR { continue }
                throw .cannotRead(path: path, reason: systemMessage())
            }
            guard count > 0 else { throw .cannotRead(path: path, reason: "it became shorter while it was read") }
            done += count
        }
    }
}
