import ArgumentParser
import CommandLanguage
import Foundation
import Synchronization
import Workbench

/// `thaw run`: the same language without Jupyter.
struct RunCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "run", abstract: "Run files of Thaw cells in one session.",
        discussion: "Exit status: 0 if all was done, 1 if a statement failed or a file can't be read, 64 if the command line is wrong, 130 if interrupted. Control-C once ends the running statement and keeps its last whole step.")

    @Argument(help: "Files to run, one after the other; - for standard input.", completion: .file(extensions: ["thaw"]))
    var files: [String]

    @Option(help: "A page of HTML with everything that was shown.")
    var html: String?

    func run() throws {
        Interrupt.listen()
        Session.keepMeasuredChoices()
        let session = Session(version: Thaw.version)
        let output = ConsoleOutput(keepsPage: html != nil)
        defer { if let html { try? output.writePage(to: html) } }
        for file in files {
            let source = try Self.read(file)
            let outcome = session.run(source, output: output) { Interrupt.isRaised }
            switch outcome {
            case .done: continue
            case .failed(let diagnostics, let done):
                output.fail(diagnostics, in: SourceText(source), file: file, done: done)
                throw ExitCode(1)
            case .interrupted:
                output.flush()
                FileHandle.standardError.write(Data("\(file): interrupted\n".utf8))
                throw ExitCode(130)
            }
        }
    }

    private static func read(_ file: String) throws -> String {
        let data: Data
        if file == "-" {
            data = FileHandle.standardInput.readDataToEndOfFile()
        } else {
            var isFolder: ObjCBool = false
            if unsafe FileManager.default.fileExists(atPath: file, isDirectory: &isFolder), isFolder.boolValue {
                throw CommandFailure("\(file) is a folder, not a file of cells.")
            }
            do { data = try Data(contentsOf: URL(fileURLWithPath: file)) } catch {
                throw CommandFailure("\(file) can't be read: \(error.localizedDescription)")
            }
        }
        // Some editors begin a file with a mark of the byte order.
        let mark: [UInt8] = [0xEF, 0xBB, 0xBF]
        return String(decoding: data.starts(with: mark) ? data.dropFirst(mark.count) : data, as: UTF8.self)
    }
}

/// Control-C while a file runs.
enum Interrupt {
    private static let raised = Atomic(false)
    static var isRaised: Bool { raised.load(ordering: .relaxed) }

    /// The first one asks the running statement to end; a second one ends the program.
    static func listen() {
        _ = signal(SIGINT) { _ in
            if Interrupt.raised.exchange(true, ordering: .relaxed) { _exit(130) }
        }
    }
}
