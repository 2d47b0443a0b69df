import CommandLanguage
import Imaging

/// `MixUp`.
enum MixUpConstructor: Constructor {
    static let declaration = ConstructorDeclaration(
        "MixUp", kind: "mix", "Blends each picture of a batch with another, and the labels with them (Zhang et al. 2017).",
        parameters: [
            .positional("alpha", .number(1e-3...1e3), default: .number(1), "of Beta(alpha, alpha), which the share is drawn from")
        ],
        examples: ["blend = MixUp(alpha=0.2)"])

    static func make(_ call: BoundCall, in session: Session) throws -> Value {
        .object(MixObject(mix: .mixUp(alpha: try call.number("alpha"))))
    }
}

/// `CutMix`.
enum CutMixConstructor: Constructor {
    static let declaration = ConstructorDeclaration(
        "CutMix", kind: "mix",
        "Pastes a rectangle of another picture into each picture of a batch, and the label's share (Yun et al. 2019).",
        parameters: [
            .positional("alpha", .number(1e-3...1e3), default: .number(1), "of Beta(alpha, alpha), which the share is drawn from")
        ],
        examples: ["paste = CutMix"])

    static func make(_ call: BoundCall, in session: Session) throws -> Value {
        .object(MixObject(mix: .cutMix(alpha: try call.number("alpha"))))
    }
}
