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

    @Test(arguments: [
        ("expanded.pth", "a has an impossible shape"), ("views.pth", "its tensors together"), ("compressed.pth", "a compressed archive"),
    ])
    func smallFilesThatAskForMuch(name: String, expected: String) throws {
        #expect { try Checkpoint.read("\(fixtures)/\(name)") } throws: { "\($0)".contains(expected) }
    }

    /// The stride of an axis of extent 1 is never used, and that of an empty tensor neither.
    @Test func stridesThatDoNotMatter() throws {
        let folder = try temporaryFolder()
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let path = "\(folder)/values"
        let values: [Float] = [1, 2, 3, 4]
        try values.withUnsafeBytes { Data($0) }.write(to: URL(filePath: path))
        let storage = TorchStorage(key: "0", type: .float32, count: 4, viewOffset: 0)
        let view = TorchTensor(storage: storage, offset: 0, shape: [2, 1, 2], strides: [1, 1 << 62, 2])
        let source = TensorSource(file: try ReadableFile(path), offset: 0, type: .float32)
        let span = try #require(view.span)
        let tensor = try source.tensor(Shape(view.shape), strides: view.strides, span: span, named: "a")
        #expect(tensor == Tensor([2, 1, 2], [1, 3, 2, 4]))
        #expect(elementCount(of: [3, 0, 2], atMost: 0) == 0)
        #expect(elementCount(of: [1 << 40, 1 << 40, 0], atMost: 8) == nil)
    }

    // MARK: - Pickles

    /// A zip archive that holds one file, stored; its sizes and its place can lie.
    private func archive(_ pickle: [UInt8], claims size: UInt32? = nil, header: UInt32 = 0) -> [UInt8] {
        func number(_ value: UInt32, _ length: Int) -> [UInt8] { (0..<length).map { UInt8(truncatingIfNeeded: value >> (8 * UInt32($0))) } }
        let name = Array("a/data.pkl".utf8)
        let sizes = number(size ?? UInt32(pickle.count), 4) + number(size ?? UInt32(pickle.count), 4)
        let facts = [UInt8](repeating: 0, count: 14) + sizes + number(UInt32(name.count), 2) + number(0, 2)
        let entry = [0x50, 0x4B, 3, 4] + facts + name + pickle
        let line = [0x50, 0x4B, 1, 2, 0, 0] + facts + [UInt8](repeating: 0, count: 10) + number(header, 4) + name
        return entry + line + [0x50, 0x4B, 5, 6, 0, 0, 0, 0, 1, 0, 1, 0] + number(UInt32(line.count), 4) + number(UInt32(entry.count), 4) + [0, 0]
    }

    @Test(arguments: [
        ("cos\nsystem\n(S'id'\ntR.", "os.system"), ("cbuiltins\neval\n)R.", "builtins.eval"), ("c__builtin__\nexec\n)R.", "__builtin__.exec"),
        ("ctorch\nload\n)R.", "torch.load"), ("ctorch.serialization\nload\n)R.", "torch.serialization.load"), ("ctorch.hub\nload\n)R.", "torch.hub.load"),
        ("csubprocess\nPopen\n)\u{81}.", "subprocess.Popen"), ("ctorch\nFloatStorage\n)R.", "torch.FloatStorage"), ("(ios\nsystem\n.", "0x69"), ("(oos\n.", "0x6f"),
        ("P1\n.", "0x50"), ("X\u{FF}\u{FF}\u{FF}\u{FF}a.", "cut short"), ("B\u{FF}\u{FF}\u{FF}\u{7F}a.", "cut short"), ("\u{8B}\u{FF}\u{FF}\u{FF}\u{7F}a.", "cut short"),
        ("\u{80}\u{09}.", "pickle protocol 9"), (".", "isn't there"), ("t.", "never opened"), ("h\u{05}.", "isn't there"), ("Na.", "no list"), ("}(Nu.", "without a value"), ("NQ.", "no usable description"),
        ("NNR.", "no function"), ("N.", "no named tensors"), ("", "cut short"),
    ])
    func picklesThatNoWeightsNeed(pickle: String, expected: String) throws {
        // Each scalar below 256 is a byte.
        let bytes = pickle.unicodeScalars.map { UInt8(truncatingIfNeeded: $0.value) }
        let text = try problem(archive(bytes), name: "x.pth")
        #expect(text.contains(expected) && !text.hasPrefix("read"), "\(text)")
    }

    /// Structures that are released from their top would overflow the stack, and those that share everything would be walked for ever.
    @Test(arguments: ["archive", "legacy"]) func picklesThatNestOrShareWithoutEnd(format: String) throws {
        func bytes(_ text: String) -> [UInt8] { Array(text.utf8) }
        func times(_ count: Int, _ part: [UInt8]) -> [UInt8] { Array([[UInt8]](repeating: part, count: count).joined()) }
        // ((((…)))), [[[[…]]]], a list that holds itself, dictionaries in dictionaries, and twenty times (a, a) of what came before.
        let cases: [(pickle: [UInt8], expected: String)] = [
            (bytes(")") + times(300_000, [0x85]), "nested too deep"), (times(300_000, bytes("]")) + times(299_999, bytes("a")), "only a list"),
            (bytes("]q") + [0] + bytes("h") + [0] + bytes("a"), "only a list"), (times(200_000, bytes("}N")) + bytes("N") + times(200_000, bytes("s")), "an empty dictionary"),
            (times(300_000, bytes("(")), "isn't there"), (bytes(")") + times(60, bytes("q") + [0] + bytes("h") + [0, 0x86]), "only a list"),
            (times(4_100_000, bytes("]0")), "the pickle would take"),
            // One list of pairs becomes a thousand dictionaries.
            (
                bytes("]q") + [0] + bytes("(") + times(4_000, bytes("NN") + [0x86]) + bytes("e")
                    + times(1_100, bytes("ccollections\nOrderedDict\nh") + [0, 0x85] + bytes("R0")), "the pickle would take"
            ),
        ]
        for (index, (pickle, expected)) in cases.enumerated() {
            let head: [UInt8] = [0x80, 2]
            let tail = bytes(".")
            // PyTorch's magic number, the protocol, facts about the system; the object; no storages.
            let magic: [UInt8] = [0x80, 2, 0x8A, 10, 0x6C, 0xFC, 0x9C, 0x46, 0xF9, 0x20, 0x6A, 0xA8, 0x50, 0x19, 0x2E, 0x80, 2, 0x4D, 0xE9, 3, 0x2E, 0x80, 2, 0x7D, 0x2E]
            let file = format == "legacy" ? magic + head + pickle + tail + head + bytes("].") : archive(head + pickle + tail)
            let text = try problem(file, name: "x.pth")
            #expect(text.contains(expected), "case \(index): \(text)")
        }
    }

    @Test func archivesThatLieAboutPlacesAndSizes() throws {
        let pickle = Array("\u{80}\u{02}}.".unicodeScalars.map { UInt8(truncatingIfNeeded: $0.value) })
        for (file, expected) in [
            (archive(pickle), "an empty dictionary"), (archive(pickle, claims: 0x7FFF_FFFF), "larger than the file"), (archive(pickle, claims: 0xFFFF_FFFF), "larger than the file"),
            (archive(pickle, header: 0x7FFF_FFFF), "larger than the file"), (archive(pickle, header: 7), "has no header"), (Array(archive(pickle).dropLast(30)), "cut short"),
        ] {
            let text = try problem(file, name: "x.pth")
            #expect(text.contains(expected), "\(text)")
        }
    }

    /// What `scripts/fuzz` kept because it reached code that no other input had, and each of these cut short and with a byte changed.
    @Test(arguments: ["pth", "legacy", "safetensors"]) func inputsThatReachedNewCode(format: String) throws {
        let corpus = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "../../scripts/fuzz/corpus/\(format)").standardized
        let names = try FileManager.default.contentsOfDirectory(atPath: corpus.path).sorted()
        #expect(names.count >= 10)
        let folder = try temporaryFolder()
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let path = "\(folder)/x.\(format)"
        var random = RandomSource(seed: 3)
        for name in names {
            let bytes = [UInt8](try Data(contentsOf: corpus.appending(path: name)))
            guard !bytes.isEmpty else { continue }
            var changed = bytes
            changed[random.integer(below: bytes.count)] ^= 1 << random.integer(below: 8)
            for variant in [bytes, Array(bytes.prefix(random.integer(below: bytes.count))), changed] {
                try Data(variant).write(to: URL(filePath: path))
                #expect(throws: Never.self, "\(name)") { _ = try HostileCheckpoint.check(path) }
            }
        }
    }
}
