import Testing

@testable import JupyterProtocol

@Suite struct WireTests {
    private let key = Array("a0436f6c-1916-498b-8eb9-e81ab9368e84".utf8)
    private let header = Array(#"{"msg_id":"m","msg_type":"kernel_info_request","session":"s","username":"u","date":"2026-01-01T00:00:00Z","version":"5.4"}"#.utf8)
    private var parts: [[UInt8]] { [header, Array("{}".utf8), Array("{}".utf8), Array(#"{"a":1}"#.utf8)] }

    private func frames(_ parts: [[UInt8]], identities: [[UInt8]] = [[7]], signature: [UInt8]? = nil, buffers: [[UInt8]] = []) -> [[UInt8]] {
        identities + [WireFormat.delimiter, signature ?? Signer(key: key).signature(of: parts)] + parts + buffers
    }

    /// Computed with Python's hmac module.
    @Test func signatureIsThatOfOthers() {
        let signature = Signer(key: Array("key".utf8)).signature(of: [Array("{\"a\":1}".utf8), Array("{}".utf8), Array("{}".utf8), Array("{}".utf8)])
        #expect(String(decoding: signature, as: UTF8.self) == "f1128388193e4dd1aa760827bd756a1b40b627676b5efe22c0e8297919bfa218")
        #expect(Signer(key: []).signature(of: parts).isEmpty)
    }

    @Test func readsAMessage() throws {
        var format = WireFormat(key: key)
        let message = try format.message(of: frames(parts, identities: [[1], [2, 3]], buffers: [[9], []]))
        #expect(message.identities == [[1], [2, 3]] && message.buffers == [[9], []] && message.content == ["a": 1])
        #expect(message.header.type == "kernel_info_request" && message.header.messageID == "m" && message.parent.bytes == header)
        #expect(message.parentHeader == nil)
    }

    @Test func dropsWhatIsNotSigned() {
        var format = WireFormat(key: key)
        let signature = Signer(key: key).signature(of: parts)
        let forgeries: [[UInt8]] = [
            [], Array("x".utf8), signature.dropLast(), signature + [48], Array(repeating: 48, count: 64), Signer(key: [1]).signature(of: parts),
            Array(String(decoding: signature, as: UTF8.self).uppercased().utf8),
        ]
        for forgery in forgeries { #expect(throws: WireError.badSignature) { try format.message(of: frames(parts, signature: forgery)) } }
        for index in 0..<4 {
            var changed = parts
            changed[index].append(0x20)
            #expect(throws: WireError.badSignature, "every part is signed, over the bytes received") {
                try format.message(of: frames(changed, signature: signature))
            }
        }
        #expect(throws: Never.self) { try format.message(of: frames(parts)) }
    }

    @Test func dropsWhatWasPlayedBefore() {
        var format = WireFormat(key: key)
        #expect(throws: Never.self) { try format.message(of: frames(parts)) }
        for _ in 0..<3 { #expect(throws: WireError.replayed) { try format.message(of: frames(parts, identities: [[8]], buffers: [[1]])) } }
        var guarded = ReplayGuard(capacity: 10)
        let first = (0..<100 as Range<UInt8>).map { guarded.admit([$0]) }
        #expect(first.allSatisfy { $0 })
        let again = ([99, 95, 1] as [UInt8]).map { guarded.admit([$0]) }
        #expect(again == [false, false, true], "the latest are remembered")
    }

    @Test func withoutAKeyAllIsTaken() {
        var format = WireFormat(key: [])
        for _ in 0..<2 { #expect(throws: Never.self) { try format.message(of: frames(parts, signature: [])) } }
    }

    @Test func dropsWhatIsNoMessage() {
        var format = WireFormat(key: [])
        #expect(throws: WireError.noDelimiter) { try format.message(of: []) }
        #expect(throws: WireError.noDelimiter) { try format.message(of: [[1], [2]]) }
        for count in 0..<5 {
            #expect(throws: WireError.missingFrames(count: count)) { try format.message(of: [[1], WireFormat.delimiter] + [[UInt8]](repeating: [], count: count)) }
        }
        let damaged: [(Int, String, WireError)] = [
            (0, "{}", .badHeader), (0, "[]", .badHeader), (0, "7", .badHeader), (0, #"{"msg_type":7}"#, .badHeader),
            (0, "", .badJSON(frame: "header", JSONError(reason: .unexpectedEnd, offset: 0))),
            (1, "{", .badJSON(frame: "parent header", JSONError(reason: .unexpectedEnd, offset: 1))),
            (2, "x", .badJSON(frame: "metadata", JSONError(reason: .unexpectedByte, offset: 0))),
        ]
        for (index, text, error) in damaged {
            var changed = parts
            changed[index] = Array(text.utf8)
            #expect(throws: error, "\(text)") { try format.message(of: frames(changed, signature: [])) }
        }
    }

    /// Its sender is known, and waits.
    @Test func keepsAMessageWhoseContentCannotBeRead() throws {
        var format = WireFormat(key: key)
        var damaged = parts
        damaged[3] = Array("{}x".utf8)
        let message = try format.message(of: frames(damaged))
        #expect(message.content == [:] && message.contentError == JSONError(reason: .unexpectedByte, offset: 2))
        #expect(throws: ContentError.unreadable(type: "kernel_info_request", JSONError(reason: .unexpectedByte, offset: 2))) {
            try Request(message)
        }
        damaged[3] = Array("{\"a\":\"".utf8) + [0xE9] + Array("\"}".utf8)
        #expect(try format.message(of: frames(damaged)).content == ["a": "\u{FFFD}"])
    }

    @Test func writesAMessage() throws {
        var format = WireFormat(key: key, session: "kernel's", username: "kernel", date: { "now" })
        let parent = Parent(bytes: Array(#"{ "odd" : 1 }"#.utf8))
        let reply = OutgoingMessage(Status.busy, on: .shell, to: [[5]], parent: parent, buffers: [[1], [2]])
        let written = format.frames(of: reply)
        let texts = written.map { String(decoding: $0, as: UTF8.self) }
        #expect(written.count == 9 && written[0] == [5] && texts[1] == "<IDS|MSG>")
        #expect(
            texts[3] == #"{"msg_id":"kernel's_1","session":"kernel's","username":"kernel","date":"now","msg_type":"status","version":"5.6"}"#)
        #expect(texts[4] == #"{ "odd" : 1 }"# && texts[5] == "{}" && texts[6] == #"{"execution_state":"busy"}"#)
        #expect(Signer(key: key).isValid(written[2], of: Array(written[3...6])) && Array(written[7...]) == [[1], [2]])
        // Topics for those who subscribe to a part of iopub; a greeting goes out under what was subscribed to.
        let broadcast = format.frames(of: OutgoingMessage(Status.busy, on: .iopub))
        #expect(broadcast[0] == Array("kernel.kernel's.status".utf8) && String(decoding: broadcast[3], as: UTF8.self).contains("kernel's_2"))
        #expect(format.frames(of: OutgoingMessage(Welcome(subscription: ""), on: .iopub, to: [[]]))[0] == [])
        let known = format.frames(of: OutgoingMessage(Status.busy, on: .iopub, messageID: "known"))
        #expect(String(decoding: known[3], as: UTF8.self).hasPrefix(#"{"msg_id":"known","#))
    }

    @Test func datesAndIdentifiers() {
        #expect(Timestamp.text(seconds: 951_782_399, microseconds: 42) == "2000-02-28T23:59:59.000042Z")
        let ids = Set((0..<1000).map { _ in UUIDText.random() })
        #expect(ids.count == 1000)
        #expect(ids.allSatisfy { $0.wholeMatch(of: /[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}/) != nil })
    }

    /// Whatever comes in, it is a message or an error, and nothing else than the signed message passes.
    @Test func mutatedFramesNeverPass() {
        var format = WireFormat(key: key)
        var random = SystemRandomNumberGenerator()
        let whole = frames(parts, buffers: [[1]])
        for _ in 0..<5000 {
            var mutated = whole
            switch Int.random(in: 0..<5, using: &random) {
            case 0: mutated.remove(at: Int.random(in: 1..<6, using: &random))
            case 1: mutated.swapAt(Int.random(in: 2..<7, using: &random), 3)
            case 2: mutated.insert((0..<9).map { _ in .random(in: 0...255, using: &random) }, at: Int.random(in: 2..<6, using: &random))
            default:
                let index = Int.random(in: 1..<7, using: &random)
                let place = Int.random(in: 0..<mutated[index].count, using: &random)
                mutated[index][place] ^= .random(in: 1...255, using: &random)
            }
            if mutated != whole { #expect(throws: WireError.self) { try format.message(of: mutated) } }
        }
        #expect(throws: Never.self) { try format.message(of: whole) }
    }
}
