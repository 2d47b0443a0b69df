import Dispatch
import Foundation
import Glibc
import JupyterKernel
import JupyterProtocol
import Logging
import Testing
import ZeroMQ

/// A kernel in a process of its own, with a folder for what it shares with the test.
struct ToyKernel: Codable, Sendable {
    let folder: String
    /// Whom the kernel is told to be started by.
    let launcher: Int32?

    var connectionFile: String { folder + "/connection.json" }
    var history: String { folder + "/history.jsonl" }
    /// The kernel's process, while it runs.
    private var processFile: String { folder + "/pid" }
    /// Tells a kernel that begins only now that nobody waits for it any more.
    private var stopFile: String { folder + "/stop" }
    private var notesFile: String { folder + "/notes" }

    init(_ connection: JSON = ToyKernel.anyPorts, launcher: Int32? = nil) throws {
        folder = FileManager.default.temporaryDirectory.appending(path: "toy-\(UUID().uuidString.prefix(8))").path
        self.launcher = launcher
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        try Data(connection.bytes).write(to: URL(fileURLWithPath: connectionFile))
    }

    static let key = "a0436f6c-1916-498b-8eb9-e81ab9368e84"
    static let anyPorts: JSON = [
        "transport": "tcp", "ip": "127.0.0.1", "key": .string(key), "signature_scheme": "hmac-sha256", "shell_port": 0,
        "control_port": 0, "stdin_port": 0,
        "iopub_port": 0, "hb_port": 0, "kernel_name": "toy",
    ]

    /// The kernel's whole life. Only in a process made for it.
    func serve() {
        // In this order: `end` either finds the process or is found by it.
        try? Data("\(getpid())".utf8).write(to: URL(fileURLWithPath: processFile))
        if FileManager.default.fileExists(atPath: stopFile) { leave("", status: 0) }
        if let launcher { setenv("JPY_PARENT_PID", String(launcher), 1) }
        let stage = Stage()
        do {
            try Kernel(Toy.language(stage), logger: Logger(label: "toy") { StandardErrorLog(label: $0) })
                .run(connectionFile: connectionFile, historyPath: history)
        } catch {
            leave("\(error)", status: 3)
        }
        leave(stage.notes.joined(separator: "\n"), status: 0)
    }

    private func leave(_ text: String, status: Int32) -> Never {
        try? Data(text.utf8).write(to: URL(fileURLWithPath: notesFile), options: .atomic)
        // The number may be another process's soon.
        try? FileManager.default.removeItem(atPath: processFile)
        _exit(status)
    }

    /// Ends the kernel for certain, also one that doesn't listen, and one that begins later.
    func end() {
        _ = FileManager.default.createFile(atPath: stopFile, contents: nil)
        if let text = try? String(contentsOfFile: processFile, encoding: .utf8), let process = pid_t(text) { kill(process, SIGKILL) }
    }

    /// What the kernel's cells noted, or why it ended.
    var notes: String { (try? String(contentsOfFile: notesFile, encoding: .utf8)) ?? "" }
    /// Whether the kernel has left of itself, and its notes are whole.
    var hasEnded: Bool { FileManager.default.fileExists(atPath: notesFile) }

    /// Waits until the kernel listens, and tells where.
    func connection() async throws -> ConnectionInfo {
        var info: ConnectionInfo?
        try await eventually("the kernel listens") {
            guard let data = FileManager.default.contents(atPath: connectionFile), let json = try? JSON(parsing: Array(data))
            else { return false }
            info = try? ConnectionInfo(json)
            return info?.ports.values.contains(0) == false
        }
        return info!
    }

    func client(_ name: String = "client", keys: CurveKeys? = nil) async throws -> Client {
        try Client(try await connection(), name: name, clientKeys: keys)
    }
    func remove() { try? FileManager.default.removeItem(atPath: folder) }
}

/// Waits, without holding a thread, until something holds.
func eventually(_ what: String, _ condition: () throws -> Bool) async throws {
    let deadline = ContinuousClock.now + .seconds(Pause.longest)
    while try !condition() {
        guard ContinuousClock.now < deadline else { throw NeverCame(what: what) }
        try await Task.sleep(for: .milliseconds(2))
    }
}

struct NeverCame: Error, CustomStringConvertible {
    let what: String
    var description: String { "it never came to this: \(what)" }
}

/// Tests of processes, one at a time, since each has a whole kernel at work beside it.
@Suite(.serialized) struct ProcessTests {}

/// Threads for a test and the process that it talks to, as many as they want: neither is held up by tests that hold the threads that all share.
private final class OwnThreads: TaskExecutor {
    func enqueue(_ job: consuming ExecutorJob) {
        let job = UnownedJob(job)
        // A queue of its own for each step, since one that waits for a process holds its thread.
        DispatchQueue(label: "process").async { job.runSynchronously(on: self.asUnownedTaskExecutor()) }
    }
}

/// Runs a kernel in another process and a test of it in this one.
func withKernel(
    _ kernel: ToyKernel, ending condition: ExitTest.Condition = .success, _ test: @Sendable () async throws -> Void
) async throws {
    defer { kernel.remove() }
    try await withTaskExecutorPreference(OwnThreads()) { try await run(kernel, condition, test) }
}

private func run(_ kernel: ToyKernel, _ condition: ExitTest.Condition, _ test: @Sendable () async throws -> Void) async throws {
    // Begun here, the task runs on this one's threads.
    async let end: Void = kernelProcess(kernel, condition)
    do { try await test() } catch {
        // A kernel that nobody talks to would stay, and be waited for.
        kernel.end()
        await end
        throw error
    }
    // So would one that is told to end and doesn't.
    let watch = Task {
        try await Task.sleep(for: .seconds(Pause.longest))
        Issue.record("the kernel does not end")
        kernel.end()
    }
    await end
    watch.cancel()
}

private func kernelProcess(_ kernel: ToyKernel, _ condition: ExitTest.Condition) async {
    await #expect(processExitsWith: condition) { [kernel] in kernel.serve() }
}

/// A process that does nothing, for a kernel to be started by.
struct Sleeper: Sendable {
    let process: pid_t

    init() throws {
        var process = pid_t()
        let arguments = [strdup("sleep"), strdup("600"), nil]
        defer { for argument in arguments { free(argument) } }
        guard posix_spawn(&process, "/bin/sleep", nil, nil, arguments, nil) == 0 else { throw NeverCame(what: "a process that sleeps") }
        self.process = process
    }

    /// Ends it and takes it away, unless that is done: its number may be another's by then.
    func end() {
        var status: Int32 = 0
        guard waitpid(process, &status, WNOHANG) == 0 else { return }
        kill(process, SIGKILL)
        waitpid(process, &status, 0)
    }
}
