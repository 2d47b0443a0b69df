import Foundation
import Testing

@testable import Checkpoints

/// Downloads from a server that breaks off, doesn't understand ranges, or sends something else.
@Suite struct DownloadTests {
    private let content = (0..<300_000).map { UInt8(truncatingIfNeeded: $0 &* 31 &+ $0 >> 9) }

    private func fetch(_ manners: LameServer.Manners, sha: String? = nil) throws -> (bytes: [UInt8]?, requests: [Int], files: [String], error: String) {
        let folder = try temporaryFolder()
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let server = try LameServer(content: content, manners: manners)
        defer { server.stop() }
        let original = "\(folder)/original.bin"
        try Data(content).write(to: URL(filePath: original))
        let digest = try FileDigest.sha256(ofFile: original)
        let weights = WeightsFile(
            name: "imagenet", fileName: "file.bin", origin: .address(server.address), sha256: sha ?? String(digest.prefix(8)), byteCount: content.count)
        let store = WeightsStore(folder: "\(folder)/cache")
        do {
            let path = try store.fetch(weights)
            let files = try FileManager.default.contentsOfDirectory(atPath: "\(folder)/cache")
            return (Array(try Data(contentsOf: URL(filePath: path))), server.requests, files, "")
        } catch {
            return (nil, server.requests, (try? FileManager.default.contentsOfDirectory(atPath: "\(folder)/cache")) ?? [], "\(error)")
        }
    }

    @Test func aConnectionThatDiesHalfWayIsGoneOnWith() throws {
        let (bytes, requests, files, error) = try fetch(.init(breakAfter: [120_000, 50_000]))
        #expect(bytes == content, "\(error)")
        #expect(requests == [0, 120_000, 170_000])
        #expect(files == ["file.bin"])
    }

    @Test func aServerWithoutRangesIsAskedForEverything() throws {
        let (bytes, requests, _, error) = try fetch(.init(breakAfter: [120_000], understandsRanges: false))
        #expect(bytes == content, "\(error)")
        #expect(requests.last == 0 && requests.count >= 2)
    }

    @Test func aServerThatSendsNothingMoreIsGivenUpAndWhatCameIsKept() throws {
        let (bytes, requests, files, error) = try fetch(.init(breakAfter: [1000, 0, 0, 0, 0, 0, 0]))
        #expect(bytes == nil)
        #expect(requests.count >= 3 && requests.dropFirst().allSatisfy { $0 == 1000 })
        #expect(files == ["file.bin.part"])
        #expect(error.contains("put it at") && error.contains("file.bin") && error.contains("1000 bytes of it have come and are kept"), "\(error)")
    }

    @Test(arguments: [
        ("HTTP/1.1 200 OK\r\nContent-Length: 12\r\n\r\n", 12), ("HTTP/2 302\r\ncontent-length: 7\r\n\r\nHTTP/2 200\r\ncontent-length: 46830571\r\n\r\n", 46_830_571),
        ("HTTP/1.1 206 Partial Content\r\nContent-Range: bytes 5-9/10\r\nContent-Length: 5\r\n\r\n", 10), ("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", nil),
        ("HTTP/1.1 206 X\r\nContent-Length: 5\r\nContent-Range: bytes 5-9/*\r\n\r\n", nil), ("HTTP/1.1 200 OK\r\nContent-Length: many\r\n", nil), ("", nil),
    ] as [(String, Int?)]) func theServerSaysHowMuchComes(headers: String, expected: Int?) {
        #expect(Download.size(announcedBy: headers) == expected)
    }

    @Test func otherContentIsThrownAway() throws {
        let (bytes, _, files, error) = try fetch(.init(breakAfter: []), sha: "0123abcd")
        #expect(bytes == nil && files.isEmpty)
        #expect(error.contains("not 0123abcd"))
    }
}
