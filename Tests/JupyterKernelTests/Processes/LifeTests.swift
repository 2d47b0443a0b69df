import Foundation
import Glibc
import JupyterProtocol
import Testing

@testable import JupyterKernel

extension ProcessTests {
    /// How a kernel's process takes signals, prints and ends.
    @Suite struct LifeTests {
        private func processID(_ client: Client) async throws -> pid_t {
            try await client.request("usage_request", on: .control)
            return pid_t(client.received.last { $0.type == "usage_reply" }?.content["pid"]?.integer ?? 0)
        }

        @Test func theInterruptSignalStopsACellAndNoMore() async throws {
            let kernel = try ToyKernel()
            try await withKernel(kernel) {
                let client = try await kernel.client()
                try await client.greeted()
                let process = try await processID(client)
                kill(process, SIGINT)
                #expect(try await client.run("print one").contains("iopub stream stdout one"), "between cells it is nothing")
                let cell = try client.send("execute_request", Author.execute("print begun\ngate never"))
                try await client.message("the output") { $0.request == cell && $0.type == "stream" }
                kill(process, SIGINT)
                #expect(try await client.end(of: cell).contains("iopub error Interrupted: The cell was interrupted."))
                #expect(try await client.run("print two").contains("iopub stream stdout two"))
                try await client.request("shutdown_request", on: .control)
            }
        }

        /// SIGTERM ends the process as an order, also while a cell runs, and one that doesn't listen.
        @Test(arguments: ["gate never", "deaf never", "flood 1000000000", "ask what?"]) func theTerminationSignalEndsIt(
            code: String
        ) async throws {
            let kernel = try ToyKernel()
            try await withKernel(kernel) {
                let client = try await kernel.client()
                try await client.greeted()
                let process = try await processID(client)
                let cell = try client.send("execute_request", Author.execute("print begun\n\(code)", stdin: true))
                try await client.message("the cell") { $0.request == cell && $0.type == "stream" }
                kill(process, SIGTERM)
                if code != "deaf never" { try await client.end(of: cell) }
            }
        }

        @Test func itEndsWithItsLauncher() async throws {
            let launcher = try Sleeper()
            defer { launcher.end() }
            let kernel = try ToyKernel(launcher: launcher.process)
            try await withKernel(kernel) {
                let client = try await kernel.client()
                try await client.greeted()
                #expect(try await client.run("print hi").contains("iopub stream stdout hi"))
                launcher.end()
            }
        }

        /// A number that was inherited from another namespace of processes.
        @Test func aLauncherThatIsNoProcessIsNotMissed() async throws {
            let kernel = try ToyKernel(launcher: Int32.max)
            try await withKernel(kernel) {
                let client = try await kernel.client()
                try await client.greeted()
                #expect(try await client.run("print hi").contains("iopub stream stdout hi"))
                try await client.request("shutdown_request", on: .control)
            }
        }

        @Test func whatLibrariesPrintIsTheCells() async throws {
            let kernel = try ToyKernel()
            try await withKernel(kernel) {
                let client = try await kernel.client()
                try await client.greeted()
                let lines = try await client.run("print one\nputs two\nprint three\nputs é🦋\nshow four\nputs five")
                #expect(
                    lines.filter {
                        $0.hasPrefix("iopub") && !$0.hasSuffix("busy") && !$0.hasSuffix("idle") && !$0.contains("execute_input")
                    } == [
                        "iopub stream stdout one\ntwo\nthree\né🦋", "iopub display_data four", "iopub stream stdout five",
                    ], "in the order in which it was printed")
                #expect(
                    try await client.run("puts \(String(repeating: "x", count: 200_000))").filter { $0.contains("stream") }
                        .reduce(0) { $0 + $1.count } > 200_000)
                let silent = try await client.request("execute_request", Author.execute("puts hidden", silent: true))
                let next = try await client.run("puts shown")
                #expect(!(silent + next).contains { $0.contains("hidden") } && next.contains("iopub stream stdout shown"))
                try await client.request("shutdown_request", on: .control)
            }
        }

        /// A fatal error is told before the process dies of it, and the session is saved as the last cell left it.
        @Test(arguments: [
            ("trap", "a failed check", "let x 5", "Saved: x=5."), ("crash", "SIGSEGV, invalid memory", "let x 5", "Saved: x=5."),
            ("overflow", "SIGSEGV, invalid memory", "let x 5", "Saved: x=5."),
            ("crash", "SIGSEGV, invalid memory", "print 1", "There was nothing to save."),
            ("crash", "SIGSEGV, invalid memory", "let broken 1", "The session could not be saved."),
        ])
        func aFatalErrorIsTold(command: String, cause: String, before: String, rescued: String) async throws {
            let kernel = try ToyKernel()
            try await withKernel(kernel, ending: .failure) {
                let client = try await kernel.client()
                try await client.greeted()
                _ = try await client.run(before)
                let waiting = try client.send("execute_request", Author.execute("print before\nlet y 6\n\(command)"))
                let lines = try await client.end(of: waiting)
                let text = try #require(client.received.last { $0.type == "error" }?.content["evalue"]?.string)
                // Processors differ in the signal of a failed check.
                #expect(text.hasPrefix("The kernel died of a fatal error (") && text.hasSuffix("\(cause)). \(rescued)"))
                #expect(lines.contains { $0.hasPrefix(#"shell execute_reply error {"ename":"KernelDied""#) })
                #expect(lines.contains { $0.hasPrefix("iopub stream stdout before") })
                if command == "trap" {
                    #expect(
                        lines.contains { $0.hasPrefix("iopub stream stderr") && $0.contains("toy trap") },
                        "with what it said itself")
                }
            }
        }
    }
}
