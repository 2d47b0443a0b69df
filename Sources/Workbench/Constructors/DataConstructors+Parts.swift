import CommandLanguage
import Learning

/// `Subset(bees, per_class=20)`
enum Subset: Constructor {
    static let declaration = ConstructorDeclaration(
        "Subset", kind: "dataset", "Some of a dataset's pictures.",
        discussion: """
            `Subset(bees.train, [0, 1, 2])` and `Subset(bees.train[0..100])` take pictures of one part and leave the other parts whole. \
            `per_class` draws as many of each class and part, by the seed. `classes` keeps these classes alone, in this order.
            """,
        parameters: [
            .required("data", .object(["dataset", "part"]), "whose pictures"),
            .positional("indices", .oneOf([.list(.integer(nil)), .range]), defaultText: "all", "which pictures of a part, counted from 0"),
            .option("per_class", .positive, defaultText: "all", "so many of each class and part"),
            .option("classes", .list(.className), defaultText: "all", "these classes alone"),
            .option("seed", .count, defaultText: "the session's seed", "decides what per_class draws"),
        ],
        examples: ["small = Subset(bees, per_class=3)", "first = Subset(bees.train, [0, 1, 2, 3])"], setup: "data")

    static func make(_ call: BoundCall, in session: Session) throws -> Value {
        var dataset: Dataset
        if let part = call.optionalObject("data", as: DatasetPartObject.self) {
            dataset = try part.narrowed
            if let indices = Self.indices(call, count: part.count) {
                guard !indices.isEmpty else { throw call.error(.value, at: "indices", "No picture is left.") }
                dataset = try part.dataset.subset(part.split, at: indices.map { try part.index(at: $0) })
            }
        } else {
            dataset = try call.object("data", as: DatasetObject.self).dataset
            guard !call.isGiven("indices") else {
                throw call.error(
                    .value, at: "indices", "Indices count the pictures of one part, and a whole dataset was given.",
                    hint: "Name the part: `Subset(data.train, [0, 1, 2])`.")
            }
        }
        let names = call.list("classes").compactMap { if case .text(let name) = $0 { name } else { nil } }
        if !names.isEmpty { dataset = try DataOptions.changingClasses(of: dataset, to: .list(call.list("classes"))) }
        if let count = call.optionalInteger("per_class") {
            dataset = dataset.subset(perClass: count, seed: DataOptions.seed(call, session))
        }
        guard dataset.count > 0 else { throw call.error(.value, "No picture is left.") }
        return .object(DatasetObject(dataset))
    }

    private static func indices(_ call: BoundCall, count: Int) -> [Int]? {
        if let range = call.optionalRange("indices") {
            let low = max(0, min(Double(count), range.low.rounded()))
            let high = max(low, min(Double(count), range.high.rounded()))
            return Array(Int(low)..<Int(high))
        }
        guard call.value("indices") != nil else { return nil }
        return call.list("indices").compactMap { if case .integer(let index) = $0 { index } else { nil } }
    }
}

/// `Concat(bees, more)`
enum Concat: Constructor {
    static let declaration = ConstructorDeclaration(
        "Concat", kind: "dataset", "Several datasets as one.",
        discussion: "Classes are joined by name. Transforms, colour mode and folder are those of the first.",
        parameters: [.required("datasets", .list(.object(["dataset", "part"])), "two or more datasets", aliases: ["data"])],
        examples: ["both = Concat(Subset(bees, classes=[\"bugs\"]), Subset(bees, classes=[\"fruit\"]))"], setup: "data")

    static func make(_ call: BoundCall, in session: Session) throws -> Value {
        let datasets = try call.list("datasets").map { value -> Dataset in
            switch value.object {
            case let object as DatasetObject: object.dataset
            case let part as DatasetPartObject: try part.alone
            default: throw call.error(.type, at: "datasets", "Concat joins datasets, and \(value.described) is none.")
            }
        }
        guard let first = datasets.first else { throw call.error(.missingArgument, "Concat needs at least one dataset.") }
        return .object(DatasetObject(datasets.dropFirst().reduce(first) { $0.concatenating($1) }))
    }
}

/// `DataLoader(bees, batch_size=10)`
enum DataLoader: Constructor {
    static let declaration = ConstructorDeclaration(
        "DataLoader", kind: "loader", "How a dataset's pictures are put into batches.",
        discussion: """
            `train net on loader` takes its options. What is not said here stays as the trainer has it. Pictures are read by threads, ahead \
            of their use; batches never depend on their number. One loader serves training and validation: of `bees.train` the train \
            pictures are learned from and the val pictures still measure. `evaluate net on loader` takes the part that the loader is made of.
            """,
        parameters: [
            .required("dataset", .object(["dataset", "part"]), "whose pictures: a dataset, or a part such as `bees.train`", aliases: ["data"]),
            .option("batch_size", .integer(1...65536), default: .integer(16), "pictures a step", aliases: ["bs"]),
            .option("shuffle", .bool, defaultText: "true in training", "another order each epoch"),
            .option("num_workers", .integer(0...256), defaultText: "one a processor", "threads that read pictures; 0 reads in between steps"),
            .option("drop_last", .bool, defaultText: "false", "leaves out a last batch that is not full"),
            .option(
                "balance", .choice(["none", "weights", "sampler"]), defaultText: "none",
                "for rare classes: weights in the loss, or a sampler that draws each class equally often", aliases: ["sampler"]),
        ],
        examples: [
            "loader = DataLoader(bees, batch_size=10, shuffle=true, num_workers=4)", "loader = DataLoader(bees.train, batch_size=4)",
        ], setup: "data")

    static func make(_ call: BoundCall, in session: Session) throws -> Value {
        var options = LoaderOptions()
        options.batchSize = try call.integer("batch_size")
        options.shuffles = call.optionalBool("shuffle")
        options.workers = call.optionalInteger("num_workers")
        options.dropsLast = call.optionalBool("drop_last")
        options.balance = call.optionalText("balance").flatMap(TrainingSettings.Balance.init(rawValue:))
        if let part = call.optionalObject("dataset", as: DatasetPartObject.self) {
            return .object(LoaderObject(dataset: try part.narrowed, split: part.split, options: options))
        }
        return .object(LoaderObject(dataset: try call.object("dataset", as: DatasetObject.self).dataset, options: options))
    }
}
