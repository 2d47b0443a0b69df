public import Tensors

extension Checkpoint {
    /// Finds, for every tensor of a model, the one in `state` that belongs there.
    ///
    /// Names are tried as they are; `rename` rewrites the file's names first (`("backbone.*", "*")`, where `*` stands for any run of
    /// characters and is carried over in order). When most names don't fit but would without a common leading segment
    /// (`model.`, `backbone.`), that segment is taken off and told in the notes. DenseNet's old names (`norm.1`) are rewritten.
    /// - Parameters:
    ///   - state: the tensors of the file.
    ///   - model: the names and shapes of the model's parameters and buffers, in its order.
    ///   - rename: glob patterns over the file's names and their replacements; the first that fits is used.
    ///   - only: a glob over the model's names; a plain layer name stands for everything below it. nil is everything.
    public static func match(
        _ state: StateDictionary, into model: [(name: String, shape: Shape)],
        rename: [(pattern: String, replacement: String)] = [], only: String? = nil
    ) -> LoadReport {
        let considered = only.map { glob in model.filter { NamePattern(glob).selects($0.name) } } ?? model
        let wanted = Dictionary(considered.map { ($0.name, $0.shape) }, uniquingKeysWith: { first, _ in first })
        let everyName = Set(model.map(\.name))
        let rules = rename.map { (NamePattern($0.pattern), $0.replacement) }
        var notes: [String] = []

        var sources = state.entries.map { entry in
            var name = entry.name
            for (pattern, replacement) in rules {
                if let rewritten = pattern.rewrite(name, as: replacement) {
                    name = rewritten
                    break
                }
            }
            return (name: name, entry: entry)
        }
        if let prefix = prefixToStrip(sources.map(\.name), wanted: everyName) {
            sources = sources.map { ($0.name.hasPrefix(prefix) ? String($0.name.dropFirst(prefix.count)) : $0.name, $0.entry) }
            notes.append("prefix \(prefix) stripped")
        }
        var rewrittenDenseNet = false
        sources = sources.map { source in
            guard !everyName.contains(source.name), let name = modernDenseNetName(source.name), everyName.contains(name)
            else { return source }
            rewrittenDenseNet = true
            return (name, source.entry)
        }
        if rewrittenDenseNet { notes.append("DenseNet's old names rewritten") }

        // Of two sources for one name the first counts; the other is unexpected.
        var byName: [String: StateDictionary.Entry] = [:]
        var unexpected: [LoadReport.Unexpected] = []
        for (name, entry) in sources {
            if wanted[name] != nil, byName[name] == nil {
                byName[name] = entry
            } else if !everyName.contains(name) || wanted[name] != nil, !name.hasSuffix("num_batches_tracked") {
                unexpected.append(.init(name: entry.name, shape: entry.tensor.shape))
            }
        }
        return report(considered, from: byName, unexpected: unexpected, notes: notes)
    }

    private static func report(
        _ wanted: [(name: String, shape: Shape)], from sources: [String: StateDictionary.Entry],
        unexpected: [LoadReport.Unexpected], notes: [String]
    ) -> LoadReport {
        var loaded: [LoadReport.Loaded] = []
        var missing: [String] = []
        var wrongShape: [LoadReport.WrongShape] = []
        var wantedElements = 0
        var loadedElements = 0
        for (name, shape) in wanted {
            let isCounter = name.hasSuffix("num_batches_tracked")
            if !isCounter { wantedElements += shape.elementCount }
            guard let entry = sources[name] else {
                if !isCounter { missing.append(name) }
                continue
            }
            guard entry.tensor.shape == shape else {
                wrongShape.append(.init(name: name, source: entry.name, expected: shape, found: entry.tensor.shape))
                continue
            }
            loaded.append(.init(name: name, source: entry.name, tensor: entry.tensor))
            if !isCounter { loadedElements += shape.elementCount }
        }
        return LoadReport(
            loaded: loaded, missing: missing, unexpected: unexpected, wrongShape: wrongShape,
            wantedElements: wantedElements, loadedElements: loadedElements, notes: notes)
    }

    /// The leading segment (with its dot) without which at least half of the names fit, where fewer than half do as they are.
    private static func prefixToStrip(_ names: [String], wanted: Set<String>) -> String? {
        let fitting = names.count(where: wanted.contains)
        guard fitting * 2 < names.count else { return nil }
        var stripped: [String: Int] = [:]
        for name in names {
            // Nested wrappers, `model.backbone.conv1.weight`, are tried down to three segments.
            var end = name.startIndex
            for _ in 0..<3 {
                guard let dot = name[end...].firstIndex(of: ".") else { break }
                end = name.index(after: dot)
                if wanted.contains(String(name[end...])) { stripped[String(name[..<end]), default: 0] += 1 }
            }
        }
        guard let best = stripped.max(by: { ($0.value, $1.key) < ($1.value, $0.key) }),
            best.value > fitting, best.value * 2 >= min(names.count, wanted.count)
        else { return nil }
        return best.key
    }

    /// torchvision's own rule for files of before 0.4: `denselayer1.norm.1.weight` is today's `denselayer1.norm1.weight`.
    static func modernDenseNetName(_ name: String) -> String? {
        var segments = name.split(separator: ".", omittingEmptySubsequences: false)
        guard segments.count >= 4 else { return nil }
        let tail = segments.suffix(4).map(String.init)
        guard tail[0].hasPrefix("denselayer"), Int(tail[0].dropFirst("denselayer".count)) != nil,
            ["norm", "relu", "conv"].contains(tail[1]), ["1", "2"].contains(tail[2]),
            ["weight", "bias", "running_mean", "running_var"].contains(tail[3])
        else { return nil }
        segments.removeLast(4)
        return (segments.map(String.init) + [tail[0], tail[1] + tail[2], tail[3]]).joined(separator: ".")
    }
}
