#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif
import COneDNN
import Synchronization

/// Which way of computing was measured to be the fastest, shape by shape: for every plan of this process and, where a file is set, of every
/// later process on this machine.
///
/// The ways round differently. Only a choice that is made once and kept gives the same cells the same numbers: in the next plan, with
/// another number of threads, after a restart. So the key of a choice names shapes and layouts, never threads. Runs with `set exact true`
/// take the first way and ask nobody.
public enum MeasuredChoices {
    /// The number of the way, and what it took.
    struct Choice: Codable {
        let way: Int
        /// Seconds for a batch, with the reorders that it takes.
        let seconds: Double
    }

    /// What a file holds. Measurements of another processor or library are no use here.
    private struct Stored: Codable {
        var processor: String
        var library: String
        var choices: [String: Choice]
    }

    private struct State {
        var choices: [String: Choice] = [:]
        var file: String?
        var isChanged = false
    }

    private static let state = Mutex(State())

    /// Reads the choices that were made before on this machine, and keeps new ones in the same file. A file that can't be read or
    /// written is no error: the choices are then this process's own.
    public static func keep(in file: String) {
        let found = read(file)
        state.withLock { state in
            state.file = file
            state.choices.merge(found) { mine, _ in mine }
        }
    }

    /// The choice that was made before, or the one that `measure` makes now.
    static func choice(_ key: String, measure: () throws(ExecutionError) -> Choice) throws(ExecutionError) -> Choice {
        if let known = state.withLock({ $0.choices[key] }) { return known }
        let measured = try measure()
        // Another thread may have measured the same meanwhile: the first that is noted counts for all.
        return state.withLock { state in
            if let known = state.choices[key] { return known }
            state.choices[key] = measured
            state.isChanged = true
            return measured
        }
    }

    /// Writes what is new, whole or not at all. What another process has noted meanwhile stays.
    static func write() {
        let (file, choices) = state.withLock { state -> (String?, [String: Choice]) in
            defer { state.isChanged = false }
            return (state.isChanged ? state.file : nil, state.choices)
        }
        guard let file else { return }
        let stored = Stored(
            processor: processor, library: library, choices: read(file).merging(choices) { theirs, _ in theirs })
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .prettyPrinted]
        guard let data = try? encoder.encode(stored) else { return }
        let folder = file.split(separator: "/", omittingEmptySubsequences: false).dropLast().joined(separator: "/")
        try? FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        try? data.write(to: URL(filePath: file), options: .atomic)
    }

    private static func read(_ file: String) -> [String: Choice] {
        guard let data = FileManager.default.contents(atPath: file),
            let stored = try? JSONDecoder().decode(Stored.self, from: data), stored.processor == processor,
            stored.library == library
        else { return [:] }
        return stored.choices
    }

    /// The library and the generation of the engine's own kernels: what either gains is to be measured anew.
    private static let library = unsafe String(cString: thaw_onednn_version()) + ", kernels 3"

    /// Its name with the number of processors, as Linux tells it.
    private static let processor: String = {
        let text = FileManager.default.contents(atPath: "/proc/cpuinfo").map { String(decoding: $0, as: UTF8.self) } ?? ""
        let name = text.split(separator: "\n").first { $0.hasPrefix("model name") }?.split(separator: ":").last ?? ""
        return name.split(separator: " ").joined(separator: " ") + ", \(ExecutionOptions.processorCount) processors"
    }()
}
