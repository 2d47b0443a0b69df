import CommandLanguage
import Foundation
import Learning
import NeuralNetworks
import Presentation
import Synchronization
import Testing

@testable import Workbench

/// Training as cells: what is remembered, told, kept and refused.
@Suite struct TrainingTests {
    /// Pictures of three classes at 24×24, and a network that is small enough to train in no time. Everything that has a state is in it.
    static let start = """
        set threads 1
        bees = ImageFolder("pictures")
        bees.train.transform = [RandomResizedCrop(24, scale=0.6..1.0), RandomHorizontalFlip, ToTensor, Normalize(imagenet)]
        bees.val.transform = [Resize(24x24), ToTensor, Normalize(imagenet)]
        """
    static let network = """
        net = Sequential(conv1=Conv2d(3, 8, kernel_size=3, padding=1), bn1=BatchNorm2d(8), relu1=ReLU, pool1=MaxPool2d(2), conv2=Conv2d(8, 12, kernel_size=3, padding=1), bn2=BatchNorm2d(12), relu2=ReLU, pool2=AdaptiveAvgPool2d(2), flatten=Flatten, drop=Dropout(0.2), fc=Linear(classes), input_size=24)
        """

    /// A session with both.
    static func desk(_ network: String = network) -> Desk {
        let desk = Desk()
        desk.run(start)
        desk.run(network)
        return desk
    }

    static func use(_ body: (ScratchFolder) throws -> Void) throws {
        try ScratchFolder.use { folder in
            try folder.fill(train: 6, val: 3)
            try body(folder)
        }
    }

    private func weights(_ desk: Desk, _ name: String = "net") throws -> UInt64 {
        try #require(desk.session.object(named: name) as? NetworkObject).model.fingerprint
    }

    // MARK: - Telling

    /// Arguments by place mean what they mean in PyTorch.
    @Test(arguments: [
        ("SGD(0.1, 0.9, 0.2, 0.3)", "SGD(lr=0.1, momentum=0.9, dampening=0.2, weight_decay=0.3)"), ("Adam(0.1, [0.8, 0.9], 1e-6, 0.3)", "Adam(lr=0.1, betas=[0.8, 0.9], eps=1e-06, weight_decay=0.3)"),
        ("AdamW(0.1, (0.8, 0.9))", "AdamW(lr=0.1, betas=[0.8, 0.9])"), ("RMSprop(0.1, 0.9, 1e-6, 0.3, 0.8)", "RMSprop(lr=0.1, alpha=0.9, eps=1e-06, momentum=0.8, weight_decay=0.3)"),
    ])
    func optimizersTakePyTorchsPlaces(_ written: String, _ meant: String) {
        let desk = Desk()
        #expect(desk.run("print \(written)") == desk.run("print \(meant)"))
    }

    /// Another layer without weights is another network all the same.
    @Test func anotherLayerIsNoticed() throws {
        try Self.use { _ in
            let desk = Self.desk()
            desk.run("train net on bees epochs=2 batch_size=4 lr=0.05\nevaluate")
            desk.run("net.drop = Dropout(0.4)")
            #expect(!desk.run("show confusion").contains("evaluated net on bees"))
            desk.run("net.relu2 = Tanh")
            #expect(desk.run("show confusion").contains("evaluated net on bees"))
            desk.run("save session to \"kept\"\nload session from \"kept\"")
            #expect(desk.run("train epochs=1").contains("with weights or layers that were changed since"))
        }
    }

    /// What was changed by hand after the last epoch is trained on, and stays so in a session that is stored and loaded.
    @Test(arguments: ["net.fc.weight = 0", "net.fc = Linear(classes)", "net.fc = Sequential(mid=Linear(5), last=Linear(classes))"])
    func changesByHandOutliveTheSession(_ change: String) throws {
        try Self.use { _ in
            let desk = Self.desk()
            desk.run("train net on bees epochs=2 batch_size=4 lr=0.05\nset seed 3\n\(change)\nsave session to \"kept\"")
            let told = desk.run("train epochs=1 lr=0.01")
            let other = Desk()
            other.run("load session from \"kept\"")
            let again = other.run("train epochs=1 lr=0.01")
            #expect(told.contains("with weights or layers that were changed since") && again.contains("with weights or layers that were changed since"), "\(again)")
            let (mine, theirs) = try (weights(desk), weights(other))
            #expect(mine == theirs)
        }
    }

