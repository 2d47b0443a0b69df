import Checkpoints
import Foundation
import Testing

@Suite struct WeightsStoreTests {
    static func weights(_ folder: String, sha: String? = nil) throws -> WeightsFile {
        WeightsFile(
            name: "imagenet", fileName: "state.pth", origin: .address("file://\(fixtures)/state.pth"),
            sha256: try sha ?? String(FileDigest.sha256(ofFile: "\(fixtures)/state.pth").prefix(8)))
    }

    @Test func fetchesVerifiesAndFinds() throws {
        let folder = try temporaryFolder()
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let store = WeightsStore(folder: "\(folder)/cache")
        let weights = try Self.weights(folder)
        #expect(store.find(weights) == nil)
        let path = try store.fetch(weights)
        #expect(path == "\(folder)/cache/state.pth")
        #expect(store.find(weights) == path)
        #expect(try FileManager.default.contentsOfDirectory(atPath: "\(folder)/cache") == ["state.pth"])
        // A second store that knows the first one's folder finds it there.
        #expect(try WeightsStore(folder: "\(folder)/other", others: ["\(folder)/cache"]).fetch(weights) == path)
    }

    @Test func goesOnWhereItWasCutOff() throws {
        let folder = try temporaryFolder()
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let half = try Data(contentsOf: URL(filePath: "\(fixtures)/state.pth")).prefix(1000)
        try half.write(to: URL(filePath: "\(folder)/state.pth.part"))
        #expect(try WeightsStore(folder: folder).fetch(try Self.weights(folder)) == "\(folder)/state.pth")
    }

    @Test func wrongContentIsThrownAway() throws {
        let folder = try temporaryFolder()
        defer { try? FileManager.default.removeItem(atPath: folder) }
        #expect {
            try WeightsStore(folder: folder).fetch(try Self.weights(folder, sha: "0123abcd"))
        } throws: {
            guard case .wrongDownload? = $0 as? WeightsError else { return false }
            return "\($0)".contains("not 0123abcd") && "\($0)".contains("thrown away")
        }
        #expect(try FileManager.default.contentsOfDirectory(atPath: folder).isEmpty)
    }

    @Test func offlineSaysWhichFileToPutWhere() throws {
        let folder = try temporaryFolder()
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let weights = WeightsFile(
            name: "imagenet", fileName: "net-0123abcd.pth", origin: .address("http://127.0.0.1:9/net-0123abcd.pth"), sha256: "0123abcd")
        #expect {
            try WeightsStore(folder: folder).fetch(weights)
        } throws: {
            // However often it was tried, the reason is said once.
            "\($0)".contains("put it at \(folder)/net-0123abcd.pth") && "\($0)".contains("THAW_WEIGHTS_URL") && "\($0)".split(separator: "Failed to connect to").count == 2 && !"\($0)".contains("curl")
        }
    }

    @Test func environmentChoosesFolders() {
        let store = WeightsStore(environment: ["HOME": "/home/a", "TORCH_HOME": "/t", "THAW_WEIGHTS_URL": "https://mirror.example"])
        #expect(store.folder == "/home/a/.cache/thaw/weights")
        #expect(store.others == ["/t/hub/checkpoints"])
        #expect(store.mirror == "https://mirror.example")
        #expect(WeightsStore(environment: ["THAW_CACHE": "/c"]).folder == "/c/weights")
    }

    @Test func mirrorIsAskedFirst() throws {
        let folder = try temporaryFolder()
        defer { try? FileManager.default.removeItem(atPath: folder) }
        var weights = try Self.weights(folder)
        weights = WeightsFile(name: "x", fileName: weights.fileName, origin: .address("http://127.0.0.1:9/x"), sha256: weights.sha256)
        #expect(try WeightsStore(folder: folder, mirror: "file://\(fixtures)/").fetch(weights) == "\(folder)/state.pth")
    }
}
