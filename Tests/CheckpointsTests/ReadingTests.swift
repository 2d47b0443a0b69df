import Checkpoints
import Foundation
import Tensors
import Testing

let fixtures = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "Fixtures").path

@Suite struct ReadingTests {
    static let base = (0..<24).map { Float($0) / 8 - 1 }

    @Test(arguments: ["state.pth", "state-legacy.pth", "wrapped.pth", "state.safetensors"])
    func everyFormatGivesTheSame(_ name: String) throws {
        let file = try Checkpoint.read("\(fixtures)/\(name)")
        let state = file.state
        let base = Self.base
        #expect(state[name: "conv.weight"] == Tensor([2, 3, 2, 2], base))
        let transposed = try #require(state[name: "conv.transposed"])
        #expect(transposed.shape == [2, 2, 3, 2])
        for (index, value) in transposed.elements.enumerated() {
            let (i, j, k, l) = (index / 12, index / 6 % 2, index / 2 % 3, index % 2)
            let source: Int = l * 12 + k * 4 + j * 2 + i
            #expect(value == base[source])
        }
        #expect(state[name: "slice"] == Tensor([2, 3], [6, 8, 10, 12, 14, 16].map { base[$0] }))
        #expect(state[name: "half"]?.elements == Array(base[..<6]))
        #expect(state[name: "bfloat16"]?.elements == Array(base[..<6]))
        #expect(state[name: "double"]?.elements == Array(base[..<3]))
        #expect(state[name: "counter"] == Tensor(17))
        #expect(state[name: "bytes"]?.elements == [0, 1, 255])
        #expect(state[name: "flags"]?.elements == [1, 0])
        #expect(state[name: "parameter"]?.elements == Array(base[..<2]))
        #expect(state[name: "empty"]?.shape == [0, 3])
        #expect(state.entry(named: "half")?.storedAs == .float16)
        if name != "state.safetensors", let tied = state[name: "tied"], let weight = state[name: "conv.weight"] {
            #expect(tied.sharesStorage(with: weight))
        }
        if name == "wrapped.pth" {
            #expect(file.notes == ["took the nested state_dict, left epoch, best, optimizer", "prefix module. stripped"])
        }
    }

