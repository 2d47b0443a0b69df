import Foundation
import JupyterProtocol
import Testing
import ZeroMQ

@testable import JupyterKernel

extension ProcessTests {
    /// What only real sockets and a process of its own can show.
    @Suite struct SocketTests {
        @Test func greetsServesAndEnds() async throws {
            let kernel = try ToyKernel()
            try await withKernel(kernel) {
                let client = try await kernel.client()
                try await client.greeted()
                #expect(client.received.map(\.line) == ["- iopub iopub_welcome ''"], "before anything else")
                #expect(client.received[0].header["session"]?.string?.isEmpty == false)
                for channel in [Channel.shell, .control] {
                    let lines = try await client.request("kernel_info_request", on: channel)
                    #expect(
                        lines.first == "iopub busy" && lines.contains { $0.hasPrefix("\(channel.rawValue) kernel_info_reply ok") }
                    )
                }
                let lines = try await client.run("print hi\nresult 1")
                #expect(
                    lines.filter { $0.hasPrefix("iopub") } == [
                        "iopub busy", "iopub execute_input 1 print hi\nresult 1", "iopub stream stdout hi",
                        "iopub execute_result 1 1", "iopub idle",
                    ])
                #expect(try await client.beat(Array("ping".utf8)) == Array("ping".utf8))
                #expect(Set(client.received.compactMap { $0.header["session"]?.string }).count == 1)
                #expect(
                    client.received.allSatisfy { $0.channel != .iopub || $0.identities.count == 1 },
                    "everything on iopub has a topic")
                let end = try await client.request("shutdown_request", ["restart": true], on: .control)
                #expect(
                    end.contains(#"control shutdown_reply ok {"restart":true}"#)
                        && end.contains(#"iopub shutdown_reply ok {"restart":true}"#))
                try await eventually("the notes") { kernel.notes == "print hi\nresult 1\nsaved for a restart" }
                let mode = try FileManager.default.attributesOfItem(atPath: kernel.connectionFile)[.posixPermissions] as? Int
                #expect(mode == 0o600, "the key is in it")
            }
        }

