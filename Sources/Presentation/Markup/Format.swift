#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// Numbers as people read them.
public enum Format {
    /// `1,234,567`
    public static func count(_ value: Int) -> String {
        let digits = String(value.magnitude)
        var grouped = ""
        for (index, digit) in digits.enumerated() {
            if index > 0, (digits.count - index) % 3 == 0 { grouped += "," }
            grouped.append(digit)
        }
        return (value < 0 ? "-" : "") + grouped
    }

    /// `512`, `4.65 M`
    public static func short(_ value: Int) -> String {
        let number = Double(value)
        for (limit, suffix) in [(1e9, "G"), (1e6, "M"), (1e4, "k")] where abs(number) >= limit {
            return "\(significant(number / (suffix == "k" ? 1e3 : limit), 3)) \(suffix)"
        }
        return count(value)
    }

    /// `18.8 MB`, in powers of 1000.
    public static func bytes(_ value: Int) -> String {
        let number = Double(value)
        for (limit, suffix) in [(1e9, "GB"), (1e6, "MB"), (1e3, "kB")] where number >= limit { return "\(significant(number / limit, 3)) \(suffix)" }
        return "\(value) bytes"
    }

    /// `95.4 %`
    public static func percent(_ share: Double, digits: Int = 1) -> String { share.isFinite ? "\(fixed(share * 100, digits)) %" : "–" }

    /// `8 ms`, `0.4 s`, `12 s`, `3 min 05 s`, `1 h 02 min`
    public static func duration(_ seconds: Double) -> String {
        guard seconds.isFinite, seconds >= 0, seconds < 1e9 else { return "–" }
        if seconds < 0.0995 { return "\(fixed(seconds * 1000, seconds < 0.00995 ? 1 : 0)) ms" }
        if seconds < 9.95 { return "\(fixed(seconds, 1)) s" }
        let whole = Int(seconds.rounded())
        if whole < 60 { return "\(whole) s" }
        func two(_ value: Int) -> String { value < 10 ? "0\(value)" : "\(value)" }
        if whole < 3600 { return "\(whole / 60) min \(two(whole % 60)) s" }
        return "\(whole / 3600) h \(two(whole / 60 % 60)) min"
    }

    /// With so many digits after the point.
    public static func fixed(_ value: Double, _ digits: Int) -> String {
        guard value.isFinite else { return value.isNaN ? "NaN" : value < 0 ? "-∞" : "∞" }
        guard abs(value) < 1e15 else { return "\(value)" }
        let scale = pow(10, Double(digits))
        let rounded = (value * scale).rounded() / scale
        var text = "\(abs(rounded))"
        if text.contains("e") { text = rounded.magnitude < 1e-4 ? "0.0" : text }
        let parts = text.split(separator: ".", omittingEmptySubsequences: false)
        let whole = String(parts[0])
        guard digits > 0 else { return (rounded < 0 && whole != "0" ? "-" : "") + whole }
        let fraction = parts.count > 1 ? String(parts[1].prefix(digits)) : ""
        return (rounded < 0 ? "-" : "") + whole + "." + fraction + String(repeating: "0", count: max(0, digits - fraction.count))
    }

    /// With so many significant digits: `0.00123`, `4.65`, `1.2e-05`.
    public static func significant(_ value: Double, _ digits: Int) -> String {
        guard value.isFinite, value != 0 else { return value == 0 ? "0" : fixed(value, 0) }
        let exponent = Int(floor(log10(abs(value))))
        if exponent < -4 || exponent > 14 {
            let mantissa = trimmed(fixed(value / pow(10, Double(exponent)), max(0, digits - 1)))
            return "\(mantissa)e\(exponent < 0 ? "-" : "+")\(abs(exponent) < 10 ? "0" : "")\(abs(exponent))"
        }
        return trimmed(fixed(value, max(0, digits - 1 - exponent)))
    }

    /// Without zeros at the end of a fraction.
    private static func trimmed(_ text: String) -> String {
        guard text.contains(".") else { return text }
        var rest = text[...]
        while rest.hasSuffix("0") { rest.removeLast() }
        if rest.hasSuffix(".") { rest.removeLast() }
        return String(rest)
    }

    /// `1 picture`, `3 pictures`
    public static func counted(_ count: Int, _ singular: String, _ plural: String? = nil) -> String {
        "\(self.count(count)) \(count == 1 ? singular : plural ?? singular + "s")"
    }
}

/// Text in columns of a terminal.
enum Columns {
    /// The columns that a text takes: wide East Asian characters count two.
    static func width(_ text: String) -> Int {
        text.unicodeScalars.reduce(0) { total, scalar in
            switch scalar.value {
            case 0x300...0x36F, 0x200B...0x200F, 0xFE00...0xFE0F: total
            case 0x1100...0x115F, 0x2E80...0xA4CF, 0xAC00...0xD7A3, 0xF900...0xFAFF, 0xFF00...0xFF60, 0x1F300...0x1FAFF: total + 2
            default: total + 1
            }
        }
    }

    static func pad(_ text: String, to width: Int, right: Bool = false) -> String {
        let blanks = String(repeating: " ", count: max(0, width - Self.width(text)))
        return right ? blanks + text : text + blanks
    }
}
