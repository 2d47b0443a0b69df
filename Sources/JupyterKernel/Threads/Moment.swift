import Glibc

/// A point on a clock that never goes back, in nanoseconds.
struct Moment: Comparable, Sendable {
    var nanoseconds: Int

    static func now() -> Moment {
        var time = timespec()
        _ = unsafe clock_gettime(CLOCK_MONOTONIC, &time)
        return Moment(nanoseconds: time.tv_sec * 1_000_000_000 + time.tv_nsec)
    }

    static func < (left: Moment, right: Moment) -> Bool { left.nanoseconds < right.nanoseconds }

    static func + (moment: Moment, milliseconds: Int) -> Moment {
        Moment(nanoseconds: moment.nanoseconds + milliseconds * 1_000_000)
    }

    /// Milliseconds until this moment, rounded up; 0 if it has passed.
    func milliseconds(from now: Moment) -> Int {
        max(0, (nanoseconds - now.nanoseconds + 999_999) / 1_000_000)
    }
}
