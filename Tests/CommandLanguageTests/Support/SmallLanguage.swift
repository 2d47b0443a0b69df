@testable import CommandLanguage

/// A language of a few words, made for tests: enough of each kind of declaration.
enum SmallLanguage {
    nonisolated(unsafe) static let table = CommandTable<Bench>(
        verbs: [
            Train.self, Show.self, ShowBatch.self, FindRate.self, Freeze.self, Load.self, Save.self, Predict.self, SetVerb.self, Fail.self,
        ],
        constructors: [Folder.self, SGD.self, StepLR.self, Linear.self, Sequential.self, ResNet.self, Until.self],
        families: transforms)

    static var vocabulary: Vocabulary { table.vocabulary }

    static func interpreter(_ bench: Bench = Bench()) -> Interpreter<Bench> { Interpreter(table: table, context: bench) }

    private static var transforms: [(ConstructorDeclaration, (BoundCall, Bench) throws -> Value)] { ["ToTensor", "CenterCrop", "RandomRotation"].map { name in
        let parameters: [Parameter] = name == "ToTensor" ? [] : [.required("size", .oneOf([.size, .number(nil)]), "how much")]
        return (
            ConstructorDeclaration(name, kind: "transform", "Changes a picture.", parameters: parameters, examples: [name]),
            { call, _ in make("transform", call) }
        )
    } }

    /// What was bound, in the order of the declaration: what the tests compare.
    static func written(_ call: BoundCall, _ parameters: [Parameter]) -> String {
        let arguments = parameters.compactMap { parameter in
            call.isNone(parameter.name) ? "\(parameter.name)=none" : call.value(parameter.name).map { "\(parameter.name)=\($0.source)" }
        }
        return "\(call.name)(\((arguments + call.others.map { "\($0.name)=\($0.value.source)" }).joined(separator: ", ")))"
    }

    static func make(_ kind: String, _ call: BoundCall) -> Value {
        let parameters = vocabulary.constructor(call.name)?.parameters ?? vocabulary.method(call.name)?.parameters ?? []
        return .object(Thing(kind, written(call, parameters)))
    }

    static func note(_ call: BoundCall, _ bench: Bench) {
        bench.log.append(written(call, vocabulary.verb(call.name)?.parameters ?? []))
    }
}

enum Train: Verb {
    static let declaration = VerbDeclaration(
        "train", group: "train", "Trains a network.", discussion: "Goes on from where it stopped.\n\n`epochs` more are added.",
        parameters: [
            .positional("model", .object(["network"]), defaultText: "the trainer's", "what learns"),
            .connected("on", "data", .object(["dataset"]), "what it learns from"),
            .option("epochs", .positive, default: .integer(1), "how often all pictures are seen"),
            .option("batch_size", .positive, default: .integer(4), "pictures a step", aliases: ["bs"]),
            .option("lr", .oneOf([.rate, .range]), "the learning rate", aliases: ["learning_rate"]),
            .option("optimizer", .object(["optimizer"]), "how steps are made"),
            .option("scheduler", .oneOf([.object(["scheduler"]), .none]), "how the rate falls"),
            .option("keep", .choice(["best", "last"]), default: .text("best"), "which weights remain"),
            .option("validate", .bool, default: .bool(true), "measures after each epoch"),
            .flag("quiet", "shows no progress"),
        ], aliases: ["fit"], examples: ["train net on bees epochs=5", "train epochs=2 lr=0.001"])
    static func run(_ call: BoundCall, in bench: Bench) throws { SmallLanguage.note(call, bench) }
}

enum Show: Verb {
    static let declaration = VerbDeclaration(
        "show", group: "look", "Shows a thing.", parameters: [.required("what", .path(), "what to show"), .option("n", .positive, default: .integer(6), "how many")],
        examples: ["show net"])
    static func run(_ call: BoundCall, in bench: Bench) throws { SmallLanguage.note(call, bench) }
}

enum ShowBatch: Verb {
    static let declaration = VerbDeclaration(
        "show batch", group: "look", "Shows pictures as a network sees them.",
        parameters: [.required("data", .path(["dataset"]), "whose pictures"), .option("n", .positive, default: .integer(8), "how many")],
        examples: ["show batch bees.train n=8"])
    static func run(_ call: BoundCall, in bench: Bench) throws { SmallLanguage.note(call, bench) }
}

enum FindRate: Verb {
    static let declaration = VerbDeclaration(
        "find lr", group: "train", "Looks for a learning rate.", parameters: [.option("range", .range, default: .range(1e-5, 1), "where to look")],
        examples: ["find lr"])
    static func run(_ call: BoundCall, in bench: Bench) throws { SmallLanguage.note(call, bench) }
}

enum Freeze: Verb {
    static let declaration = VerbDeclaration(
        "freeze", group: "model", "Holds parameters fixed.",
        parameters: [
            .required("parts", .list(.path(["network"])), "what to hold"), .connected("until", "layer", .path(["network"]), "where to stop"),
            .option("bn", .choice(["eval", "train"]), default: .text("eval"), "what BatchNorm does"),
        ], examples: ["freeze net", "freeze net.layer1 net.layer2"])
    static func run(_ call: BoundCall, in bench: Bench) throws { SmallLanguage.note(call, bench) }
}

enum Load: Verb {
    static let declaration = VerbDeclaration(
        "load", group: "model", "Takes weights from a file.",
        parameters: [
            .required("net", .object(["network"]), "what takes them"),
            .connected("from", "source", .oneOf([.file(["pth", "safetensors"]), .object(["state"])]), isRequired: true, "where they are"),
            .flag("partial", "takes what fits"),
        ], examples: ["load net from \"w.pth\""])
    static func run(_ call: BoundCall, in bench: Bench) throws { SmallLanguage.note(call, bench) }
}

