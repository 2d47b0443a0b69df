import CommandLanguage
import Imaging
import Learning

extension TransformConstructors {
    /// What makes numbers of pixels, and changes numbers.
    static var tensors: [Vocabularies.Family] {
        [
            transform("ToTensor", "Makes numbers from 0 to 1 of the pixels.", "Every pipeline does this; without the step it happens before the first step on numbers.", example: "prepared = [CenterCrop(224), ToTensor]") { _ in .toTensor },
            normalize,
            transform(
                "RandomErasing", "Erases a random rectangle, after Normalize.", "Zhong and others 2017.",
                [
                    probability, .option("scale", .range, default: .range(0.02, 0.33), "the rectangle's share of the area"),
                    .option("ratio", .range, default: .range(0.3, 3.3), "the rectangle's height : width"),
                    .option("value", .oneOf([.choice(["random"]), .list(.number(nil))]), default: .integer(0), "what it becomes: a number, one for each channel, or random"),
                ], example: "augmentation = [CenterCrop(224), ToTensor, Normalize(imagenet), RandomErasing(p=0.25)]"
            ) { call in
                let value = call.optionalText("value") != nil ? ErasingValue.random : .values(call.numbers("value").map { Float($0) })
                return .randomErasing(p: try call.number("p"), scale: try call.range("scale"), ratio: try call.range("ratio"), value: value)
            },
        ]
    }

    private static var normalize: Vocabularies.Family {
        let declaration = ConstructorDeclaration(
            "Normalize", kind: "transform", "Subtracts a mean and divides by a standard deviation, channel by channel.",
            discussion: """
                `Normalize(imagenet)` is what most published weights expect, `Normalize(net)` what the weights of that network do. \
                `Normalize(bees)` takes the dataset's own figures, which `compute normalisation bees` shows. Others are written out: `Normalize([0.5, 0.5, 0.5], [0.5, 0.5, 0.5])`.
                """,
            parameters: [
                .required("mean", .oneOf([.choice(["imagenet"]), .object(["network", "dataset"]), .list(.number(nil))]), "imagenet, a network, a dataset, or a number for each channel"),
                .positional("std", .list(.number(nil)), defaultText: "comes with the mean where that is a name", "a number for each channel", aliases: ["standard_deviation"]),
            ], examples: ["norm = Normalize(imagenet)", "norm = Normalize(mean=[0.5, 0.5, 0.5], std=[0.5, 0.5, 0.5])"])
        return (
            declaration,
            { call, session in
                let transform = try statistics(call, session)
                try transform.validate()
                return .object(TransformObject(transform: transform))
            }
        )
    }

    private static func statistics(_ call: BoundCall, _ session: Session) throws -> Transform {
        if call.value("mean")?.text != nil || call.value("mean")?.object != nil {
            guard !call.isGiven("std") else { throw call.error(.value, at: "std", "Normalize has its deviation from the same place as its mean.") }
        }
        if call.value("mean")?.text != nil { return .normalizeImageNet }
        if let data = call.optionalObject("mean", as: DatasetObject.self) {
            let found = try data.statistics ?? session.statistics(of: data.dataset.train, name: data.dataset.name)
            // As `compute normalisation` shows them, so that the step can be written out elsewhere.
            func rounded(_ values: [Double]) -> [Float] { values.map { Float(max(($0 * 1e4).rounded(), 1) / 1e4) } }
            return .normalize(mean: found.mean.map { Float(($0 * 1e4).rounded() / 1e4) }, standardDeviation: rounded(found.standardDeviation))
        }
        if let network = call.optionalObject("mean", as: NetworkObject.self) {
            guard let expected = network.model.expectedNormalization else {
                throw call.error(.value, at: "mean", "The network's own preprocessing doesn't normalise.", hint: "Leave the step out, or name a dataset: `Normalize(bees)`.")
            }
            return .normalize(mean: expected.mean, standardDeviation: expected.standardDeviation)
        }
        let (mean, deviation) = (call.numbers("mean"), call.numbers("std"))
        guard !deviation.isEmpty else {
            throw call.error(.missingArgument, "Normalize needs a standard deviation beside the mean.", hint: "`Normalize(mean=[0.5, 0.5, 0.5], std=[0.5, 0.5, 0.5])`, or `Normalize(imagenet)`.")
        }
        return .normalize(mean: mean.map { Float($0) }, standardDeviation: deviation.map { Float($0) })
    }
}
