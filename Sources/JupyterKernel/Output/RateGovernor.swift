/// Keeps iopub at a rate at which nobody loses anything.
///
/// Jupyter's server throws messages away above 1000 messages and, of streams, 1,000,000 bytes a second, averaged over 3 seconds and
/// forgotten at each idle; some kinds it doesn't count. A slow client loses what doesn't fit into the socket's backlog
/// (``ChannelSockets/backlogMessages``), whatever its kind; idle cells by the thousand would fill that sooner than it is read.
///
/// Buckets hold what may be sent at once and fill up again with time. For the server's limits, a full bucket and three seconds of
/// filling together stay below what it lets pass in its window.
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

        mutating func fill(seconds: Double) { level = min(capacity, level + seconds * perSecond) }

        /// Milliseconds until so much is there; 0 if it is there now.
        func wait(for amount: Double) -> Int {
            level >= amount ? 0 : max(1, Int(((amount - level) / perSecond * 1000).rounded(.up)))
        }
    }

    /// Messages of every kind. Half of the socket's backlog may go out at once.
    private var all = Bucket(capacity: Double(ChannelSockets.backlogMessages / 2), perSecond: 2000)
    private var counted = Bucket(capacity: 900, perSecond: 600)
    private var bytes = Bucket(capacity: 900_000, perSecond: 600_000)
    private var last: Moment

    init(now: Moment) { last = now }

    /// Asks to send a message.
    ///
    /// - Parameters:
    ///   - isCounted: whether it is of a kind that the server counts.
    ///   - streamBytes: the size of a stream's text; 0 for other messages.
    /// - Returns: nil if it may be sent now, else the milliseconds to wait before asking again.
    mutating func admit(isCounted: Bool = true, streamBytes: Int, now: Moment) -> Int? {
        let seconds = Double(max(0, now.nanoseconds - last.nanoseconds)) / 1e9
        last = now
        all.fill(seconds: seconds)
        counted.fill(seconds: seconds)
        bytes.fill(seconds: seconds)
        var wait = all.wait(for: 1)
        if isCounted { wait = max(wait, counted.wait(for: 1)) }
        // A level above zero suffices, so that a message larger than the bucket passes as well and is paid for afterwards.
        if streamBytes > 0 { wait = max(wait, bytes.wait(for: 1)) }
        guard wait == 0 else { return wait }
        all.level -= 1
        if isCounted { counted.level -= 1 }
        bytes.level -= Double(streamBytes)
        return nil
    }

    /// The server has forgotten what was sent.
    mutating func reset() {
        counted.level = counted.capacity
        bytes.level = bytes.capacity
    }
}