        @Test func everySubscriberIsGreetedAndSeesAll() async throws {
            let kernel = try ToyKernel()
            try await withKernel(kernel) {
                let first = try await kernel.client("first")
                try await first.greeted()
                let cell = try first.send("execute_request", Author.execute("print a\ngate never", stdin: true))
                try await first.message("busy") { $0.request == cell && $0.type == "execute_input" }
                let second = try await kernel.client("second")
                try await second.message("a message") { _ in true }
                #expect(second.received.first?.type == "iopub_welcome", "also from a kernel that is busy")
                try second.send("interrupt_request", on: .control)
                try await first.end(of: cell)
                let other = try second.send("execute_request", Author.execute("print b"))
                try await second.end(of: other)
                try await first.message("the other's end") { $0.request == other && $0.state == "idle" }
                #expect(
                    first.received.filter { $0.request == other }.map(\.line)
                        == second.received.filter { $0.request == other && $0.channel == .iopub }.map(\.line))
                #expect(!first.received.contains { $0.request == other && $0.channel == .shell }, "replies are for who asked")
                // A page that is loaded again connects under its old name, while the kernel is busy.
                let busy = try second.send("execute_request", Author.execute("gate never"))
                try await first.message("busy") { $0.request == busy && $0.type == "execute_input" }
                let again = try await kernel.client("second")
                try await again.greeted()
                #expect(try await again.request("kernel_info_request").contains { $0.hasPrefix("shell kernel_info_reply ok") })
                try again.send("interrupt_request", on: .control)
                try await again.message("the reply, at the new connection") { $0.request == busy && $0.type == "execute_reply" }
                second.close()
                // Those who come and go cost nothing.
                for number in 0..<50 {
                    let guest = try await kernel.client("guest \(number)")
                    if number % 2 == 0 { try await guest.greeted() }
                    guest.close()
                }
                #expect(try await first.run("print still here").contains("iopub stream stdout still here"))
                try await first.request("shutdown_request", on: .control)
            }
        }

        @Test(arguments: ["ipc", "ipv6"]) func otherAddresses(kind: String) async throws {
            var connection = ToyKernel.anyPorts.object!
            let path = FileManager.default.temporaryDirectory.appending(path: "toy-\(UUID().uuidString.prefix(8))").path
            if kind == "ipc" {
                connection["transport"] = "ipc"
                connection["ip"] = .string(path)
            } else {
                connection["ip"] = "::1"
            }
            let kernel = try ToyKernel(.object(connection))
            try await withKernel(kernel) {
                let client = try await kernel.client()
                try await client.greeted()
                #expect(try await client.run("print hi").contains("iopub stream stdout hi"))
                #expect(try await client.beat([1]) == [1])
                try await client.request("shutdown_request", on: .control)
            }
            #expect(!FileManager.default.fileExists(atPath: path + "-1"), "sockets are taken away")
        }

        @Test func whoHasNoKeysGetsNothing() async throws {
            let keys = try CurveKeys.random()
            var connection = ToyKernel.anyPorts.object!
            connection["curve_publickey"] = .string(keys.publicKey)
            connection["curve_secretkey"] = .string(keys.secretKey)
            let kernel = try ToyKernel(.object(connection))
            try await withKernel(kernel) {
                let naked = try await kernel.client("naked")
                // Once its handshake has failed, a socket has nobody to send to.
                try naked.send("execute_request", Author.execute("print stolen"), waits: false)
                try naked.send("shutdown_request", on: .control, waits: false)
                let client = try await kernel.client(keys: try CurveKeys.random())
                try await client.greeted()
                #expect(try await client.run("print hi").contains("iopub stream stdout hi"))
                #expect(try await client.beat([7]) == [7])
                try naked.take()
                #expect(naked.received.isEmpty)
                try await client.request("shutdown_request", on: .control)
                try await eventually("the notes") { kernel.notes == "print hi\nsaved" }
            }
        }

        /// Where kernels register. It never holds a thread while it waits.
        private final class RegistrationSocket: @unchecked Sendable {  // Used by one test at a time.
            private let port: Int
            private var socket: Socket?
            // Last, so that it goes after its socket.
            private let context: Context

            init() throws {
                let context = try Context()
                let socket = try context.socket(.router)
                try socket.set(.linger, to: 0)
                try socket.bind("tcp://127.0.0.1:*")
                port = Int(socket.lastEndpoint.split(separator: ":").last!)!
                self.socket = consume socket
                self.context = consume context
            }

            deinit { socket = nil }

            /// The content of a registration file.
            func file(_ kernelID: String) -> JSON {
                [
                    "kernel_id": .string(kernelID), "transport": "tcp", "registration_ip": "127.0.0.1", "registration_port": .integer(port),
                    "key": .string(ToyKernel.key), "signature_scheme": "hmac-sha256",
                ]
            }

            /// Waits for what a kernel says of itself.
            func registration() async throws -> [[UInt8]] {
                var frames: [[UInt8]]?
                try await eventually("a registration") {
                    frames = try socket!.receive(waits: false)
                    return frames != nil
                }
                return frames!
            }

            func send(_ frames: [[UInt8]]) throws { try socket!.send(frames) }
        }

        /// A launcher that hands over a registration file is told the ports.
        @Test func registersWithItsLauncher() async throws {
            let launcher = try RegistrationSocket()
            let kernel = try ToyKernel(launcher.file("k7"))
            try await withKernel(kernel) {
                let message = try await launcher.registration()
                let signer = Signer(key: Array(ToyKernel.key.utf8))
                try #require(message.count == 4)
                #expect(signer.isValid(message[2], of: [message[3]]))
                let content = try JSON(parsing: message[3])
                #expect(content["kernel_id"] == "k7" && content.object?.members.count == 6)
                #expect(content.object?.members.allSatisfy { $0.value.string != nil } == true)
                // A receipt that anybody could have written is none.
                let receipt = Array("{}".utf8)
                try launcher.send([message[0], WireFormat.delimiter, Array("forged".utf8), receipt])
                try launcher.send([message[0], WireFormat.delimiter, signer.signature(of: [receipt]), receipt])
                let client = try Client(
                    try ConnectionInfo(
                        JSON.object(.init(content.object!.members.map { ($0.name, $0.value) } + [("key", .string(ToyKernel.key))]))),
                    name: "client")
                try await client.greeted()
                #expect(try await client.run("print hi").contains("iopub stream stdout hi"))
                try await client.request("shutdown_request", on: .control)
            }
        }

        /// A kernel that waits for its receipt still notices that nobody wants it any more.
        @Test func givesUpRegisteringWithoutItsLauncher() async throws {
            let socket = try RegistrationSocket()
            let launcher = try Sleeper()
            defer { launcher.end() }
            let kernel = try ToyKernel(socket.file("k8"), launcher: launcher.process)
            try await withKernel(kernel) {
                _ = try await socket.registration()
                launcher.end()
                try await eventually("its end") { kernel.hasEnded }
                #expect(kernel.notes.isEmpty)
            }
        }

        @Test func endsAtOnceWhereAnotherListens() async throws {
            let context = try Context()
            let taken = try context.socket(.router)
            try taken.bind("tcp://127.0.0.1:*")
            var connection = ToyKernel.anyPorts.object!
            connection["stdin_port"] = .integer(Int(taken.lastEndpoint.split(separator: ":").last!)!)
            let kernel = try ToyKernel(.object(connection))
            try await withKernel(kernel, ending: .exitCode(3)) {
                try await eventually("its end") { kernel.hasEnded }
                #expect(
                    kernel.notes.hasPrefix("the kernel can't listen: bind tcp://127.0.0.1:")
                        && kernel.notes.hasSuffix("Address already in use"))
            }
            _ = consume taken
        }

        @Test(arguments: ["{", "[]", #"{"transport":"udp"}"#]) func endsAtOnceWithoutAConnection(text: String) async throws {
            let kernel = try ToyKernel()
            try Data(text.utf8).write(to: URL(fileURLWithPath: kernel.connectionFile))
            try await withKernel(kernel, ending: .exitCode(3)) {
                try await eventually("its end") { kernel.hasEnded }
                #expect(kernel.notes.hasPrefix("the connection file \(kernel.connectionFile) can't be used: "))
            }
        }
    }
}
