import Foundation
import Tensors
import Testing

@testable import Checkpoints

/// Files that lie: about sizes, places and lengths. Each is refused with a sentence, and none costs memory first.
@Suite struct HostileFileTests {
    private func problem(_ bytes: [UInt8], name: String = "x.safetensors") throws -> String {
        let folder = try temporaryFolder()
        defer { try? FileManager.default.removeItem(atPath: folder) }
        try Data(bytes).write(to: URL(filePath: "\(folder)/\(name)"))
        do {
            let file = try Checkpoint.read("\(folder)/\(name)")
            return "read \(file.state.names)"
        } catch { return "\(error)" }
    }

    private func safetensors(_ header: String, length: UInt64? = nil, data: Int = 0) -> [UInt8] {
        let count = length ?? UInt64(header.utf8.count)
        return (0..<8).map { UInt8(truncatingIfNeeded: count >> ($0 * 8)) } + Array(header.utf8) + [UInt8](repeating: 0, count: data)
    }

    @Test(arguments: [
        (UInt64(1) << 63, "the header"), (.max, "the header"), (UInt64(1) << 40, "the header"), (200, "cut short"), (0, "damaged"),
    ])
    func headerLengths(length: UInt64, expected: String) throws {
        let text = try problem(safetensors("{}", length: length))
        #expect(text.contains(expected), "\(text)")
    }

    @Test(arguments: [
        (#"{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]},"b":{"dtype":"F32","shape":[2],"data_offsets":[4,12]}}"#, "overlaps"),
        (#"{"a":{"dtype":"F32","shape":[2],"data_offsets":[4,12]}}"#, "hole"),
        (#"{"a":{"dtype":"F32","shape":[1099511627776,1099511627776],"data_offsets":[0,8]}}"#, "a"),
        (#"{"a":{"dtype":"F32","shape":[4294967296,4294967296],"data_offsets":[0,0]}}"#, "a"),
        (#"{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,9223372036854775807]}}"#, "a"),
        (#"{"a":{"dtype":"F32","shape":[2],"data_offsets":[8,0]}}"#, "a"), (#"{"a":{"dtype":"F32","shape":[-2],"data_offsets":[0,8]}}"#, "a"),
        (#"{"a":{"dtype":"F32","shape":[3],"data_offsets":[0,8]}}"#, "a"), (#"{"a":{"dtype":"C64","shape":[1],"data_offsets":[0,8]}}"#, "C64"),
        (#"{"a":{"dtype":"F32","shape":[1e30],"data_offsets":[0,8]}}"#, "damaged"), (#"{"a":7}"#, "damaged"), ("[1]", "doesn't begin with {"), (#"{"a":"#, "damaged"),
        (String(repeating: "[", count: 100_000), "doesn't begin with {"), (#"{"a":"# + String(repeating: "[", count: 100_000), "damaged"),
    ])
    func headers(header: String, expected: String) throws {
        let text = try problem(safetensors(header, data: 12))
        #expect(text.contains(expected) && !text.hasPrefix("read"), "\(text)")
    }

    @Test(arguments: [("expanded.pth", "impossible shape"), ("views.pth", "its tensors together"), ("compressed.pth", "compressed")])
    func smallFilesThatAskForMuch(name: String, expected: String) throws {
        #expect { try Checkpoint.read("\(fixtures)/\(name)") } throws: {
            let text = "\($0)"
            return text.contains(expected) || text.contains("impossible shape")
        }
    }
}
