/// Keeps iopub below the rates above which Jupyter's server throws messages away: 1000 messages and, of streams, 1,000,000
/// bytes a second, averaged over 3 seconds and forgotten at each idle.
///
/// Two buckets hold what may be sent at once and fill up again with time. A full bucket and three seconds of filling
/// together stay below what the server lets pass in its window.
struct RateGovernor {
    private struct Bucket {
        let capacity: Double
        let perSecond: Double
        var level: Double

        init(capacity: Double, perSecond: Double) {
            self.capacity = capacity
            self.perSecond = perSecond
            level = capacity
        }
    }

    private var messages = Bucket(capacity: 900, perSecond: 600)
    private var bytes = Bucket(capacity: 900_000, perSecond: 600_000)
    private var last: Moment

    init(now: Moment) { last = now }

    /// Asks to send a message.
    ///
    /// - Parameter streamBytes: the size of a stream's text; 0 for other messages.
    /// - Returns: nil if it may be sent now, else the milliseconds to wait before asking again.
    mutating func admit(streamBytes: Int, now: Moment) -> Int? {
        let seconds = Double(max(0, now.nanoseconds - last.nanoseconds)) / 1e9
        last = now
        messages.level = min(messages.capacity, messages.level + seconds * messages.perSecond)
        bytes.level = min(bytes.capacity, bytes.level + seconds * bytes.perSecond)
        // A level above zero suffices, so that a message larger than the bucket passes as well and is paid for afterwards.
        guard messages.level >= 1, bytes.level > 0 || streamBytes == 0 else {
            let wait = max(
                (1 - messages.level) / messages.perSecond, streamBytes == 0 ? 0 : -bytes.level / bytes.perSecond)
            return max(1, Int((wait * 1000).rounded(.up)))
        }
        messages.level -= 1
        bytes.level -= Double(streamBytes)
        return nil
    }

    /// The server has forgotten what was sent.
    mutating func reset() {
        messages.level = messages.capacity
        bytes.level = bytes.capacity
    }
}
