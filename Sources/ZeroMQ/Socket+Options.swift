import CZeroMQ

extension Socket {
    /// A setting that is a number.
    public enum Option: Sendable {
        /// Messages queued for one peer before more are dropped; 0 for no bound.
        case sendHighWaterMark
        case receiveHighWaterMark
        /// Milliseconds that unsent messages outlive the socket.
        case linger
        /// Milliseconds until a receive gives up with `nil`.
        case receiveTimeout
        /// Milliseconds that bytes sent over TCP may wait for the other end to take them before the connection is closed; 0 for
        /// as long as the system tries.
        case unreadTimeout
        /// A router gives a peer that comes back under its old identity the new connection.
        case routerHandover
        /// An XPUB socket applies no subscription by itself.
        case manualSubscriptions
        /// An XPUB socket reports every subscription, not only the first to a topic.
        case verboseSubscriptions
        /// Largest message accepted, in bytes; -1 for no bound.
        case maximumMessageSize
        /// Addresses of IPv6 are understood.
        case ipv6
        /// This end holds the secret of an encrypted connection.
        case curveServer

        var rawValue: Int32 {
            switch self {
            case .sendHighWaterMark: ZMQ_SNDHWM
            case .receiveHighWaterMark: ZMQ_RCVHWM
            case .linger: ZMQ_LINGER
            case .receiveTimeout: ZMQ_RCVTIMEO
            case .unreadTimeout: ZMQ_TCP_MAXRT
            case .routerHandover: ZMQ_ROUTER_HANDOVER
            case .manualSubscriptions: ZMQ_XPUB_MANUAL
            case .verboseSubscriptions: ZMQ_XPUB_VERBOSE
            case .maximumMessageSize: ZMQ_MAXMSGSIZE
            case .ipv6: ZMQ_IPV6
            case .curveServer: ZMQ_CURVE_SERVER
            }
        }
    }

    /// A setting that is bytes.
    public enum BytesOption: Sendable {
        case identity, subscribe, unsubscribe
        /// Z85 text of 40 characters, or 32 bytes.
        case curveSecretKey, curvePublicKey, curveServerKey

        var rawValue: Int32 {
            switch self {
            case .identity: ZMQ_ROUTING_ID
            case .subscribe: ZMQ_SUBSCRIBE
            case .unsubscribe: ZMQ_UNSUBSCRIBE
            case .curveSecretKey: ZMQ_CURVE_SECRETKEY
            case .curvePublicKey: ZMQ_CURVE_PUBLICKEY
            case .curveServerKey: ZMQ_CURVE_SERVERKEY
            }
        }
    }

    /// Changes a setting; most take effect at the next bind or connect.
    public func set(_ option: Option, to value: Int) throws(ZeroMQError) {
        // One option is 64 bits wide, the rest are 32.
        let status: Int32
        if case .maximumMessageSize = option {
            var wide = Int64(value)
            status = unsafe zmq_setsockopt(pointer, option.rawValue, &wide, MemoryLayout<Int64>.size)
        } else {
            var narrow = Int32(clamping: value)
            status = unsafe zmq_setsockopt(pointer, option.rawValue, &narrow, MemoryLayout<Int32>.size)
        }
        guard status == 0 else { throw ZeroMQError("zmq_setsockopt \(option)") }
    }

    /// Changes a setting that is bytes.
    public func set(_ option: BytesOption, to value: [UInt8]) throws(ZeroMQError) {
        let status = unsafe value.withUnsafeBytes {
            unsafe zmq_setsockopt(pointer, option.rawValue, $0.baseAddress, $0.count)
        }
        guard status == 0 else { throw ZeroMQError("zmq_setsockopt \(option)") }
    }
}
