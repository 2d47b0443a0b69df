extension Checkpoint {
    /// Reads the weights in the file at `path`, whose kind is told by its first bytes and not by its name.
    ///
    /// Nothing in the file is ever executed. Peak memory is about that of the tensors: storages are read piece by piece, and every
    /// size is checked against the file's own before memory is asked for. In the result:
    /// - a nested dictionary of tensors (`state_dict`, `model`, ...) is taken out of what surrounds it;
    /// - the prefixes `module.` and `_orig_mod.` of wrapped models are gone;
    /// - tied tensors share their storage.
    /// Each of these is told in `notes`, as is whether the hash in the file's name is that of its content.
    /// - Parameter checkName: compare the hash in names such as `resnet18-f37072fd.pth`; reads the file once more.
    public static func read(_ path: String, checkName: Bool = true) throws(CheckpointError) -> CheckpointFile {
        let file = try ReadableFile(path)
        let kind = try FileKind.sniff(file)
        var notes: [String] = []
        if checkName, let prefix = FileDigest.prefix(inName: path) {
            let digest = try FileDigest.sha256(ofFile: path)
            notes.append(
                digest.hasPrefix(prefix)
                    ? "hash prefix \(prefix) in the file name verified"
                    : "the file name says \(prefix), but the content's SHA-256 begins with \(digest.prefix(prefix.count))")
        }
        switch kind {
        case .safetensors:
            let state = try SafetensorsReader(file).read()
            return CheckpointFile(path: path, format: .safetensors, state: stripWrappers(state, &notes), notes: notes)
        case .torchZip:
            let state = try TorchZipReader(file).read(&notes)
            return CheckpointFile(path: path, format: .torchZip, state: stripWrappers(state, &notes), notes: notes)
        case .torchLegacy:
            let state = try TorchLegacyReader(file).read(&notes)
            return CheckpointFile(path: path, format: .torchLegacy, state: stripWrappers(state, &notes), notes: notes)
        }
    }

    /// Takes off what `DataParallel` (`module.`) and `torch.compile` (`_orig_mod.`) put before every name, in either nesting.
    static func stripWrappers(_ state: StateDictionary, _ notes: inout [String]) -> StateDictionary {
        var state = state
        var stripped = ""
        search: while true {
            for prefix in ["module.", "_orig_mod."] where state.entries.contains(where: { $0.name.hasPrefix(prefix) }) {
                // Names without the prefix (`n_averaged` of an averaged model) stay; a clash leaves everything as it is.
                guard state.entries.count(where: { $0.name.hasPrefix(prefix) }) * 2 > state.count,
                    let renamed = state.renamed({ $0.hasPrefix(prefix) ? String($0.dropFirst(prefix.count)) : $0 })
                else { break search }
                state = renamed
                stripped += prefix
                continue search
            }
            break
        }
        if !stripped.isEmpty { notes.append("prefix \(stripped) stripped") }
        return state
    }
}
