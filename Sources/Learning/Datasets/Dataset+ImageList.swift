extension Dataset {
    /// A column of a table, by its heading or by its position from 0.
    public enum Column: Hashable, Sendable {
        case name(String)
        case position(Int)
    }

    /// A table of pictures and labels.
    ///
    /// Paths are relative to the table's folder, or to `root`. Without named columns, the first line is taken for headings unless its
    /// first field is a picture that exists. A column of `train`, `val` and `test` gives the parts; otherwise `shares` are set apart.
    /// - Parameters:
    ///   - image: the column of paths; by default `image`, `path`, `file` or `filename`, else the first.
    ///   - label: the column of classes; by default `label` or `class`, else the second.
    ///   - split: the column of parts; by default `split`, if there is one.
    public static func imageList(
        _ path: String, image: Column? = nil, label: Column? = nil, split: Column? = nil, root: String? = nil,
        shares: SplitShares? = nil, seed: UInt64 = 0, filter: SampleFilter? = nil
    ) throws(LearningError) -> Dataset {
        let file = FilePath.expandingHome(path)
        try shares?.check()
        let table = try CommaSeparatedValues(FilePath.read(file), path: path)
        let folder = root.map(FilePath.expandingHome) ?? FilePath.folder(file)
        guard let first = table.rows.first else { throw .csv(path: path, line: 1, defect: "the table is empty") }
        let asksForNames = [image, label, split].contains { if case .name = $0 { true } else { false } }
        let isHeading = asksForNames || FilePath.facts(FilePath.join(folder, first.fields[0])) == nil
        let headings = isHeading ? first.fields : []
        func position(_ column: Column?, _ usual: [String], _ otherwise: Int?) throws(LearningError) -> Int? {
            switch column {
            case .name(let name):
                guard let position = headings.firstIndex(of: name) else {
                    throw .noSuchColumn(name: name, columns: headings, path: path)
                }
                return position
            case .position(let position):
                guard first.fields.indices.contains(position) else {
                    throw .noSuchColumn(name: "number \(position)", columns: first.fields, path: path)
                }
                return position
            case nil:
                return headings.firstIndex { usual.contains($0.lowercased()) } ?? otherwise
            }
        }
        let imageColumn = try position(image, ["image", "path", "file", "filename", "file_name"], 0) ?? 0
        let labelColumn = try position(label, ["label", "class", "category", "target"], imageColumn == 1 ? 0 : 1) ?? 1
        let splitColumn = try position(split, ["split", "part", "subset"], nil)
        var entries: [Entry] = []
        var scan = FolderScan(isInterrupted: { false })
        for row in table.rows.dropFirst(isHeading ? 1 : 0) {
            guard row.fields.count > max(imageColumn, labelColumn, splitColumn ?? 0) else {
                throw .csv(path: path, line: row.line, defect: "has \(row.fields.count) fields, \(first.fields.count) were expected")
            }
            let picture = FilePath.join(folder, row.fields[imageColumn])
            let name = row.fields[labelColumn]
            guard !name.isEmpty else { throw .csv(path: path, line: row.line, defect: "the label is empty") }
            guard let facts = FilePath.facts(picture), !facts.isDirectory else {
                scan.skip(picture, .missing)
                continue
            }
            var part: Split?
            if let splitColumn {
                part = Split(folderName: row.fields[splitColumn])
                if part == nil {
                    throw .csv(path: path, line: row.line, defect: "\(row.fields[splitColumn]) is none of train, val and test")
                }
            }
            entries.append(Entry(path: picture, label: name, split: part))
        }
        return try assemble(
            entries, name: FilePath.lastComponent(file), root: folder, path: path, shares: shares, seed: seed, filter: filter, scan)
    }

    /// Pictures whose class is in their name.
    ///
    /// - Parameters:
    ///   - glob: which files, `pets/images/*.jpg`; a folder stands for all pictures below it.
    ///   - label: a regular expression; its first group, or the whole match, is the class: `^(.+)_\d+\.jpg$`. It is searched for in the
    ///     file's name, or in the path below the pattern's fixed folder if it contains a slash.
    public static func imagePattern(
        _ glob: String, label pattern: String, shares: SplitShares? = nil, seed: UInt64 = 0, filter: SampleFilter? = nil,
        isInterrupted: @escaping () -> Bool = { false }
    ) throws(LearningError) -> Dataset {
        try shares?.check()
        let expression: Regex<AnyRegexOutput>
        do { expression = try Regex(pattern) } catch { throw .badPattern(pattern: pattern, reason: "\(error)") }
        let expanded = FilePath.expandingHome(glob)
        let root = FilePath.isDirectory(expanded) ? expanded : GlobPattern(expanded).fixedFolder
        let paths = try GlobPattern.pictures(glob, isInterrupted: isInterrupted)
        var entries: [Entry] = []
        for path in paths {
            let text = pattern.contains("/") ? FilePath.relative(path, to: root) : FilePath.lastComponent(path)
            let match: Regex<AnyRegexOutput>.Match?
            do { match = try expression.firstMatch(in: text) } catch { throw .badPattern(pattern: pattern, reason: "\(error)") }
            guard let match, let range = match.output.count > 1 ? match.output[1].range : match.range, !range.isEmpty else {
                throw .noLabel(path: path, pattern: pattern)
            }
            entries.append(Entry(path: path, label: String(text[range]), split: nil))
        }
        let scan = FolderScan(isInterrupted: isInterrupted)
        return try assemble(
            entries, name: FilePath.lastComponent(root), root: root, path: glob, shares: shares, seed: seed, filter: filter, scan)
    }

    private struct Entry {
        let path: String
        let label: String
        let split: Split?
    }

    private static func assemble(
        _ entries: [Entry], name: String, root: String, path: String, shares: SplitShares?, seed: UInt64,
        filter: SampleFilter?, _ found: FolderScan
    ) throws(LearningError) -> Dataset {
        var scan = found
        var notes: [DatasetNote] = []
        let training = Set(entries.filter { $0.split == nil || $0.split == .train }.map(\.label))
        let classes = training.sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
        let labels = Dictionary(uniqueKeysWithValues: classes.enumerated().map { ($0.element, $0.offset) })
        var samples: [Sample] = []
        for entry in entries {
            if let label = labels[entry.label] {
                samples.append(Sample(path: entry.path, label: label, split: entry.split ?? .train))
            } else {
                scan.skip(entry.path, .classNotInTraining(entry.label))
            }
        }
        samples = try StoredLabels(root: root).apply(to: samples, classes: classes, root: root, &notes)
        if let filter { samples = try filter.choose(from: samples, of: path, root: root, &scan, &notes) }
        guard !samples.isEmpty else { throw .noPictures(path: path, skipped: scan.skipped.count) }
        samples = Quarantine(root: root).apply(to: samples, &scan, &notes)
        samples = try split(samples, classes: classes, root: root, shares: shares, seed: seed, notes: &notes)
        return Dataset(name: name, root: root, classes: classes, samples: samples, skipped: scan.skipped, notes: notes)
    }
}
