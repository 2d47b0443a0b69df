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

    private struct State {
        var entries: [Entry] = []
        /// The number of this session; known once the file has been read.
        var session: Int?
    }

    /// Larger files are cut to half of this when they are next read.
    static let fileBytes = 8 << 20
    /// Cells of a session that stay in memory.
    static let memoryLimit = 20_000

    private let path: String?
    private let state = Mutex(State())

    /// - Parameter path: the file; nil to remember in memory only.
    init(path: String?) { self.path = path }

    /// Reads the file, which otherwise waits until a cell is remembered or asked for.
    func prepare() { state.withLock { _ = load(&$0) } }

    /// Remembers a cell of this session.
    func record(line: Int, input: String, output: String?) {
        state.withLock { state in
            let session = load(&state)
            let entry = Entry(session: session, line: line, input: input, output: output.map(Self.folded))
            state.entries.append(entry)
            if state.entries.count > Self.memoryLimit { state.entries.removeFirst(Self.memoryLimit / 10) }
            append(entry)
        }
    }

    /// The cells that a front-end asks for, oldest first.
    func entries(for request: HistoryRequest) -> [Entry] {
        state.withLock { state in
            let current = load(&state)
            switch request.access {
            case .tail(let count): return state.entries.suffix(max(0, count))
            case .range(let session, let start, let stop):
                let wanted = session <= 0 ? current + session : session
                return state.entries.filter {
                    $0.session == wanted && $0.line >= start && $0.line < stop ?? .max
                }
            case .search(let pattern, let count, let unique):
                var found = state.entries.filter { Glob.matches(pattern, $0.input) }
                if unique {
                    // The latest of each.
                    var seen: Set<String> = []
                    found = found.reversed().filter { seen.insert($0.input).inserted }.reversed()
                }
                return count.map { found.suffix(max(0, $0)) } ?? found
            }
        }
    }

    // MARK: - The file

    /// Reads the file once and answers this session's number.
    private func load(_ state: inout State) -> Int {
        if let session = state.session { return session }
        var session = 1
        if let path {
            // Without a directory or a readable file the history is this session's alone.
            try? LocalFile.makeDirectory(String(path[..<(path.lastIndex(of: "/") ?? path.startIndex)]))
            withLockedFile { _ in
                let bytes = (try? LocalFile.read(path, last: Self.fileBytes / 2)) ?? []
                state.entries = Self.entries(in: bytes)
                session = (state.entries.map(\.session).max() ?? 0) + 1
                var status = stat()
                if unsafe stat(path, &status) == 0, status.st_size > Self.fileBytes {
                    try? LocalFile.replace(path, with: state.entries.flatMap(Self.bytes), mode: 0o600)
                }
                // The number is taken by a line without input, so that a kernel started meanwhile gets the next.
                append(Entry(session: session, line: 0, input: "", output: nil))
            }
        }
        state.entries.removeAll { $0.line == 0 }
        state.session = session
        return session
    }

    private func append(_ entry: Entry) {
        guard let path else { return }
        let descriptor = unsafe open(path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { return }
        _ = LocalFile.writeAll(Self.bytes(of: entry), to: descriptor)
        close(descriptor)
    }

    /// Runs something while no other kernel does the same; a lock file serves because the history itself may be replaced.
    private func withLockedFile(_ body: (Int32) -> Void) {
        let descriptor = unsafe open((path ?? "") + ".lock", O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
        if descriptor >= 0 { flock(descriptor, LOCK_EX) }
        body(descriptor)
        if descriptor >= 0 { close(descriptor) }
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
