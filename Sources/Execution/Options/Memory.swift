#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif

/// The machine's memory.
public enum Memory {
    /// Bytes that can be used without swapping: what the kernel calls available, and the control group's limit where it is lower.
    public static var available: Int {
        let machine = meminfo("MemAvailable:") ?? Int(ProcessInfo.processInfo.physicalMemory) / 2
        let group = "/sys/fs/cgroup/memory."
        guard let limit = text(group + "max"), let used = text(group + "current"),
            let rest = left(ofLimit: limit, used: used, statistics: text(group + "stat") ?? "")
        else { return machine }
        return min(machine, rest)
    }

    /// What a control group's limit leaves, by the texts of its `memory.max`, `memory.current` and `memory.stat`; `nil`: no limit.
    ///
    /// The kernel counts as used what it would drop before it refuses anything: pages of files that were read, and its own caches.
    static func left(ofLimit limit: String, used: String, statistics: String) -> Int? {
        guard let limit = Int(limit.filter(\.isNumber)), let used = Int(used.filter(\.isNumber)) else { return nil }
        var reclaimable = 0
        for line in statistics.split(separator: "\n") {
            let words = line.split(separator: " ")
            guard words.count == 2, words[0] == "inactive_file" || words[0] == "slab_reclaimable" else { continue }
            reclaimable += Int(words[1]) ?? 0
        }
        return max(0, limit - max(0, used - reclaimable))
    }

    private static func meminfo(_ key: String) -> Int? {
        guard let facts = text("/proc/meminfo") else { return nil }
        for line in facts.split(separator: "\n") where line.hasPrefix(key) {
            return line.split(separator: " ").dropFirst().first.flatMap { Int($0) }.map { $0 << 10 }
        }
        return nil
    }

    private static func text(_ path: String) -> String? {
        FileManager.default.contents(atPath: path).map { String(decoding: $0, as: UTF8.self) }
    }

    /// Throws if a plan doesn't fit; `bytes(n)` says what a batch of n needs.
    static func check(batchSize: Int, bytes: (Int) -> Int) throws(ExecutionError) {
        let (needed, free) = (bytes(batchSize), available)
        guard needed > free else { return }
        var (low, high) = (0, batchSize)
        while high - low > 1 {
            let middle = (low + high) / 2
            if bytes(middle) <= free { low = middle } else { high = middle }
        }
        throw .outOfMemory(needed: needed, available: free, largestBatch: low)
    }
}
