import Glibc

/// Wakes one thread that waits: each ring ends one wait, also when it comes first.
@safe  // The semaphore is made by `init`, destroyed by `deinit`, and only its own functions touch it in between.
final class Doorbell: @unchecked Sendable {  // POSIX semaphores are made for use from several threads.
    private let semaphore: UnsafeMutablePointer<sem_t>

    init() {
        unsafe semaphore = UnsafeMutablePointer<sem_t>.allocate(capacity: 1)
        unsafe sem_init(semaphore, 0, 0)
    }

    deinit {
        unsafe sem_destroy(semaphore)
        unsafe semaphore.deallocate()
    }

    func ring() {
        unsafe sem_post(semaphore)
    }

    /// Waits for a ring.
    func wait() {
        while unsafe sem_wait(semaphore) != 0 {}  // Only a signal ends it otherwise.
    }

    /// Waits for a ring, at most so long.
    ///
    /// - Returns: false if none came.
    @discardableResult
    func wait(milliseconds: Int) -> Bool {
        var deadline = timespec()
        _ = unsafe clock_gettime(CLOCK_REALTIME, &deadline)
        let nanoseconds = deadline.tv_nsec + (milliseconds % 1000) * 1_000_000
        deadline.tv_sec += milliseconds / 1000 + nanoseconds / 1_000_000_000
        deadline.tv_nsec = nanoseconds % 1_000_000_000
        while unsafe sem_timedwait(semaphore, &deadline) != 0 {
            if errno != EINTR { return false }
        }
        return true
    }
}
