import Glibc
import JupyterProtocol
public import Logging

/// Writes log lines to where the process's standard error went at its start, so that they reach the server's log even while
/// standard error is a running cell's.
public struct StandardErrorLog: LogHandler {
    public var logLevel: Logger.Level = .warning
    public var metadata: Logger.Metadata = [:]
    private let label: String

    /// Make one before the kernel runs.
    public init(label: String) {
        self.label = label
        _ = Self.descriptor
    }

    /// A copy of the original descriptor, which stays open for the life of the process.
    static let descriptor: Int32 = fcntl(2, F_DUPFD_CLOEXEC, 3)

    public subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { metadata[key] }
        set { metadata[key] = newValue }
    }

    public func log(event: LogEvent) {
        let facts = metadata.merging(event.metadata ?? [:]) { _, new in new }.sorted { $0.key < $1.key }.map {
            " \($0.key)=\($0.value)"
        }.joined()
        Self.write("\(Timestamp.now()) \(event.level) \(label):\(facts) \(event.message)\n")
    }

    /// Writes a line, or nothing where nobody listens any more.
    static func write(_ line: String) { _ = LocalFile.writeAll(Array(line.utf8), to: descriptor) }
}
