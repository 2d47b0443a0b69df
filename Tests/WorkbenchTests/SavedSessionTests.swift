import CommandLanguage
import Foundation
import Learning
import NeuralNetworks
import Testing

@testable import Workbench

/// `save session` and `load session`.
@Suite struct SavedSessionTests {
    @Test func everyValueComesBack() throws {
        try ScratchFolder.use { folder in
            try folder.fill(train: 4, val: 2)
            let desk = Desk()
            try desk.prepare("net")
            desk.run(
                """
                a = 1; b = 0.5; c = 20%; d = "text\\n\\"quoted\\""; e = 0.8..1.0; f = 320x240; g = [1, "two", none, true]; h = {"key": 1, "other": [2]}
                opt = SGD(lr=1e-3, momentum=0.9, groups={"layer4": 1e-4}); steps = StepLR(7, warmup=2); loss = CrossEntropyLoss(weight=[1, 2, 1], label_smoothing=0.1)
                flip = RandomHorizontalFlip; blend = MixUp(alpha=0.3); loader = DataLoader(bees, batch_size=3, shuffle=false)
                best = net.state_dict; head = Linear(3); part = net.layer1
                bees.train.transform = [RandomResizedCrop(64), ToTensor, Normalize(imagenet)]
                set seed 5; set rows 17; set live false; set threads 1
                """)
            let before = desk.run("names")
            let data = try #require(desk.session.object(named: "bees") as? DatasetObject).dataset
            let net = try #require(desk.session.object(named: "net") as? NetworkObject)
            #expect(desk.run("save session to \"kept\"").contains("saved"))
            // Saved again in its place.
            desk.run("save session to \"kept/\"")
            let other = Desk()
            #expect(other.run("load session from \"kept\"").contains("loaded"))
            #expect(other.run("names") == before)
            let loaded = try #require(other.session.object(named: "bees") as? DatasetObject).dataset
            #expect(loaded.fingerprint == data.fingerprint && loaded.transforms == data.transforms && loaded.decoding == data.decoding)
            #expect(loaded.skipped == data.skipped && loaded.notes == data.notes)
            let again = try #require(other.session.object(named: "net") as? NetworkObject)
            #expect(again.model.parameters == net.model.parameters && again.model.freeze == net.model.freeze && again.model.module == net.model.module)
            #expect(again.model.weights == net.model.weights && again.origin == net.origin && again.model.classes == net.model.classes)
            let part = try #require(other.session.object(named: "part") as? LayerObject)
            let given = try #require(desk.session.object(named: "part") as? LayerObject)
            #expect(part.parameters == given.parameters && part.frozen == given.frozen && part.module == given.module)
            #expect(other.session.state.trainer.settings == desk.session.state.trainer.settings)
            #expect(other.session.state.trainer.options == desk.session.state.trainer.options)
            #expect(other.session.state.display == desk.session.state.display)
            #expect(other.run("history").contains("a = 1; b = 0.5"))
            #expect(try FileManager.default.contentsOfDirectory(atPath: ".").filter { $0.contains(".new-") || $0.contains(".old-") } == [])
        }
    }

    /// Training goes on after loading as it would have without, bit for bit.
    @Test func trainingGoesOn() throws {
        try ScratchFolder.use { folder in
            try folder.fill(train: 4, val: 2)
            let desk = Desk()
            try desk.prepare("net")
            desk.run("set threads 1; train net on bees epochs=2 batch_size=4 optimizer=SGD(lr=0.01, momentum=0.9) scheduler=StepLR(1)")
            desk.run("save session to \"kept\"")
            desk.run("train epochs=2")
            let other = Desk()
            other.run("load session from \"kept\"")
            #expect(other.session.state.trainer.epochCount == 2)
            other.run("train epochs=2")
            let (one, two) = (desk.session.state.trainer.history, other.session.state.trainer.history)
            #expect(one.epochs.map(\.trainLoss) == two.epochs.map(\.trainLoss))
            #expect(one.epochs.map(\.valLoss) == two.epochs.map(\.valLoss))
            let (a, b) = (desk.session.object(named: "net") as? NetworkObject, other.session.object(named: "net") as? NetworkObject)
            #expect(a?.model.parameters == b?.model.parameters)
        }
    }

    /// Features and pictures that were read serve the loaded session too, within its bounds.
    @Test func whatWasReadIsKept() throws {
        try TrainingTests.use { _ in
            let desk = TrainingTests.desk()
            desk.run("freeze net\nunfreeze net.fc\ntrain net on bees epochs=1 batch_size=4 cache=2\nset picture_memory 0.001")
            let caches = desk.session.state.trainer.caches
            #expect(caches.featureBytes > 0)
            desk.run("save session to \"kept\"\nload session from \"kept\"")
            #expect(desk.session.state.trainer.caches === caches)
            #expect(caches.featureBytes > 0 && desk.session.state.trainer.bounds.pictures > 0)
        }
    }

