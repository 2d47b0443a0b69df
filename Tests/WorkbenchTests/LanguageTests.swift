import CommandLanguage
import Foundation
import Presentation
import Testing

@testable import Workbench

/// The language as a whole: what people bring along from elsewhere, cells run twice, completion in a session that is full.
@Suite struct LanguageTests {
    /// What is typed, and a part of what is answered. `✓` begins what must work.
    static let habits: [(cell: String, answer: String)] = [
        // Python
        ("import torch", "Nothing needs to be imported"), ("from torchvision import models", "Nothing needs to be imported"),
        ("for epoch in range(5): train", "There are no loops"), ("def f(): pass", "There are no functions"), ("print(\"hello\")", "Did you mean `print \"hello\"`?"),
        ("!ls", "no shell commands"), ("%matplotlib inline", "There are no magics"), ("with torch.no_grad(): evaluate", "evaluation never computes gradients"), ("del net", "`delete name` forgets"),
        ("len(bees)", "`show data` counts"), ("x = True", "✓"), ("x = None", "✓"), ("x = (1, 2)", "✓"), ("a == b", "There are no comparisons"),
        ("net.fc = Linear(2) if x else Linear(3)", "can't stand here"), ("x = 5 # comment", "✓"), ("x = 'single quotes'", "✓"), ("x = \"a\"; y = x", "✓"),
        // PyTorch
        ("model.fc = nn.Linear(512, 2)", "A network has the name that you give it"), ("net.fc = nn.Linear(512, 3)", "Did you mean `Linear(…)`?"),
        ("net.fc = Linear(512, 3)", "✓"), ("net.fc = Linear(in_features=512, out_features=3)", "✓"), ("net.fc = Linear(3)", "✓"),
        ("net.fc = Linear(classes)", "✓"), ("net.fc.requires_grad = False", "`freeze net.fc`"), ("net.layer1.requires_grad_(False)", "`freeze net.layer1`"),
        ("net.eval()", "`train`, `evaluate`"), ("net.train()", "`train`, `evaluate`"), ("net.to(\"cuda\")", "`set device onednn`"), ("net.cuda()", "`set device onednn`"),
        ("net.parameters()", "`params net`"), ("net.named_parameters", "`params net`"), ("net.state_dict()", "`best = net.state_dict`"), ("best = net.state_dict", "✓"),
        ("net.load_state_dict(best)", "`load net from"), ("torch.save(net.state_dict(), \"w.pth\")", "`save net to"),
        ("optimizer = optim.SGD(net.parameters(), lr=0.001)", "Optimizers need no prefix"), ("optimizer = SGD(net.parameters(), lr=0.001)", "`params net`"),
        ("optimizer = SGD(params=net, lr=0.001)", "takes what is trainable by itself"), ("optimizer = SGD(lr=0.001, momentum=0.9)", "✓"),
        ("criterion = nn.CrossEntropyLoss()", "Layers need no prefix"), ("criterion = CrossEntropyLoss()", "✓"),
        ("scheduler = lr_scheduler.StepLR(optimizer, step_size=7)", "Schedulers need no prefix"), ("net = models.resnet18(pretrained=True)", "Models need no prefix"),
        ("net = resnet18(pretrained=True)", "`weights=imagenet`"), ("net = resnet18(num_classes=3)", "✓"),
        ("t = transforms.Compose([transforms.Resize(256)])", "A pipeline is a list"), ("t = Compose([Resize(256)])", "A pipeline is a list"), ("t = [Resize(256), CenterCrop(224), ToTensor]", "✓"),
        ("t = [Resize((256, 256)), ToTensor()]", "✓"), ("data = datasets.ImageFolder(\"pictures\")", "Datasets need no prefix"),
        ("loader = DataLoader(bees, batch_size=4, shuffle=True, num_workers=0)", "✓"), ("loader = DataLoader(bees.train, batch_size=4)", "✓"),
        ("loss.backward()", "`train` does the steps"), ("optimizer.zero_grad()", "`train` does the steps"), ("device = torch.device(\"cuda:0\")", "`set device"), ("device", "`set device"),
        ("torch.manual_seed(1)", "`set seed 1`"), ("best = copy.deepcopy(net.state_dict())", "`best = net.state_dict`"), ("load net from \"w.pth\" strict=False", "`partial=true`"),
        ("turn = RandomRotation(-15)", "degrees=15, which is degrees=-15..15"), ("evaluate net on \"pictures/val\"", "ImageFolder(\"pictures/val\")"), ("evaluate net on \"bees\"", "without quotes: bees"),
        ("net.layer1[0].conv1.weight", "✓"), ("net.layer1.0.conv1.weight", "✓"), ("net.conv1.weight.shape", "Shapes stand in"), ("net.fc.weight.data", "shows the values"), ("bees.classes", "✓"),
        ("bees.class_to_idx", "`bees.classes`"), ("bees[0]", "Did you mean `bees.train[0]`"), ("bees.bugs", "Did you mean `bees.train[\"bugs\"]`"), ("net.layer4.*.weight", "Did you mean `net.layer4.**.weight`"), ("net.fc = Linear(clases)", "Did you mean `classes`"), ("bees.train[0]", "✓"), ("class_names = bees.classes", "✓"),
        // Keras and fastai
        ("model.compile(optimizer=\"adam\")", "train net on data optimizer=Adam"), ("net.compile(optimizer=Adam)", "train net on data optimizer=Adam"),
        ("net.fit(bees, epochs=5)", "`train net on data epochs=5`"), ("net.summary()", "`show net`"), ("net.trainable = False", "`freeze net`"), ("net.layers", "`show net` lists"),
        ("net.fc = Dense(3)", "It is called `Linear`"), ("x = GlobalAveragePooling2D()", "AdaptiveAvgPool2d"), ("learn = vision_learner(bees, resnet18)", "then `train net on data`"),
        ("learn.fine_tune(3)", "`finetune net on data"), ("net.fine_tune(3)", "`finetune"), ("net.lr_find()", "`find lr`"), ("bees.show_batch()", "`show batch"),
        ("dls = ImageDataLoaders.from_folder(\"pictures\")", "ImageFolder(\"folder\", split=20%)"), ("net.predict(\"picture.png\")", "It is a verb"), ("net.evaluate(bees)", "It is a verb"),
        ("train net on bees validation_split=0.2", "split when it is made"), ("train net on bees callbacks=[1]", "`patience=3`"), ("net.freeze()", "It is a verb"),
        // Spelling
        ("trian net", "Did you mean `train`"), ("freez net", "Did you mean `freeze`"), ("shwo bees", "Did you mean `show`"), ("show bacth bees", "Did you mean `show batch`?"),
        ("net = resnet81()", "Did you mean"), ("net = Resnet18()", "Did you mean `resnet18`?"), ("net.layer5", "Did you mean"), ("net.layer4.1.convv2", "net.layer4.1.conv2"),
        ("train net on bee epochs=1", "Did you mean `bees`"), ("train net on bees epoch=1", "Did you mean `epochs`"), ("train net on bees epocs=1", "Did you mean `epochs`"), ("train net on bees optimizer=Sgd", "✓"), ("train net on bees optimizer=SDG", "Did you mean `SGD`"),
        ("bees.trian", "bees.train"), ("bees = ImageFolder(\"pictues\")", "Did you mean `\"pictures\"`?"), ("freeze net.fcc", "Did you mean `net.fc`?"), ("freeze net on bees", "freeze takes parts of one network"), ("bees.val.transfrom = [ToTensor]", "transform"),
        ("net.classifier = Linear(3)", "Did you mean `net.head`?"),
        ("save net \"w.safetensors\"", "✓"), ("load net \"w.safetensors\"", "✓"), ("load net \"w.safetensor\"", "Did you mean `\"w.safetensors\"`?"), ("help trian", "Did you mean `train`"), ("help \"learning rate\"", "✓"), ("train?", "✓"), ("net?", "✓"),
    ]

