import CommandLanguage
import Learning
import ModelZoo
import NeuralNetworks
import Tensors
import Testing

@testable import Workbench

/// Networks as values: making, cutting, swapping, freezing.
@Suite struct NetworkTests {
    private func network(_ desk: Desk, _ name: String = "net") throws -> NetworkObject { try #require(desk.session.object(named: name) as? NetworkObject) }

    // MARK: - Layers

    @Test(arguments: [
        ("Linear(10)", "Linear(10)"), ("Linear(512, 2)", "Linear(in_features=512, out_features=2)"),
        ("Linear(in_features=4, out_features=3, bias=false)", "Linear(in_features=4, out_features=3, bias=false)"), ("Linear(out_features=3)", "Linear(3)"),
        ("Conv2d(64, 3)", "Conv2d(64, 3)"), ("Conv2d(3, 64, 7, 2, 3)", "Conv2d(3, 64, 7, stride=2, padding=3)"),
        ("Conv2d(64, kernel_size=3)", "Conv2d(64, 3)"), ("Conv2d(12, [3, 5], padding=[1, 2])", "Conv2d(12, [3, 5], padding=[1, 2])"),
        ("Conv2d(3, 12, [3, 5])", "Conv2d(3, 12, [3, 5])"), ("Conv2d(out_channels=8, kernel_size=[3, 5], padding=same)", "Conv2d(8, [3, 5], padding=same)"),
        ("Conv2d(64, 3, padding=1, groups=2, dilation=2, bias=false)", "Conv2d(64, 3, padding=1, dilation=2, groups=2, bias=false)"),
        ("BatchNorm2d()", "BatchNorm2d"), ("BatchNorm2d(8, eps=0.001)", "BatchNorm2d(8, eps=0.001)"), ("BatchNorm1d()", "BatchNorm1d"), ("Dropout()", "Dropout(0.5)"), ("Dropout(p=0.2)", "Dropout(0.2)"),
        ("MaxPool2d(3, 2, 1)", "MaxPool2d(3, stride=2, padding=1)"), ("AvgPool2d(2)", "AvgPool2d(2)"), ("AdaptiveAvgPool2d()", "AdaptiveAvgPool2d(1)"),
        ("AdaptiveAvgPool2d([2, 3])", "AdaptiveAvgPool2d([2, 3])"), ("AdaptiveConcatPool2d()", "AdaptiveConcatPool2d(1)"), ("GELU()", "GELU"),
        ("ReLU(inplace=true)", "ReLU"), ("LayerNorm()", "LayerNorm"), ("Flatten()", "Flatten"),
    ])
    func layersAreWrittenAsInPyTorch(cell: String, expected: String) {
        #expect(Desk().run("show \(cell)") == expected)
    }

    @Test(arguments: [
        ("Linear(0)", "from 1 to"), ("Linear(in_features=5)", "Linear needs out_features."), ("Linear", "Linear needs out_features."), ("Conv2d(64)", "Conv2d needs kernel_size."),
        ("Conv2d(64, 300)", "kernel_size should be from 1 to 255"), ("Conv2d(out_channels=[3, 5])", "out_channels is one number"),
        ("Conv2d(3, [3, 5], 3)", "out_channels is one number"), ("Dropout(2)", "from 0 to"), ("Linear(1, 2, true, true, 5)", "this is one more"),
        ("Linear(512, nonsense=2)", "no option `nonsense`"), ("MaxPool2d([1, 2, 3])", "two: [height, width]"), ("Sequential()", "Sequential needs layers."),
    ])
    func badLayersAreRefused(cell: String, expected: String) {
        let problem = Desk().problem("x = \(cell)")
        #expect(problem.contains(expected), "\(problem)")
    }

    @Test func sizesThatNoMachineHasAreRefused() {
        let desk = Desk()
        desk.run("net = squeezenet1_1(num_classes=2)")
        for cell in [
            "net.features = [Conv2d(262144, 255, padding=4096), Conv2d(262144, 255)]", "net.classifier = [AdaptiveAvgPool2d(255), Flatten, Linear(262144), Linear(262144)]",
            "net.classifier = [Flatten, Linear(262144), Linear(262144), Linear(262144)]",
        ] {
            let problem = desk.problem(cell)
            #expect(problem.contains("MiB") || problem.contains("GiB") || problem.contains("is too large") || problem.contains("should be from"), "\(cell): \(problem)")
        }
    }

    // MARK: - Making

    @Test func introductionsCarryTheFacts() throws {
        let desk = Desk()
        let text = desk.run("net = squeezenet1_1(num_classes=5)")
        for word in ["net: squeezenet1_1", "random weights", "all of them train", "input 3×224×224", "output 5"] { #expect(text.contains(word), "\(text)") }
        #expect(try network(desk).model.graph().outputShape == [5])
        desk.run("small = squeezenet1_1(num_classes=5, input_size=64)")
        #expect(try network(desk, "small").model.inputShape == [3, 64, 64])
        desk.run("wide = squeezenet1_1(input_size=96x64)")
        #expect(try network(desk, "wide").model.inputShape == [3, 64, 96])
        #expect(try network(desk, "wide").model.graph().outputShape == [1000])
    }

    @Test func seedDecidesWeights() throws {
        let desk = Desk()
        desk.run("a = squeezenet1_1(num_classes=2)\nb = squeezenet1_1(num_classes=2)\nset seed 5\nc = squeezenet1_1(num_classes=2)")
        #expect(try network(desk, "a").model.parameters == network(desk, "b").model.parameters)
        #expect(try network(desk, "a").model.parameters != network(desk, "c").model.parameters)
    }

    @Test(arguments: ModelZoo.architectures.map(\.name)) func everyArchitectureHasAHeadUnderOneName(name: String) throws {
        let architecture = try #require(ModelZoo[name])
        var model = ModelState(architecture, outputs: 3, seed: 0)
        let network = NetworkObject(model)
        #expect(network.innerName(["head"]) == architecture.headPath)
        let part = try #require(model.module[path: architecture.headPath])
        #expect(part.kind == (name.hasPrefix("squeezenet") ? "Conv2d" : "Linear"))
        try model.setHead(outputs: 4)
        #expect(try model.graph().outputShape == [4])
    }

    // MARK: - Parts

    @Test func pathsLeadToParts() throws {
        let desk = Desk()
        desk.run("net = resnet18(num_classes=4)")
        #expect(desk.run("net.layer1.0.conv1").contains("Conv2d(64, 64, 3, padding=1, bias=false)"))
        #expect(desk.run("net.layer1[0].conv1").contains("64×56×56 → 64×56×56"))
        #expect(desk.run("net.head").contains("Linear(in_features=512, out_features=4)"))
        #expect(desk.run("net.head.bias").contains("4 values"))
        #expect(desk.run("net.*.1.bn2").contains("layer4.1.bn2"))
        #expect(desk.run("net.**.weight").contains("fc.weight"))
        #expect(desk.run("print net.input net.weights") == "224x224 none")
        #expect(desk.run("net.fc.weight[0, 1..3]").contains("2 values"))
        #expect(desk.run("net.conv1.weight[0, :, 1, 1]").contains("conv1.weight[0, :, 1, 1]"))
        #expect(desk.run("net.conv1.weight[-1][0]").contains("7×7"))
        for (cell, expected) in [
            ("net.layer5", "`net` has no part `layer5`"), ("net.layer1.0.conv7", "net.layer1.0.conv1"), ("net.*.conv9", "matches"),
            ("net.conv1.weight[64]", "has 64 entries"), ("net.conv1.weight[0,0,0,0,0]", "takes 4 indices"), ("net.layer1[2]", "has 2 parts"), ("net[0]", "named parts"),
            ("net.state_dict.nothing", "nothing"), ("net.classes[0]", "0 items"),
        ] {
            let problem = desk.problem(cell)
            #expect(problem.contains(expected), "\(cell): \(problem)")
        }
    }

    @Test func trunksCarryTheirWeights() throws {
        let desk = Desk()
        desk.run("net = resnet18(num_classes=4)\nfreeze net")
        desk.run("own = Sequential(trunk=net.until(layer2), pool=AdaptiveAvgPool2d(1), flat=Flatten, head=[Dropout(0.5), Linear(3)])")
        let (net, own) = try (network(desk), network(desk, "own"))
        #expect(try own.model.graph().outputShape == [3])
        #expect(own.model.parameters["trunk.layer2.1.conv2.weight"] == net.model.parameters["layer2.1.conv2.weight"])
        #expect(own.model.trainableNames == ["head.1.weight", "head.1.bias"])
        #expect(own.model.parameters["head.1.weight"]?.shape == [3, 128])
        #expect(own.model.module[path: "trunk.layer3"] == nil)
        // A call behind the dot, and a network made on the spot.
        desk.run("other = Sequential(resnet18(num_classes=2).until(layer1), AdaptiveAvgPool2d, Flatten, Linear(2), input_size=64)")
        #expect(try network(desk, "other").model.inputShape == [3, 64, 64])
        for (cell, expected) in [
            ("x = net.until(layer9)", "no part `layer9`"),
            ("x = Sequential(Conv2d(8, 3), Linear(2))", "put Flatten before it"), ("x = Sequential(Conv2d(8, 3, groups=3), Conv2d(in_channels=9, out_channels=2, kernel_size=1))", "0 (Conv2d)"),
        ] {
            let problem = desk.problem(cell)
            #expect(problem.contains(expected), "\(cell): \(problem)")
        }
    }

    @Test func anOwnNetworkIsAPartAsItWasWritten() throws {
        let desk = Desk()
        desk.run("net = resnet18(num_classes=4)\nneck = Sequential(AdaptiveConcatPool2d(1), Flatten, Linear(16))\nnet.avgpool = neck\nnet.fc = Linear(3)")
        let model = try network(desk).model
        #expect(model.parameters["avgpool.2.weight"]?.shape == [16, 1024])
        #expect(model.parameters["fc.weight"]?.shape == [3, 16])
    }
}
