import CommandLanguage
import Imaging
import Learning

/// Constructors of data sets and loaders, and the methods of data sets.
enum DataConstructors {
    static var all: [any Constructor<Session>.Type] {
        [ImageFolder.self, ImageList.self, ImagePattern.self, Subset.self, Concat.self, DataLoader.self]
    }
}

/// What every constructor of a data set from files takes.
enum DataOptions {
    static let parameters: [Parameter] = [
        .option(
            "split", .oneOf([.fraction, .map(.fraction)]), defaultText: "20% where there is no validation part",
            "the share of each class that is set apart for validation, or {val: 15%, test: 15%}", aliases: ["val_split", "valid_pct"]),
        .option("seed", .count, defaultText: "the session's seed", "decides which pictures are set apart"),
        .option(
            "filter", .oneOf([.map(.any), .list(.text)]), defaultText: "all pictures",
            "which files: a pattern (\"*.jpg\"), several (\"!bad/*\" leaves out), or {min_side: 32, max_side: 4000}",
            aliases: ["is_valid_file"]),
        .option(
            "exif", .choice(["apply", "ignore"]), default: .text("apply"),
            "whether pictures are turned as their EXIF tag says; torchvision ignores it"),
        .option("mode", .choice(["RGB", "L"]), default: .text("RGB"), "the colour mode that pictures are read in", aliases: ["loader"]),
        .option(
            "classes", .oneOf([.map(.oneOf([.text, .none])), .list(.text)]), defaultText: "as found, sorted",
            "new names for classes ({\"wasps\": \"bees\", \"junk\": none}; equal names merge), or the classes to keep, in order",
            aliases: ["target_transform"]),
    ]

    /// The shares that `split=` asks for.
    static func shares(_ call: BoundCall) throws -> SplitShares? {
        if let share = call.optionalNumber("split") { return SplitShares(val: share) }
        let entries = call.map("split")
        guard !entries.isEmpty else { return nil }
        var shares = SplitShares(val: 0)
        for (key, value) in entries {
            switch Split(folderName: key) {
            case .val: shares.val = value.asNumber ?? 0
            case .test: shares.test = value.asNumber ?? 0
            default: throw call.error(.value, at: "split", "split sets val and test apart, not `\(key)`.", hint: "split={val: 15%, test: 15%}")
            }
        }
        return shares
    }

    static func seed(_ call: BoundCall, _ session: Session) -> UInt64 {
        call.optionalInteger("seed").map { UInt64($0) } ?? session.state.trainer.settings.seed
    }

    /// What `filter=` says.
    static func filter(_ call: BoundCall) throws -> SampleFilter? {
        guard let value = call.value("filter") else { return nil }
        var filter = SampleFilter()
        func add(_ patterns: [Value], excluding: Bool) throws {
            for pattern in patterns {
                guard case .text(let text) = pattern else {
                    throw call.error(.type, at: "filter", "A filter's pattern is a text such as \"*.jpg\", not \(pattern.described).")
                }
                if excluding || text.hasPrefix("!") {
                    filter.exclude.append(GlobPattern(text.hasPrefix("!") ? String(text.dropFirst()) : text))
                } else {
                    filter.include.append(GlobPattern(text))
                }
            }
        }
        guard case .map(let entries) = value else {
            try add(call.list("filter"), excluding: false)
            return filter
        }
        for (key, value) in entries {
            let values = if case .list(let items) = value { items } else { [value] }
            switch key {
            case "include": try add(values, excluding: false)
            case "exclude": try add(values, excluding: true)
            case "min_side", "max_side":
                guard case .integer(let side) = value, side > 0 else {
                    throw call.error(.type, at: "filter", "\(key) is a number of pixels, not \(value.described).")
                }
                if key == "min_side" { filter.minimumSide = side } else { filter.maximumSide = side }
            default:
                throw call.error(
                    .value, at: "filter", "A filter has no `\(key)`.",
                    suggestions: Spelling.nearest(to: key, among: ["include", "exclude", "min_side", "max_side"]))
            }
        }
        return filter
    }

    /// The data set with its colour mode, orientation and classes.
    static func finished(_ found: Dataset, _ call: BoundCall) throws -> Value {
        var dataset = found
        dataset.decoding.mode = call.optionalText("mode") == "L" ? .grey : .rgb
        dataset.decoding.exif = call.optionalText("exif") == "ignore" ? .ignore : .apply
        if let classes = call.value("classes") { dataset = try Self.changingClasses(of: dataset, to: classes) }
        return .object(DatasetObject(dataset))
    }

    /// Classes renamed, merged and left out by a map; or chosen and ordered by a list.
    static func changingClasses(of dataset: Dataset, to value: Value) throws -> Dataset {
        switch value {
        case .map(let entries):
            var names: [String: String?] = [:]
            for (key, value) in entries {
                switch value {
                case .text(let name): names.updateValue(name, forKey: key)
                case .none: names.updateValue(nil, forKey: key)
                default: throw Diagnostic(.type, "A class gets a name in quotes, or none to leave it out, not \(value.described).")
                }
            }
            return try dataset.remapping(names)
        case .list(let items):
            let names = items.compactMap { if case .text(let name) = $0 { name } else { nil } }
            guard names.count == items.count, !names.isEmpty, Set(names).count == names.count else {
                throw Diagnostic(.type, "classes takes each class's name once, in quotes: [\"ants\", \"bees\"].")
            }
            return try dataset.subset(classes: names)
        default: throw Diagnostic(.type, "classes takes a map or a list of names, not \(value.described).")
        }
    }
}