    /// What comes along from web pages and word processors is named, and nothing else is said of it.
    @Test(arguments: [
        ("set\u{A0}seed 1", "There is a no-break space (U+00A0) here.\n", "Type a plain space."),
        ("x = [1,\u{3000}2]", "There is an ideographic space (U+3000) here.\n", "Type a plain space."), ("\u{200B}x = 1", "There is an invisible character (U+200B) here.", "Delete it."),
        ("predict “a b.png”", "`“` is a curly quote.", "Write \" instead."), ("x = ‘a’", "`‘` is a curly quote.", "Write ' instead."), ("x = “", "`“` is a curly quote.", "Write \""),
        ("x = 5 − 3", "`−` is no minus.", "Write - instead."), ("x = 224×224", "`×` is no x.", "224x224"), ("🐝 = 1", "`🐝` means nothing here.", ""), ("x = 3\u{A0}4", "no-break space", ""),
    ])
    func foreignCharactersAreNamed(cell: String, message: String, hint: String) {
        let problem = Desk().problem(cell)
        #expect(problem.contains(message) && (hint.isEmpty || problem.contains(hint)), "\(problem)")
        // One thing is wrong, and one is told.
        #expect(problem.components(separatedBy: "SyntaxError").count == 2, "\(problem)")
    }

