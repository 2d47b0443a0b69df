#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// An opaque colour, and what can be read on it.
struct Shade: Equatable {
    /// Red, green and blue, 0 to 255.
    let channels: [Int]

    /// - Parameters:
    ///   - color: as `#0072b2`.
    ///   - strength: how much of it is mixed with white, 0 to 1.
    init(_ color: String, strength: Double = 1) {
        let number = Int(color.dropFirst(), radix: 16) ?? 0
        channels = [16, 8, 0].map { place in
            let channel = Double((number >> place) & 0xFF)
            return Int((255 + (channel - 255) * strength).rounded())
        }
    }

    /// The ground of a cell that counts nothing.
    static let nothing = Shade("#f2f2f2")
    /// What is written on ``nothing``: weaker than other words, and still to be read.
    static let faint = Shade("#666666")

    /// As drawings have it.
    var text: String {
        "#" + channels.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
    }

    /// Black or white, whichever stands out more from this ground: by 4.5 to 1 at least, whatever the ground.
    var ink: Shade {
        let (black, white) = (Shade("#000000"), Shade("#ffffff"))
        return contrast(with: black) > contrast(with: white) ? black : white
    }

    /// The ratio of two luminances, from 1 to 21 (WCAG 2).
    func contrast(with other: Shade) -> Double {
        let (one, two) = (luminance + 0.05, other.luminance + 0.05)
        return max(one, two) / min(one, two)
    }

    private var luminance: Double {
        zip(channels, [0.2126, 0.7152, 0.0722]).reduce(0) { total, part in
            let value = Double(part.0) / 255
            return total + part.1 * (value <= 0.04045 ? value / 12.92 : pow((value + 0.055) / 1.055, 2.4))
        }
    }
}
