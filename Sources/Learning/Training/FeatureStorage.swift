import Checkpoints
import Execution
import Tensors

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// Rows of floats outside the heap: in anonymous memory, or in an unlinked file that the system pages in and out.
///
/// `@unchecked Sendable`: a row is written once, by the thread that fills the cache, before anyone reads it.
@safe final class FeatureStorage: @unchecked Sendable {
    let rowSize: Int
    let rowCount: Int
    let isOnDisk: Bool
    private let base: UnsafeMutablePointer<Float>
    private let byteCount: Int

    /// - Parameter folder: where the file goes; `nil`: memory.
    init(rows: Int, of size: Int, folder: String?) throws(LearningError) {
        rowSize = size
        rowCount = rows
        isOnDisk = folder != nil
        byteCount = max(rows * size * 4, 4096)
        var descriptor: Int32 = -1
        if let folder {
            let path = FilePath.join(folder, "features-\(getpid())-\(UInt32.random(in: 0 ... .max))")
            descriptor = unsafe open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
            guard descriptor >= 0 else { throw .checkpoint(.cannotWrite(path: path, reason: FilePath.systemReason())) }
            unsafe unlink(path)
            // Blocks are reserved now: running out of disk later would kill the process at a memory access.
            let result = posix_fallocate(descriptor, 0, off_t(byteCount))
            guard result == 0 else {
                close(descriptor)
                throw .checkpoint(.cannotWrite(path: path, reason: unsafe String(cString: strerror(result))))
            }
        }
        defer { if descriptor >= 0 { close(descriptor) } }
        let flags = descriptor >= 0 ? MAP_SHARED : MAP_PRIVATE | MAP_ANONYMOUS
        let address = unsafe mmap(nil, byteCount, PROT_READ | PROT_WRITE, flags, descriptor, 0)
        guard let address = unsafe address, unsafe address != MAP_FAILED else {
            throw .cannotRead(path: "memory", reason: FilePath.systemReason())
        }
        unsafe base = address.bindMemory(to: Float.self, capacity: byteCount / 4)
    }

    deinit { unsafe munmap(base, byteCount) }

    /// Writes rows from a tensor's first axis.
    func write(_ tensor: Tensor, rows: [Int]) {
        unsafe tensor.withElements { elements in
            for (position, row) in rows.enumerated() where row < rowCount {
                unsafe (base + row * rowSize).update(from: elements.baseAddress! + position * rowSize, count: rowSize)
            }
        }
    }

    /// Rows as a tensor `[n, …shape]`.
    func read(rows: [Int], shape: Shape) -> Tensor {
        unsafe Tensor(uninitialized: Shape([rows.count] + shape.dimensions)) { buffer in
            for (position, row) in rows.enumerated() {
                let source = unsafe UnsafeBufferPointer(start: base + row * rowSize, count: rowSize)
                _ = unsafe UnsafeMutableBufferPointer(rebasing: buffer[position * rowSize..<(position + 1) * rowSize])
                    .initialize(fromContentsOf: source)
            }
        }
    }

    /// `TMPDIR`, else the system's folder for large temporary files: `/tmp` lies in memory on many systems.
    static let usualFolder: String = {
        let wish = unsafe getenv("TMPDIR").map { unsafe String(cString: $0) }
        return [wish, "/var/tmp"].compactMap(\.self).first { unsafe access($0, W_OK) == 0 } ?? "/tmp"
    }()

    /// Free bytes on the disk of a folder. Where the folder lies in memory, a file there is no relief: a quarter of what is available at most.
    static func freeBytes(_ folder: String) -> Int {
        var facts = statvfs()
        guard unsafe statvfs(folder, &facts) == 0 else { return 0 }
        let free = Int(clamping: UInt64(facts.f_bavail) &* UInt64(facts.f_frsize))
        guard let device = FilePath.facts(folder)?.device, let mounts = try? FilePath.read("/proc/self/mountinfo"),
            isInMemory(device: device, mounts: String(decoding: mounts, as: UTF8.self))
        else { return free }
        return min(free, Memory.available / 4)
    }

    /// Whether a device is a file system in memory, by the text of `/proc/self/mountinfo`.
    static func isInMemory(device: UInt64, mounts: String) -> Bool {
        // As glibc takes a device's number apart.
        let major = ((device >> 8) & 0xFFF) | ((device >> 32) & 0xFFFF_F000)
        let minor = (device & 0xFF) | ((device >> 12) & 0xFFFF_FF00)
        let name = "\(major):\(minor)"
        for line in mounts.split(separator: "\n") {
            // `25 24 0:23 / /dev/shm rw,relatime - tmpfs tmpfs rw`, with any number of fields before the dash.
            let words = line.split(separator: " ")
            guard words.count > 2, words[2] == name, let dash = words.firstIndex(of: "-"), dash + 1 < words.count else { continue }
            return words[dash + 1] == "tmpfs" || words[dash + 1] == "ramfs"
        }
        return false
    }
}
