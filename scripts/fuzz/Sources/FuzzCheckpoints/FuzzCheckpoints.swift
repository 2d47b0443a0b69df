import Checkpoints
import Foundation

/// A file in memory whose content changes with each input; its path is one of this process's descriptors.
nonisolated(unsafe) private let descriptor = memfd_create("checkpoint", 0)
private let path = "/proc/self/fd/\(descriptor)"

/// What libFuzzer calls: any bytes are read, or refused with a sentence. Traps, runaway memory and time are what is looked for.
@_cdecl("LLVMFuzzerTestOneInput") public func test(_ data: UnsafePointer<UInt8>, _ count: Int) -> CInt {
    guard ftruncate(descriptor, 0) == 0, pwrite(descriptor, data, count, 0) == count else { return 0 }
    do {
        let file = try Checkpoint.read(path, checkName: false)
        for entry in file.state.entries where entry.tensor.count > 0 {
            // Every value that was promised is there.
            guard entry.tensor.elements.count == entry.tensor.shape.elementCount else { fatalError("\(entry.name) lacks values") }
        }
        _ = Checkpoint.match(file.state, into: file.state.entries.prefix(8).map { ($0.name, $0.tensor.shape) }, rename: [("*.a", "b.*")])
    } catch {
        guard error.description.count > 10 else { fatalError("a refusal says nothing: \(error)") }
    }
    return 0
}
