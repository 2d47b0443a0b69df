import CommandLanguage
import Foundation
import Testing

@testable import Workbench

/// The declarations as a whole.
@Suite struct VocabularyTests {
    private static let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()

    @Test func contradictsItselfNowhere() { #expect(Session.vocabulary.problems == []) }

    /// What is declared in the sources, and what the lists hold.
    @Test func everyDeclarationIsInAList() throws {
        let listed = Set(Vocabularies.verbs.map { "\($0)" } + Vocabularies.constructors.map { "\($0)" })
        var declared = Set<String>()
        let folder = Self.root.appendingPathComponent("Sources/Workbench")
        let files = try #require(FileManager.default.enumerator(at: folder, includingPropertiesForKeys: nil))
        for case let file as URL in files where file.pathExtension == "swift" {
            let source = try String(contentsOf: file, encoding: .utf8)
            for match in source.matches(of: /(?:enum|struct|class)\s+(\w+)\s*:\s*(?:Verb|Constructor)\b/) { declared.insert(String(match.1)) }
        }
        #expect(declared.count > 60)
        #expect(declared.subtracting(listed) == [], "declared, but in no list")
        #expect(listed.subtracting(declared) == [], "listed, but declared elsewhere")
    }

    /// Help, reference and completion speak in sentences of one manner.
    @Test func summariesAreSentences() {
        for verb in Session.vocabulary.verbs {
            #expect(".?".contains(verb.summary.last ?? " ") && verb.summary.first?.isUppercase == true, "\(verb.name): \(verb.summary)")
            #expect(Help.groups.contains { $0.name == verb.group }, "\(verb.name) is in no group of help: \(verb.group)")
        }
        for constructor in Session.vocabulary.constructors {
            #expect(constructor.summary.hasSuffix("."), "\(constructor.name): \(constructor.summary)")
            #expect(!constructor.receivers.isEmpty || Help.kinds.contains { $0.kind == constructor.kind }, "\(constructor.name) is of no kind of help: \(constructor.kind)")
        }
    }

    /// Every verb and constructor that the language promises.
    @Test(arguments: [
        "show", "explore", "params", "status", "names", "compare", "print", "show batch", "show confusion", "show mistakes", "show history", "check",
        "split", "quarantine", "freeze", "unfreeze", "thaw", "load", "save", "export", "train", "finetune", "find lr", "evaluate", "resume", "predict",
        "explain", "embed", "neighbours", "set", "snapshot", "undo", "delete", "reset", "history", "run", "help", "save session", "load session",
    ])
    func hasVerb(name: String) { #expect(Session.vocabulary.verb(name) != nil) }

    @Test(arguments: [
        "ImageFolder", "ImageList", "ImagePattern", "Subset", "Concat", "DataLoader", "Resize", "CenterCrop", "RandomCrop", "RandomResizedCrop",
        "RandomHorizontalFlip", "RandomVerticalFlip", "RandomRotation", "RandomAffine", "ColorJitter", "Grayscale", "RandomGrayscale", "GaussianBlur",
        "RandomErasing", "Pad", "ToTensor", "Normalize", "TrivialAugmentWide", "RandAugment", "MixUp", "CutMix", "resnet18", "resnet34", "resnet50",
        "resnet101", "resnet152", "resnext50_32x4d", "wide_resnet50_2", "vgg11", "vgg13", "vgg16", "vgg19", "vgg11_bn", "vgg13_bn", "vgg16_bn",
        "vgg19_bn", "alexnet", "squeezenet1_0", "squeezenet1_1", "densenet121", "densenet161", "densenet169", "densenet201", "mobilenet_v2",
        "mobilenet_v3_small", "mobilenet_v3_large", "efficientnet_b0", "efficientnet_b1", "efficientnet_b2", "efficientnet_b3", "efficientnet_b4",
        "efficientnet_lite0", "efficientnet_lite1", "efficientnet_lite2", "shufflenet_v2_x0_5", "shufflenet_v2_x1_0", "Sequential", "Linear", "Conv2d",
        "BatchNorm2d", "ReLU", "ReLU6", "SiLU", "Hardswish", "Sigmoid", "Dropout", "MaxPool2d", "AvgPool2d", "AdaptiveAvgPool2d", "AdaptiveMaxPool2d",
        "AdaptiveConcatPool2d", "Flatten", "LayerNorm", "GELU", "CrossEntropyLoss", "FocalLoss", "SGD", "Adam", "AdamW", "RMSprop", "StepLR",
        "MultiStepLR", "ExponentialLR", "CosineAnnealingLR", "CosineAnnealingWarmRestarts", "OneCycleLR", "LinearLR", "ReduceLROnPlateau",
    ])
    func hasConstructor(name: String) { #expect(Session.vocabulary.constructor(name) != nil) }

    /// `docs/reference.md` is what the declarations say. `THAW_RECORD=1` writes it; the test fails then, so that nobody records unseen.
    @Test func referenceIsUpToDate() throws {
        let file = Self.root.appendingPathComponent("docs/reference.md")
        let written = Reference(Session.vocabulary).markdown
        if try String(contentsOf: file, encoding: .utf8) == written { return }
        Issue.record("docs/reference.md is not what the declarations say: `thaw reference` writes it")
        if ProcessInfo.processInfo.environment["THAW_RECORD"] == "1" { try written.write(to: file, atomically: true, encoding: .utf8) }
    }

    /// Nothing on a page of help is wider than what a terminal shows.
    @Test func helpPagesAreThere() throws {
        let help = Help(Session.vocabulary)
        for topic in help.topics { #expect(help.page(for: topic) != nil, "\(topic)") }
        for words in ["learning rate", "confusion", "batch norm", "flip", "frozen", "seed"] { #expect(help.page(for: words) != nil, "\(words)") }
    }
}
