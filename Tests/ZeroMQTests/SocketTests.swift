import Testing

@testable import ZeroMQ

@Suite struct SocketTests {
    private func bytes(_ text: String) -> [UInt8] { Array(text.utf8) }

    @Test func messagesKeepTheirFrames() throws {
        let context = try Context()
        let router = try context.socket(.router)
        let dealer = try context.socket(.dealer)
        try dealer.set(.identity, to: bytes("me"))
        try router.bind("tcp://127.0.0.1:*")
        #expect(router.lastEndpoint.hasPrefix("tcp://127.0.0.1:") && !router.lastEndpoint.hasSuffix("*") && !router.lastEndpoint.hasSuffix(":0"))
        try dealer.connect(router.lastEndpoint)
        let message: [[UInt8]] = [[], bytes("x"), [UInt8](repeating: 7, count: 1 << 20), []]
        try dealer.send(message)
        let received = try router.receive()
        #expect(received == [bytes("me")] + message)
        #expect(try router.send([bytes("me"), bytes("answer")]))
        #expect(try dealer.receive() == [bytes("answer")])
        #expect(try dealer.receive(waits: false) == nil)
        #expect(try router.send([bytes("nobody"), bytes("x")]), "what is for nobody is dropped")
    }

    @Test func aTakenAddressIsRefused() throws {
        let context = try Context()
        let first = try context.socket(.router)
        try first.bind("tcp://127.0.0.1:*")
        let second = try context.socket(.router)
        let endpoint = first.lastEndpoint
        do {
            try second.bind(endpoint)
            Issue.record("two sockets have one address")
        } catch {
            #expect(error.isAddressInUse && error.endpoint == endpoint && error.description.contains(endpoint))
        }
        #expect(throws: ZeroMQError.self) { try second.bind("nonsense") }
        #expect(throws: ZeroMQError.self) { try second.connect("tcp://no port") }
    }

    @Test func aPollerSaysWhoIsReady() throws {
        let context = try Context()
        let left = try context.socket(.pair)
        let right = try context.socket(.pair)
        try left.bind("inproc://pair")
        try right.connect("inproc://pair")
        var poller = Poller()
        let places = unsafe (poller.add(left), poller.add(right))
        #expect(try poller.wait(milliseconds: 0) == [])
        try left.send([[1]])
        #expect(try poller.wait(milliseconds: 1000) == [places.1])
        _ = try right.receive()
        #expect(try poller.wait(milliseconds: 0) == [])
    }

    @Test func aTimeIsKept() throws {
        let context = try Context()
        let socket = try context.socket(.dealer)
        try socket.set(.receiveTimeout, to: 1)
        #expect(try socket.receive() == nil)
    }

    /// Subscriptions are reported one by one, and applied by whoever reads them.
    @Test func aManualPublisherKnowsEachSubscriber() throws {
        let context = try Context()
        let publisher = try context.socket(.manualPublisher)
        try publisher.set(.manualSubscriptions, to: 1)
        try publisher.set(.verboseSubscriptions, to: 1)
        try publisher.set(.receiveTimeout, to: 10_000)
        try publisher.bind("tcp://127.0.0.1:*")
        let first = try context.socket(.subscriber)
        let second = try context.socket(.subscriber)
        try first.connect(publisher.lastEndpoint)
        try first.set(.subscribe, to: [])
        #expect(try publisher.receive() == [[1]])
        try publisher.send([[], bytes("unseen")])
        try publisher.set(.subscribe, to: [])
        try publisher.send([[], bytes("welcome")])
        try second.connect(publisher.lastEndpoint)
        try second.set(.subscribe, to: [])
        #expect(try publisher.receive() == [[1]], "the second one too")
        try publisher.set(.subscribe, to: [])
        try publisher.send([[], bytes("both")])
        try first.set(.receiveTimeout, to: 10_000)
        try second.set(.receiveTimeout, to: 10_000)
        #expect(try first.receive() == [[], bytes("welcome")])
        #expect(try first.receive() == [[], bytes("both")])
        #expect(try second.receive() == [[], bytes("both")])
    }

    /// Whoever reads nothing is disconnected, and is back as soon as it reads.
    @Test func aReaderThatSleepsIsLetGo() throws {
        let context = try Context()
        let publisher = try context.socket(.manualPublisher)
        try publisher.set(.unreadTimeout, to: 500)
        try publisher.set(.linger, to: 0)
        try publisher.set(.receiveTimeout, to: 20_000)
        try publisher.bind("tcp://127.0.0.1:*")
        let sleeper = try context.socket(.subscriber)
        try sleeper.set(.receiveHighWaterMark, to: 1)
        try sleeper.set(.receiveTimeout, to: 50)
        try sleeper.set(.linger, to: 0)
        try sleeper.connect(publisher.lastEndpoint)
        try sleeper.set(.subscribe, to: [])
        #expect(try publisher.receive() == [[1]])
        // More than the system keeps on its way.
        for _ in 0..<300 { try publisher.send([[UInt8](repeating: 5, count: 100_000)]) }
        #expect(try publisher.receive() == [[0]], "its connection is closed")
        var kept = 0
        var isBack = false
        for _ in 0..<600 where !isBack {
            if try sleeper.receive() != nil { kept += 1 }
            isBack = try publisher.receive(waits: false) == [[1]]
        }
        #expect(isBack && (1..<300).contains(kept), "\(kept) of 300 were on the way")
        try publisher.send([bytes("new")])
        try sleeper.set(.receiveTimeout, to: 20_000)
        #expect(try sleeper.receive() == [bytes("new")])
    }

    @Test func keysOpenWhatTheyClose() throws {
        try #require(Library.hasCurve)
        let (kernel, client) = (try CurveKeys.random(), try CurveKeys.random())
        #expect(kernel.publicKey.utf8.count == 40 && kernel.secretKey.utf8.count == 40 && kernel != client)
        let context = try Context()
        let server = try context.socket(.router)
        try server.set(.curveServer, to: 1)
        try server.set(.curveSecretKey, to: bytes(kernel.secretKey))
        try server.set(.linger, to: 0)
        try server.set(.receiveTimeout, to: 10_000)
        try server.bind("tcp://127.0.0.1:*")

        func connected(to key: String?) throws -> Socket {
            let socket = try context.socket(.dealer)
            try socket.set(.linger, to: 0)
            if let key {
                try socket.set(.curveServerKey, to: bytes(key))
                try socket.set(.curvePublicKey, to: bytes(client.publicKey))
                try socket.set(.curveSecretKey, to: bytes(client.secretKey))
            }
            try socket.connect(server.lastEndpoint)
            return socket
        }
        // Once its handshake has failed, a socket has nobody to send to, and would wait for ever.
        let naked = try connected(to: nil)
        try naked.send([bytes("naked")], waits: false)
        let wrong = try connected(to: client.publicKey)
        try wrong.send([bytes("wrong")], waits: false)
        let right = try connected(to: kernel.publicKey)
        try right.send([bytes("right")])
        #expect(try server.receive()?.last == bytes("right"))
        try server.set(.receiveTimeout, to: 300)
        #expect(try server.receive() == nil, "the others are never heard")
        #expect(throws: ZeroMQError.self) { try right.set(.curveServerKey, to: bytes("short")) }
    }
}
