import ArgumentParser

/// The command line.
@main
struct Thaw: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "thaw", abstract: "A Jupyter kernel for image transfer learning.", version: Thaw.version,
        subcommands: [KernelCommand.self, InstallCommand.self, RunCommand.self, FetchCommand.self, ReferenceCommand.self])

    static let version = "0.1.0"
}
