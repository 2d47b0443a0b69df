import Foundation
import Imaging
import Tensors
import Testing

/// Mutated files: any error is right, a crash or a trap is not.
@Suite struct FuzzTests {
    /// More rounds outside of quick runs: `THAW_FUZZ_ROUNDS`.
    static let rounds = ProcessInfo.processInfo.environment["THAW_FUZZ_ROUNDS"].flatMap(Int.init) ?? 60

    @Test(arguments: FileTests.files.keys.sorted()) func mutatedBytesNeverCrash(name: String) throws {
        let original = try Fixture.bytes(name)
        guard !original.isEmpty else { return }
        var random = RandomSource(seed: 7, name: name)
        var (decoded, refused) = (0, 0)
        for _ in 0..<Self.rounds {
            var bytes = original
            for _ in 0...random.integer(below: 6) {
                let at = random.integer(below: bytes.count)
                switch random.integer(below: 6) {
                case 0: bytes[at] = UInt8(random.integer(below: 256))
                case 1: bytes[at] ^= 1 << random.integer(below: 8)
                case 2: bytes[at] = [0, 1, 0x7F, 0x80, 0xFF][random.integer(below: 5)]
                case 3: bytes.removeSubrange(at..<min(bytes.count, at + 1 + random.integer(below: 40)))
                case 4: bytes.insert(contentsOf: bytes[at..<min(bytes.count, at + 20)], at: at)
                default: bytes.removeSubrange(at...)
                }
                if bytes.isEmpty { break }
                // Headers hold most decisions.
                if random.integer(below: 2) == 0 {
                    let early = random.integer(below: min(bytes.count, 64))
                    bytes[early] = UInt8(random.integer(below: 256))
                }
            }
            do {
                let options = DecodeOptions(exif: .apply, maximumPixels: 1 << 20)
                let header = try ImageHeader.read(bytes)
                let image = try Image.decode(bytes, options)
                #expect(image.pixels.count == image.size.area * 3)
                #expect(image.size == header.uprightSize)
                decoded += 1
            } catch {
                refused += 1
            }
        }
        #expect(decoded + refused == Self.rounds)
    }

    /// What `scripts/fuzz` kept because it reached code that no other input had.
    @Test(arguments: ImageFormat.allCases.filter(\.isBuiltIn)) func inputsThatReachedNewCode(format: ImageFormat) throws {
        let corpus = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "../../scripts/fuzz/corpus/\(format.rawValue)").standardized
        let names = try FileManager.default.contentsOfDirectory(atPath: corpus.path).sorted()
        #expect(names.count >= 10)
        for name in names {
            let bytes = [UInt8](try Data(contentsOf: corpus.appending(path: name)))
            #expect(throws: Never.self, "\(name)") { _ = try HostilePicture.check(bytes, as: format) }
        }
    }
}
