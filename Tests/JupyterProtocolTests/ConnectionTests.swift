import Testing

@testable import JupyterProtocol

@Suite struct ConnectionTests {
    private let file: JSON = [
        "control_port": 50160, "shell_port": 57503, "transport": "tcp", "signature_scheme": "hmac-sha256", "stdin_port": 52597, "hb_port": 42540,
        "ip": "127.0.0.1", "iopub_port": 40885, "key": "secret", "kernel_name": "toy", "jupyter_session": "notebooks/a.ipynb",
    ]

    private func changed(_ name: String, _ value: JSON?) -> JSON {
        var object = file.object!
        object[name] = value
        return .object(object)
    }

    @Test func readsAndWritesAFile() throws {
        var info = try ConnectionInfo(file)
        #expect(info.transport == .tcp && info.key == Array("secret".utf8) && info.encryption == nil)
        #expect(info.endpoint(of: .shell) == "tcp://127.0.0.1:57503" && info.endpoint(of: .heartbeat) == "tcp://127.0.0.1:42540")
        #expect(info.json == file, "with what it doesn't know, in its order")
        info.ports[.iopub] = 1
        #expect(info.json["iopub_port"] == 1)
    }

    @Test func knowsAllKindsOfAddresses() throws {
        func endpoint(_ members: [(String, JSON)]) throws -> String {
            var object = file.object!
            for (name, value) in members { object[name] = value }
            return try ConnectionInfo(.object(object)).endpoint(of: .control)
        }
        #expect(try endpoint([("control_port", 0)]) == "tcp://127.0.0.1:*")
        #expect(try endpoint([("ip", "::1")]) == "tcp://[::1]:50160")
        #expect(try endpoint([("ip", "[::1]")]) == "tcp://[::1]:50160")
        #expect(try endpoint([("ip", "*")]) == "tcp://*:50160")
        #expect(try endpoint([("transport", "ipc"), ("ip", "/run/k"), ("control_port", 3)]) == "ipc:///run/k-3")
        #expect(try endpoint([("control_port", "77")]) == "tcp://127.0.0.1:77")
        #expect(try ConnectionInfo(changed("control_port", nil)).endpoint(of: .control) == "tcp://127.0.0.1:*")
    }

    @Test func refusesWhatItCannotServe() {
        let key = String(repeating: "k", count: 40)
        let cases: [(JSON, ConnectionError)] = [
            ([], .notAnObject), (changed("transport", "udp"), .unknownTransport("udp")), (changed("signature_scheme", "hmac-md5"), .unknownScheme("hmac-md5")),
            (changed("hb_port", -1), .badPort(.heartbeat)), (changed("hb_port", 65_536), .badPort(.heartbeat)), (changed("shell_port", "x"), .badPort(.shell)),
            (changed("stdin_port", 1.5), .badPort(.stdin)),
            (.object(.init(file.object!.members.map { ($0.name, $0.value) } + [("curve_publickey", .string(key)), ("curve_secretkey", "short")])), .badCurveKey),
        ]
        for (json, error) in cases { #expect(throws: error) { try ConnectionInfo(json) } }
    }

    @Test func readsKeys() throws {
        let keys = (String(repeating: "p", count: 40), String(repeating: "s", count: 40))
        var object = file.object!
        object["curve_publickey"] = .string(keys.0)
        #expect(throws: ConnectionError.badCurveKey, "who has one key expects a connection that is encrypted") {
            try ConnectionInfo(.object(object))
        }
        #expect(try ConnectionInfo(changed("curve_publickey", nil)).encryption == nil)
        object["curve_secretkey"] = .string(keys.1)
        #expect(try ConnectionInfo(.object(object)).encryption == .init(publicKey: keys.0, secretKey: keys.1))
    }

    // MARK: - Registration

    private let registration: JSON = [
        "kernel_id": "k1", "transport": "tcp", "registration_ip": "127.0.0.1", "registration_port": 51587, "signature_scheme": "hmac-sha256", "key": "secret",
    ]

    @Test func registers() throws {
        #expect(try Registration(file) == nil, "a connection file is none")
        let registration = try #require(try Registration(self.registration))
        #expect(registration.endpoint == "tcp://127.0.0.1:51587")
        var info = registration.connection
        #expect(info.endpoint(of: .shell) == "tcp://127.0.0.1:*")
        info.ports = [.shell: 1, .control: 2, .stdin: 3, .iopub: 4, .heartbeat: 5]
        let frames = registration.frames(announcing: info)
        #expect(frames.count == 3 && frames[0] == Array("<IDS|MSG>".utf8))
        #expect(
            try JSON(parsing: frames[2])
                == ["kernel_id": "k1", "shell_port": "1", "control_port": "2", "stdin_port": "3", "iopub_port": "4", "hb_port": "5"])
        #expect(Signer(key: Array("secret".utf8)).isValid(frames[1], of: [frames[2]]))
    }

    @Test func aReceiptIsSigned() throws {
        let registration = try #require(try Registration(self.registration))
        let content = Array(#"{"status":"ok"}"#.utf8)
        let signature = Signer(key: Array("secret".utf8)).signature(of: [content])
        #expect(registration.isReceipt([WireFormat.delimiter, signature, content]) && registration.isReceipt([[1], WireFormat.delimiter, signature, content]))
        for frames in [[], [WireFormat.delimiter], [WireFormat.delimiter, signature], [WireFormat.delimiter, signature, []], [WireFormat.delimiter, [], content]] {
            #expect(!registration.isReceipt(frames))
        }
    }

    @Test(arguments: [JSON.integer(-1), 70_000, "x", nil, 1.5]) func refusesAPortThatIsNone(port: JSON) {
        var object = registration.object!
        object["registration_port"] = port
        #expect(throws: ConnectionError.badRegistrationPort) { try Registration(.object(object)) }
    }
}
