import Foundation
import Presentation
import Testing

@testable import CommandLanguage

/// `|` is the cursor; the words must come in this order before everything else, and `-word` must not come at all.
@Suite struct CompletionTests {
    static let cases: [(String, [String])] = [
        // Statements
        ("tr|", ["train"]), ("fi|", ["find", "fit"]), ("sho|", ["show", "show batch"]), ("|", ["bees", "best", "net"]), ("ne|", ["net"]),
        ("a = 1; fre|", ["freeze"]), ("a = [1,\n 2]\nfre|", ["freeze"]), ("# tr|", ["-train"]), ("resn|", ["resnet18"]), ("日|", ["日本"]),
        // Second words and arguments
        ("show |", ["batch"]), ("show ba|", ["batch"]), ("show batch |", ["bees", "-net"]), ("show batch bees |", ["n="]), ("find |", ["lr"]),
        ("find lr |", ["range="]), ("find lr r|", ["range="]), ("train |", ["net", "-bees"]), ("train net |", ["on", "quiet", "epochs="]),
        ("train net on |", ["bees", "-net"]), ("train net on bees |", ["quiet", "epochs=", "batch_size=", "-on"]),
        ("train net on bees epochs=5 |", ["quiet", "batch_size=", "-epochs="]), ("train net on bees epochs=5 bs=3 |", ["quiet", "lr=", "-batch_size="]),
        ("train quiet |", ["net", "-quiet"]), ("train ep|", ["epochs="]), ("train on b|", ["bees", "-best"]),
        ("train net on bees epochs=5 \\\n  ba|", ["batch_size="]), ("fit ep|", ["epochs="]), ("freeze net un|", ["until"]), ("freeze net until |", ["net"]),
        ("freeze net net|", ["net"]), ("load net |", ["from", "partial"]), ("load net from |", ["best"]), ("load net from best |", ["partial", "-from"]),
        // Option values
        ("train optimizer=|", ["SGD", "-StepLR"]), ("train optimizer=S|", ["SGD", "-Sequential"]), ("train scheduler=|", ["StepLR", "none"]),
        ("train keep=|", ["best", "last"]), ("train keep=l|", ["last"]), ("train validate=|", ["true", "false"]), ("train validate=f|", ["false"]),
        ("freeze net bn=|", ["eval", "train"]), ("set |", ["seed", "threads", "exact", "device"]), ("set device |", ["fast", "portable", "-seed"]), ("set device po|", ["portable"]),
        ("set exact |", ["true", "false"]), ("set seed |", ["rate"]), ("set seed 1 |", ["-rate"]), ("set see|", ["seed"]), ("train lr=|", ["rate"]),
        ("train lr=rate/|", ["rate"]), ("train epochs=5|", ["-rate"]),
        // Constructors
        ("net = res|", ["resnet18"]), ("net = resnet18(|", ["weights="]), ("net = resnet18(weights=|", ["imagenet", "none"]),
        ("x = SGD(|", ["rate", "日本", "classes", "lr=", "momentum="]), ("x = SGD(lr=0.1, |", ["momentum=", "nesterov=", "-lr="]), ("x = SGD(0.1, |", ["momentum=", "-lr="]),
        ("x = SGD(0.1, nesterov=|", ["true", "false"]), ("train optimizer=SGD(lr=1, mo|", ["momentum="]),
        ("train optimizer=SGD(lr=1) |", ["net"]), ("train net optimizer=SGD(lr=1) sch|", ["scheduler="]),
        ("bees = ImageFolder(\"a\", mode=|", ["RGB", "L"]), ("bees = ImageFolder(\"a\", |", ["split=", "mode=", "-root="]),
        ("net.fc = |", ["Linear", "-SGD"]), ("net.fc = Sequential(a=Lin|", ["Linear"]), ("net.fc = [Lin|", ["Linear"]),
        ("bees.train.transform = [|", ["ToTensor", "CenterCrop", "RandomRotation", "-Linear"]),
        ("bees.train.transform = [CenterCrop(3), To|", ["ToTensor"]), ("x = Linear(cl|", ["classes"]),
        // Paths
        ("net.|", ["conv1", "bn1", "layer1"]), ("net.la|", ["layer1", "layer2", "layer3", "layer4"]), ("net.layer4.|", ["0", "1"]),
        ("net.layer4.1.|", ["conv1", "bn1", "conv2"]), ("net.layer4.1.conv2.|", ["weight"]), ("freeze net.lay|", ["layer1"]),
        ("freeze net.layer1 net.layer2.|", ["0", "1"]), ("net.conv2|", ["layer1.0.conv2"]), ("net.*.1.b|", ["bn1"]), ("net.**.conv|", ["conv1", "conv2"]), ("net.**.|", ["conv1", "bn1", "layer1"]), ("net.**.1.|", ["conv1", "bn1", "conv2"]),
        ("freeze net.layer2.**.b|", ["bn1", "bias"]), ("net.**.fc.|", ["weight", "bias", "-conv1"]), ("net.**.**.we|", ["weight"]), ("net.nothing.**.|", ["-conv1"]), ("net.layer*.|", ["0"]),
        ("bees.tr|", ["train", "transform"]), ("bees.train.|", ["transform"]), ("show batch bees.|", ["train", "val"]), ("net.un|", ["until"]),
        ("nothing.|", ["-conv1"]), ("bees.train[3].|", ["-transform"]), ("x = net.sta|", ["state_dict"]), ("x = nothing[|", ["\"ants\""]), ("train lr=net.|", ["conv1"]),
        // Texts
        ("bees[\"|", ["ants", "bees"]), ("bees.train[\"b|", ["bees", "-ants"]), ("bees[|", ["\"ants\"", "\"bees\""]),
        ("x = ImageFolder(\"b\", classes={\"|", ["ants", "bees"]), ("x = SGD(groups={\"la|", ["layer1"]), ("predict \"x.png\" |", ["with", "top="]),
        ("train keep=\"|", ["best", "last"]),
        // Help
        ("?fre|", ["freeze"]), ("?SG|", ["SGD"]), ("help opt|", ["optimizers"]),
        // Dead places
        ("train epochs=5 # ba|", ["-batch_size="]), ("x = \"a\"|", ["-net"]), ("x = [1]|", ["-net"]), ("x = net net|", ["-net"]),
    ]

