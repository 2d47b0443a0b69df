import Glibc
import JupyterProtocol

/// What the process uses of its machine: ipykernel's `usage_request`, which jupyter-resource-usage shows.
struct UsageMeter {
    private var last = (time: Moment.now(), processor: UsageMeter.processorSeconds)

    /// Names and numbers now: bytes, and percents of one processor since they were last asked for.
    mutating func facts() -> [(String, JSON)] {
        var name = [CChar](repeating: 0, count: 256)
        unsafe gethostname(&name, name.count - 1)
        let host = String(decoding: name.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
        return [
            ("hostname", .string(host)), ("pid", .integer(Int(getpid()))), ("kernel_cpu", .number(load())),
            ("kernel_memory", .integer(Self.residentBytes)), ("cpu_count", .integer(sysconf(Int32(_SC_NPROCESSORS_ONLN)))),
            ("host_virtual_memory", Self.hostMemory),
        ]
    }

    private mutating func load() -> Double {
        let now = Moment.now()
        let used = Self.processorSeconds
        let seconds = Double(now.nanoseconds - last.time.nanoseconds) / 1e9
        // Asked twice at once, it has no time to tell of.
        guard seconds > 0.001 else { return 0 }
        let load = max(0, 100 * (used - last.processor) / seconds)
        last = (now, used)
        return load
    }

    private static var processorSeconds: Double {
        var usage = rusage()
        guard unsafe getrusage(RUSAGE_SELF.rawValue, &usage) == 0 else { return 0 }
        return Double(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) + Double(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec)
            / 1e6
    }

    static var residentBytes: Int {
        guard let bytes = try? LocalFile.read("/proc/self/statm") else { return 0 }
        let pages = String(decoding: bytes, as: UTF8.self).split(separator: " ").dropFirst().first.flatMap { Int($0) } ?? 0
        return pages * sysconf(Int32(_SC_PAGESIZE))
    }

    /// The members of psutil's `virtual_memory` that front-ends read.
    private static var hostMemory: JSON {
        guard let bytes = try? LocalFile.read("/proc/meminfo") else { return [:] }
        var kibibytes: [Substring: Int] = [:]
        for line in String(decoding: bytes, as: UTF8.self).split(separator: "\n") {
            let words = line.split(whereSeparator: { $0 == " " || $0 == ":" })
            if words.count >= 2, let number = Int(words[1]) { kibibytes[words[0]] = number }
        }
        guard let total = kibibytes["MemTotal"], total > 0, let available = kibibytes["MemAvailable"] else { return [:] }
        let used = total - available
        return [
            "total": .integer(total << 10), "available": .integer(available << 10), "used": .integer(used << 10),
            "free": .integer((kibibytes["MemFree"] ?? available) << 10), "percent": .number(100 * Double(used) / Double(total)),
        ]
    }
}
