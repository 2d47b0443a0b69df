import CFuzzer
import Checkpoints
import Foundation
import Imaging

/// Coverage-guided fuzzing: libFuzzer's options and folders are the arguments, `THAW_FUZZ` names the format that the bytes are read as.
///
/// What is looked for are traps, hangs, runaway memory, and answers that break what the tests' own checks demand of any bytes.
@main enum Fuzz {
    /// One input; whether it is worth keeping. Set once, before the first input.
    nonisolated(unsafe) private static var check: ([UInt8]) throws -> Bool = { _ in false }

    static func main() {
        let format = ProcessInfo.processInfo.environment["THAW_FUZZ"] ?? ""
        switch format {
        case "csv": check = { try HostileTable.check($0) }
        case "pth", "legacy", "safetensors": check = checkpoint(as: format)
        default:
            guard let picture = ImageFormat(rawValue: format) else { fatalError("THAW_FUZZ is csv, pth, legacy, safetensors or a format of pictures") }
            check = { try HostilePicture.check($0, as: picture) }
        }
        var count = CommandLine.argc
        var arguments: UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>? = CommandLine.unsafeArgv
        exit(
            LLVMFuzzerRunDriver(&count, &arguments) { start, count in
                do { return try Fuzz.check(Array(UnsafeBufferPointer(start: start, count: count))) ? 0 : -1 } catch { fatalError("\(error)") }
            })
    }

    /// Weights are read from files: this one is in memory, and its path is one of this process's descriptors.
    private static func checkpoint(as format: String) -> ([UInt8]) throws -> Bool {
        let descriptor = memfd_create("weights.\(format)", 0)
        return { bytes in
            guard ftruncate(descriptor, 0) == 0, pwrite(descriptor, bytes, bytes.count, 0) == bytes.count else { return false }
            return try HostileCheckpoint.check("/proc/self/fd/\(descriptor)")
        }
    }
}
