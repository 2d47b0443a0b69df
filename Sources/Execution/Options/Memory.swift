#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif

/// The memory of the machine, or of the control groups around this process where they are given less.
public enum Memory {
    /// Bytes that can be used without swapping: what the kernel calls available, or what a control group's limit leaves where that is less.
    public static var available: Int {
        let machine = meminfo("MemAvailable:") ?? Int(ProcessInfo.processInfo.physicalMemory) / 2
        return ownGroups.compactMap(\.left).reduce(machine) { min($0, $1) }
    }

    /// Bytes that there are: the machine's, or the lowest limit of a control group. A container on a large machine has what it was given.
    public static let total: Int = {
        let machine = meminfo("MemTotal:") ?? Int(ProcessInfo.processInfo.physicalMemory)
        return ownGroups.compactMap(\.limit).reduce(machine) { min($0, $1) }
    }()

    /// A control group, in the files of the first or the second version of the kernel's interface.
    struct ControlGroup: Hashable {
        let folder: String
        let version: Int

        /// Its limit in bytes; `nil`: there is none, or the group isn't there.
        var limit: Int? { Memory.text(folder + limitName).flatMap { Int($0.filter(\.isNumber)) } }

        /// What its limit leaves.
        var left: Int? {
            guard let limit = Memory.text(folder + limitName),
                let used = Memory.text(folder + (version == 2 ? "/memory.current" : "/memory.usage_in_bytes"))
            else { return nil }
            // The first version counts a group's own files and those of all groups in it apart.
            return Memory.left(
                ofLimit: limit, used: used, statistics: Memory.text(folder + "/memory.stat") ?? "",
                reclaimable: version == 2 ? ["inactive_file", "slab_reclaimable"] : ["total_inactive_file"])
        }

        private var limitName: String { version == 2 ? "/memory.max" : "/memory.limit_in_bytes" }
    }

    /// The control groups that bound this process.
    private static var ownGroups: [ControlGroup] { groups(of: text("/proc/self/cgroup") ?? "0::/\n1:memory:/\n") }

    /// The control groups that a process is in by its `/proc/self/cgroup`, each before the one around it: every limit on the way holds.
    ///
    /// A container finds its own group at the root, whatever the path says; groups that aren't there have no limit.
    static func groups(of membership: String) -> [ControlGroup] {
        var groups: [ControlGroup] = []
        for line in membership.split(separator: "\n") {
            let parts = line.split(separator: ":", maxSplits: 2, omittingEmptySubsequences: false)
            guard parts.count == 3 else { continue }
            let isSecond = parts[1].isEmpty
            guard isSecond || parts[1].split(separator: ",").contains("memory") else { continue }
            var names = parts[2].split(separator: "/").map(String.init)
            while true {
                let folder = ([isSecond ? "/sys/fs/cgroup" : "/sys/fs/cgroup/memory"] + names).joined(separator: "/")
                groups.append(ControlGroup(folder: folder, version: isSecond ? 2 : 1))
                if names.popLast() == nil { break }
            }
        }
        return groups
    }

    /// What a control group's limit leaves, by the texts of its limit, its usage and its `memory.stat`; `nil`: no limit.
    ///
    /// The kernel counts as used what it would drop before it refuses anything: pages of files that were read, and its own caches.
    /// - Parameter reclaimable: the lines of the statistics that say how much that is.
    static func left(
        ofLimit limit: String, used: String, statistics: String, reclaimable names: Set<String> = ["inactive_file", "slab_reclaimable"]
    ) -> Int? {
        guard let limit = Int(limit.filter(\.isNumber)), let used = Int(used.filter(\.isNumber)) else { return nil }
        var reclaimable = 0
        for line in statistics.split(separator: "\n") {
            let words = line.split(separator: " ")
            guard words.count == 2, names.contains(String(words[0])) else { continue }
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

    /// A file of the system's.
    static func text(_ path: String) -> String? {
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
