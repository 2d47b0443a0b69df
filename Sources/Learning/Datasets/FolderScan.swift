import Imaging

/// Finds the pictures below a folder, and says what it passed over.
struct FolderScan {
    /// The endings that torchvision's `ImageFolder` takes.
    static let pictureEndings: Set<String> = ["jpg", "jpeg", "png", "ppm", "bmp", "pgm", "tif", "tiff", "webp"]

    private(set) var skipped: [SkippedPath] = []
    /// The endings of names that are taken for pictures', lower case.
    let endings: Set<String>
    private let isInterrupted: () -> Bool
    private var visitCount = 0

    /// - Parameter patterns: what the user asks for by name; an ending that any of them spells out is taken too, where it is one of a
    ///   format that is read: `*.gif`.
    init(patterns: [GlobPattern] = [], isInterrupted: @escaping () -> Bool) {
        let readable = Set(ImageFormat.allCases.filter(\.isBuiltIn).flatMap(\.fileExtensions))
        endings = Self.pictureEndings.union(patterns.map { FilePath.ending($0.text) }.filter(readable.contains))
        self.isInterrupted = isInterrupted
    }

    func isPicture(_ name: String) -> Bool { endings.contains(FilePath.ending(name)) }

    /// Whether a name is one that systems and notebooks leave behind: `.ipynb_checkpoints`, `__MACOSX`, `Thumbs.db`, …
    static func isHidden(_ name: String) -> Bool {
        name.hasPrefix(".") || ["__MACOSX", "__pycache__", "Thumbs.db", "desktop.ini", "$RECYCLE.BIN"].contains(name)
    }

    /// Whether a name is one of the lists that this program keeps beside the pictures: nobody needs to be told of them.
    static func isOwn(_ name: String) -> Bool { [Quarantine.fileName, StoredSplit.fileName, StoredLabels.fileName].contains(name) }

    mutating func skip(_ path: String, _ reason: SkippedPath.Reason) { skipped.append(SkippedPath(path: path, reason: reason)) }

    /// The visible folders right in a folder, sorted, and its visible files.
    mutating func list(_ folder: String) throws(LearningError) -> (folders: [String], files: [String]) {
        visitCount += 1
        if isInterrupted() { throw .interrupted }
        guard let entries = FilePath.entries(folder) else {
            skip(folder, .unreadable(FilePath.systemReason()))
            return ([], [])
        }
        var folders: [String] = []
        var files: [String] = []
        for entry in entries {
            if Self.isOwn(entry.name) { continue }
            if Self.isHidden(entry.name) {
                skip(FilePath.join(folder, entry.name), .hidden)
            } else if entry.isDirectory {
                folders.append(entry.name)
            } else {
                files.append(entry.name)
            }
        }
        return (folders, files)
    }

    /// Every picture at any depth below a folder: a folder's own files first, then its folders', each sorted, as `os.walk` goes.
    mutating func pictures(below folder: String) throws(LearningError) -> [String] {
        var result: [String] = []
        var seen = Set<[UInt64]>()
        try collect(folder, into: &result, seen: &seen)
        return result
    }

    private mutating func collect(
        _ folder: String, into result: inout [String], seen: inout Set<[UInt64]>
    ) throws(LearningError) {
        // A symbolic link may lead back up: every folder is entered once.
        guard let facts = FilePath.facts(folder), seen.insert([facts.device, facts.inode]).inserted else { return }
        let (folders, files) = try list(folder)
        for file in files {
            let path = FilePath.join(folder, file)
            if isPicture(file) { result.append(path) } else { skip(path, .notAPicture) }
        }
        for name in folders { try collect(FilePath.join(folder, name), into: &result, seen: &seen) }
    }
}
