#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// Reads files straight into arrays.
enum FileBytes {
    /// The first `limit` bytes of the file at `path`, or all of them.
    static func read(_ path: String, limit: Int = .max) throws(ImageError) -> [UInt8] {
        // O_NONBLOCK: a named pipe among the pictures must not hang; it has no effect on regular files.
        let descriptor = unsafe open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
        guard descriptor >= 0 else { throw .inFile(path, .cannotRead(reason: reason())) }
        defer { close(descriptor) }
        var facts = stat()
        guard unsafe fstat(descriptor, &facts) == 0 else { throw .inFile(path, .cannotRead(reason: reason())) }
        guard facts.st_mode & S_IFMT == S_IFREG else {
            throw .inFile(path, .cannotRead(reason: "it is not a regular file"))
        }
        let wanted = min(Int(facts.st_size), limit)
        var failed = false
        let bytes = unsafe [UInt8](unsafeUninitializedCapacity: max(wanted, 1)) { buffer, filled in
            guard let start = buffer.baseAddress else { return }
            while filled < wanted {
                let got = unsafe systemRead(descriptor, start + filled, wanted - filled)
                if got < 0 && errno == EINTR { continue }
                failed = got < 0
                if got <= 0 { break }
                filled += got
            }
        }
        if failed { throw .inFile(path, .cannotRead(reason: reason())) }
        return bytes
    }

    private static func reason() -> String { unsafe String(cString: strerror(errno)) }
}

/// `read(2)`, out of the way of `FileBytes.read`.
private func systemRead(_ descriptor: Int32, _ start: UnsafeMutablePointer<UInt8>, _ count: Int) -> Int {
    unsafe read(descriptor, start, count)
}
