#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// A look at a folder that ends soon, however large the folder is: while somebody types, nothing may wait for it.
enum FolderWalk {
    /// So many entries are looked at.
    static let visits = 5000

    /// Entries that fit, in the order of their names.
    ///
    /// - Parameters:
    ///   - fits: asked of each name before anything is asked of the disk.
    ///   - limit: so many at the most.
    static func entries(of folder: String, limit: Int, where fits: (_ name: String) -> Fit) -> [(name: String, isFolder: Bool)] {
        guard let directory = unsafe opendir(folder) else { return [] }
        defer { unsafe closedir(directory) }
        var found: [(name: String, isFolder: Bool)] = []
        var looked = 0
        while looked < visits, let entry = unsafe readdir(directory) {
            looked += 1
            let name = unsafe withUnsafePointer(to: &entry.pointee.d_name) { pointer in
                unsafe pointer.withMemoryRebound(to: CChar.self, capacity: Int(NAME_MAX) + 1) { unsafe String(cString: $0) }
            }
            if name == "." || name == ".." { continue }
            let fit = fits(name)
            if fit == .never { continue }
            let isFolder =
                switch unsafe Int32(entry.pointee.d_type) {
                case Int32(DT_DIR): true
                case Int32(DT_REG): false
                // A link, or a disk that doesn't say: what it leads to counts.
                default: Self.isFolder(folder + "/" + name)
                }
            if isFolder || fit == .always { found.append((name, isFolder)) }
        }
        return Array(found.sorted { $0.name.utf8.lexicographicallyPrecedes($1.name.utf8) }.prefix(limit))
    }

    /// Whether an entry is wanted.
    enum Fit {
        case always, ifFolder, never
    }

    private static func isFolder(_ path: String) -> Bool {
        var facts = stat()
        return unsafe stat(path, &facts) == 0 && facts.st_mode & S_IFMT == S_IFDIR
    }
}
