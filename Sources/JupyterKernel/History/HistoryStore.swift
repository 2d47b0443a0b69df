import Glibc
import JupyterProtocol
import Synchronization

/// The cells of this session and of earlier ones: lines of JSON in a file that several kernels may append to.
final class HistoryStore: Sendable {
    /// One cell.
    struct Entry: Sendable, Equatable {
        var session: Int
        var line: Int
        var input: String
        var output: String?
    }

    /// Larger files are cut to half of this when they are next read.
    static let fileBytes = 8 << 20
    /// Cells of a session that stay in memory.
    static let memoryLimit = 20_000
    /// How long another kernel's look at the file is waited for. It takes a moment; a lock that is stuck, as those of network file
    /// systems can be, is done without.
    static let lockMilliseconds = 200

    private let path: String?
    /// The number of this session; known once the file has been read. Locked while it is, which takes a bounded time.
    private let session = Mutex<Int?>(nil)
    private let cells = Mutex<[Entry]>([])

    /// - Parameter path: the file; nil to remember in memory only.
    init(path: String?) { self.path = path }

    /// Reads the file, which otherwise waits until a cell is remembered or asked for.
    func prepare() { _ = load() }

    /// Remembers a cell of this session. Called by one thread, so that cells stand in the file in their order.
    func record(line: Int, input: String, output: String?) {
        let entry = Entry(session: load(), line: line, input: input, output: output.map(Self.folded))
        cells.withLock { cells in
            cells.append(entry)
            if cells.count > Self.memoryLimit { cells.removeFirst(Self.memoryLimit / 10) }
        }
        append(entry)
    }

    /// The cells that a front-end asks for, oldest first.
    func entries(for request: HistoryRequest) -> [Entry] {
        let current = load()
        let entries = cells.withLock { $0 }
        switch request.access {
        case .tail(let count): return entries.suffix(max(0, count))
        case .range(let session, let start, let stop):
            let wanted = session <= 0 ? current + session : session
            return entries.filter { $0.session == wanted && $0.line >= start && $0.line < stop ?? .max }
        case .search(let pattern, let count, let unique):
            var found = entries.filter { Glob.matches(pattern, $0.input) }
            if unique {
                // The latest of each.
                var seen: Set<String> = []
                found = found.reversed().filter { seen.insert($0.input).inserted }.reversed()
            }
            return count.map { found.suffix(max(0, $0)) } ?? found
        }
    }

    // MARK: - The file

    /// Reads the file once and answers this session's number.
    private func load() -> Int {
        session.withLock { known -> Int in
            if let known { return known }
            let number = path.map { readFile($0) } ?? 1
            known = number
            return number
        }
    }

    /// Reads the entries of earlier sessions and takes the next number.
    private func readFile(_ path: String) -> Int {
        // Without a directory or a readable file the history is this session's alone.
        try? LocalFile.makeDirectory(String(path[..<(path.lastIndex(of: "/") ?? path.startIndex)]))
        let lock = lockFile(path + ".lock")
        defer { if lock >= 0 { close(lock) } }
        let earlier = Self.entries(in: (try? LocalFile.read(path, last: Self.fileBytes / 2)) ?? [])
        let number = (earlier.map(\.session).max() ?? 0) + 1
        var status = stat()
        if unsafe stat(path, &status) == 0, status.st_size > Self.fileBytes {
            try? LocalFile.replace(path, with: earlier.flatMap(Self.bytes), mode: 0o600)
        }
        // The number is taken by a line without input, so that a kernel started meanwhile gets the next.
        append(Entry(session: number, line: 0, input: "", output: nil))
        let remembered = earlier.filter { $0.line != 0 }
        cells.withLock { $0 = remembered }
        return number
    }

    private func append(_ entry: Entry) {
        guard let path else { return }
        let descriptor = unsafe open(path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { return }
        _ = LocalFile.writeAll(Self.bytes(of: entry), to: descriptor)
        close(descriptor)
    }

    /// Keeps other kernels from doing the same until the descriptor is closed, if that can be had soon. A lock file serves
    /// because the history itself may be replaced.
    private func lockFile(_ path: String) -> Int32 {
        let descriptor = unsafe open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { return descriptor }
        let deadline = Moment.now() + Self.lockMilliseconds
        while flock(descriptor, LOCK_EX | LOCK_NB) != 0, errno == EAGAIN || errno == EINTR,
            deadline.milliseconds(from: .now()) > 0
        {
            usleep(5000)
        }
        return descriptor
    }

    private static func bytes(of entry: Entry) -> [UInt8] {
        let line: JSON = [
            "session": .integer(entry.session), "line": .integer(entry.line), "input": .string(entry.input),
            "output": JSON(entry.output),
        ]
        return line.bytes + [UInt8(ascii: "\n")]
    }

    /// Lines that can't be read, such as one cut off at the beginning or by a crash, are skipped.
    /// So are those with numbers that leave no room for the sessions to come.
    private static func entries(in bytes: [UInt8]) -> [Entry] {
        let countable = 0...(1 << 40)
        return bytes.split(separator: UInt8(ascii: "\n")).compactMap { line in
            guard let json = try? JSON(parsing: Array(line)), let session = json["session"]?.integer,
                let number = json["line"]?.integer, let input = json["input"]?.string,
                countable.contains(session), countable.contains(number)
            else { return nil }
            return Entry(session: session, line: number, input: input, output: json["output"]?.string)
        }
    }

    /// A result of bearable length.
    private static func folded(_ output: String) -> String {
        output.utf8.count <= 2000 ? output : String(output.prefix(1000)) + "…"
    }
}

/// Patterns of shells: `*` stands for any text, `?` for one character.
enum Glob {
    static func matches(_ pattern: String, _ text: String) -> Bool {
        let pattern = Array(pattern.unicodeScalars)
        let text = Array(text.unicodeScalars)
        var (p, t) = (0, 0)
        // Where to go on after a mismatch: the last star, and the text it has taken so far.
        var star: (pattern: Int, text: Int)?
        while t < text.count {
            if p < pattern.count, pattern[p] == "*" {
                star = (p, t)
                p += 1
            } else if p < pattern.count, pattern[p] == "?" || pattern[p] == text[t] {
                p += 1
                t += 1
            } else if let last = star {
                star = (last.pattern, last.text + 1)
                p = last.pattern + 1
                t = last.text + 1
            } else {
                return false
            }
        }
        return pattern[p...].allSatisfy { $0 == "*" }
    }
}
