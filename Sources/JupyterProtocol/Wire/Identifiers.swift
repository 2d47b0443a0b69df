import Glibc

/// Random identifiers.
public enum UUIDText {
    /// A version 4 UUID in lower case, such as comms and sessions have.
    public static func random() -> String {
        var generator = SystemRandomNumberGenerator()
        var bytes = (0..<16).map { _ in UInt8.random(in: .min ... .max, using: &generator) }
        bytes[6] = bytes[6] & 0x0F | 0x40
        bytes[8] = bytes[8] & 0x3F | 0x80
        var text: [UInt8] = []
        for (index, byte) in bytes.enumerated() {
            if [4, 6, 8, 10].contains(index) { text.append(UInt8(ascii: "-")) }
            text += [hexadecimalDigit(byte >> 4), hexadecimalDigit(byte & 15)]
        }
        return String(decoding: text, as: UTF8.self)
    }
}

/// Points in time as messages have them.
public enum Timestamp {
    /// The time in UTC, as ISO 8601 with microseconds.
    public static func now() -> String {
        var time = timespec()
        _ = unsafe clock_gettime(CLOCK_REALTIME, &time)
        return text(seconds: time.tv_sec, microseconds: time.tv_nsec / 1000)
    }

    /// A time since the beginning of 1970 in UTC.
    public static func text(seconds: Int, microseconds: Int) -> String {
        var parts = unsafe tm()
        var seconds = seconds
        _ = unsafe gmtime_r(&seconds, &parts)
        let fields = unsafe [parts.tm_mon + 1, parts.tm_mday, parts.tm_hour, parts.tm_min, parts.tm_sec].map { padded($0, 2) }
        let year = unsafe padded(parts.tm_year + 1900, 4)
        return "\(year)-\(fields[0])-\(fields[1])T\(fields[2]):\(fields[3]):\(fields[4]).\(padded(microseconds, 6))Z"
    }

    private static func padded(_ value: some BinaryInteger, _ width: Int) -> String {
        let digits = String(value)
        return String(repeating: "0", count: max(0, width - digits.count)) + digits
    }
}
