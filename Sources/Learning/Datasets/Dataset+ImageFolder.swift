extension Dataset {
    /// A folder of class folders, or of `train`, `val` and `test` folders of those.
    ///
    /// Folders and files whose names begin with a dot are passed over, and told. Classes are sorted by code point; validation and
    /// test pictures are labelled with the training part's classes. Where there is no validation folder, `shares` of each class are
    /// set apart by `seed`. A split stored by ``storeSplit()``, labels stored by ``storeLabels(of:)`` and a quarantine list in the folder are
    /// obeyed.
    /// - Throws: ``LearningError`` if the folder is not there, or holds no class folders or no pictures.
    public static func imageFolder(
        _ path: String, shares: SplitShares? = nil, seed: UInt64 = 0, filter: SampleFilter? = nil,
        isInterrupted: @escaping () -> Bool = { false }
    ) throws(LearningError) -> Dataset {
        let given = FilePath.expandingHome(path)
        guard FilePath.isDirectory(given) else { throw .noSuchFolder(path: path) }
        try shares?.check()
        var scan = FolderScan(patterns: filter?.include ?? [], isInterrupted: isInterrupted)
        var notes: [DatasetNote] = []
        let root = try descend(given, &scan, &notes)
        var parts: [(split: Split?, folder: String)] = []
        let (folders, files) = try scan.list(root)
        let named = folders.compactMap { name in Split(folderName: name).map { (split: $0, name: name) } }
        // Only a whole set of split folders counts: a lone class called "test" is a class.
        if named.contains(where: { $0.split == .train }) {
            for split in Split.allCases {
                for entry in named where entry.split == split { parts.append((split, FilePath.join(root, entry.name))) }
            }
            for folder in folders where Split(folderName: folder) == nil {
                scan.skip(FilePath.join(root, folder), .outsideClasses)
            }
            for file in files { scan.skip(FilePath.join(root, file), .outsideClasses) }
        } else {
            parts = [(nil, root)]
        }
        let (classes, found) = try read(parts, root: root, &scan)
        var samples = try StoredLabels(root: root).apply(to: found, classes: classes, root: root, &notes)
        if classes.count > 1, classes.allSatisfy({ $0.allSatisfy(\.isNumber) }), classes != classes.sorted(by: isNumericallyBefore) {
            notes.append(.digitNamesSortedAsText)
        }
        if let filter { samples = try filter.choose(from: samples, of: path, root: root, &scan, &notes) }
        guard !samples.isEmpty else { throw .noPictures(path: path, skipped: scan.skipped.count) }
        samples = Quarantine(root: root).apply(to: samples, &scan, &notes)
        samples = try split(samples, classes: classes, root: root, shares: shares, seed: seed, notes: &notes)
        return Dataset(
            name: FilePath.lastComponent(root), root: root, classes: classes, samples: samples, skipped: scan.skipped,
            notes: notes)
    }

    private static func isNumericallyBefore(_ first: String, _ second: String) -> Bool {
        (first.count, first) < (second.count, second)
    }

    /// An archive often unpacks to a folder in a folder of one name.
    private static func descend(
        _ path: String, _ scan: inout FolderScan, _ notes: inout [DatasetNote]
    ) throws(LearningError) -> String {
        var quiet = scan
        let (folders, files) = try quiet.list(path)
        guard folders.count == 1, !files.contains(where: quiet.isPicture) else {
            return path
        }
        let inner = FilePath.join(path, folders[0])
        let (innerFolders, _) = try quiet.list(inner)
        guard innerFolders.contains(where: { Split(folderName: $0) == .train }) || innerFolders.count > 1 else { return path }
        guard Split(folderName: folders[0]) == nil else { return path }
        notes.append(.descended(into: inner))
        return inner
    }

    private static func read(
        _ parts: [(split: Split?, folder: String)], root: String, _ scan: inout FolderScan
    ) throws(LearningError) -> (classes: [String], samples: [Sample]) {
        var found: [(split: Split?, name: String, paths: [String])] = []
        for part in parts {
            let (folders, files) = try scan.list(part.folder)
            if folders.isEmpty {
                let pictures = files.count(where: scan.isPicture)
                if part.split == nil || part.split == .train { throw .noClassFolders(path: part.folder, pictures: pictures) }
            }
            for file in files { scan.skip(FilePath.join(part.folder, file), .outsideClasses) }
            for name in folders {
                let folder = FilePath.join(part.folder, name)
                let paths = try scan.pictures(below: folder)
                if paths.isEmpty { scan.skip(folder, .empty) } else { found.append((part.split, name, paths)) }
            }
        }
        let training = Set(found.filter { $0.split == nil || $0.split == .train }.map(\.name))
        let classes = training.sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
        let labels = Dictionary(uniqueKeysWithValues: classes.enumerated().map { ($0.element, $0.offset) })
        var samples: [Sample] = []
        for entry in found {
            guard let label = labels[entry.name] else {
                for path in entry.paths { scan.skip(path, .classNotInTraining(entry.name)) }
                continue
            }
            samples += entry.paths.map { Sample(path: $0, label: label, split: entry.split ?? .train) }
        }
        return (classes, samples)
    }

    /// Gives the samples their parts: as stored, as the folders say, or by setting shares of the training pictures apart.
    static func split(
        _ samples: [Sample], classes: [String], root: String, shares: SplitShares?, seed: UInt64, notes: inout [DatasetNote]
    ) throws(LearningError) -> [Sample] {
        if shares == nil, let stored = try StoredSplit(root: root) {
            notes.append(.storedSplit(path: stored.path))
            return stored.apply(to: samples, root: root)
        }
        let present = Set(samples.map(\.split))
        guard shares != nil || !present.contains(.val) else { return samples }
        var wanted = shares ?? .default
        // Folders that are there stay what they are.
        if let shares {
            for (split, share) in [(Split.val, shares.val), (Split.test, shares.test)] where share > 0 && present.contains(split) {
                notes.append(.splitNotUsed(split, share: share))
            }
        }
        if present.contains(.val) { wanted.val = 0 }
        if present.contains(.test) { wanted.test = 0 }
        guard wanted.val + wanted.test > 0 else { return samples }
        var stratified = StratifiedSplit(shares: wanted, seed: seed, root: root)
        let training = samples.indices.filter { samples[$0].split == .train }
        let assigned = stratified.assign(training.map { samples[$0] }, classes: classes)
        var result = samples
        for (index, sample) in zip(training, assigned) { result[index] = sample }
        let from: Split? = present.count > 1 ? .train : nil
        if wanted.val > 0 { notes.append(.split(.val, share: wanted.val, from: from, seed: seed)) }
        if wanted.test > 0 { notes.append(.split(.test, share: wanted.test, from: from, seed: seed)) }
        notes += stratified.notes
        return result
    }
}
