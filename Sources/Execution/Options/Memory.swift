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
        guard let limit = number("/sys/fs/cgroup/memory.max"), let used = number("/sys/fs/cgroup/memory.current") else { return machine }
        return min(machine, max(0, limit - used))
    }

    private static func meminfo(_ key: String) -> Int? {
        guard let data = FileManager.default.contents(atPath: "/proc/meminfo") else { return nil }
        for line in String(decoding: data, as: UTF8.self).split(separator: "\n") where line.hasPrefix(key) {
            return line.split(separator: " ").dropFirst().first.flatMap { Int($0) }.map { $0 << 10 }
        }
        return nil
    }

    private static func number(_ path: String) -> Int? {
        guard let data = FileManager.default.contents(atPath: path) else { return nil }
        return Int(String(decoding: data, as: UTF8.self).filter(\.isNumber))
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