    @Test func tellsWhatCanNotBeStored() throws {
        try ScratchFolder.use { folder in
            try folder.fill(train: 4, val: 2)
            let desk = Desk()
            try desk.prepare("trained")
            #expect(desk.run("save session to \"one\"").contains("not stored: the last evaluation"))
            desk.run("delete net force")
            #expect(desk.run("save session to \"two\"").contains("the trainer's state (the network that it trained is gone)"))
            #expect(desk.run("save session").contains(".thaw/session"))
            let first = try #require(try FileManager.default.contentsOfDirectory(atPath: "pictures/train/bugs").sorted().first)
            try FileManager.default.removeItem(atPath: "pictures/train/bugs/\(first)")
            #expect(Desk().run("load session from \"one\"").contains("bees: 1 of 18 pictures are no longer there, the first is pictures/train/bugs/\(first)"))
        }
    }

    @Test func refusesOtherPlaces() throws {
        try ScratchFolder.use { folder in
            try folder.fill(train: 1, val: 1)
            try FileManager.default.createDirectory(atPath: "empty", withIntermediateDirectories: true)
            let desk = Desk()
            #expect(desk.problem("save session to \"pictures\"").contains("is no saved session"))
            #expect(desk.problem("save session to \"picture.png\"").contains("is no saved session"))
            #expect(desk.problem("save session to \"picture.png/inside\"").contains("can't be written"))
            #expect(desk.problem("save session to \"\"").contains("no path"))
            desk.run("save session to \"empty\"")
            #expect(desk.problem("load session from \"pictures\"").contains("holds no saved session"))
            #expect(desk.problem("load session from \"nowhere\"").contains("holds no saved session"))
            #expect(desk.problem("load session from \"a\0b\"").contains("holds no saved session"))
        }
    }

    /// Damaged files are errors; the session stays as it was.
    @Test func damagedFiles() throws {
        try ScratchFolder.use { folder in
            try folder.fill(train: 2, val: 1)
            let desk = Desk()
            desk.run("bees = ImageFolder(\"pictures\"); best = resnet18(); head = Linear(3); opt = SGD(lr=0.1); best = best.fc; steps = StepLR(7)")
            desk.run("save session to \"kept\"")
            let json = "kept/session.json"
            let whole = try Data(contentsOf: URL(fileURLWithPath: json))
            var random = RandomBytes(state: 1)
            for round in 0..<120 {
                var bytes = [UInt8](whole)
                if round % 3 == 0 { bytes.removeLast(random.below(bytes.count)) } else {
                    for _ in 0...random.below(3) { bytes[random.below(bytes.count)] = UInt8(truncatingIfNeeded: random.next()) }
                }
                try Data(bytes).write(to: URL(fileURLWithPath: json))
                let revision = desk.session.revision
                let (_, problem) = desk.attempt("load session from \"kept\"")
                if problem != nil { #expect(desk.session.revision == revision) }
            }
            for (from, to) in [("\"version\":1", "\"version\":99"), (".safetensors", "/../x.safetensors"), ("\"bees\"", "\"kept\"")] {
                try Data(String(decoding: whole, as: UTF8.self).replacing(from, with: to).utf8).write(to: URL(fileURLWithPath: json))
                _ = desk.attempt("load session from \"kept\"")
            }
            try Data(String(decoding: whole, as: UTF8.self).replacing("\"version\":1", with: "\"version\":99").utf8).write(to: URL(fileURLWithPath: json))
            #expect(desk.problem("load session from \"kept\"").contains("later version"))
            try Data(String(decoding: whole, as: UTF8.self).replacing("1-best", with: "../1-best").utf8).write(to: URL(fileURLWithPath: json))
            #expect(desk.problem("load session from \"kept\"").contains("is damaged"))
            for (from, to) in [("\"inputShape\":[3,224,224]", "\"inputShape\":[3]"), ("\"size\":7", "\"size\":0")] {
                let text = String(decoding: whole, as: UTF8.self)
                #expect(text.contains(from))
                try Data(text.replacing(from, with: to).utf8).write(to: URL(fileURLWithPath: json))
                #expect(desk.problem("load session from \"kept\"").contains("is damaged"), "\(to)")
            }
        }
    }
}

/// SplitMix64: the same sequence everywhere.
struct RandomBytes {
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var word = state
        word = (word ^ (word >> 30)) &* 0xBF58_476D_1CE4_E5B9
        word = (word ^ (word >> 27)) &* 0x94D0_49BB_1331_11EB
        return word ^ (word >> 31)
    }

    mutating func below(_ bound: Int) -> Int { Int(next() % UInt64(max(bound, 1))) }
}