    @Test func resumeReadsPicturesAsTheTrainingDid() throws {
        try Self.use { _ in
            let desk = Self.desk()
            desk.run("bees.mode = L\nbees.train.transform = [Resize(24x24), Grayscale(3), ToTensor]\nbees.val.transform = [Resize(24x24), Grayscale(3), ToTensor]\ntrain net on bees epochs=1 batch_size=4")
            desk.run("bees.mode = RGB\nresume epochs=1")
            #expect(desk.run("print bees.mode").contains("L"))
        }
    }

    @Test func aBatchOfOneHasNoVariance() throws {
        try Self.use { _ in
            let desk = Self.desk("net = Sequential(flat=Flatten, mid=Linear(8), bn=BatchNorm1d, relu=ReLU, fc=Linear(classes), input_size=24)")
            #expect(desk.problem("train net on bees epochs=1 batch_size=1").contains("with one picture bn has one value a channel"))
            desk.run("train net on bees epochs=1 batch_size=2")
        }
    }

    /// The cells that `finetune` stands for can be run as they are printed.
    @Test func finetunesCellsCanBeRun() throws {
        try Self.use { _ in
            let desk = Self.desk()
            let text = desk.run("finetune net on bees epochs=1 head_epochs=1 lr=0.01 batch_size=4")
            let cells = text.split(separator: "\n").drop { !$0.contains("stands for these cells") }.dropFirst().prefix { $0.hasPrefix("    ") }
            #expect(cells.count == 5, "\(text)")
            let other = Self.desk()
            for cell in cells { other.run(cell.trimmingCharacters(in: .whitespaces)) }
            let (mine, theirs) = try (weights(desk), weights(other))
            #expect(mine == theirs)
        }
    }

