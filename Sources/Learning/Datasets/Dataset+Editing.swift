public import Imaging
import Tensors

extension Dataset {
    /// At most `count` pictures of each class and part, drawn by `seed`; positions keep their order.
    public func subset(perClass count: Int, seed: UInt64 = 0) -> Dataset {
        var groups: [[Int]: [Int]] = [:]
        for (index, sample) in samples.enumerated() {
            groups[[sample.label, Split.allCases.firstIndex(of: sample.split) ?? 0], default: []].append(index)
        }
        var kept = Set<Int>()
        for (key, members) in groups {
            var stream = RandomSource(seed: seed, key[0], key[1])
            kept.formUnion(stream.permutation(members.count).prefix(max(count, 0)).map { members[$0] })
        }
        return replacing(samples: samples.enumerated().filter { kept.contains($0.offset) }.map(\.element), classes: classes)
    }

    /// The pictures at the given positions of a part; the other parts stay whole.
    public func subset(_ split: Split, at indices: [Int]) throws(LearningError) -> Dataset {
        let part = self[split]
        var chosen: [Sample] = []
        for index in indices { chosen.append(try part.sample(at: index)) }
        return replacing(samples: samples.filter { $0.split != split } + chosen, classes: classes)
    }

    /// Only the given classes, in the given order.
    public func subset(classes names: [String]) throws(LearningError) -> Dataset {
        for name in names where !classes.contains(name) { throw .unknownClass(name: name, known: classes) }
        var labels: [Int: Int] = [:]
        for (position, name) in names.enumerated() {
            if let old = classes.firstIndex(of: name) { labels[old] = position }
        }
        return mapping(classes: names) { sample in
            labels[sample.label].map { Sample(path: sample.path, label: $0, split: sample.split) }
        }
    }

    /// One part only: everything else is left out.
    public func only(_ split: Split) -> Dataset { mapping { $0.split == split ? $0 : nil } }

    /// Both data sets' pictures. Classes are joined by name: this one's first, then those that only the other has.
    public func concatenating(_ other: Dataset) -> Dataset {
        let joined = classes + other.classes.filter { !classes.contains($0) }
        let labels = other.classes.map { joined.firstIndex(of: $0) ?? 0 }
        let moved = other.samples.map { Sample(path: $0.path, label: labels[$0.label], split: $0.split) }
        var result = replacing(samples: samples + moved, classes: joined)
        result.name = "\(name)+\(other.name)"
        result.skipped += other.skipped
        result.notes += other.notes
        return result
    }

    /// Other names for classes; classes that get the same name become one, `nil` leaves a class out.
    ///
    /// The notes' `target_transform`. Classes keep their order by the first of those that were merged.
    public func remapping(_ names: [String: String?]) throws(LearningError) -> Dataset {
        for name in names.keys where !classes.contains(name) { throw .unknownClass(name: name, known: classes) }
        var merged: [String] = []
        var labels: [Int?] = []
        for name in classes {
            guard let target = names[name] ?? .some(name) else {
                labels.append(nil)
                continue
            }
            if let position = merged.firstIndex(of: target) {
                labels.append(position)
            } else {
                labels.append(merged.count)
                merged.append(target)
            }
        }
        let kept = labels
        return mapping(classes: merged) { sample in
            kept[sample.label].map { Sample(path: sample.path, label: $0, split: sample.split) }
        }
    }

    /// The same pictures under a list of classes in another order, or a longer one: so that labels are those of a trained model.
    public func ordered(as names: [String]) throws(LearningError) -> Dataset {
        guard Set(classes).isSubset(of: names) else { throw .differentClasses(first: names, second: classes) }
        let labels = classes.map { names.firstIndex(of: $0) ?? 0 }
        return mapping(classes: names) { Sample(path: $0.path, label: labels[$0.label], split: $0.split) }
    }

    /// Another class for some files: what to do when the label is wrong.
    public func relabelling(_ files: [String], as name: String) throws(LearningError) -> Dataset {
        guard let label = classes.firstIndex(of: name) else { throw .unknownClass(name: name, known: classes) }
        let wanted = Set(files)
        if let missing = files.first(where: { file in !samples.contains { $0.path == file } }) {
            throw .cannotRead(path: missing, reason: "it is not in the data set")
        }
        return mapping { wanted.contains($0.path) ? Sample(path: $0.path, label: label, split: $0.split) : $0 }
    }

    /// The same pictures in another colour mode: the notes' `loader`.
    public func decoded(as mode: DecodeOptions.Mode) -> Dataset {
        var result = self
        result.decoding.mode = mode
        return result
    }
}
