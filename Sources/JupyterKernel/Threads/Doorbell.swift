import Glibc

/// Wakes one thread that waits: each ring ends one wait, also when it comes first.
///
/// A semaphore whose waits end by a clock that nobody sets. Those of POSIX end at a time of day, which may be put back by hours.
@safe  // The lock and the condition are made by `init`, destroyed by `deinit`, and only their own functions touch them in between.
final class Doorbell: @unchecked Sendable {  // Both are made for use from several threads; who holds the lock has the count.
    private let lock: UnsafeMutablePointer<pthread_mutex_t>
    private let condition: UnsafeMutablePointer<pthread_cond_t>
    /// Rings that have ended no wait yet.
    private var rings = 0

    init() {
        unsafe lock = UnsafeMutablePointer<pthread_mutex_t>.allocate(capacity: 1)
        unsafe condition = UnsafeMutablePointer<pthread_cond_t>.allocate(capacity: 1)
        unsafe pthread_mutex_init(lock, nil)
        var attributes = pthread_condattr_t()
        unsafe pthread_condattr_init(&attributes)
        unsafe pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC)
        unsafe pthread_cond_init(condition, &attributes)
        unsafe pthread_condattr_destroy(&attributes)
    }

    deinit {
        unsafe pthread_cond_destroy(condition)
        unsafe pthread_mutex_destroy(lock)
        unsafe condition.deallocate()
        unsafe lock.deallocate()
    }

    func ring() {
        unsafe pthread_mutex_lock(lock)
        rings += 1
        unsafe pthread_cond_signal(condition)
        unsafe pthread_mutex_unlock(lock)
    }

    /// Waits for a ring.
    func wait() {
        unsafe pthread_mutex_lock(lock)
        while rings == 0 { unsafe pthread_cond_wait(condition, lock) }
        rings -= 1
        unsafe pthread_mutex_unlock(lock)
    }

    /// Waits for a ring, at most so long.
    ///
    /// - Returns: false if none came.
    @discardableResult
    func wait(milliseconds: Int) -> Bool {
        let end = Moment.now() + milliseconds
        var deadline = timespec(tv_sec: end.nanoseconds / 1_000_000_000, tv_nsec: end.nanoseconds % 1_000_000_000)
        unsafe pthread_mutex_lock(lock)
        defer { unsafe pthread_mutex_unlock(lock) }
        while rings == 0 {
            let status = unsafe pthread_cond_timedwait(condition, lock, &deadline)
            if status != 0, rings == 0 { return false }
        }
        rings -= 1
        return true
    }
}
