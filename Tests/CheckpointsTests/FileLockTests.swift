import Dispatch
import Foundation
import Synchronization
import Testing

@testable import Checkpoints

/// Several kernels that want the same file at the same time.
@Suite struct FileLockTests {
    @Test func oneFetchesAndTheOthersWait() throws {
        let folder = try temporaryFolder()
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let content = (0..<200_000).map { UInt8(truncatingIfNeeded: $0 &* 31 &+ $0 >> 9) }
        let server = try LameServer(content: content, manners: .init(breakAfter: []))
        defer { server.stop() }
        let weights = WeightsFile(
            name: "imagenet", fileName: "file.bin", origin: .address(server.address), sha256: String(FileDigest.sha256(of: content).prefix(8)),
            byteCount: content.count)
        let store = WeightsStore(folder: "\(folder)/cache")
        let results = Mutex<[String]>([])
        DispatchQueue.concurrentPerform(iterations: 3) { _ in
            let result: String
            do { result = try store.fetch(weights) } catch { result = "\(error)" }
            results.withLock { $0.append(result) }
        }
        #expect(results.withLock { $0 } == [String](repeating: "\(folder)/cache/file.bin", count: 3))
        #expect(server.requests == [0])
        #expect(try FileManager.default.contentsOfDirectory(atPath: "\(folder)/cache") == ["file.bin"])
    }

    @Test func waitingCanBeInterrupted() throws {
        let folder = try temporaryFolder()
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let path = "\(folder)/file.bin.lock"
        let held = try FileLock.take(path, isInterrupted: { false })
        var asked = 0
        #expect(throws: WeightsError.interrupted) {
            _ = try FileLock.take(path) {
                asked += 1
                return asked > 2
            }
        }
        #expect(asked == 3 && FileManager.default.fileExists(atPath: path))
        held.release()
        #expect(!FileManager.default.fileExists(atPath: path))
        // Nobody is waited for now, so nobody asks.
        try FileLock.take(path, isInterrupted: { true }).release()
        #expect(throws: WeightsError.self) { try FileLock.take("\(folder)/none/file.bin.lock", isInterrupted: { false }).release() }
    }
}
