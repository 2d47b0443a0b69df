import CommandLanguage
import Imaging
import Learning
import NeuralNetworks
import Presentation
import Tensors
import Testing

@testable import Workbench

/// Looking inside: what verbs show of weights, features and activations.
@Suite struct LookingTests {
    /// A desk with data and a small network.
    private func use(_ body: (Desk) throws -> Void) throws {
        try ScratchFolder.use { folder in
            try folder.fill(train: 4, val: 2)
            let desk = Desk()
            desk.run("bees = ImageFolder(\"pictures\")\nnet = squeezenet1_1(input_size=64)\nfreeze net\nnet.head = Conv2d(classes, 1)")
            try body(desk)
        }
    }

    @Test func theTreeHasShapesParametersAndRates() throws {
        try use { desk in
            let text = desk.run("show net")
            for word in ["squeezenet1_1", "bugs, flowers, fruit", "input", "64×64", "features", "classifier", "frozen", "0.001"] { #expect(text.contains(word), "\(word)\n\(text)") }
            let page = try #require(desk.output.pages.first)
            #expect(page.contains("<details"))
            #expect(desk.run("show net.features").contains("12"))
            #expect(desk.run("net.features.3.expand1x1").contains("multiply-adds"))
        }
    }

    @Test func statisticsAreThoseOfTheValues() throws {
        let values = Tensor([2, 2], [1, -1, 3, 0])
        let facts = TensorStatistics(values)
        #expect(facts.mean == 0.75 && facts.low == -1 && facts.high == 3 && facts.zeros == 1 && abs(facts.norm - 11.0.squareRoot()) < 1e-12)
        #expect(abs(facts.deviation - 1.707825127659933) < 1e-9)
        let odd = TensorStatistics(Tensor([3], [.nan, .infinity, 2]))
        #expect(odd.notFinite == 2 && odd.mean == 2)
        let grid = Tensor([2, 3, 4], (0..<24).map(Float.init))
        let path = Path("x")
        let slice = try ParameterObject(name: "w", tensor: grid).sliced([.index(1), .all, .slice(-3, 3)], path)
        #expect(slice.tensor == Tensor([3, 2], [13, 14, 17, 18, 21, 22]) && slice.name == "w[1, :, -3..3]")
        #expect(try ParameterObject(name: "w", tensor: grid).sliced([.index(-1), .index(2), .index(3)], path).tensor == Tensor(23))
        #expect(try ParameterObject(name: "w", tensor: grid).sliced([.slice(5, 9)], path).tensor.shape == [0, 3, 4])
    }

    @Test func whatIsNotFiniteIsDrawnAsZero() throws {
        let kernel = Tensor([1, 3, 1, 2], [.nan, 1, .infinity, -1, -.infinity, 0])
        #expect(FilterPictures(kernel).picture(0, side: 2).pixels == [127, 127, 127, 255, 0, 127])
        let wide = Tensor([1, 3, 1, 1], [3.4e38, -3.4e38, 0])
        #expect(FilterPictures(wide).picture(0, side: 1).pixels == [255, 0, 127])
        // A network whose sums are beyond what a float holds.
        try use { desk in
            desk.run("net.features.0.weight = 1e38")
            #expect(desk.run("show filters net").contains("all 64 kernels"))
            #expect(desk.run("show features net.features.3 of \"picture.png\" n=2").contains("[picture 3]"))
            #expect(desk.run("explain \"picture.png\" with net label=\"bugs\"").contains("[picture 2]"))
        }
    }

    @Test func filtersFeaturesAndActivationsAreShown() throws {
        try use { desk in
            #expect(desk.run("show filters net").contains("Conv2d(3, 64, 3, stride=2), all 64 kernels"))
            #expect(desk.run("show filters net.features.3 n=2 order=norm").contains("2 of 16 kernels"))
            #expect(desk.problem("show filters net.features.1").contains("no filters"))
            let maps = desk.run("show features net.features.3 of \"picture.png\" n=3")
            #expect(maps.contains("128×15×15") && maps.contains("[picture 4]") && !maps.contains("[picture 5]"), "\(maps)")
            #expect(desk.run("show features net.features of bees.val[1] order=index").contains("512×3×3"))
            #expect(desk.problem("show features net.features of \"absent.png\"").contains("absent.png"))
            #expect(desk.problem("show features net.classes of \"picture.png\"").contains("not a layer"))
            desk.run("net.features.0.bias = -1000")
            let text = desk.run("show activations net on bees.val n=2")
            #expect(text.contains("64 of 64") && text.contains("dead in features.1"), "\(text)")
            #expect(desk.run("show activations net.features.3 on bees n=1").contains("features.3.squeeze_activation"))
        }
    }

    @Test func graphsAreDrawn() throws {
        let desk = Desk()
        desk.run("net = resnet18(num_classes=2)")
        let text = desk.run("show graph net")
        #expect(text.contains("layer3") && text.contains("fc") && text.contains("256×14×14"))
        let inner = desk.run("show graph net.layer2 depth=2")
        #expect(inner.contains("0.downsample") && inner.contains("input of layer2"), "\(inner)")
        guard case .result(let bundle)? = desk.output.items.last, case .text(let svg)? = bundle.contents["image/svg+xml"] else {
            Issue.record("there is no drawing")
            return
        }
        #expect(svg.hasPrefix("<svg") && svg.hasSuffix("</svg>") && svg.contains("marker-end"))
        #expect(desk.problem("show graph net.fc.weight").contains("not a part"))
        desk.run("big = densenet201(num_classes=2)")
        #expect(desk.problem("show graph big depth=6").contains("boxes"))
    }

    @Test func networksAreCompared() throws {
        let desk = Desk()
        desk.run("a = squeezenet1_1(num_classes=2)\nb = a\nsnapshot before\nb.classifier.1.bias = 2")
        #expect(desk.run("compare a with a").contains("equal, bit for bit: 52 tensors"))
        let text = desk.run("compare b with a")
        #expect(text.contains("1 of 52 tensors changed") && text.contains("classifier.1.bias"), "\(text)")
        #expect(desk.run("compare b with before").contains("1 of 52 tensors changed"))
        #expect(desk.run("compare b.classifier with snapshot").contains("1 of 2 tensors changed"))
        #expect(desk.run("compare b.features.3 with a.features.4").contains("4 of 6 tensors changed") || desk.output.text.contains("of another shape"))
        desk.run("c = squeezenet1_1(num_classes=3)")
        #expect(desk.run("compare c with a").contains("of another shape: classifier.1.weight"))
        #expect(desk.problem("compare a with befor").contains("before"))
        desk.run("d = shufflenet_v2_x0_5(num_classes=2)")
        #expect(desk.problem("compare a with d").contains("no tensor of the same name"))
    }

    /// The change of a part is told of all its weights, also where most of them are shared with what they were.
    @Test func unchangedTensorsCountInTheNormOfTheirPart() {
        var before = ParameterStore()
        before.insert(Tensor([2], [3, 0]), name: "a.weight", role: .parameter)
        before.insert(Tensor([2], [0, 4]), name: "a.bias", role: .parameter)
        before.insert(Tensor([1], [1]), name: "b.weight", role: .parameter)
        var after = before
        after["a.weight"] = Tensor([2], [4, 0])
        let parts = WeightComparison(after, before, below: "", otherPart: nil).parts
        #expect(parts.map(\.name) == ["a", "b"])
        #expect(abs(parts[0].share - 0.2) < 1e-9 && parts[1].share == 0)
    }

    @Test func exploringAnswersEvents() throws {
        let desk = Desk()
        desk.run("net = squeezenet1_1(num_classes=2)")
        #expect(desk.run("explore net").contains("features.0.weight"))
        let network = try #require(desk.session.object(named: "net") as? NetworkObject)
        let view = NetworkExplorer(network, name: "net", names: network.model.parameters.names)
        var state = view.initialState
        state = view.handle(WidgetEvent(key: "tensor", action: .selected(2)), state)
        state = view.handle(WidgetEvent(key: "channel", action: .moved(5)), state)
        #expect(state.tensor == 2 && state.channel == 5)
        #expect(view.body(state).plain.contains("channel: 5 (0 to 15)"), "\(view.body(state).plain)")
        // Nothing that a page can send leads out of bounds.
        for event in [
            WidgetEvent(key: "tensor", action: .selected(9999)), .init(key: "tensor", action: .selected(nil)), .init(key: "channel", action: .moved(-7)),
            .init(key: "channel", action: .moved(.max)), .init(key: "after", action: .clicked), .init(key: "nothing", action: .toggled(true)),
        ] {
            state = view.handle(event, state)
            _ = view.body(state)
        }
        #expect(desk.problem("explore net.classes").contains("net"))
    }

    /// What is asked about is prepared and read as the pictures that it is compared with, of whatever size and mode they are.
    @Test func neighboursSeeTheirPictureAsTheOthers() throws {
        try use { desk in
            desk.run("bees.val.transform = [Resize(48x48), ToTensor, Normalize(imagenet)]")
            let path = desk.run("bees.train[0].path")
            let told = desk.run("neighbours \(path) among bees n=1")
            #expect(told.contains("nearest in bees.train by net"), "\(told)")
            desk.run("bees.mode = \"L\"\nbees.val.transform = [Resize(48x48), Grayscale(3), ToTensor]")
            #expect(desk.run("neighbours bees.val[0] n=1").contains("nearest in bees.train by net"))
        }
    }

    @Test func featuresAreWrittenAndProbed() throws {
        try use { desk in
            let text = desk.run("embed net on bees.val to \"f.csv\"")
            #expect(text.contains("6 pictures as 512 features"), "\(text)")
            let rows = try String(contentsOfFile: "f.csv", encoding: .utf8).split(separator: "\n")
            #expect(rows.count == 7 && rows[0].hasPrefix("path,class,f0,f1") && rows[1].split(separator: ",").count == 514)
            #expect(desk.run("embed net.features.3 on bees.train to \"f.safetensors\"").contains("128 features of net.features.3"))
            #expect(desk.problem("embed net on bees to \"f.txt\"").contains(".csv or .safetensors"))
            let near = desk.run("neighbours bees.train[0] n=2")
            #expect(near.contains("[picture 3]") && !near.contains("[picture 4]") && near.contains("nearest in bees.train"), "\(near)")
            #expect(desk.run("show embedding net on bees.train").contains("bugs: 4 points"))
            // Some of the pictures, however they are named.
            #expect(desk.run("embed net on bees.val[0..4] to \"some.csv\"").contains("bees.val[0..4]: 4 pictures"))
            #expect(try String(contentsOfFile: "some.csv", encoding: .utf8).split(separator: "\n").count == 5)
            #expect(desk.run("show embedding net on bees.val[1..6]").contains("5 pictures"))
            let fruit = desk.run("neighbours bees.val[0] among bees.train[\"fruit\"] n=2")
            #expect(fruit.contains("nearest in bees.train[\"fruit\"]") && fruit.contains("2 fruit") && !fruit.contains("bees.train[0]"), "\(fruit)")
            desk.run("some = bees.train[0..4]")
            #expect(desk.run("neighbours bees.val[0] among some n=2").contains("nearest in some by net"))
            #expect(desk.problem("probe net on bees.val").contains("Name the dataset alone: `probe net on bees`"))
            #expect(desk.problem("probe net on bees.val[0..2]").contains("few = Subset(bees.val[0..2])"))
            #expect(desk.problem("probe net on some").contains("few = Subset(some)"))
            let probe = desk.run("probe net on bees")
            #expect(probe.contains("features.12") && probe.contains("best behind") && probe.contains("trunk = net.until("), "\(probe)")
        }
    }
}
