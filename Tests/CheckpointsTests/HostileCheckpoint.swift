import Checkpoints

/// What must hold of any file that is read as weights: it is refused with a sentence, or every value that it promises is there.
enum HostileCheckpoint {
    enum Broken: Error {
        case valuesMissing(tensor: String)
        case refusalSaysNothing(String)
    }

    /// Whether the file is worth keeping among the inputs: all are.
    static func check(_ path: String) throws(Broken) -> Bool {
        let file: CheckpointFile
        do { file = try Checkpoint.read(path, checkName: false) } catch {
            guard error.description.count > 10 else { throw .refusalSaysNothing("\(error)") }
            return true
        }
        for entry in file.state.entries where entry.tensor.elements.count != entry.tensor.shape.elementCount {
            throw .valuesMissing(tensor: entry.name)
        }
        _ = Checkpoint.match(file.state, into: file.state.entries.prefix(8).map { ($0.name, $0.tensor.shape) }, rename: [("*.a", "b.*")])
        return true
    }
}
