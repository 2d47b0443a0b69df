import ArgumentParser

/// The command line.
@main
struct Thaw: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "thaw", abstract: "A Jupyter kernel for image transfer learning.")
}
