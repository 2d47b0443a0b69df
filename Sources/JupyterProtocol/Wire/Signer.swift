import Crypto

#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif

/// Signs messages with the connection's key and checks the signatures of others (HMAC-SHA256 over the four JSON frames).
public struct Signer: Sendable {
    private let key: SymmetricKey?

    /// An empty key turns signing off, as the protocol has it.
    public init(key: [UInt8]) {
        self.key = key.isEmpty ? nil : SymmetricKey(data: key)
    }

    /// The signature in hexadecimal, or nothing without a key.
    public func signature(of parts: [[UInt8]]) -> [UInt8] {
        guard let key else { return [] }
        var code = HMAC<SHA256>(key: key)
        for part in parts { code.update(data: part) }
        return code.finalize().flatMap { [hexadecimalDigit($0 >> 4), hexadecimalDigit($0 & 15)] }
    }

    /// Whether a signature belongs to the parts; the time it takes doesn't depend on where it is wrong.
    public func isValid(_ signature: [UInt8], of parts: [[UInt8]]) -> Bool {
        guard key != nil else { return true }
        let expected = self.signature(of: parts)
        guard signature.count == expected.count else { return false }
        return zip(signature, expected).reduce(0) { $0 | ($1.0 ^ $1.1) } == 0
    }
}

/// Remembers the signatures seen of late, so that a recorded message can't be played again.
struct ReplayGuard {
    private var seen: Set<[UInt8]> = []
    private var order: [[UInt8]] = []
    private let capacity: Int

    init(capacity: Int = 65_536) { self.capacity = capacity }

    /// Whether a signature is new; it isn't afterwards.
    mutating func admit(_ signature: [UInt8]) -> Bool {
        guard !signature.isEmpty else { return true }
        guard seen.insert(signature).inserted else { return false }
        order.append(signature)
        if order.count > capacity {
            // A tenth at a time, so that forgetting costs next to nothing a message.
            let old = capacity / 10 + 1
            seen.subtract(order.prefix(old))
            order.removeFirst(old)
        }
        return true
    }
}
