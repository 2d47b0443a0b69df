#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// What keeps two kernels from fetching one file at the same time, and appending to one partial file: an advisory lock on a file beside it.
///
/// The system gives it back when a process ends, however that happens.
struct FileLock {
    private let path: String
    private let descriptor: Int32

    /// Waits for the lock of the file at `path`, which is made for it.
    ///
    /// - Parameter isInterrupted: asked ten times a second.
    static func take(_ path: String, isInterrupted: () -> Bool) throws(WeightsError) -> FileLock {
        while true {
            // For writing too: NFS asks for that.
            let descriptor = unsafe open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o644)
            guard descriptor >= 0 else { throw .cannotStore(folder: folderPath(of: path), reason: systemMessage()) }
            let lock = FileLock(path: path, descriptor: descriptor)
            while flock(descriptor, LOCK_EX | LOCK_NB) != 0 {
                // Some network folders know no locks: there everybody goes on as if alone.
                guard errno == EAGAIN || errno == EINTR else { return lock }
                if isInterrupted() {
                    close(descriptor)
                    throw .interrupted
                }
                usleep(100_000)
            }
            if lock.isNamed { return lock }
            // Whoever held it has removed the file: the next one may be held already.
            close(descriptor)
        }
    }

    /// Whether the locked file still has the name.
    private var isNamed: Bool {
        var held = stat()
        var named = stat()
        guard unsafe fstat(descriptor, &held) == 0, unsafe stat(path, &named) == 0 else { return false }
        return held.st_ino == named.st_ino && held.st_dev == named.st_dev
    }

    /// Gives the lock back, and leaves no file.
    func release() {
        unsafe unlink(path)
        close(descriptor)
    }
}
