import Foundation
import Testing

@testable import Checkpoints

/// Pickles that use one long thing again and again.
@Suite struct CraftedPickleTests {
    private func bytes(_ text: String) -> [UInt8] { Array(text.utf8) }

    /// The instruction that pushes a text.
    private func pushing(_ text: String) -> [UInt8] {
        let count = UInt32(text.utf8.count)
        return [UInt8(ascii: "X")] + (0..<4).map { UInt8(truncatingIfNeeded: count >> (8 * UInt32($0))) } + Array(text.utf8)
    }

    /// What a pickle holds, in a few words, or why it is refused.
    private func outcome(_ pickle: [UInt8]) throws -> String {
        let folder = try temporaryFolder()
        defer { try? FileManager.default.removeItem(atPath: folder) }
        try Data(pickle).write(to: URL(filePath: "\(folder)/x.pkl"))
        let arena = PickleArena()
        defer { arena.empty() }
        do {
            switch try Unpickler.read(ByteCursor(try ReadableFile("\(folder)/x.pkl")), arena).value {
            case .tensor(let tensor): return "a tensor of \(tensor.shape.count) axes"
            case .dictionary: return "a dictionary"
            default: return "something else"
            }
        } catch { return "\(error)" }
    }

    @Test(arguments: [(0, "a tensor of 0 axes"), (64, "a tensor of 64 axes"), (65, "no usable description"), (100_000, "no usable description")])
    func tensorsHaveAsManyAxesAsPyTorchAllows(axes: Int, expected: String) throws {
        let ones = [[UInt8]](repeating: [UInt8(ascii: "K"), 1], count: axes)
        let numbers = bytes("(") + Array(ones.joined()) + bytes("t")
        var pickle: [UInt8] = [0x80, 2]
        pickle += bytes("ctorch._utils\n_rebuild_tensor_v2\n((")
        pickle += pushing("storage") + bytes("ctorch\nFloatStorage\n") + pushing("0") + pushing("cpu")
        pickle += [UInt8(ascii: "K"), 1] + bytes("tQ")
        pickle += [UInt8(ascii: "K"), 0] + numbers + numbers
        pickle += bytes("tR.")
        let text = try outcome(pickle)
        #expect(text.contains(expected), "\(text)")
    }

    @Test(arguments: [
        ("collections", "OrderedDict", "a dictionary"), ("os", "system", "asks to run os.system"),
        ("torch", String(repeating: "a", count: 300), "the name of a global is too long"),
        (String(repeating: "a", count: 100_000), "Storage", "the name of a global is too long"),
    ]) func namesOfGlobalsAreShort(module: String, name: String, expected: String) throws {
        let text = try outcome([0x80, 4] + pushing(module) + pushing(name) + [0x93] + bytes(")R."))
        #expect(text.contains(expected), "\(text)")
    }

    /// Looked into again for each entry, it would take minutes.
    @Test(.timeLimit(.minutes(1))) func aDictionaryThatManyEntriesNameIsLookedIntoOnce() throws {
        let folder = try temporaryFolder()
        defer { try? FileManager.default.removeItem(atPath: folder) }
        try Data([0]).write(to: URL(filePath: "\(folder)/x.pth"))
        let arena = PickleArena()
        defer { arena.empty() }
        let inner = arena.dictionary((0..<300_000).map { (key: PickleValue.integer($0), value: PickleValue.none) })
        let root = arena.dictionary((0..<300_000).map { (key: PickleValue.text("k\($0)"), value: PickleValue.dictionary(inner)) })
        let tensors = TorchTensors(file: try ReadableFile("\(folder)/x.pth"), storages: [:])
        var notes: [String] = []
        #expect {
            _ = try tensors.stateDictionary(.dictionary(root), &notes)
        } throws: {
            "\($0)".contains("the keys k0, k1")
        }
    }
}
