import Checkpoints

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// Appending to files of lines.
enum FileLine {
    /// Appends bytes that end a line, in one write, or nothing. A last line that was cut short is ended first.
    static func append(_ line: [UInt8], to path: String) throws(LearningError) {
        let descriptor = unsafe open(path, O_RDWR | O_APPEND | O_CREAT | O_CLOEXEC, 0o644)
        guard descriptor >= 0 else { throw .checkpoint(.cannotWrite(path: path, reason: FilePath.systemReason())) }
        defer { close(descriptor) }
        var bytes = line
        var last: UInt8 = 0
        let size = lseek(descriptor, 0, SEEK_END)
        if size > 0, unsafe pread(descriptor, &last, 1, size - 1) == 1, last != 0x0A { bytes.insert(0x0A, at: 0) }
        let written = unsafe bytes.withUnsafeBytes { unsafe write(descriptor, $0.baseAddress, $0.count) }
        guard written == bytes.count else {
            // A short write gives no reason; it is the disk that has no room for the rest.
            let reason = written < 0 ? FilePath.systemReason() : "No space left on device"
            ftruncate(descriptor, size)
            throw .checkpoint(.cannotWrite(path: path, reason: reason))
        }
        fsync(descriptor)
    }
}

extension FileLine {
    /// A folder and those above it, if they are not there.
    static func makeFolder(_ path: String) throws(LearningError) {
        guard !FilePath.isDirectory(path) else { return }
        let parent = FilePath.folder(path)
        if parent != path, parent != "." { try makeFolder(parent) }
        guard unsafe mkdir(path, 0o755) == 0 || errno == EEXIST else {
            throw .checkpoint(.cannotWrite(path: path, reason: FilePath.systemReason()))
        }
    }

    /// Removes a file; one that is gone already is no error.
    static func remove(_ path: String) { unsafe unlink(path) }
}