enum Save: Verb {
    static let declaration = VerbDeclaration(
        "save", group: "model", "Writes weights.",
        parameters: [.required("net", .object(["network"]), "what to write"), .connected("to", "file", .file(["safetensors"]), isRequired: true, "where to")],
        examples: ["save net to \"w.safetensors\""])
    static func run(_ call: BoundCall, in bench: Bench) throws { SmallLanguage.note(call, bench) }
}

enum Predict: Verb {
    static let declaration = VerbDeclaration(
        "predict", group: "use", "Names what is in pictures.",
        parameters: [
            .required("pictures", .list(.oneOf([.file(["png", "jpg"]), .path(["dataset"])])), "which"),
            .connected("with", "net", .object(["network"]), "by what"), .option("top", .integer(1...5), default: .integer(1), "how many guesses"),
            .option("share", .fraction, "how sure to be"), .option("size", .size, "how large"), .option("names", .map(.text), "other names"),
        ], examples: ["predict \"a.png\" with net"])
    static func run(_ call: BoundCall, in bench: Bench) throws { SmallLanguage.note(call, bench) }
}

enum SetVerb: Verb {
    static let declaration = VerbDeclaration(
        "set", group: "session", "Changes a setting.",
        parameters: [
            .positional("name", .choice(["seed", "threads", "exact", "device"]), "which"),
            .positional(
                "value",
                .depends(on: "name", ["seed": .count, "threads": .positive, "exact": .bool, "device": .choice(["fast", "portable"])]), "to what"),
        ],
        examples: ["set seed 1"])
    static func run(_ call: BoundCall, in bench: Bench) throws { SmallLanguage.note(call, bench) }
}

enum Fail: Verb {
    static let declaration = VerbDeclaration(
        "fail", group: "session", "Fails.", parameters: [.positional("how", .choice(["plainly", "interrupted", "strangely"]), default: .text("plainly"), "in which way")],
        examples: ["fail plainly"])
    struct Strange: Error {}
    static func run(_ call: BoundCall, in bench: Bench) throws {
        switch try call.text("how") {
        case "interrupted": throw Diagnostic(.interrupted, "Interrupted.")
        case "strangely": throw Strange()
        default: throw Diagnostic(.state, "It failed.")
        }
    }
}

enum Folder: Constructor {
    static let declaration = ConstructorDeclaration(
        "ImageFolder", kind: "dataset", "Pictures in folders.",
        parameters: [
            .required("root", .file(), "where they are"), .option("split", .fraction, "share kept for validation"),
            .option("mode", .choice(["RGB", "L"]), default: .text("RGB"), "colours"), .option("classes", .map(.integer(nil)), "their numbers"),
        ], examples: ["bees = ImageFolder(\"bees\")"])
    static func make(_ call: BoundCall, in bench: Bench) throws -> Value { SmallLanguage.make("dataset", call) }
}

enum SGD: Constructor {
    static let declaration = ConstructorDeclaration(
        "SGD", kind: "optimizer", "Steps down the gradient.",
        parameters: [
            .positional("lr", .oneOf([.rate, .range]), default: .number(0.001), "the rate"),
            .option("momentum", .number(0...1), default: .number(0), "how much goes on"), .option("nesterov", .bool, default: .bool(false), "looks ahead"),
            .option("groups", .map(.rate), "rates by path"),
        ], examples: ["train net on bees optimizer=SGD(lr=0.1)"])
    static func make(_ call: BoundCall, in bench: Bench) throws -> Value { SmallLanguage.make("optimizer", call) }
}

enum StepLR: Constructor {
    static let declaration = ConstructorDeclaration(
        "StepLR", kind: "scheduler", "Falls by steps.",
        parameters: [.required("step_size", .positive, "epochs between"), .option("gamma", .number(0...1), default: .number(0.1), "the factor")],
        examples: ["train scheduler=StepLR(7)"])
    static func make(_ call: BoundCall, in bench: Bench) throws -> Value { SmallLanguage.make("scheduler", call) }
}

enum Linear: Constructor {
    static let declaration = ConstructorDeclaration(
        "Linear", kind: "layer", "Sums of inputs.",
        parameters: [.required("out_features", .positive, "how many"), .option("bias", .bool, default: .bool(true), "adds a constant")],
        examples: ["net.fc = Linear(2)"])
    static func make(_ call: BoundCall, in bench: Bench) throws -> Value { SmallLanguage.make("layer", call) }
}

enum Sequential: Constructor {
    static let declaration = ConstructorDeclaration(
        "Sequential", kind: "network", "Layers one after the other.", parameters: [.positional("layers", .list(.object(["layer", "network"])), "unnamed layers")],
        others: .object(["layer", "network"]), examples: ["own = Sequential(a=Linear(2))"])
    static func make(_ call: BoundCall, in bench: Bench) throws -> Value { SmallLanguage.make("network", call) }
}

enum ResNet: Constructor {
    static let declaration = ConstructorDeclaration(
        "resnet18", kind: "network", "A residual network.",
        parameters: [.option("weights", .oneOf([.choice(["imagenet", "none"]), .file(["pth"])]), default: .text("none"), "where it begins")],
        examples: ["net = resnet18(weights=imagenet)"])
    static func make(_ call: BoundCall, in bench: Bench) throws -> Value { SmallLanguage.make("network", call) }
}

enum Until: Constructor {
    static let declaration = ConstructorDeclaration(
        "until", kind: "network", "The part up to a layer.", parameters: [.required("layer", .path(), "where it ends")], receivers: ["network"],
        examples: ["trunk = net.until(layer4)"])
    static func make(_ call: BoundCall, in bench: Bench) throws -> Value { SmallLanguage.make("network", call) }
}