    /// A word that is known is not proposed for itself.
    @Test func constantsWithoutValueSayWhatGivesThemOne() {
        let desk = Desk()
        for cell in ["head = Linear(classes)", "classes", "x = classes"] {
            let problem = desk.problem(cell)
            #expect(problem.contains("no value yet") && problem.contains("`data = ImageFolder(") && !problem.contains("Did you mean"), "\(problem)")
        }
        let other = desk.problem("x = imagenet")
        #expect(other.contains("by itself") && !other.contains("Did you mean"), "\(other)")
    }

    /// Letters of any language make names.
    @Test func namesHaveLettersOfAnyLanguage() {
        let desk = Desk()
        for name in ["é", "e\u{301}", "日本", "пчёлы", "ü2_", "น้ำ", "नमस्ते"] { #expect(desk.run("\(name) = 3; print \(name)") == "3", "\(name)") }
    }

    /// A list is a list in a notebook, and lines that are broken stay so.
    @Test func helpKeepsItsLines() throws {
        let desk = Desk()
        desk.run("help set")
        let settings = try #require(desk.output.pages.first)
        #expect(settings.contains("<ul><li><code>seed</code>: ") && settings.contains("</li></ul>") && !settings.contains("<p>- "), "\(settings)")
        desk.run("help resnet50")
        let network = try #require(desk.output.pages.first)
        #expect(network.contains("<br><code>") && network.contains("<p>The head is <code>fc</code>"), "\(network)")
    }

    @Test func habitsAreAnswered() throws {
        try ScratchFolder.use { folder in
            try folder.fill(train: 2, val: 1)
            let desk = Desk()
            try desk.prepare("net")
            let state = desk.session.state
            for (cell, answer) in Self.habits {
                desk.session.state = state
                let (text, problem) = desk.attempt(cell)
                if answer == "✓" {
                    if let problem { Issue.record("\(cell) should work:\n\(problem)") }
                } else if let problem {
                    if !problem.contains(answer) { Issue.record("\(cell) is answered with:\n\(problem)\ninstead of: \(answer)") }
                    if ProcessInfo.processInfo.environment["THAW_SHOW_EXAMPLES"] == "1" { print("▶ \(cell)\n\(problem)\n") }
                } else {
                    Issue.record("\(cell) worked:\n\(text)")
                }
            }
        }
    }

    /// After a restart a name from before is no slip of the pen.
    @Test func aNewSessionSaysWhereNamesComeFrom() throws {
        let problem = try #require(Desk().attempt("net").problem)
        #expect(problem.contains("run the cells that make them") && !problem.contains("Did you mean"))
    }

    // MARK: - Cells run twice, or out of order

    /// Run again, a cell leaves the session as the first time.
    @Test func cellsAreIdempotent() throws {
        try ScratchFolder.use { folder in
            try folder.fill(train: 2, val: 1)
            let desk = Desk()
            try desk.prepare("net")
            let state = desk.session.state
            for cell in [
                "freeze net", "unfreeze net.layer4", "net.fc = Linear(classes)", "bees.train.transform = [RandomResizedCrop(64), ToTensor]", "set seed 3",
                "rate = 0.1", "trainer.lr = 0.01", "freeze net until layer4", "names", "net = resnet18()", "bees = ImageFolder(\"pictures\")",
            ] {
                desk.session.state = state
                desk.run(cell)
                let once = Self.picture(desk.session)
                desk.run(cell)
                #expect(Self.picture(desk.session) == once, "\(cell)")
            }
        }
    }

    /// Everything that a session is, in a text.
    private static func picture(_ session: Session) -> String {
        var lines = ["\(session.state.trainer.settings)", "\(session.state.trainer.epochCount)"]
        for name in session.state.order {
            guard let value = session.state.values[name] else { continue }
            lines.append("\(name): \(value.source)")
            if let network = value.object as? NetworkObject {
                lines.append("\(network.model.freeze.frozen.sorted()) \(network.model.fingerprint) \(network.model.module)")
            }
            if let data = value.object as? DatasetObject { lines.append("\(data.dataset.fingerprint) \(data.dataset.transforms)") }
        }
        return lines.joined(separator: "\n")
    }

    @Test func warnsWhereOrderMatters() throws {
        try ScratchFolder.use { folder in
            try folder.fill(train: 4, val: 2)
            let desk = Desk()
            try desk.prepare("trained")
            // A network made again under the name of one that was trained.
            let again = desk.run("net = resnet18()")
            #expect(again.contains("⚠ net was trained for 1 epoch") && again.contains("undo"), "\(again)")
            desk.run("undo")
            // Freezing after the head came freezes the head too: then nothing learns, and the way out is told.
            let frozen = desk.run("freeze net; freeze net.fc")
            #expect(frozen.contains("nothing in net trains now"), "\(frozen)")
            #expect(desk.problem("train epochs=1").contains("unfreeze"))
            #expect(desk.session.nextSteps()[0].cell == "unfreeze net.fc")
            // The seed, set when weights are there already.
            #expect(desk.run("set seed 9").contains("net keeps its weights"))
        }
    }

    // MARK: - What might come next

    @Test func nextStepsFollowTheWay() throws {
        try ScratchFolder.use { folder in
            try folder.fill(train: 4, val: 2)
            let desk = Desk()
            func next() -> String { desk.session.nextSteps().first?.cell ?? "" }
            #expect(next() == "data = ImageFolder(\"pictures\")")
            desk.run(next())
            #expect(desk.session.nextSteps().map(\.cell) == ["show data", "check data", "net = resnet18(weights=imagenet)"])
            desk.run("net = resnet18()")
            #expect(next() == "net.fc = Linear(classes)")
            desk.run(next())
            #expect(next() == "train net on data epochs=5")
            desk.run("freeze net")
            #expect(next() == "unfreeze net.fc")
            desk.run(next())
            desk.run("trainer.optimizer = Adam(lr=0.1)")
            #expect(next() == "train lr=0.002" && desk.session.nextSteps()[0].why.contains("Adam at 0.1"))
            desk.run("trainer.optimizer = SGD(lr=0.01, momentum=0.9)")
            desk.run("train net on data epochs=1 batch_size=4")
            #expect(next() == "evaluate")
            desk.run(next())
            let cells = desk.session.nextSteps().map(\.cell)
            #expect(cells.contains { $0.hasPrefix("unfreeze net.layer4; train epochs=5 lr=0.001") } && cells.contains("save net to \"net.safetensors\""), "\(cells)")
            // Each of them is a cell that works.
            for cell in cells where !cell.hasPrefix("predict") { desk.run(cell.replacing("epochs=5", with: "epochs=1")) }
            #expect(desk.run("help next").hasPrefix("What next?"))
            #expect(desk.run("help").contains("What next?"))
            #expect(desk.run("status").contains("next: `"))
        }
    }

    // MARK: - Completion

    /// `|` is the cursor; the words must be among the first offers.
    static let completions: [(marked: String, expected: [String])] = [
        ("net.lay|", ["layer1", "layer2", "layer3", "layer4"]), ("net.layer3.35.|", ["conv1", "bn1"]), ("freeze net.layer4.2.conv3.|", ["weight"]),
        ("train net on |", ["bees"]), ("train net on bees epochs=1 optimizer=|", ["SGD", "Adam", "AdamW", "RMSprop"]), ("net.fc = Lin|", ["Linear"]),
        ("set device |", ["onednn", "openblas"]), ("set exact |", ["true", "false"]), ("bees.|", ["train", "val"]),
        ("bees.train.transform = [RandomH|", ["RandomHorizontalFlip"]), ("show con|", ["confusion"]), ("net = resnet18(weights=|", ["imagenet", "none"]),
        ("predict \"pic|", ["picture.png", "pictures/"]), ("run \"|", ["lesson.thaw"]), ("delete |", ["bees", "net"]), ("train scheduler=StepLR(|", ["step_size="]),
        ("undo |", ["to"]), ("help opt|", ["optimizers"]), ("fre|", ["freeze"]), ("net.**.conv|", ["conv1", "conv2", "conv3"]), ("freeze net.**.wei|", ["weight"]), ("freeze net until |", ["layer1", "layer4", "net"]),
        ("freeze net except=la|", ["layer1", "layer4"]), ("net.head = Lin|", ["Linear"]), ("undo to |", ["before"]), ("set |", ["seed", "threads"]), ("find |", ["lr"]),
        ("find lr |", ["net"]), ("evaluate net on |", ["bees", "loader"]), ("help pa|", ["paths"]), ("save |", ["session", "net"]), ("explore |", ["net", "bees"]),
        ("load net from \"|", []), ("train net on bees lr=1e-3 mom|", []),
        ("relabel bees.train[0] as \"|", ["bugs", "flowers", "fruit"]), ("relabel bees.train[0] as |", ["\"bugs\""]), ("show mistakes label=\"f|", ["flowers", "fruit"]),
        ("explain bees.val[0] label=\"|", ["bugs"]), ("few = Subset(bees, classes=[\"|", ["bugs", "flowers", "fruit"]),
    ]

    @Test func completes() throws {
        try ScratchFolder.use { folder in
            try folder.fill(train: 1, val: 1)
            let desk = Desk()
            desk.run("bees = ImageFolder(\"pictures\"); net = resnet152(); loader = DataLoader(bees.train); lr = 0.1; snapshot before")
            let features = desk.session.features
            for (marked, expected) in Self.completions {
                let before = marked.prefix { $0 != "|" }
                let source = String(before) + marked.dropFirst(before.count + 1)
                var matches: [String] = []
                let elapsed = ContinuousClock().measure {
                    matches = features.complete(source, atScalar: before.unicodeScalars.count).matches.map(\.text)
                }
                if ProcessInfo.processInfo.environment["THAW_SHOW_EXAMPLES"] == "1" { print("completing \(marked): \(elapsed)") }
                for word in expected { #expect(matches.prefix(12).contains(word), "\(marked): \(matches.prefix(12))") }
            }
        }
    }

    /// Looking at one place of a network is looking at that place, not at all of it.
    @Test func membersAreFewHoweverDeepTheNetwork() throws {
        let desk = Desk()
        desk.run("net = resnet152()")
        let network = try #require(desk.session.object(named: "net"))
        #expect(network.members(at: []).count < 40)
        #expect(network.members(at: ["layer3"]).count < 60)
        #expect(network.members(at: ["layer3", "35"]).contains { $0.name == "conv2" })
        #expect(network.members(at: ["layer3", "36"]).isEmpty)
    }

    @Test func inspects() throws {
        try ScratchFolder.use { folder in
            try folder.fill(train: 1, val: 1)
            let desk = Desk()
            desk.run("bees = ImageFolder(\"pictures\"); net = resnet18()")
            let features = desk.session.features
            for (marked, expected) in [
                ("train net on bees ep|ochs=5", "epochs"), ("net.layer4.1.conv2.wei|ght", "trainer: lr 0.001, group all"), ("net.layer4.1.conv2.wei|ght", "mean "), ("net.layer4.1.con|v2", "output 512×7×7"), ("fre|eze net", "freeze"), ("SG|D(lr=1)", "SGD"),
                ("be|es", "pictures"), ("bees.tr|ain", "train"), ("train|er", "epochs so far"), ("x = cl|asses", "classes"), ("net.fc|", "Linear"),
            ] {
                let before = marked.prefix { $0 != "|" }
                let source = String(before) + marked.dropFirst(before.count + 1)
                let page = features.inspect(source, atScalar: before.unicodeScalars.count, detail: 0)
                #expect(page?.plain.contains(expected) == true, "\(marked): \(page?.plain ?? "nothing")")
            }
        }
    }
}
