/// Reads a file from some position on, a buffer at a time.
struct ByteCursor {
    let file: ReadableFile
    /// The position of the next byte in the file.
    private(set) var position: Int
    /// Where reading must end.
    let end: Int
    private var buffer: [UInt8] = []
    private var bufferStart = 0

    init(_ file: ReadableFile, at position: Int = 0, end: Int? = nil) {
        self.file = file
        self.position = position
        self.end = min(end ?? file.size, file.size)
    }

    mutating func byte() throws(CheckpointError) -> UInt8 {
        try require(1)
        let index = position - bufferStart
        if index < 0 || index >= buffer.count { try fill() }
        let value = buffer[position - bufferStart]
        position += 1
        return value
    }

    mutating func bytes(_ count: Int) throws(CheckpointError) -> [UInt8] {
        try require(count)
        let index = position - bufferStart
        defer { position += count }
        if index >= 0, index + count <= buffer.count { return Array(buffer[index..<index + count]) }
        return try file.read(at: position, count: count, for: "the pickle")
    }

    /// A little-endian number of 1 to 8 bytes.
    mutating func unsigned(_ count: Int) throws(CheckpointError) -> UInt64 {
        try bytes(count).reversed().reduce(0) { $0 << 8 | UInt64($1) }
    }

    /// The text up to a line break.
    mutating func line() throws(CheckpointError) -> String {
        var bytes: [UInt8] = []
        while true {
            let next = try byte()
            if next == 0x0A { return String(decoding: bytes, as: UTF8.self) }
            bytes.append(next)
            guard bytes.count <= 4096 else { throw .malformed(path: file.path, defect: "a line of the pickle has no end") }
        }
    }

    private func require(_ count: Int) throws(CheckpointError) {
        guard count >= 0, position >= 0, count <= end - position else {
            throw .truncated(path: file.path, what: "the pickle", needed: UInt64(clamping: count), available: UInt64(max(0, end - position)))
        }
    }

    private mutating func fill() throws(CheckpointError) {
        bufferStart = position
        buffer = try file.read(at: position, count: min(1 << 16, end - position), for: "the pickle")
    }
}
