#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// Paths as strings, and what the file system says of them.
enum FilePath {
    /// The part after the last slash.
    static func lastComponent(_ path: String) -> String {
        let trimmed = trimmingSlashes(path)
        return trimmed.utf8.lastIndex(of: UInt8(ascii: "/")).map { String(trimmed[trimmed.index(after: $0)...]) } ?? trimmed
    }

    /// The part before the last slash; `.` for a bare name.
    static func folder(_ path: String) -> String {
        let trimmed = trimmingSlashes(path)
        guard let slash = trimmed.utf8.lastIndex(of: UInt8(ascii: "/")) else { return "." }
        return slash == trimmed.startIndex ? "/" : String(trimmed[..<slash])
    }

    /// The ending of a name in lower case, without its dot; empty if it has none.
    static func ending(_ path: String) -> String {
        let name = lastComponent(path)
        guard let dot = name.lastIndex(of: "."), dot != name.startIndex else { return "" }
        return name[name.index(after: dot)...].lowercased()
    }

    static func join(_ folder: String, _ name: String) -> String {
        if name.hasPrefix("/") || folder.isEmpty || folder == "." && name.hasPrefix("/") { return name }
        return folder.hasSuffix("/") ? folder + name : "\(folder)/\(name)"
    }

    /// `path` without the leading `root`, where it lies below it.
    static func relative(_ path: String, to root: String) -> String {
        let prefix = root.hasSuffix("/") ? root : root + "/"
        return path.hasPrefix(prefix) ? String(path.dropFirst(prefix.count)) : path
    }

    /// `~` and `~/…` stand for the home folder, as in a shell.
    static func expandingHome(_ path: String) -> String {
        guard path == "~" || path.hasPrefix("~/"), let home = unsafe getenv("HOME") else { return path }
        return unsafe String(cString: home) + path.dropFirst()
    }

    private static func trimmingSlashes(_ path: String) -> String {
        var result = path
        while result.count > 1, result.hasSuffix("/") { result.removeLast() }
        return result
    }

    /// What the file system has under a path; symbolic links are followed.
    struct Facts {
        var isDirectory: Bool
        /// Neither a folder nor a pipe, a socket or a device, which may have nothing to read and no end.
        var isRegular: Bool
        var byteCount: Int
        var modified: Int64
        var device: UInt64
        var inode: UInt64
    }

    static func facts(_ path: String) -> Facts? {
        var buffer = stat()
        guard unsafe stat(path, &buffer) == 0 else { return nil }
        #if canImport(Darwin)
            let modified = Int64(buffer.st_mtimespec.tv_sec) &* 1_000_000_000 &+ Int64(buffer.st_mtimespec.tv_nsec)
        #else
            let modified = Int64(buffer.st_mtim.tv_sec) &* 1_000_000_000 &+ Int64(buffer.st_mtim.tv_nsec)
        #endif
        return Facts(
            isDirectory: buffer.st_mode & S_IFMT == S_IFDIR, isRegular: buffer.st_mode & S_IFMT == S_IFREG, byteCount: Int(buffer.st_size), modified: modified,
            device: UInt64(truncatingIfNeeded: buffer.st_dev), inode: UInt64(truncatingIfNeeded: buffer.st_ino))
    }

    static func isDirectory(_ path: String) -> Bool { facts(path)?.isDirectory ?? false }

    /// A file's bytes.
    static func read(_ path: String) throws(LearningError) -> [UInt8] {
        if let facts = facts(path), !facts.isRegular { throw .cannotRead(path: path, reason: "it is not a regular file") }
        guard let file = unsafe fopen(path, "rbe") else { throw .cannotRead(path: path, reason: systemReason()) }
        defer { unsafe fclose(file) }
        var bytes: [UInt8] = []
        var piece = [UInt8](repeating: 0, count: 1 << 16)
        while true {
            let count = unsafe fread(&piece, 1, piece.count, file)
            if count == 0 { break }
            bytes += piece[..<count]
        }
        guard unsafe ferror(file) == 0 else { throw .cannotRead(path: path, reason: systemReason()) }
        return bytes
    }

    /// The first and the last `count` bytes of a file of `size` bytes, which overlap in a short one; `nil` if they can't be read.
    static func ends(_ path: String, size: Int, count: Int) -> [UInt8]? {
        guard let file = unsafe fopen(path, "rbe") else { return nil }
        defer { unsafe fclose(file) }
        var bytes: [UInt8] = []
        for start in [0, max(0, size - count)] {
            var piece = [UInt8](repeating: 0, count: min(count, size))
            guard unsafe fseek(file, start, SEEK_SET) == 0 else { return nil }
            let found = unsafe fread(&piece, 1, piece.count, file)
            guard found == piece.count else { return nil }
            bytes += piece
        }
        return bytes
    }

    /// The system's words for the current `errno`.
    static func systemReason() -> String { unsafe String(cString: strerror(errno)) }
}

/// One entry of a folder.
struct FolderEntry {
    let name: String
    let isDirectory: Bool
}

extension FilePath {
    /// A folder's entries, sorted by code point as Python sorts; `nil` with `errno` set if it can't be read.
    static func entries(_ folder: String) -> [FolderEntry]? {
        guard let directory = unsafe opendir(folder) else { return nil }
        defer { unsafe closedir(directory) }
        var entries: [FolderEntry] = []
        while let entry = unsafe readdir(directory) {
            let name = unsafe withUnsafePointer(to: &entry.pointee.d_name) { pointer in
                unsafe pointer.withMemoryRebound(to: CChar.self, capacity: Int(NAME_MAX) + 1) { unsafe String(cString: $0) }
            }
            if name == "." || name == ".." { continue }
            switch unsafe Int32(entry.pointee.d_type) {
            case Int32(DT_DIR): entries.append(FolderEntry(name: name, isDirectory: true))
            case Int32(DT_REG): entries.append(FolderEntry(name: name, isDirectory: false))
            default: entries.append(FolderEntry(name: name, isDirectory: isDirectory(join(folder, name))))
            }
        }
        entries.sort { $0.name.utf8.lexicographicallyPrecedes($1.name.utf8) }
        return entries
    }
}
