import Glibc

/// A refusal of the file system: what was attempted, where, and why.
public struct FileError: Error, Equatable, Sendable, CustomStringConvertible {
    public let operation: String
    public let path: String
    public let code: Int32

    init(_ operation: String, _ path: String) {
        self.operation = operation
        self.path = path
        code = errno
    }

    public var description: String {
        let reason = unsafe strerror(code).map { unsafe String(cString: $0) } ?? "error \(code)"
        return "can't \(operation) \(path): \(reason)"
    }
}

/// Reading and writing whole files, without the weight of a framework at start-up.
enum LocalFile {
    /// All bytes of a file, or the last so many.
    static func read(_ path: String, last limit: Int = .max) throws(FileError) -> [UInt8] {
        let descriptor = unsafe open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { throw FileError("read", path) }
        defer { close(descriptor) }
        let size = lseek(descriptor, 0, SEEK_END)
        lseek(descriptor, max(0, size - min(limit, size)), SEEK_SET)
        var bytes: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: 65_536)
        while true {
            let count = unsafe chunk.withUnsafeMutableBytes { unsafe Glibc.read(descriptor, $0.baseAddress, $0.count) }
            if count > 0 { bytes += chunk[..<count] } else if count == 0 { return bytes }
            if count < 0, errno != EINTR { throw FileError("read", path) }
        }
    }

    /// Replaces a file whole or not at all: a temporary file, fsync, rename.
    static func replace(_ path: String, with bytes: [UInt8], mode: mode_t = 0o644) throws(FileError) {
        let temporary = "\(path).\(getpid()).new"
        let descriptor = unsafe open(temporary, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, mode)
        guard descriptor >= 0 else { throw FileError("write", temporary) }
        let isWritten = writeAll(bytes, to: descriptor) && fsync(descriptor) == 0
        let failure = FileError("write", temporary)
        close(descriptor)
        guard isWritten else {
            _ = unsafe unlink(temporary)
            throw failure
        }
        guard unsafe rename(temporary, path) == 0 else {
            let failure = FileError("write", path)
            _ = unsafe unlink(temporary)
            throw failure
        }
    }

    /// Writes all bytes, however many pieces the system makes of them.
    static func writeAll(_ bytes: [UInt8], to descriptor: Int32) -> Bool {
        var start = 0
        while start < bytes.count {
            let count = unsafe bytes.withUnsafeBytes {
                unsafe write(descriptor, $0.baseAddress! + start, $0.count - start)
            }
            if count > 0 { start += count } else if errno != EINTR { return false }
        }
        return true
    }

    /// Makes a directory and those above it.
    static func makeDirectory(_ path: String) throws(FileError) {
        var partial = path.hasPrefix("/") ? "" : "."
        for component in path.split(separator: "/") {
            partial += "/" + component
            if unsafe mkdir(partial, 0o755) != 0, errno != EEXIST, errno != EISDIR {
                throw FileError("make the directory", partial)
            }
        }
    }

    /// Removes a file, if it is there.
    static func remove(_ path: String) { _ = unsafe unlink(path) }

    static func exists(_ path: String) -> Bool { unsafe access(path, F_OK) == 0 }
}
