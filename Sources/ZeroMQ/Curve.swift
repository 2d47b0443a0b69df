import CZeroMQ

/// The two keys of one end of an encrypted connection, as Z85 text of 40 characters.
public struct CurveKeys: Sendable, Equatable {
    public let publicKey: String
    public let secretKey: String

    public init(publicKey: String, secretKey: String) {
        self.publicKey = publicKey
        self.secretKey = secretKey
    }

    /// New keys.
    public static func random() throws(ZeroMQError) -> CurveKeys {
        var publicKey = [CChar](repeating: 0, count: 41)
        var secretKey = publicKey
        guard unsafe zmq_curve_keypair(&publicKey, &secretKey) == 0 else { throw ZeroMQError("zmq_curve_keypair") }
        func text(_ key: [CChar]) -> String {
            String(decoding: key.prefix(40).map { UInt8(bitPattern: $0) }, as: UTF8.self)
        }
        return CurveKeys(publicKey: text(publicKey), secretKey: text(secretKey))
    }
}
