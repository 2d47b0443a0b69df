#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// Writing a file so that it is there whole or not at all: temporary file beside it, fsync, rename, fsync of the folder.
public enum AtomicFile {
    /// Appends bytes to the temporary file.
    public struct Writer: ~Copyable {
        fileprivate let descriptor: Int32
        fileprivate let path: String
        /// The bytes written so far.
        public private(set) var byteCount = 0

        /// Appends all of `bytes`.
        public mutating func write(_ bytes: [UInt8]) throws(CheckpointError) {
            try unsafe bytes.withUnsafeBufferPointer { (buffer) throws(CheckpointError) in
                try unsafe write(UnsafeRawBufferPointer(buffer))
            }
        }

        /// Appends all bytes of a buffer that the caller keeps alive.
        public mutating func write(_ bytes: UnsafeRawBufferPointer) throws(CheckpointError) {
            var done = 0
            while done < bytes.count {
                // Linux writes at most 2 GiB at once; smaller pieces also keep an interrupted write short.
                let piece = min(bytes.count - done, 1 << 24)
                let count = unsafe Self.systemWrite(descriptor, bytes.baseAddress?.advanced(by: done), piece)
                if count < 0 {
                    if errno == EINTR { continue }
                    throw .cannotWrite(path: path, reason: systemMessage())
                }
                done += count
            }
            byteCount += bytes.count
        }

        private static func systemWrite(_ descriptor: Int32, _ from: UnsafeRawPointer?, _ count: Int) -> Int {
            guard let from = unsafe from else { return 0 }
            #if canImport(Glibc)
                return unsafe Glibc.write(descriptor, from, count)
            #elseif canImport(Musl)
                return unsafe Musl.write(descriptor, from, count)
            #else
                return unsafe Darwin.write(descriptor, from, count)
            #endif
        }
    }

    /// Writes `bytes` to `path`, replacing what is there only when everything is on disk.
    public static func write(_ bytes: [UInt8], to path: String) throws(CheckpointError) {
        try write(to: path) { (writer) throws(CheckpointError) in try writer.write(bytes) }
    }

    /// Lets `body` write to a temporary file, which takes `path`'s place when `body` returns; if it throws, nothing changes.
    public static func write(
        to path: String, _ body: (inout Writer) throws(CheckpointError) -> Void
    ) throws(CheckpointError) {
        // The process and a random number in the name: two writers of one file never share a temporary.
        let temporary = "\(path).\(getpid())-\(UInt32.random(in: 0 ... .max)).tmp"
        let descriptor = unsafe open(temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o644)
        guard descriptor >= 0 else { throw .cannotWrite(path: path, reason: systemMessage()) }
        var writer = Writer(descriptor: descriptor, path: path)
        do throws(CheckpointError) {
            try body(&writer)
            guard fsync(descriptor) == 0 else { throw .cannotWrite(path: path, reason: systemMessage()) }
        } catch {
            close(descriptor)
            unsafe unlink(temporary)
            throw error
        }
        close(descriptor)
        try replace(path, with: temporary)
    }

    /// Brings a file that another program wrote to the disk, so that it is whole before it gets its name.
    static func sync(_ path: String) throws(CheckpointError) {
        let descriptor = unsafe open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { throw .cannotRead(path: path, reason: systemMessage()) }
        defer { close(descriptor) }
        guard fsync(descriptor) == 0 else { throw .cannotWrite(path: path, reason: systemMessage()) }
    }

    /// Moves `temporary` to `path` in one step and makes the folder's change durable. On failure `temporary` is removed.
    static func replace(_ path: String, with temporary: String) throws(CheckpointError) {
        guard unsafe rename(temporary, path) == 0 else {
            let reason = systemMessage()
            unsafe unlink(temporary)
            throw .cannotWrite(path: path, reason: reason)
        }
        let folder = unsafe open(folderPath(of: path), O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        if folder >= 0 {
            fsync(folder)
            close(folder)
        }
    }
}

/// The folder part of a path: `.` for a bare name.
func folderPath(of path: String) -> String {
    guard let slash = path.lastIndex(of: "/") else { return "." }
    return slash == path.startIndex ? "/" : String(path[..<slash])
}

/// The part after the last slash.
func lastComponent(of path: String) -> String {
    path.lastIndex(of: "/").map { String(path[path.index(after: $0)...]) } ?? path
}

/// The system's words for the current `errno`.
func systemMessage() -> String {
    unsafe String(cString: strerror(errno))
}
