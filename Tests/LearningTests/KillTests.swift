#if os(Linux)
    import Foundation
    import Glibc
    import NeuralNetworks
    import Tensors
    import Testing

    @testable import Learning

    /// A training that is killed without warning again and again, and taken up each time, ends with the bits of one that never was.
    @Suite struct KillTests {
        private static let variable = "THAW_KILLED_TRAINING"
        private static let epochs = 60

        /// The training that is killed: a second process that runs this test alone.
        @Test(.enabled(if: ProcessInfo.processInfo.environment[Self.variable] != nil, "only inside the other test's process"))
        func child() throws {
            let folder = try #require(ProcessInfo.processInfo.environment[Self.variable])
            try Self.train(folder + "/pictures", checkpoints: folder + "/checkpoints", to: folder + "/killed.safetensors")
        }

        private static func train(_ pictures: String, checkpoints: String, to path: String) throws {
            let data = try Dataset.imageFolder(pictures)
            var trainer = TinyTask.trainer { $0.averaging = 0.9 }
            var model = try TinyTask.model(dropout: 0.2)
            var left = epochs
            var isResuming = false
            if let stored = try? Trainer.resume(from: checkpoints, options: trainer.options) {
                (trainer, model, left, isResuming) = (stored.trainer, stored.model, stored.epochsLeft, true)
            }
            trainer.checkpoints = .init(folder: checkpoints, minimumInterval: 0)
            if left > 0 { try trainer.run(&model, on: data, epochs: left, resuming: isResuming) }
            try model.save(to: path)
        }

        @Test(.enabled(if: ProcessInfo.processInfo.environment[Self.variable] == nil, "this is the other test's process"))
        func killedTrainingsEndAlike() throws {
            let task = try TinyTask([90, 90])
            let folder = TemporaryFolder()
            try FileManager.default.createSymbolicLink(atPath: folder.path + "/pictures", withDestinationPath: task.folder.path)
            try Self.train(folder.path + "/pictures", checkpoints: folder.path + "/whole", to: folder.path + "/whole.safetensors")
            let whole = try ModelState.load(from: folder.path + "/whole.safetensors")
            var random = RandomSource(seed: UInt64(getpid()))
            var kills = 0
            while true {
                let process = Process()
                process.executableURL = URL(fileURLWithPath: "/proc/self/exe").resolvingSymlinksInPath()
                process.arguments = ["--testing-library", "swift-testing", "--filter", "KillTests"]
                process.environment = ProcessInfo.processInfo.environment.merging([Self.variable: folder.path]) { $1 }
                process.standardOutput = FileHandle.nullDevice
                process.standardError = FileHandle.nullDevice
                try process.run()
                // Anywhere from before the first step to a few epochs on; after twenty kills it may finish.
                let patience = kills < 20 ? Double(random.uniform(0.02, 0.4)) : 60
                let deadline = Date().addingTimeInterval(patience)
                while process.isRunning, Date() < deadline { Thread.sleep(forTimeInterval: 0.005) }
                guard process.isRunning else {
                    #expect(process.terminationStatus == 0)
                    break
                }
                kill(process.processIdentifier, SIGKILL)
                process.waitUntilExit()
                kills += 1
                if kills > 25 { break }
            }
            let killed = try ModelState.load(from: folder.path + "/killed.safetensors")
            #expect(kills > 0)
            #expect(killed.fingerprint == whole.fingerprint)
            // Temporary files of killed writers don't stand in the way of later ones.
            let stored = Trainer.stored(in: folder.path + "/checkpoints")
            #expect(stored.last?.hasSuffix("epoch-00060.safetensors") == true)
        }
    }
#endif