    /// A preparation that a training has used doesn't hide what the weights expect.
    @Test func theWeightsOwnNormalisationIsNotForgotten() throws {
        try Self.use { _ in
            let desk = Self.desk()
            desk.run("save net to \"net.safetensors\"\nload net from \"net.safetensors\"\nbees.val.transform = [Resize(24x24), ToTensor]")
            for _ in 0..<2 { #expect(desk.run("train net on bees epochs=1").contains("the val pictures are not normalised, but the weights expect mean [0.485, 0.456, 0.406]")) }
            #expect(desk.run("print Normalize(net)") == "Normalize(imagenet)")
        }
    }

    @Test func tellsBeforeWhileAndAfter() throws {
        try Self.use { _ in
            let desk = Self.desk()
            let text = desk.run("train net on bees epochs=2 batch_size=4 lr=0.01 weight_decay=0.01 clip=1")
            for word in [
                "train net on bees: 2 epochs, 18 pictures in 5 batches of 4", "10 tensors (conv1, bn1, conv2, bn2, fc)",
                "2 BatchNorm layers gathering statistics",
                "SGD(momentum=0.9) at lr 0.01", "weight decay 0.01", "gradient clipped at 1", "9 pictures after each epoch",
                "none: the first layer trains",
                "memory", "train loss", "val loss", "gradient", "images/s", "net has the weights of epoch",
            ] { #expect(text.contains(word), "\(word)\n\(text)") }
            let firstWords = try #require(desk.output.items.first)
            if case .shown(let bundle) = firstWords {
                #expect(bundle.plain.contains("epoch"))
            } else {
                Issue.record("the plan comes first")
            }
            // The last look stays: the finished bar, the table, the curves.
            let page = try #require(desk.output.pages.first { $0.contains("<progress") })
            #expect(page.contains("data:image/svg+xml") && page.contains("<table") && page.contains("2 epochs in"))
            #expect(desk.session.state.modelName == "net" && desk.session.state.dataName == "bees")
        }
    }

    @Test func accuracyReadsAsTheScriptsReadIt() throws {
        try Self.use { _ in
            let desk = Self.desk()
            desk.run("train net on bees")
            let text = desk.run("evaluate")
            let pattern = try Regex(#"accuracy\W+\d+(?:\.\d+)?\s*%\s*\((\d+) of (\d+)"#)
            let matches = text.matches(of: pattern)
            #expect(matches.count == 1)
            let evaluation = try #require(desk.session.state.evaluated).evaluation
            #expect(matches.first?.output[1].substring.map(String.init) == "\(evaluation.accuracy.successes)")
            #expect(matches.first?.output[2].substring == "9")
            for word in ["95 % interval", "balanced", "baseline", "precision", "recall", "F1", "bugs"] {
                #expect(text.contains(word))
            }
        }
    }

    @Test func linesOfTextWithoutALiveView() throws {
        try Self.use { _ in
            let desk = Self.desk()
            desk.run("set live false")
            let text = desk.run("train net on bees epochs=2")
            #expect(text.contains("epoch 1/2  train loss") && text.contains("epoch 2/2  train loss"))
            #expect(!desk.output.pages.contains { $0.contains("<progress") })
        }
    }

    // MARK: - The slots

    /// An option of `train`, and what the trainer remembers of it.
    @Test(arguments: [
        ("lr=0.02", "lr", "0.02"), ("learning_rate=1e-4", "lr", "0.0001"), ("lr=1e-4..1e-2", "lr", "0.0001..0.01"),
        ("bs=2", "batch_size", "2"),
        ("optimizer=Adam(lr=0.003)", "lr", "0.003"), ("optimizer=\"adamw\"", "optimizer", "AdamW(lr=0.001)"),
        ("optimizer=AdamW lr=0.1", "lr", "0.1"),
        ("scheduler=StepLR(2, gamma=0.5)", "scheduler", "StepLR(step_size=2, gamma=0.5)"),
        ("scheduler=none", "scheduler", "none"),
        ("loss=FocalLoss(1.5)", "loss", "FocalLoss(gamma=1.5)"),
        ("criterion=CrossEntropyLoss(label_smoothing=0.1)", "loss", "CrossEntropyLoss(label_smoothing=0.1)"),
        ("mix=[MixUp(0.2), CutMix]", "mix", "[MixUp(alpha=0.2), CutMix(alpha=1)]"), ("clip_grad_norm=2", "clip", "2"),
        ("accumulate=2", "accumulate", "2"),
        ("ema=0.9", "ema", "0.9"), ("balance=sampler", "balance", "\"sampler\""), ("balance=weights", "balance", "\"weights\""),
        ("cache=false", "cache", "\"off\""),
        ("cache=off", "cache", "\"off\""), ("cache=2", "cache", "2"), ("num_workers=0", "num_workers", "0"),
        ("shuffle=false", "shuffle", "false"),
        ("drop_last=true", "drop_last", "true"), ("validate=false", "validate", "false"), ("keep=last", "keep", "\"last\""),
        ("patience=3", "patience", "3"),
        ("time_limit=100", "time_limit", "100"), ("target=95%", "target", "0.95"), ("seed=7", "seed", "7"),
        ("wd=0.1", "weight_decay", "0.1"),
        ("decay_bias=false", "decay_bias", "false"),
        ("groups={net.conv1: 1e-4, \"bn*\": 0.5}", "groups", "{\"conv1\": 0.0001, \"bn*\": 0.5}"),
    ])
    func optionsStay(option: String, slot: String, value: String) throws {
        try Self.use { _ in
            let desk = Self.desk()
            desk.run("train net on bees \(option)")
            let read = try #require(TrainerSlot.byName[slot]).read
            #expect(read(desk.session.state.trainer.settings).source == value)
            desk.run("train")
            #expect(read(desk.session.state.trainer.settings).source == value)
            desk.run("trainer.\(slot) = none")
            #expect(read(desk.session.state.trainer.settings).source == read(TrainingSettings()).source)
        }
    }

    @Test func slotsAreAssignedAndShown() throws {
        try Self.use { _ in
            let desk = Self.desk()
            desk.run("trainer.lr = 0.25\ntrainer.optimizer = Adam(lr=1e-4)\ntrainer.batch_size = 3")
            #expect(desk.run("trainer.lr") == "0.0001")
            #expect(desk.run("trainer.batch_size") == "3")
            #expect(desk.run("trainer").contains("Adam(lr=0.0001)"))
            #expect(desk.problem("trainer.batch_size = 0").contains("from 1 to 65536"))
            #expect(desk.problem("trainer.epoch = 5").contains("can't be assigned"))
            #expect(desk.problem("trainer.lrr = 5").contains("trainer.lr"))
            #expect(desk.run("trainer.epoch") == "0")
        }
    }

    @Test func aLoaderBringsItsOptions() throws {
        try Self.use { _ in
            let desk = Self.desk()
            desk.run("loader = DataLoader(bees, batch_size=5, shuffle=false)\ntrain net on loader")
            #expect(desk.session.state.trainer.settings.batchSize == 5)
            #expect(!desk.session.state.trainer.settings.shuffles)
            desk.run("train net on loader batch_size=6")
            #expect(desk.session.state.trainer.settings.batchSize == 6)
        }
    }

    @Test func refusals() throws {
        try Self.use { _ in
            let desk = Self.desk()
            #expect(desk.problem("train net.conv1 on bees").contains("whole network"))
            #expect(desk.problem("train net on bees.val").contains("whole data set"))
            #expect(desk.problem("train bees").contains("needs a network"))
            #expect(desk.problem("train net on net").contains("needs a dataset"))
            #expect(desk.problem("train net on bees groups={\"layer9\": 0.1}").contains("layer9"))
            #expect(desk.problem("train net on bees optimizer=SGD(nesterov=true)").contains("nesterov"))
            #expect(desk.problem("train net on bees loss=CrossEntropyLoss(weight=[1, 2])").contains("2 class weights"))
            #expect(desk.problem("train net on bees epochs=0").contains("epochs"))
            #expect(desk.problem("train net on bees loss=CrossEntropyLoss(weight=[0, 0, 0])").contains("at least one must be above"))
            desk.run("freeze net")
            #expect(desk.problem("train net on bees").contains("every parameter is frozen"))
            #expect(desk.session.state.trainer.epochCount == 0)
            #expect(desk.problem("show history").contains("no epoch yet"))
        }
    }

    /// A name for a part is that part, as long as the data set still has it; what can't be measured is told with the way out.
    @Test func partsByName() throws {
        try Self.use { _ in
            let desk = Self.desk()
            let some = desk.problem("evaluate net on bees.val[\"fruit\"]")
            #expect(some.contains("a whole part of one") && some.contains("few = Subset(bees.val[\"fruit\"])") && some.contains("on few.val"), "\(some)")
            #expect(desk.problem("evaluate net on bees.val[0]").contains("`predict bees.val[0]`"))
            #expect(desk.problem("evaluate net on bees.val[\"wasps\"]").contains("no class wasps"))
            desk.run("some = bees.val[0..2]; learned = bees.train; measured = bees.val")
            #expect(desk.problem("evaluate net on some").contains("few = Subset(some)"))
            #expect(desk.problem("train net on measured").contains("whole data set"))
            desk.run("train net on learned epochs=1")
            #expect(desk.session.state.dataName == "bees")
            desk.run("evaluate net on learned")
            #expect(desk.session.state.evaluated?.data == "bees" && desk.session.state.evaluated?.split == .train)
            desk.run("bees.classes = {\"fruit\": \"food\"}")
            #expect(desk.problem("evaluate net on measured").contains("Did you mean `bees.val`?"))
        }
    }

    /// A convolution in the middle is no place for a head.
    @Test func networksWithoutHeadGetOneBehind() throws {
        try Self.use { _ in
            let desk = Self.desk("net = Sequential(Conv2d(4, 3), ReLU, input_size=16)")
            let problem = desk.problem("train net on bees")
            let way = "net = Sequential(net, AdaptiveAvgPool2d(1), Flatten, Linear(3))"
            #expect(problem.contains("`\(way)`"), "\(problem)")
            desk.run(way)
            desk.run("train net on bees epochs=1")
        }
    }

    // MARK: - Going on

    @Test func twoAndTwoCellsAreOneOfFour() throws {
        try Self.use { _ in
            let recipe = "batch_size=4 lr=0.02 ema=0.9 scheduler=StepLR(1, gamma=0.7)"
            let whole = Self.desk()
            whole.run("train net on bees epochs=4 \(recipe)")
            let parts = Self.desk()
            parts.run("train net on bees epochs=2 \(recipe)")
            parts.run("train epochs=2")
            let (own, expected) = (try weights(parts), try weights(whole))
            #expect(own == expected)
            #expect(
                parts.session.state.trainer.history.epochs.map(\.trainLoss)
                    == whole.session.state.trainer.history.epochs.map(\.trainLoss))
        }
    }

    @Test func aNewSessionResumes() throws {
        try Self.use { _ in
            let recipe = "epochs=6 batch_size=4 lr=0.02 scheduler=OneCycleLR optimizer=SGD keep=last"
            let whole = Self.desk()
            whole.run("train net on bees \(recipe)")
            try FileManager.default.removeItem(atPath: ".thaw")
            // Interrupted as soon as the first epoch is stored, and forgotten but for that.
            let first = Self.desk()
            let output = RecordingOutput()
            let outcome = first.session.run(
                "train net on bees \(recipe)", output: output,
                isInterrupted: {
                    let folders = try? FileManager.default.contentsOfDirectory(atPath: ".thaw/checkpoints")
                    return folders?.contains {
                        FileManager.default.fileExists(atPath: ".thaw/checkpoints/\($0)/epoch-00001.safetensors")
                    } ?? false
                })
            guard case .interrupted = outcome else {
                Issue.record("it was not interrupted: \(output.text)")
                return
            }
            #expect(output.text.contains("interrupted in epoch"))
            let done = first.session.state.trainer.epochCount
            try #require(done > 0 && done < 6, "interrupted after \(done) epochs")
            let second = Desk()
            #expect(second.problem("resume").contains("not in the session"))
            second.run("bees = ImageFolder(\"pictures\")")
            let text = second.run("resume")
            #expect(text.contains("net: from .thaw/checkpoints/"))
            #expect(try weights(second) == weights(whole))
            // It had come to its end.
            #expect(second.run("resume").contains("had come to its end"))
            #expect(try weights(second) == weights(whole))
        }
    }

    @Test func anInterruptKeepsTheLastWholeStep() throws {
        try Self.use { _ in
            let desk = Self.desk()
            let before = try weights(desk)
            let output = RecordingOutput()
            let asked = Mutex(0)
            let outcome = desk.session.run(
                "train net on bees epochs=1000 batch_size=4", output: output,
                isInterrupted: {
                    asked.withLock { count in
                        count += 1
                        return count > 300
                    }
                })
            guard case .interrupted = outcome else {
                Issue.record("it was not interrupted")
                return
            }
            #expect(try weights(desk) != before)
            #expect(output.text.contains("`train` goes on"))
            #expect(desk.session.state.modelName == "net")
            let epochs = desk.session.state.trainer.epochCount
            desk.run("train epochs=1")
            #expect(desk.session.state.trainer.epochCount == epochs + 1)
            desk.run("undo")
            #expect(desk.session.state.trainer.epochCount == epochs)
        }
    }

    @Test func anotherNetworkBeginsAnew() throws {
        try Self.use { _ in
            let desk = Self.desk()
            desk.run("train net on bees epochs=2 lr=0.05")
            desk.run("unfreeze net\ntrain epochs=1")
            #expect(desk.session.state.trainer.epochCount == 3)
            desk.run(Self.network)
            desk.run("train net on bees")
            #expect(desk.session.state.trainer.epochCount == 1)
            // Its settings stay.
            #expect(desk.run("trainer.lr") == "0.05")
            desk.run("other = net\ntrain other on bees")
            #expect(desk.session.state.trainer.epochCount == 1)
        }
    }

    @Test func aLossThatBreaksIsAnErrorAndChangesNothing() throws {
        try Self.use { _ in
            let desk = Self.desk()
            let before = try weights(desk)
            let problem = desk.problem("train net on bees epochs=5 lr=1e6 weight_decay=1e6 batch_size=4")
            #expect(problem.contains("loss became") && problem.contains("net is as it was before") && problem.contains("find lr"))
            #expect(try weights(desk) == before)
            #expect(desk.session.state.trainer.settings.learningRates == nil)
            desk.run("train net on bees epochs=1 lr=0.01")
            let good = try weights(desk)
            let later = desk.attempt("train epochs=5 lr=1e6 weight_decay=1e6").problem ?? ""
            #expect(later.contains("net is as it was before"))
            #expect(try weights(desk) == good)
        }
    }

    // MARK: - What is frozen

    /// The tutorial's three recipes: what is frozen keeps every bit, BatchNorm's statistics too.
    @Test(arguments: [
        ["freeze net", "net.fc = Linear(classes)", "train net on bees epochs=3 lr=0.05"],
        ["train net on bees epochs=3 lr=0.01"],
        [
            "freeze net", "net.fc = Linear(classes)", "train net on bees epochs=2 lr=0.05", "unfreeze net.conv2",
            "train epochs=2 lr=0.005 keep=last",
        ],
        [
            "freeze net", "net.fc = Linear(classes)",
            "train net on bees epochs=2 optimizer=AdamW(weight_decay=0.1) ema=0.9 mix=MixUp",
        ],
        ["finetune net on bees epochs=1 head_epochs=1 until=net.conv2"],
    ])
    func frozenTensorsKeepTheirBits(cells: [String]) throws {
        try Self.use { _ in
            let desk = Self.desk()
            for cell in cells {
                let isTraining = cell.hasPrefix("train")
                let before = try #require(desk.session.object(named: "net") as? NetworkObject).model
                let checksum = before.parameters.frozenChecksum(before.module, before.freeze)
                let text = desk.run(cell)
                #expect(!text.contains("a frozen tensor has changed"))
                let after = try #require(desk.session.object(named: "net") as? NetworkObject).model
                if isTraining {
                    #expect(after.parameters.frozenChecksum(after.module, after.freeze) == checksum)
                    #expect(after.fingerprint != before.fingerprint)
                } else if cell.hasPrefix("finetune") {
                    #expect(after.parameters["conv1.weight"] == before.parameters["conv1.weight"])
                    #expect(after.parameters["bn1.running_mean"] == before.parameters["bn1.running_mean"])
                }
            }
        }
    }

    /// PyTorch's `model.train()` over a frozen body moves its BatchNorm statistics: with `bn=train` that happens here too, and the default
    /// keeps it from happening. If the default were the naive policy, the first half would fail.
    @Test func frozenBatchNormDriftsOnlyWhenAskedTo() throws {
        try Self.use { _ in
            func drift(_ cell: String) throws -> (moved: Bool, text: String) {
                let desk = Self.desk()
                desk.run(cell)
                desk.run("net.fc = Linear(classes)")
                let before = try #require(desk.session.object(named: "net") as? NetworkObject).model.parameters
                let text = desk.run("train net on bees epochs=2 batch_size=4 lr=0.01")
                let after = try #require(desk.session.object(named: "net") as? NetworkObject).model.parameters
                let statistics = before.names.filter { $0.contains("running") }
                #expect(statistics.count == 4)
                return (statistics.contains { before[$0] != after[$0] }, text)
            }
            let careful = try drift("freeze net")
            #expect(!careful.moved)
            let naive = try drift("freeze net bn=train")
            #expect(naive.moved)
            #expect(naive.text.contains("the frozen part will drift"))
        }
    }
}