    @Test func nothingIsEverRun() throws {
        let trace = "/tmp/thaw-was-here"
        for name in ["command.pth", "command-legacy.pth"] {
            #expect {
                try Checkpoint.read("\(fixtures)/\(name)")
            } throws: {
                guard case .forbiddenGlobal(_, let name)? = $0 as? CheckpointError else { return false }
                return name == "posix.system" && "\($0)".contains("nothing was run")
            }
        }
        #expect(!FileManager.default.fileExists(atPath: trace))
    }

    @Test func strangersAreNamed() throws {
        #expect { try Checkpoint.read("\(fixtures)/module.pth") } throws: { "\($0)".contains("torch.nn.modules.linear.Linear") }
        #expect { try Checkpoint.read("\(fixtures)/plain.pkl") } throws: { "\($0)".contains("a pickle that torch.save didn't write") }
        #expect { try Checkpoint.read("\(fixtures)/other.zip") } throws: { "\($0)".contains("without data.pkl") }
        #expect { try Checkpoint.read("\(fixtures)/absent.pth") } throws: { "\($0)".contains("can't be read") }
        #expect { try Checkpoint.read(fixtures) } throws: { "\($0)".contains("it is a folder") }
    }

    /// Every file cut at every byte, and with bytes changed: an error or a state, never a crash.
    @Test(arguments: ["state.pth", "state-legacy.pth", "state.safetensors", "command.pth"])
    func brokenFilesAreErrors(_ name: String) throws {
        let bytes = [UInt8](try Data(contentsOf: URL(filePath: "\(fixtures)/\(name)")))
        let folder = try temporaryFolder()
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let path = "\(folder)/broken.pth"
        for length in stride(from: 0, to: bytes.count, by: max(1, bytes.count / 400)) {
            try Data(bytes[..<length]).write(to: URL(filePath: path))
            #expect(throws: CheckpointError.self) { try Checkpoint.read(path, checkName: false) }
        }
        var random = RandomSource(seed: 5)
        for _ in 0..<600 {
            var changed = bytes
            for _ in 0...random.integer(below: 3) { changed[random.integer(below: changed.count)] = UInt8(random.integer(below: 256)) }
            try Data(changed).write(to: URL(filePath: path))
            do { _ = try Checkpoint.read(path, checkName: false) } catch { #expect(!error.description.isEmpty) }
        }
    }

    @Test func writingAndReadingGiveTheSame() throws {
        let folder = try temporaryFolder()
        defer { try? FileManager.default.removeItem(atPath: folder) }
        var state = try Checkpoint.read("\(fixtures)/state.pth").state
        state.metadata = ["classes": "[\"ants\",\"bees\"]"]
        try Checkpoint.write(state, to: "\(folder)/a.safetensors")
        let back = try Checkpoint.read("\(folder)/a.safetensors")
        #expect(back.metadata == state.metadata)
        #expect(Set(back.state.names) == Set(state.names))
        for name in state.names { #expect(back.state.entry(named: name) == state.entry(named: name), "\(name)") }
        #expect(throws: CheckpointError.self) { try Checkpoint.write(state, to: "\(folder)/missing/a.safetensors") }
        #expect(try FileManager.default.contentsOfDirectory(atPath: folder) == ["a.safetensors"])
    }

    @Test func pyTorchsArchiveIsWritten() throws {
        let folder = try temporaryFolder()
        defer { try? FileManager.default.removeItem(atPath: folder) }
        var state = try Checkpoint.read("\(fixtures)/state.pth").state
        state.set(.init(name: "größe", tensor: Tensor([300, 70_000 / 300], repeating: 0.5)))
        state.set(.init(name: "unsigned", tensor: Tensor([2], [7, 9]), storedAs: .uint32))
        try Checkpoint.writeTorch(state, to: "\(folder)/meine Gewichte.v2.pth")
        let back = try Checkpoint.read("\(folder)/meine Gewichte.v2.pth")
        #expect(back.format == .torchZip && back.notes.isEmpty && back.state.names == state.names)
        for name in state.names where name != "unsigned" { #expect(back.state.entry(named: name) == state.entry(named: name), "\(name)") }
        // PyTorch has no such storage: a wider one holds the same numbers.
        #expect(back.state.entry(named: "unsigned") == .init(name: "unsigned", tensor: Tensor([2], [7, 9]), storedAs: .int64))
        #expect(throws: CheckpointError.self) { try Checkpoint.writeTorch(state, to: "\(folder)/missing/a.pth") }
        #expect(try FileManager.default.contentsOfDirectory(atPath: folder) == ["meine Gewichte.v2.pth"])
    }

    /// What other programs check: each entry's checksum, by a plain bitwise implementation, and its place.
    @Test func archivesEntriesAreSoundAndAligned() throws {
        let folder = try temporaryFolder()
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let state = try Checkpoint.read("\(fixtures)/state.pth").state
        try Checkpoint.writeTorch(state, to: "\(folder)/a.pth")
        let bytes = [UInt8](try Data(contentsOf: URL(filePath: "\(folder)/a.pth")))
        func number(_ at: Int, _ length: Int) -> Int { (0..<length).reduce(0) { $0 | Int(bytes[at + $1]) << (8 * $1) } }
        var (position, count) = (0, 0)
        while number(position, 4) == 0x0403_4B50 {
            let start = position + 30 + number(position + 26, 2) + number(position + 28, 2)
            let content = bytes[start..<start + number(position + 18, 4)]
            var sum = ~UInt32(0)
            for byte in content {
                sum ^= UInt32(byte)
                for _ in 0..<8 { sum = sum & 1 == 1 ? sum >> 1 ^ 0xEDB8_8320 : sum >> 1 }
            }
            #expect(Int(~sum) == number(position + 14, 4) && start % 64 == 0)
            (position, count) = (start + content.count, count + 1)
        }
        #expect(count == state.count + 3 && number(position, 4) == 0x0201_4B50)
    }

    @Test func hashInTheNameIsChecked() throws {
        let folder = try temporaryFolder()
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let digest = try FileDigest.sha256(ofFile: "\(fixtures)/state.pth")
        try FileManager.default.copyItem(atPath: "\(fixtures)/state.pth", toPath: "\(folder)/net-\(digest.prefix(8)).pth")
        try FileManager.default.copyItem(atPath: "\(fixtures)/state.pth", toPath: "\(folder)/net-0123abcd.pth")
        #expect(try Checkpoint.read("\(folder)/net-\(digest.prefix(8)).pth").notes == ["hash prefix \(digest.prefix(8)) in the file name verified"])
        #expect(try Checkpoint.read("\(folder)/net-0123abcd.pth").notes.first?.contains("content's SHA-256") == true)
    }

    @Test(arguments: [
        ("vgg13-19584684.pth", "19584684"), ("net-20240101.pth", nil), ("net-19991231235959.pth", nil), ("net-2024010a.pth", "2024010a"),
        ("net-20241301.pth", "20241301"), ("net-2024.pth", nil),
    ] as [(String, String?)]) func datesAreNoHashes(name: String, prefix: String?) { #expect(FileDigest.prefix(inName: "folder/" + name) == prefix) }
}

func temporaryFolder() throws -> String {
    let path = FileManager.default.temporaryDirectory.appending(path: "thaw-tests-\(UUID().uuidString)").path
    try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
    return path
}
