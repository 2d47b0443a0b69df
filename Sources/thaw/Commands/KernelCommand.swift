import ArgumentParser
import Foundation
import JupyterKernel
import Logging
import Workbench

/// `thaw kernel`: what Jupyter starts.
struct KernelCommand: ParsableCommand {
    static let configuration = CommandConfiguration(commandName: "kernel", abstract: "Serve a Jupyter client; started by Jupyter.")

    @Option(help: "The file with addresses and key that Jupyter wrote.")
    var connectionFile: String

    @Flag(help: "Remember no cells beyond this kernel's life.")
    var noHistory = false

    @Option(help: "What is logged on standard error: trace, debug, info, notice, warning, error.")
    var logLevel = "warning"

    private var level: Logger.Level { Logger.Level(rawValue: logLevel) ?? .warning }

    func validate() throws {
        guard Logger.Level(rawValue: logLevel) != nil else {
            throw ValidationError("--log-level is one of \(Logger.Level.allCases.map(\.rawValue).joined(separator: ", ")).")
        }
    }

    func run() throws {
        var logger = Logger(label: "thaw.kernel", factory: { StandardErrorLog(label: $0) })
        logger.logLevel = level
        Session.keepMeasuredChoices()
        do { try Kernel(.thaw(), logger: logger).run(connectionFile: connectionFile, historyPath: noHistory ? nil : Self.historyPath) } catch {
            throw CommandFailure("\(error)")
        }
        // At once: a cell that did not stop may be in the middle of what an orderly exit takes apart.
        _exit(EXIT_SUCCESS)
    }

    /// `XDG_STATE_HOME/thaw/history.jsonl`, by default below `~/.local/state`.
    private static var historyPath: String {
        let environment = ProcessInfo.processInfo.environment
        let state = environment["XDG_STATE_HOME"].flatMap { $0.isEmpty ? nil : $0 } ?? (environment["HOME"] ?? "/") + "/.local/state"
        return state + "/thaw/history.jsonl"
    }
}

/// Why a command failed, in a sentence for standard error; the exit status is 1.
struct CommandFailure: Error, CustomStringConvertible {
    let description: String
    init(_ description: String) { self.description = description }
}