    @Test(arguments: cases) func matches(marked: String, expected: [String]) throws {
        let (source, cursor) = Self.cursor(marked)
        let (matches, range) = LanguageFeatures(SmallLanguage.vocabulary, facts: Bench().snapshot()).complete(source, atScalar: cursor)
        let texts = matches.map(\.text)
        let wanted = expected.filter { !$0.hasPrefix("-") }
        #expect(Array(texts.prefix(wanted.count)) == wanted, "\(marked): \(texts.prefix(8))")
        for banned in expected where banned.hasPrefix("-") { #expect(!texts.contains(String(banned.dropFirst())), "\(marked): \(texts)") }
        #expect(range.upperBound == cursor && range.lowerBound >= 0 && range.lowerBound <= cursor)
        #expect(Set(matches.map(\.kind)).isSubset(of: ["function", "keyword", "instance", "property", "path", "class", "module"]))
    }

    static func cursor(_ marked: String) -> (source: String, cursor: Int) {
        let before = marked.prefix { $0 != "|" }
        return (String(before) + marked.dropFirst(before.count + 1), before.unicodeScalars.count)
    }

    @Test(arguments: [("日本 = 1; fre|", 8), ("net.layer4.co|", 11), ("train ep|", 6), ("predict \"a b/c|", 9), ("x = |", 4), ("𠮷 = 1; se|", 7)])
    func range(marked: String, start: Int) {
        let (source, cursor) = Self.cursor(marked)
        #expect(LanguageFeatures(SmallLanguage.vocabulary, facts: Bench().snapshot()).complete(source, atScalar: cursor).range == start..<cursor)
    }

    @Test(arguments: [("tr|", "keyword"), ("ne|", "instance"), ("SG|", "function"), ("train ep|", "property"), ("net.lay|", "module"), ("bees[\"a|", "class")])
    func kinds(marked: String, kind: String) {
        let (source, cursor) = Self.cursor(marked)
        #expect(LanguageFeatures(SmallLanguage.vocabulary, facts: Bench().snapshot()).complete(source, atScalar: cursor).matches.first?.kind == kind)
    }

    @Test func files() throws {
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent("thaw-\(UUID().uuidString)")
        defer { try? FileManager.default.removeItem(at: folder) }
        try FileManager.default.createDirectory(at: folder.appendingPathComponent("pictures/ants"), withIntermediateDirectories: true)
        for name in ["a b.png", "w.pth", ".hidden", "pictures/bee.jpg", "pictures/notes.txt"] {
            try Data().write(to: folder.appendingPathComponent(name))
        }
        let facts = SessionFacts(values: Bench().values, folder: folder.path)
        func offers(_ marked: String) -> [String] {
            let (source, cursor) = Self.cursor(marked)
            return LanguageFeatures(SmallLanguage.vocabulary, facts: facts).complete(source, atScalar: cursor).matches.map(\.text)
        }
        #expect(offers("predict \"|") == ["a b.png", "pictures/"])
        #expect(offers("predict \"pictures/|") == ["pictures/bee.jpg", "pictures/ants/"])
        #expect(offers("predict \"x\" 'pictures/B|") == ["pictures/bee.jpg"])
        #expect(offers("load net from \"|") == ["w.pth", "pictures/"])
        #expect(offers("load net from \"./|") == ["./w.pth", "./pictures/"])
        #expect(offers("x = ImageFolder(\".h|") == [".hidden"])
        #expect(offers("x = ImageFolder(\"pic|") == ["pictures/"])
        #expect(offers("x = ImageFolder(\"\(folder.path)/pic|") == ["\(folder.path)/pictures/"])
        #expect(offers("predict |").contains("\"a b.png\""))
        #expect(offers("predict \"nowhere/|").isEmpty)
        // A link to a folder is a folder; what a text has to escape is escaped, and found again.
        try FileManager.default.createSymbolicLink(at: folder.appendingPathComponent("linked"), withDestinationURL: folder.appendingPathComponent("pictures"))
        #expect(offers("load net from \"lin|") == ["linked/"])
        try Data().write(to: folder.appendingPathComponent("a \"b\".png"))
        #expect(offers("predict \"a \\\"|") == ["a \\\"b\\\".png"])
        #expect(offers("predict 'a \"|") == ["a \"b\".png"])
        #expect(offers("predict \"a\u{0}b/|").isEmpty)
    }

    /// However large a network is, few of its places are looked at.
    @Test(arguments: [("deep.|", 2), ("deep.layer3.35.|", 2), ("deep.layer3.35.conv2.w|", 2), ("freeze deep.lay|", 2), ("deep.weig|", 257), ("deep.**.1.|", 257), ("deep.**.conv|", 257), ("deep.**.**.*.**.w|", 257), ("x = deep.*.*.*.|", 257)])
    func work(marked: String, bound: Int) {
        let deep = CountedThing()
        let (source, cursor) = Self.cursor(marked)
        let features = LanguageFeatures(SmallLanguage.vocabulary, facts: SessionFacts(values: ["deep": .object(deep)]))
        let matches = features.complete(source, atScalar: cursor).matches
        #expect(!matches.isEmpty && matches.count <= Completer.limit)
        #expect(deep.asked >= 1 && deep.asked <= bound, "\(deep.asked)")
    }
}
