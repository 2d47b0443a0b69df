/// Telling kinds of files apart by their first bytes.
enum FileKind {
    /// The kind of a readable checkpoint, or the error that says what else the file is.
    static func sniff(_ file: ReadableFile) throws(CheckpointError) -> CheckpointFormat {
        guard file.size > 0 else { throw .notACheckpoint(path: file.path, looksLike: "empty") }
        let start = try file.read(at: 0, count: min(file.size, 512), for: "the first bytes")
        if start.starts(with: [0x50, 0x4B, 0x03, 0x04]) { return .torchZip }
        // PROTO 2, LONG1 10 bytes: the magic number 0x1950a86a20f9469cfc6c.
        if start.starts(with: [0x80, 0x02, 0x8A, 0x0A, 0x6C, 0xFC, 0x9C, 0x46, 0xF9, 0x20, 0x6A, 0xA8, 0x50, 0x19]) {
            return .torchLegacy
        }
        if start.count > 262, Array(start[257..<262]) == Array("ustar".utf8) {
            throw .unsupportedFile(
                path: file.path, what: "a tar archive (perhaps from PyTorch before 0.1.10)",
                wayOut: "Unpack it, or load and save it again with a current PyTorch.")
        }
        for (magic, what) in strangers where start.starts(with: magic) {
            throw .notACheckpoint(path: file.path, looksLike: what)
        }
        if start.count > 8, start[8] == UInt8(ascii: "{") || file.path.hasSuffix(".safetensors") { return .safetensors }
        if start[0] == 0x80, start.count > 1, start[1] <= 5 {
            throw .unsupportedFile(
                path: file.path, what: "a pickle that torch.save didn't write",
                wayOut: "Save model.state_dict() with torch.save or safetensors.")
        }
        let text = String(decoding: start.prefix(64), as: UTF8.self).lowercased()
        let trimmed = text.drop { $0.isWhitespace }
        if trimmed.hasPrefix("<!doctype") || trimmed.hasPrefix("<html") || trimmed.hasPrefix("<?xml") {
            throw .notACheckpoint(path: file.path, looksLike: "a web page; the download went wrong")
        }
        throw .notACheckpoint(path: file.path, looksLike: nil)
    }

    private static let strangers: [([UInt8], String)] = [
        ([0x1F, 0x8B], "compressed with gzip; unpack it first"),
        ([0x89, 0x48, 0x44, 0x46], "an HDF5 file, as Keras writes"),
        ([0x93, 0x4E, 0x55, 0x4D, 0x50, 0x59], "a NumPy array"),
        ([0xFF, 0xD8, 0xFF], "a JPEG picture"),
        ([0x89, 0x50, 0x4E, 0x47], "a PNG picture"),
        (Array("version https://git-lfs".utf8), "a Git LFS pointer; fetch the file itself with git lfs pull"),
        (Array("GGUF".utf8), "a GGUF file"),
    ]
}
