/// A reproducible stream of random numbers, chosen by a seed and any number of further keys.
///
/// Streams with different keys are independent, so a sample's augmentation depends on (seed, epoch, index) alone and never on
/// the number of threads or the order of work: `RandomSource(seed: 1, epoch, index)`.
/// The generator is SplitMix64 (Steele, Lea, Flood 2014) over a state mixed from the keys.
public struct RandomSource: RandomNumberGenerator, Sendable, Equatable {
    private var state: UInt64

    /// The stream of `seed` and `keys`.
    public init(seed: UInt64, _ keys: Int...) {
        var mixed = Self.mix(seed &+ 0x9E37_79B9_7F4A_7C15)
        for key in keys {
            mixed = Self.mix(mixed ^ Self.mix(UInt64(bitPattern: Int64(key)) &+ 0xD1B5_4A32_D192_ED03))
        }
        state = mixed
    }

    /// The stream of `seed` for a named purpose, such as a parameter's name.
    public init(seed: UInt64, name: String) {
        // FNV-1a, 64 bit: stable between processes, unlike `Hasher`.
        var hash: UInt64 = 0xCBF2_9CE4_8422_2325
        for byte in name.utf8 { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01B3 }
        self.init(seed: seed, Int(truncatingIfNeeded: Int64(bitPattern: hash)))
    }

    private static func mix(_ value: UInt64) -> UInt64 {
        var z = value
        z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
        z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
        return z ^ (z >> 31)
    }

    public mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        return Self.mix(state)
    }

    /// A number uniform in [0, 1), with 24 random bits.
    public mutating func uniform() -> Float { Float(next() >> 40) * 0x1p-24 }

    /// A number uniform in [`low`, `high`).
    public mutating func uniform(_ low: Float, _ high: Float) -> Float { low + (high - low) * uniform() }

    /// An integer uniform in [0, `bound`); `bound` must be positive.
    public mutating func integer(below bound: Int) -> Int { Int.random(in: 0..<bound, using: &self) }

    /// The numbers 0..<`count` in random order (Fisher–Yates).
    public mutating func permutation(_ count: Int) -> [Int] {
        var order = Array(0..<count)
        order.shuffle(using: &self)
        return order
    }

    /// The generator's state, to be stored in a checkpoint.
    public var checkpoint: UInt64 { state }

    /// The stream that continues from a stored state.
    public init(checkpoint: UInt64) { state = checkpoint }
}
