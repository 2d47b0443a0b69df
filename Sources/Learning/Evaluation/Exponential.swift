#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// eˣ, from the C library.
func exponential(_ x: Double) -> Double { exp(x) }

/// The natural logarithm, from the C library.
func logarithm(_ x: Double) -> Double { log(x) }

/// xʸ, from the C library.
func power(_ x: Double, _ y: Double) -> Double { pow(x, y) }

/// Seconds on a clock that never goes back.
func monotonicSeconds() -> Double {
    var time = timespec()
    unsafe clock_gettime(CLOCK_MONOTONIC, &time)
    return Double(time.tv_sec) + Double(time.tv_nsec) * 1e-9
}

/// Seconds since 1970.
func wallSeconds() -> Double {
    var time = timespec()
    unsafe clock_gettime(CLOCK_REALTIME, &time)
    return Double(time.tv_sec) + Double(time.tv_nsec) * 1e-9
}
