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
        try? Data(text.utf8).write(to: URL(fileURLWithPath: folder + "/notes"))
        _exit(status)
    }

    /// What the kernel's cells noted, or why it ended.
    var notes: String { (try? String(contentsOfFile: folder + "/notes", encoding: .utf8)) ?? "" }

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
    let deadline = ContinuousClock.now + .seconds(30)
    while try !condition() {
        guard ContinuousClock.now < deadline else { throw NeverCame(what: what) }
        try await Task.sleep(for: .milliseconds(2))
    }
}

struct NeverCame: Error, CustomStringConvertible {
    let what: String
    var description: String { "it never came to this: \(what)" }
}

/// Tests of processes, one at a time: waiting for a process to end holds a thread of the few that tests share.
@Suite(.serialized) struct ProcessTests {}

/// A thread for a test that talks to a process, beside those that wait for processes.
private final class TestThread: TaskExecutor {
    private let queue = DispatchQueue(label: "client")

    func enqueue(_ job: consuming ExecutorJob) {
        let job = UnownedJob(job)
        queue.async { job.runSynchronously(on: self.asUnownedTaskExecutor()) }
    }
}

/// Runs a kernel in another process and a test of it in this one.
func withKernel(
    _ kernel: ToyKernel, ending condition: ExitTest.Condition = .success, _ test: @Sendable () async throws -> Void
) async throws {
    defer { kernel.remove() }
    async let end: Void = kernelProcess(kernel, condition)
    do { try await withTaskExecutorPreference(TestThread()) { try await test() } } catch {
        // A kernel that nobody talks to would stay.
        if let info = try? await kernel.connection(), let client = try? Client(info, name: "end") {
            _ = try? client.send("shutdown_request", on: .control)
        }
        await end
        throw error
    }
    await end
}

private func kernelProcess(_ kernel: ToyKernel, _ condition: ExitTest.Condition) async {
    await #expect(processExitsWith: condition) { [kernel] in kernel.serve() }
}
