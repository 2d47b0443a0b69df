import ArgumentParser
import CommandLanguage
import Foundation
import Workbench

/// `thaw fetch`: published weights ahead of time.
struct FetchCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "fetch", abstract: "Fetch published weights, verify them, and keep them for `weights=imagenet`.")

    @Argument(help: "Networks, such as resnet18 or efficientnet_lite0.")
    var networks: [String]

    func run() throws {
        for network in networks {
            let isTerminal = isatty(STDOUT_FILENO) != 0
            do throws(Diagnostic) {
                let fetched = try PretrainedWeights.fetch(network) { done, total in
                    guard isTerminal else { return }
                    let size = total.map { " of \($0 >> 20)" } ?? ""
                    FileHandle.standardError.write(Data("\r\(network): \(done >> 20)\(size) MiB".utf8))
                }
                if isTerminal, fetched.isNew { FileHandle.standardError.write(Data("\n".utf8)) }
                print("\(network): \(fetched.path)\(fetched.isNew ? "" : " (was here already)")")
            } catch {
                throw CommandFailure(([error.message] + [error.advice, error.hint].compactMap { $0 }).joined(separator: " "))
            }
        }
    }
}
