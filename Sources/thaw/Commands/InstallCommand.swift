import ArgumentParser
import Foundation
import JupyterKernel

/// `thaw install`: tells Jupyter of this program.
struct InstallCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "install", abstract: "Write the kernelspec, so that Jupyter lists Thaw.",
        discussion: "Without an option it goes into the user's own folder. Jupyter will start the program at the path by which it was called now.")

    @Flag(help: "Into the user's own folder.")
    var user = false

    @Option(help: "Below a prefix: PREFIX/share/jupyter/kernels.")
    var prefix: String?

    @Flag(help: "Below the prefix of the Python environment that is active, or of the python3 on the PATH.")
    var sysPrefix = false

    @Option(help: "The kernel's name in Jupyter.")
    var name = "thaw"

    @Option(help: "The program that Jupyter is to start, where it is not this one.")
    var program: String?

    func validate() throws {
        guard [user, prefix != nil, sysPrefix].count(where: { $0 }) <= 1 else {
            throw ValidationError("Choose one of --user, --prefix and --sys-prefix.")
        }
        let allowed = CharacterSet(charactersIn: "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-._")
        guard !name.isEmpty, name.unicodeScalars.allSatisfy(allowed.contains) else {
            throw ValidationError("A kernel's name has letters, digits, '-', '.' and '_' only.")
        }
    }

    func run() throws {
        let specification = KernelSpecification(
            name: name, displayName: name == "thaw" ? "Thaw" : "Thaw (\(name))", language: "thaw",
            arguments: [try program ?? Self.ownPath(), "kernel", "--connection-file", "{connection_file}"], files: Logo.files)
        let place: KernelSpecification.Place =
            if let prefix { .prefix(prefix) } else if sysPrefix { .prefix(try Self.pythonPrefix()) } else { .user }
        do { print("installed the kernel \(name) in \(try specification.install(at: place))") } catch {
            throw CommandFailure("\(error)")
        }
    }

    /// The path by which this program was called, made absolute but with its links left alone: those are what upgrades keep.
    private static func ownPath() throws -> String {
        let called = CommandLine.arguments[0]
        if called.contains("/") { return URL(fileURLWithPath: called).standardizedFileURL.path }
        for folder in (ProcessInfo.processInfo.environment["PATH"] ?? "").split(separator: ":") {
            let candidate = "\(folder)/\(called)"
            if FileManager.default.isExecutableFile(atPath: candidate) { return URL(fileURLWithPath: candidate).standardizedFileURL.path }
        }
        throw CommandFailure("this program's own path can't be found; give it with --program")
    }

    private static func pythonPrefix() throws -> String {
        if let environment = ProcessInfo.processInfo.environment["VIRTUAL_ENV"], !environment.isEmpty { return environment }
        let python = Process()
        python.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        python.arguments = ["python3", "-c", "import sys; print(sys.prefix)"]
        let pipe = Pipe()
        python.standardOutput = pipe
        do { try python.run() } catch { throw CommandFailure("no python3 was found on the PATH; give the place with --prefix") }
        let text = String(decoding: pipe.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
        python.waitUntilExit()
        guard python.terminationStatus == 0, let line = text.split(separator: "\n").first else {
            throw CommandFailure("python3 did not say its prefix; give the place with --prefix")
        }
        return String(line)
    }
}
