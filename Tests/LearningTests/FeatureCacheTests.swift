import Execution
import Foundation
import NeuralNetworks
import Testing

@testable import Learning

@Suite struct FeatureCacheTests {
    let task: TinyTask
    init() throws { task = try TinyTask() }

    @Test func aPictureThatCanBeReadAgainTakesPartAgain() throws {
        let good = try TinyTask.picture(label: 0, index: 0).encodePNG()
        // As after `chmod`: neither the size nor the time of change tells.
        func write(_ bytes: [UInt8]) throws {
            let path = try task.folder.write("train/left/0.png", bytes)
            try FileManager.default.setAttributes([.modificationDate: Date(timeIntervalSince1970: 1_700_000_000)], ofItemAtPath: path)
        }
        var trainer = TinyTask.trainer()
        var model = try TinyTask.model().withFrozenBody
        let data = try task.data()
        var cachings = 0
        func pictures() throws -> Int? {
            cachings = 0
            try trainer.run(&model, on: data, epochs: 1, events: { if case .caching = $0 { cachings += 1 } })
            return trainer.history.epochs.last?.trainCount
        }
        try write([UInt8](repeating: 0, count: good.count))
        #expect(try pictures() == 23)
        #expect(cachings == 6)
        #expect(try pictures() == 23)
        #expect(cachings == 0)
        try write(good)
        #expect(try pictures() == 24)
        #expect(cachings == 4)
        #expect(trainer.caches.heldBytes(onDisk: false) == trainer.caches.featureBytes && trainer.caches.heldBytes(onDisk: true) == 0)
    }

    @Test func boundsAreSharesOfWhatThereIs() {
        #expect(CacheBounds().featureMemory == Memory.total / 4 && CacheBounds().pictures == Memory.total / 8)
    }

    @Test(arguments: [(0x17, true), (0x10_002C, true), (0xFE00, false), (0xFE01, false), (0x19, true)] as [(UInt64, Bool)])
    func foldersInMemoryAreKnown(device: UInt64, expected: Bool) {
        let mounts = """
            25 24 0:23 / /dev/shm rw,relatime - tmpfs tmpfs rw,size=24683656k
            30 1 254:0 / / rw,relatime shared:1 - ext4 /dev/vda rw
            31 30 0:300 / /a\\040folder rw shared:7 master:1 - tmpfs - rw
            32 30 0:25 / /r rw - ramfs ramfs rw
            33 30 0:26

            """
        #expect(FeatureStorage.isInMemory(device: device, mounts: mounts) == expected)
    }

    @Test func aFolderHasFreeBytes() {
        #expect(FeatureStorage.freeBytes(task.folder.path) > 0 && FeatureStorage.freeBytes("/nowhere") == 0)
    }
}
