import CommandLanguage
import Learning
import NeuralNetworks
import Tensors
import Testing

@testable import Workbench

/// New heads, and what is held fixed.
@Suite struct HeadTests {
    private func model(_ desk: Desk, _ name: String = "net") throws -> ModelState { try #require(desk.session.object(named: name) as? NetworkObject).model }

    // MARK: - Heads

    @Test func aNewHeadSaysWhatItReplaced() throws {
        try ScratchFolder.use { folder in
            try folder.fill(train: 1, val: 1)
            let desk = Desk()
            desk.run("bees = ImageFolder(\"pictures\")\nnet = resnet18(num_classes=10)\nfreeze net")
            let text = desk.run("net.fc = Linear(classes)")
            for word in ["net.fc: Linear (weight 10×512, bias 10) replaced by Linear (weight 3×512, bias 3)", "U(±1/√fan_in)", "classes of bees: bugs, flowers, fruit"] {
                #expect(text.contains(word), "\(text)")
            }
            #expect(try model(desk).classes == ["bugs", "flowers", "fruit"])
            #expect(try model(desk).trainableNames == ["fc.weight", "fc.bias"])
            // Run again, the cell gives the same network.
            let before = try model(desk).parameters
            desk.run("net.fc = Linear(classes)")
            #expect(try model(desk).parameters == before)
            // Other forms of the same.
            desk.run("net.head = [Dropout(0.5), Linear(256), ReLU, Linear(classes)]")
            #expect(try model(desk).parameters["fc.3.weight"]?.shape == [3, 256])
            #expect(desk.run("params net trainable").contains("Params to learn: fc.1.weight, fc.1.bias, fc.3.weight, fc.3.bias"))
            #expect(desk.problem("params net frozen trainable").contains("exclude each other"))
            #expect(desk.run("net.fc = Linear(5)").contains("`Linear(classes)` fits"))
            #expect(try model(desk).classes.isEmpty)
        }
    }

    @Test func headsOfEveryKind() throws {
        let desk = Desk()
        desk.run("a = squeezenet1_1(num_classes=5)\na.head = Conv2d(3, 1)\nb = mobilenet_v3_small(num_classes=5)")
        #expect(try model(desk, "a").graph().outputShape == [3])
        let problem = desk.problem("a.head = Linear(4)")
        #expect(problem.contains("`a.head` is a convolution in squeezenet1_1") && problem.contains("`a.head = Conv2d(4, 1)` gives 4 classes"), "\(problem)")
        #expect(desk.problem("b.classifier.1 = Linear(in_features=7, out_features=2)").contains("takes 7 features"))
        #expect(desk.problem("b.nothing = Linear(2)").contains("no part `nothing`"))
        #expect(desk.problem("b.classifier = 5").contains("a layer"))
        #expect(desk.problem("b.*.0 = Linear(2)").contains("one at a time"))
        #expect(desk.problem("b.state_dict = 1").contains("not set"))
    }

    @Test func flatFeaturesAreNormalisedInHeads() throws {
        try ScratchFolder.use { folder in
            try folder.fill(train: 4, val: 1)
            let desk = Desk()
            desk.run("bees = ImageFolder(\"pictures\")\nnet = shufflenet_v2_x0_5(input_size=64)\nfreeze net")
            desk.run("net.fc = [BatchNorm1d, Dropout(0.25), Linear(16), ReLU, BatchNorm1d, Linear(classes)]")
            #expect(desk.run("net.fc.0").contains("BatchNorm1d(1024)"))
            let before = try model(desk)
            #expect(before.parameters["fc.4.running_mean"]?.shape == [16])
            #expect(desk.run("unfreeze net kind=BatchNorm1d").contains("4 tensors"))
            desk.run("train net on bees epochs=1 batch_size=4 lr=0.01\nsave net to \"net.safetensors\"\nload again from \"net.safetensors\"")
            let after = try model(desk)
            #expect(after.parameters["fc.4.running_mean"] != before.parameters["fc.4.running_mean"])
            #expect(try model(desk, "again").module == after.module && model(desk, "again").parameters == after.parameters)
            #expect(desk.problem("net.fc = [BatchNorm2d, Linear(classes)]").contains("BatchNorm1d normalises flat features"))
            #expect(desk.problem("net.conv1 = [Conv2d(24, 3, stride=2, padding=1), BatchNorm1d]").contains("BatchNorm2d normalises images"))
        }
    }

    @Test func rowsOfKnownClassesAreKept() throws {
        let desk = Desk()
        desk.run("net = squeezenet1_1(num_classes=3)\nnet.classes = [\"Ant\", \"bee\", \"cat\"]\nnet.classifier.1.bias = 0.25")
        let old = try model(desk)
        var changed = old
        let rows = HeadRows(old, "classifier.1")
        try changed.setHead(outputs: 2)
        changed.classes = ["cat", "ant"]
        #expect(rows.carry(into: &changed, at: "classifier.1") == "2 rows kept from the old head: cat, ant")
        let (before, after) = try (#require(old.parameters["classifier.1.weight"]), #require(changed.parameters["classifier.1.weight"]))
        #expect(after.entry(0) == before.entry(2) && after.entry(1) == before.entry(0))
        #expect(changed.parameters["classifier.1.bias"]?.elements == [0.25, 0.25])
        var other = old
        try other.setHead(outputs: 2)
        other.classes = ["dog", "emu"]
        #expect(rows.carry(into: &other, at: "classifier.1").contains("no class in common"))
    }

    @Test func tensorsAreSetAsAWhole() throws {
        let desk = Desk()
        desk.run("net = squeezenet1_1(num_classes=3)\nnet.head.bias = 1.5")
        #expect(try model(desk).parameters["classifier.1.bias"]?.elements == [1.5, 1.5, 1.5])
        #expect(desk.problem("net.head.bias = net.head.weight").contains("nothing is broadcast"))
        #expect(desk.problem("net.head.bias[0] = 1").contains("as a whole"))
        #expect(desk.problem("net.classes = [\"a\", \"b\"]").contains("3 outputs"))
    }

    // MARK: - Freezing

    @Test func freezingSaysWhatIsLeft() throws {
        let desk = Desk()
        desk.run("net = resnet18(num_classes=2)")
        let text = desk.run("freeze net except=head")
        for word in ["frozen: 60 tensors, 11.2 M parameters of net", "left to train: 2 tensors, 1,026 parameters: fc.weight, fc.bias", "BatchNorm: all 20 layers keep"] {
            #expect(text.contains(word), "\(text)")
        }
        #expect(desk.run("freeze net.layer1").contains("were frozen already"))
        let thawed = desk.run("unfreeze net.layer4")
        #expect(thawed.contains("thawed: 15 tensors, 8.39 M parameters of net") && thawed.contains("15 layers keep their stored statistics, 5 follow the batches'"), "\(thawed)")
        #expect(try model(desk).trainableNames.count == 17)
    }

    @Test func freezingByUntilKindAndPattern() throws {
        let desk = Desk()
        desk.run("net = resnet18(num_classes=2)\nfreeze net until layer2")
        #expect(try model(desk).trainableNames.first == "layer3.0.conv1.weight")
        desk.run("unfreeze net\nfreeze net\nunfreeze net until net.layer4")
        #expect(try model(desk).trainableNames.first == "layer4.0.conv1.weight" && model(desk).trainableNames.last == "fc.bias")
        desk.run("unfreeze net\nfreeze net kind=BatchNorm2d")
        #expect(try model(desk).freeze.frozen.count == 40)
        desk.run("unfreeze net\nfreeze net.*.1.conv2 net.fc")
        #expect(try model(desk).freeze.frozen == ["layer1.1.conv2.weight", "layer2.1.conv2.weight", "layer3.1.conv2.weight", "layer4.1.conv2.weight", "fc.weight", "fc.bias"])
        for (cell, expected) in [
            ("freeze net.relu", "no weights"), ("freeze net.layer9", "net.layer1"), ("freeze net until nowhere", "nowhere"), ("freeze net kind=Banana", "Banana"),
            ("freeze net.bn1.running_mean", "buffer"), ("freeze net.*.9", "matches"), ("freeze nets", "Did you mean `net`"),
        ] {
            let problem = desk.problem(cell)
            #expect(problem.contains(expected), "\(cell): \(problem)")
        }
    }

    @Test func batchNormPolicyIsExplicit() throws {
        let desk = Desk()
        desk.run("net = resnet18(num_classes=2)")
        #expect(desk.run("freeze net bn=train").contains("will drift"))
        #expect(try model(desk).freeze.batchNormMode(path: "bn1") == .training)
        desk.run("freeze net")
        #expect(try model(desk).freeze.batchNormMode(path: "bn1") == .evaluation)
        desk.run("unfreeze net.layer4 bn=eval")
        #expect(try model(desk).freeze.batchNormMode(path: "layer4.0.bn1") == .evaluation)
        #expect(try model(desk).freeze.trains("layer4.0.bn1.weight"))
        desk.run("thaw net.layer4")
        #expect(try model(desk).freeze.batchNormMode(path: "layer4.0.bn1") == .training)
    }

    @Test func frozenTensorsDoNotMove() throws {
        try ScratchFolder.use { folder in
            try folder.fill(train: 3, val: 1)
            let desk = Desk()
            desk.run("bees = ImageFolder(\"pictures\")\nnet = squeezenet1_1(input_size=64)\nfreeze net\nnet.head = Conv2d(classes, 1)\nstart = net.state_dict")
            let before = try model(desk)
            desk.run("train net on bees epochs=2 batch_size=4 lr=0.01")
            let after = try model(desk)
            #expect(before.parameters.frozenChecksum(before.module, before.freeze) == after.parameters.frozenChecksum(after.module, after.freeze))
            let text = desk.run("compare net with start")
            #expect(text.contains("2 of 52 tensors changed, 50 are equal bit for bit"), "\(text)")
            #expect(desk.run("compare net").contains("2 of 52 tensors changed"))
            #expect(desk.run("net.head.weight").contains("gradient, last step"))
            #expect(desk.run("net.head.weight").contains("changed since loading  by"))
        }
    }
}
