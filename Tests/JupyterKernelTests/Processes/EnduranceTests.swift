import Foundation
import Glibc
import JupyterProtocol
import Testing
import ZeroMQ

@testable import JupyterKernel

extension ProcessTests {
    /// Much of everything. `THAW_ENDURANCE=1` runs the whole: a hundred thousand forgeries, ten thousand cells.
    @Suite struct EnduranceTests {
        private static let isWhole = ProcessInfo.processInfo.environment["THAW_ENDURANCE"] == "1"

        private func residentBytes(_ client: Client) async throws -> Int {
            try await client.request("usage_request", on: .control)
            return client.received.last { $0.type == "usage_reply" }?.content["kernel_memory"]?.integer ?? .max
        }

        /// Unsigned, damaged and random frames run nothing and break nothing.
        @Test func forgeriesRunNothing() async throws {
            let rounds = Self.isWhole ? 100_000 : 6000
            let kernel = try ToyKernel()
            try await withKernel(kernel) {
                let client = try await kernel.client()
                try await client.greeted()
                let context = try Context()
                let info = try await kernel.connection()
                func socket(_ channel: Channel) throws -> Socket {
                    let socket = try context.socket(.dealer)
                    try socket.set(.linger, to: 0)
                    try socket.set(.sendHighWaterMark, to: 0)
                    try socket.connect(info.endpoint(of: channel))
                    return socket
                }
                let shell = try socket(.shell)
                let control = try socket(.control)
                let stdin = try socket(.stdin)
                let heartbeat = try socket(.heartbeat)
                let iopub = try socket(.iopub)
                var forger = Forger()
                for round in 0..<rounds {
                    let frames = forger.frames()
                    switch round % 5 {
                    case 0, 1: try shell.send(frames)
                    case 2: try control.send(frames)
                    case 3: try stdin.send(frames)
                    default: if round % 2 == 0 { try heartbeat.send(frames) } else { try iopub.send(frames, waits: false) }
                    }
                    // The kernel keeps up with honest clients meanwhile.
                    if round % 2000 == 0 {
                        #expect(try await client.run("print \(round)").contains("iopub stream stdout \(round)"))
                    }
                }
                #expect(try await client.run("print after").contains("iopub stream stdout after"))
                #expect(try await client.beat([1, 2]) == [1, 2])
                try await client.request("shutdown_request", on: .control)
                let cells = stride(from: 0, to: rounds, by: 2000).map { "print \($0)" } + ["print after", "saved"]
                try await eventually("the notes") { kernel.notes == cells.joined(separator: "\n") }
            }
        }

        /// Many cells: every message once and in order, for two clients, and memory as before.
        @Test func manyCellsLoseNothingAndLeakNothing() async throws {
            let cells = Self.isWhole ? 10_000 : 1500
            let kernel = try ToyKernel()
            try await withKernel(kernel) {
                let client = try await kernel.client("one")
                try await client.greeted()
                let other = try await kernel.client("two")
                try await other.greeted()
                var ids: [String] = []
                var warm = 0
                for cell in 1...cells {
                    ids.append(try client.send("execute_request", Author.execute("print \(cell)\nresult \(cell)\nbar 1")))
                    if cell % 50 == 0 {
                        try await client.end(of: ids.last!)
                        try other.take()
                    }
                    if cell == cells / 3 { warm = try await residentBytes(client) }
                }
                let grown = try await residentBytes(client) - warm
                #expect(grown < 24 << 20, "\(grown) bytes more")
                try await other.message("the end") { $0.request == ids.last! && $0.state == "idle" }
                for reader in [client, other] {
                    let mine = reader.received.filter { $0.channel == .iopub && $0.request.hasPrefix("one-") }
                    let types = mine.filter { $0.type == "execute_result" }
                    #expect(types.map { $0.content["execution_count"]?.integer } == Array(1...cells))
                    #expect(types.map(\.request) == ids)
                    for type in ["execute_input", "stream", "display_data"] {
                        #expect(mine.filter { $0.type == type }.map(\.request) == ids, "\(type)")
                    }
                }
                #expect(client.received.filter { $0.type == "execute_reply" }.map(\.request) == ids)
                try await client.request("shutdown_request", on: .control)
            }
        }

        /// A subscriber that never reads costs the others nothing, and the kernel no more than what is kept for it until it is let go.
        @Test func whoNeverReadsCostsNothing() async throws {
            let kernel = try ToyKernel()
            try await withKernel(kernel) {
                let client = try await kernel.client("reader")
                try await client.greeted()
                let info = try await kernel.connection()
                let context = try Context()
                func run(cells: Int) async throws {
                    for cell in 1...cells { #expect(try await client.run("print \(cell)").contains("iopub stream stdout \(cell)")) }
                }
                func sleeper() async throws -> Socket {
                    let sleeper = try context.socket(.subscriber)
                    try sleeper.set(.linger, to: 0)
                    try sleeper.set(.receiveHighWaterMark, to: 1)
                    try sleeper.set(.subscribe, to: [])
                    let start = client.received.count
                    try sleeper.connect(info.endpoint(of: .iopub))
                    try await client.message("the other's greeting", since: start) { $0.type == "iopub_welcome" }
                    return sleeper
                }
                try await run(cells: 100)
                let before = try await residentBytes(client)
                let first = try await sleeper()
                try await run(cells: Self.isWhole ? 10_000 : 1000)
                let kept = try await residentBytes(client) - before
                #expect(kept < 8 << 20, "\(kept) bytes more")
                if Self.isWhole {
                    // The first is let go; what was kept for it serves for the second.
                    try await Task.sleep(for: .milliseconds(ChannelSockets.unreadTimeout + 10_000))
                    let second = try await sleeper()
                    try await run(cells: 10_000)
                    let more = try await residentBytes(client) - before - kept
                    print("kept for one that sleeps: \(kept) bytes; for the next: \(more) more")
                    #expect(more < 6 << 20, "\(more) bytes more")
                    _ = consume second
                }
                _ = consume first
                try await client.request("shutdown_request", on: .control)
            }
        }
    }
}

/// Makes frames that no kernel may believe.
struct Forger {
    private var random = SystemRandomNumberGenerator()
    private let author = Author(key: Array("not the key".utf8))
    private var count = 0

    mutating func frames() -> [[UInt8]] {
        count += 1
        let contents: [(String, JSON)] = [
            ("execute_request", Author.execute("print forged")), ("shutdown_request", ["restart": false]),
            ("interrupt_request", [:]),
            ("comm_open", ["comm_id": "f", "target_name": "jupyter.widget.control", "data": [:]]),
            ("input_reply", ["value": "forged"]),
        ]
        let (type, content) = contents[count % contents.count]
        var frames = author.frames(type, content, id: "forged-\(count)")
        switch Int.random(in: 0..<8, using: &random) {
        case 0: return [bytes(0...200)]
        case 1: return (0..<Int.random(in: 1...12, using: &random)).map { _ in bytes(0...60) }
        case 2: frames[1] = []
        case 3: frames.remove(at: Int.random(in: 0..<frames.count, using: &random))
        case 4: frames[2] = bytes(0...100)
        case 5: frames.insert(bytes(0...40), at: Int.random(in: 0...frames.count, using: &random))
        case 6: frames[5] = Array(String(repeating: "[", count: 5000).utf8)
        default: break
        }
        return frames
    }

    private mutating func bytes(_ counts: ClosedRange<Int>) -> [UInt8] {
        (0..<Int.random(in: counts, using: &random)).map { _ in .random(in: 0...255, using: &random) }
    }
}
