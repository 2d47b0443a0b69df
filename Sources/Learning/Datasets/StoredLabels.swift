import Checkpoints

/// Corrections of labels kept beside the pictures in `.thaw-labels.csv`: a picture's path below the root, and its class by name.
struct StoredLabels {
    static let fileName = ".thaw-labels.csv"
    let path: String
    private(set) var labels: [String: String] = [:]

    /// The corrections of a folder; none if there is no file.
    /// - Throws: ``LearningError/csv(path:line:defect:)`` for a file that is none of these tables.
    init(root: String) throws(LearningError) {
        path = FilePath.join(root, Self.fileName)
        guard FilePath.facts(path) != nil else { return }
        let table = try CommaSeparatedValues(FilePath.read(path), path: path)
        for row in table.rows.dropFirst() {
            guard row.fields.count == 2, !row.fields[1].isEmpty else {
                throw .csv(path: path, line: row.line, defect: "expected a picture's path and its class")
            }
            labels[row.fields[0]] = row.fields[1]
        }
    }

    /// The samples with their corrected labels. A correction to a class that there is not is passed over: the folder has changed.
    func apply(to samples: [Sample], classes: [String], root: String, _ notes: inout [DatasetNote]) -> [Sample] {
        guard !labels.isEmpty else { return samples }
        let positions = Dictionary(uniqueKeysWithValues: classes.enumerated().map { ($0.element, $0.offset) })
        var count = 0
        let corrected = samples.map { sample in
            guard let name = labels[FilePath.relative(sample.path, to: root)], let label = positions[name], label != sample.label else {
                return sample
            }
            count += 1
            return Sample(path: sample.path, label: label, split: sample.split)
        }
        if count > 0 { notes.append(.relabelled(count: count, list: path)) }
        return corrected
    }

    /// Adds corrections and stores all of them.
    mutating func store(_ changes: [String: String]) throws(LearningError) {
        labels.merge(changes) { _, new in new }
        var text = "image,label\n"
        for (image, label) in labels.sorted(by: { $0.key < $1.key }) { text += CommaSeparatedValues.line([image, label]) }
        do throws(CheckpointError) { try AtomicFile.write(Array(text.utf8), to: path) } catch { throw .checkpoint(error) }
    }
}

extension Dataset {
    /// Keeps the present classes of some files in the data set's folder; the constructors obey them. Returns the list's path.
    @discardableResult
    public func storeLabels(of files: [String]) throws(LearningError) -> String {
        var stored = try StoredLabels(root: root)
        let wanted = Set(files)
        var changes: [String: String] = [:]
        for sample in samples where wanted.contains(sample.path) { changes[relativePath(sample.path)] = classes[sample.label] }
        try stored.store(changes)
        return stored.path
    }
}
